import { strict as assert } from "node:assert";
import { bytesOfHex, hexOf } from "../../../src/store/values/hexadecimal.ts";

Deno.test("bytes become digits and digits bytes", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  assert.equal(hexOf(bytes), bytes.toHex());
  assert.deepEqual(bytesOfHex(bytes.toHex()), bytes);
  assert.equal(hexOf(new Uint8Array()), "");
});
