/** The first line of a script, `#!lua flags=…`: https://redis.io/docs/latest/develop/programmability/lua-api/#script_flags */

import { charactersOf } from "../lua/characters.ts";
import { err } from "../store/values/errors.ts";

/** What a script declares. */
export interface Shebang {
  /** Its flags, for a script. */
  readonly flags: ReadonlySet<string>;
  /** The code without the first line, whose line break stays so that lines keep their numbers. */
  readonly body: Uint8Array;
}

/** The flags of scripts and functions, in the order that Redis tells them. */
export const FLAGS: ReadonlySet<string> = new Set([
  "no-writes",
  "allow-oom",
  "allow-stale",
  "no-cluster",
  "allow-cross-slot-keys",
]);

/** A flag of Upstash, by which scripts on other keys run at once. Here one runs after the other. */
const WITHOUT_MEANING = "allow-key-locking";

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
  const line = charactersOf(code.subarray(0, end));
  const [engine = "", ...options] = line.split(/[ \t\r]+/).filter((word) => word !== "");
  if (engine !== "#!lua") throw err(`Unexpected engine in script shebang: ${engine}`);
  const flags = new Set<string>();
  for (const option of options) {
    if (!option.startsWith("flags=")) throw err(`Unknown lua shebang option: ${option}`);
    for (const flag of option.slice("flags=".length).split(",")) {
      if (flag === "" || flag === WITHOUT_MEANING) continue;
      if (!FLAGS.has(flag)) throw err(`Unexpected flag in script shebang: ${flag}`);
      flags.add(flag);
    }
  }
  return { flags, body: code.subarray(end) };
}

/** Whether a library or a function may be called so. */
export function isName(name: string): boolean {
  return /^[a-zA-Z0-9_]+$/.test(name);
}

/**
 * Reads the first line of a library, `#!lua name=…`.
 *
 * @throws {CommandError} If it is malformed.
 */
export function readLibraryShebang(
  code: Uint8Array,
): { readonly name: string; readonly body: Uint8Array } {
  if (code[0] !== 0x23 || code[1] !== 0x21) throw err("Missing library metadata");
  const end = code.indexOf(0x0a);
  if (end < 0) throw err("Invalid library metadata");
  const line = charactersOf(code.subarray(2, end));
  const [engine = "", ...options] = line.split(/[ \t\r]+/).filter((word) => word !== "");
  let name: string | undefined;
  for (const option of options) {
    if (!/^name=/i.test(option)) throw err(`Invalid metadata value given: ${option}`);
    if (name !== undefined) {
      throw err("Invalid metadata value, name argument was given multiple times");
    }
    name = option.slice("name=".length);
  }
  if (name === undefined) throw err("Library name was not given");
  if (!isName(name)) {
    throw err(
      "Library names can only contain letters, numbers, or underscores(_) and must be at least " +
        "one character long",
    );
  }
  if (engine.toLowerCase() !== "lua") throw err(`Engine '${engine}' not found`);
  return { name, body: code.subarray(end) };
}
