import { strict as assert } from "node:assert";
import { mapKey } from "../../../src/store/values/map_key.ts";
import { Slice } from "../../../src/store/values/slice.ts";

const filled = (length: number, byte: number) => new Slice(new Uint8Array(length).fill(byte));

Deno.test("a short run of bytes is its own key, a character a byte", () => {
  assert.equal(mapKey(new Slice(Uint8Array.of(0x00, 0x61, 0xff))), "\0a\xff");
  assert.equal(mapKey(filled(1024, 0x80)), "\x80".repeat(1024));
});

Deno.test("long runs have keys that are short, the same for the same bytes and for no others", () => {
  const key = mapKey(filled(1_000_000, 0x61));
  assert.ok(key.length < 2000);
  assert.equal(mapKey(filled(1_000_000, 0x61)), key);
  assert.notEqual(mapKey(filled(1_000_001, 0x61)), key);
  assert.notEqual(mapKey(filled(1_000_000, 0x62)), key);
  assert.notEqual(mapKey(new Slice(Uint8Array.from(key, (c) => c.charCodeAt(0)))), key);
});

Deno.test("characters of a long run are its bytes", () => {
  const bytes = Uint8Array.from({ length: 100_003 }, (_, i) => i * 7);
  const text = new Slice(bytes, 3).latin1();
  assert.equal(text.length, 100_000);
  assert.ok(bytes.subarray(3).every((byte, i) => text.charCodeAt(i) === byte));
});
