/** The payload of FUNCTION DUMP: libraries one after the other, each its code, and the footer of DUMP's. */

import { type CommandError, err } from "../values/errors.ts";
import { Slice } from "../values/slice.ts";
import { Crc64 } from "./crc64.ts";
import { FOOTER_SIZE, VERSION_WRITTEN } from "./format.ts";
import { RdbInput } from "./input.ts";
import { RdbOutput } from "./output.ts";
import { Piece } from "./piece.ts";
import { checkFooter } from "./reader.ts";

/** What a library begins with. */
const FUNCTION = 245;
/** The same before Redis 7.0 came out. */
const EARLY_FUNCTION = 246;

/** Writes the codes of libraries. */
export function writeFunctions(codes: Iterable<Uint8Array>): Uint8Array {
  const output = new RdbOutput(true);
  const code = new Slice();
  for (const bytes of codes) {
    output.reserve(1);
    output.bytes[output.at++] = FUNCTION;
    output.string(code.set(bytes, 0, bytes.length));
  }
  output.reserve(FOOTER_SIZE);
  const { bytes, at } = output;
  bytes[at] = VERSION_WRITTEN;
  bytes[at + 1] = 0;
  new Crc64().update(bytes, 0, at + 2).writeTo(bytes, at + 2);
  return bytes.slice(0, at + FOOTER_SIZE);
}

/** Reads the codes of libraries. @throws {CommandError} If the payload is not well formed. */
export function readFunctions(payload: Slice): Uint8Array[] {
  checkFooter(payload);
  const end = payload.end - FOOTER_SIZE;
  const input = new RdbInput(payload.bytes, payload.start, end);
  const codes: Uint8Array[] = [];
  const code = new Piece();
  while (input.at < end) {
    const kind = input.byte();
    if (kind === EARLY_FUNCTION) throw err("Pre-GA function format not supported");
    if (kind !== FUNCTION) throw notFunctions();
    input.string(code);
    codes.push(code.copy());
  }
  return codes;
}

const notFunctions = (): CommandError => err("given type is not a function");
