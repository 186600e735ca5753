/** The error replies of documents, RedisJSON's to the letter. */

import { CommandError, err } from "../values/errors.ts";
import { type JsonValue, typeName } from "./values.ts";

const encoder = new TextEncoder();

/** A text as errors have it: a character for each byte of UTF-8. */
export function shown(text: string): string {
  // deno-lint-ignore no-control-regex
  if (/^[\u0000-\u007f]*$/.test(text)) return text;
  return Array.from(encoder.encode(text), (byte) => String.fromCharCode(byte)).join("");
}

/** The key holds something else. */
export const wrongKeyType = (): CommandError =>
  new CommandError("Existing key has wrong Redis type");
/** There is no document. */
export const noDocument = (): CommandError =>
  err("could not perform this operation on a key that doesn't exist");
/** A new document has to be given whole. */
export const notAtRoot = (): CommandError => err("new objects must be created at the root");
/** A path leads nowhere. */
export const noPath = (path: string): CommandError => err(`Path '${shown(path)}' does not exist`);
/** A path leads to nothing that the command is for. @param what Such as `not an array`. */
export const noPathOr = (path: string, what: string): CommandError =>
  err(`Path '${shown(path)}' does not exist or ${what}`);
/** A value is of another kind than the command is for. */
export const wrongValue = (expected: string, found: JsonValue): CommandError =>
  new CommandError(
    `WRONGTYPE wrong type of path value - expected ${expected} but found ${typeName(found)}`,
  );
/** More values are to be added by a path that may lead to several places. */
export const notStatic = (): CommandError => new CommandError("Err wrong static path");
