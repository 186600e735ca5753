/** An RDB file, which Redis 7.0 and later load. */

import { OPCODE } from "../../store/rdb/file/layouts.ts";
import { Crc64 } from "../../store/rdb/crc64.ts";
import { FOOTER_SIZE, VERSION_WRITTEN } from "../../store/rdb/format.ts";
import { RdbOutput } from "../../store/rdb/output.ts";
import { Slice } from "../../store/values/slice.ts";
import type { Moment } from "./moment.ts";

/** Bytes after which a piece is ready. */
const PIECE = 256 * 1024;
const encoder = new TextEncoder();

/**
 * The pieces of the file; each is valid until the next is asked for.
 *
 * @param isBase Whether a log follows it.
 * @param all Also what Redis 7.0 does not know; without such values it reads the file all the same.
 */
export function* rdbPieces(
  moment: Moment,
  all: boolean,
  isBase = false,
): Generator<Uint8Array> {
  const output = new RdbOutput(true);
  const crc = new Crc64();
  const piece = (): Uint8Array => {
    const bytes = output.bytes.subarray(0, output.at);
    crc.update(bytes, 0, bytes.length);
    output.reset(0);
    return bytes;
  };
  output.raw(encoder.encode(`REDIS${String(VERSION_WRITTEN).padStart(4, "0")}`));
  const now = String(Math.floor(moment.store.engine.nowMs / 1000));
  const told = new Map([["redis-ver", "7.0.15"], ["redis-bits", "64"], ["ctime", now], [
    "aof-base",
    isBase ? "1" : "0",
  ]]);
  for (const [name, value] of told) {
    opcode(output, OPCODE.AUX);
    output.string(text(name));
    output.string(text(value));
  }
  for (const code of moment.libraries()) {
    opcode(output, OPCODE.FUNCTION);
    output.string(new Slice(code));
  }
  for (const db of moment.databases()) {
    opcode(output, OPCODE.SELECT);
    output.length(db);
    const { keys, expires } = moment.size(db);
    opcode(output, OPCODE.RESIZE);
    output.length(keys);
    output.length(expires);
    for (const { key, expiresAtMs, payload: { bytes, start, end } } of moment.keys(db, all)) {
      if (expiresAtMs > 0) {
        opcode(output, OPCODE.EXPIRY_MS);
        output.int64(expiresAtMs);
      }
      opcode(output, bytes[start] ?? 0);
      output.string(key);
      output.raw(bytes.subarray(start + 1, end - FOOTER_SIZE));
      if (output.at >= PIECE) yield piece();
    }
  }
  opcode(output, OPCODE.END);
  yield piece();
  const checksum = new Uint8Array(8);
  crc.writeTo(checksum, 0);
  yield checksum;
}

function opcode(output: RdbOutput, value: number): void {
  output.reserve(1);
  output.bytes[output.at++] = value;
}

function text(words: string): Slice {
  return new Slice(encoder.encode(words));
}
