/** The first line of a script, `#!lua flags=…`: https://redis.io/docs/latest/develop/programmability/lua-api/#script_flags */

import { err } from "../store/values/errors.ts";

/** What a script declares. */
export interface Shebang {
  /** The name of a library of functions. */
  readonly name: string | undefined;
  /** Its flags, for a script. */
  readonly flags: ReadonlySet<string>;
  /** The code without the first line, whose line break stays so that lines keep their numbers. */
  readonly body: Uint8Array;
}

const FLAGS = new Set([
  "no-writes",
  "allow-oom",
  "allow-stale",
  "no-cluster",
  "allow-cross-slot-keys",
]);

const latin1 = new TextDecoder("latin1");

/**
 * Reads the first line.
 *
 * @returns Undefined if there is none.
 * @throws {CommandError} If it is malformed.
 */
export function readShebang(code: Uint8Array): Shebang | undefined {
  if (code[0] !== 0x23 || code[1] !== 0x21) return undefined;
  const end = code.indexOf(0x0a);
  if (end < 0) throw err("Invalid script shebang");
  const line = latin1.decode(code.subarray(0, end));
  const [engine = "", ...options] = line.split(/[ \t\r]+/).filter((word) => word !== "");
  if (engine !== "#!lua") throw err(`Unexpected engine in script shebang: ${engine}`);
  const flags = new Set<string>();
  for (const option of options) {
    if (!option.startsWith("flags=")) throw err(`Unknown lua shebang option: ${option}`);
    for (const flag of option.slice("flags=".length).split(",")) {
      if (flag === "") continue;
      if (!FLAGS.has(flag)) throw err(`Unexpected flag in script shebang: ${flag}`);
      flags.add(flag);
    }
  }
  return { name: undefined, flags, body: code.subarray(end) };
}
