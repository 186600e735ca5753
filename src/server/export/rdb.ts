/** RDB files, which Redis 7.0 and later load, and what they have in common with a replica's snapshot. */

import { OPCODE } from "../../store/rdb/file/layouts.ts";
import { Crc64 } from "../../store/rdb/crc64.ts";
import { FOOTER_SIZE, VERSION_WRITTEN } from "../../store/rdb/format.ts";
import { RdbOutput } from "../../store/rdb/output.ts";
import { Slice } from "../../store/values/slice.ts";
import type { KeysWanted, Moment } from "./moment.ts";

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
  writeField(output, "redis-ver", "7.0.15");
  writeField(output, "redis-bits", "64");
  writeField(output, "ctime", String(Math.floor(moment.store.engine.nowMs / 1000)));
  writeField(output, "aof-base", isBase ? "1" : "0");
  writeLibraries(output, moment);
  for (const _ of writeKeys(output, moment, { all }, PIECE)) yield piece();
  writeEnd(output);
  yield piece();
  const checksum = new Uint8Array(8);
  crc.writeTo(checksum, 0);
  yield checksum;
}

/** Writes a fact about the file. */
export function writeField(output: RdbOutput, name: string, value: string | Uint8Array): void {
  opcode(output, OPCODE.AUX);
  output.string(new Slice(encoder.encode(name)));
  output.string(new Slice(typeof value === "string" ? encoder.encode(value) : value));
}

/** Writes the libraries of functions. */
export function writeLibraries(output: RdbOutput, moment: Moment): void {
  for (const code of moment.libraries()) {
    opcode(output, OPCODE.FUNCTION);
    output.string(new Slice(code));
  }
}

/** Writes the keys. @returns Yields when a piece of so many bytes is there, which is to be taken then. */
export function* writeKeys(
  output: RdbOutput,
  moment: Moment,
  wanted: KeysWanted,
  pieceBytes: number,
): Generator<void> {
  for (const db of moment.databases()) {
    opcode(output, OPCODE.SELECT);
    output.length(db);
    const { keys, expires } = moment.size(db);
    opcode(output, OPCODE.RESIZE);
    output.length(keys);
    output.length(expires);
    for (const { key, expiresAtMs, payload: { bytes, start, end } } of moment.keys(db, wanted)) {
      if (expiresAtMs > 0) {
        opcode(output, OPCODE.EXPIRY_MS);
        output.int64(expiresAtMs);
      }
      opcode(output, bytes[start] ?? 0);
      output.string(key);
      output.raw(bytes.subarray(start + 1, end - FOOTER_SIZE));
      if (output.at >= pieceBytes) yield;
    }
  }
}

/** Writes what stands before the checksum. */
export function writeEnd(output: RdbOutput): void {
  opcode(output, OPCODE.END);
}

function opcode(output: RdbOutput, value: number): void {
  output.reserve(1);
  output.bytes[output.at++] = value;
}
