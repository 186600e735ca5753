import { strict as assert } from "node:assert";
import { bytesOfHex, hexOf } from "../../../src/store/values/hexadecimal.ts";

Deno.test("bytes become digits and digits bytes", () => {
  assert.equal(hexOf(new Uint8Array([0, 1, 15, 16, 160, 255])), "00010f10a0ff");
  assert.deepEqual(bytesOfHex("00010f10a0ff"), new Uint8Array([0, 1, 15, 16, 160, 255]));
  assert.equal(hexOf(new Uint8Array()), "");
});
