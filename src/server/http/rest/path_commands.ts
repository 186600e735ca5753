/** Commands in addresses: `/set/key/value?EX=100`. */

import type { Arguments } from "../../../resp/arguments.ts";
import { badRequest } from "../refusal.ts";

const PERCENT = 0x25, PLUS = 0x2b, SPACE = 0x20;

const encoder = new TextEncoder();

/**
 * Reads a command.
 *
 * @param path The path as it was sent, with the slash at its start.
 * @param body The last argument that the path does not have, if there is one.
 * @param parameters What follows it: `EX=100` is two arguments, `NX` is one.
 * @throws {HttpRefusal} If it is none.
 */
export function pathCommand(
  args: Arguments,
  path: string,
  body: Uint8Array | undefined,
  parameters: readonly string[],
): void {
  args.count = 0;
  if (path === "/") throw badRequest("empty command");
  for (const part of path.slice(1).split("/")) add(args, decoded(part, false));
  if (body !== undefined) add(args, body);
  for (const parameter of parameters) {
    const equals = parameter.indexOf("=");
    add(args, decoded(equals < 0 ? parameter : parameter.slice(0, equals), true));
    const value = equals < 0 ? "" : parameter.slice(equals + 1);
    if (value !== "") add(args, decoded(value, true));
  }
}

function add(args: Arguments, bytes: Uint8Array): void {
  args.slot(args.count++).set(bytes, 0, bytes.length);
}

/** The bytes that a part of an address stands for. @param isQuery Whether `+` is a space there. */
function decoded(text: string, isQuery: boolean): Uint8Array {
  const bytes = encoder.encode(text);
  let to = 0;
  for (let from = 0; from < bytes.length; from++) {
    let byte = bytes[from]!;
    if (byte === PERCENT) {
      byte = Number.parseInt(text.slice(from + 1, from + 3), 16);
      if (!HEXADECIMAL.test(text.slice(from + 1, from + 3))) {
        throw badRequest("the address has a % that two hexadecimal digits do not follow");
      }
      from += 2;
    } else if (byte === PLUS && isQuery) {
      byte = SPACE;
    }
    bytes[to++] = byte;
  }
  return bytes.subarray(0, to);
}

const HEXADECIMAL = /^[0-9a-f]{2}$/i;
