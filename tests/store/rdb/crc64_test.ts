import { strict as assert } from "node:assert";
import { Crc64 } from "../../../src/store/rdb/crc64.ts";
import { bytesOf } from "./payloads.ts";

const POLYNOMIAL = 0x95ac9329ac4bc9b5n;

/** The checksum as its definition has it: bit by bit. */
function bitByBit(bytes: Uint8Array): bigint {
  let crc = 0n;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) {
      crc = (crc & 1n) !== 0n ? (crc >> 1n) ^ POLYNOMIAL : crc >> 1n;
    }
  }
  return crc;
}

function checksum(...parts: Uint8Array[]): bigint {
  const crc = new Crc64();
  for (const part of parts) crc.update(part, 0, part.length);
  const bytes = new Uint8Array(8);
  crc.writeTo(bytes, 0);
  return new DataView(bytes.buffer).getBigUint64(0, true);
}

const pattern = Uint8Array.from({ length: 100 }, (_, i) => (i * 151 + (i >> 2) * 7 + 3) & 0xff);

Deno.test("CRC-64 of the digits 1 to 9 is the polynomial's check value", () => {
  assert.equal(checksum(bytesOf("123456789")), 0xe9c6d914c4b8d9can);
  assert.equal(checksum(), 0n);
});

Deno.test("CRC-64 of every length is what its definition gives bit by bit", () => {
  for (let length = 0; length <= pattern.length; length++) {
    const bytes = pattern.subarray(0, length);
    assert.equal(checksum(bytes), bitByBit(bytes), `${length} bytes`);
  }
});

Deno.test("CRC-64 is the same in one piece and in two, split anywhere", () => {
  const whole = checksum(pattern);
  for (let at = 0; at <= pattern.length; at++) {
    assert.equal(checksum(pattern.subarray(0, at), pattern.subarray(at)), whole, `split at ${at}`);
  }
});

Deno.test("CRC-64 takes in a range only, and matches nothing but its own bytes", () => {
  const crc = new Crc64().update(pattern, 5, 70);
  const bytes = new Uint8Array(10);
  crc.writeTo(bytes, 1);
  const value = new DataView(bytes.buffer).getBigUint64(1, true);
  assert.equal(value, bitByBit(pattern.subarray(5, 70)));
  assert.ok(crc.matches(bytes, 1));
  for (let i = 1; i <= 8; i++) {
    bytes[i]! ^= 1;
    assert.ok(!crc.matches(bytes, 1), `byte ${i}`);
    bytes[i]! ^= 1;
  }
});
