/** What stands in a browser for Node's modules, against those. */

import { strict as assert } from "node:assert";
import crypto from "node:crypto";
import path from "node:path/posix";
import { gzipSync } from "node:zlib";
import { AsyncLocalStorage } from "../../../src/runtime/browser/node/async_hooks.ts";
import { createHash, timingSafeEqual } from "../../../src/runtime/browser/node/crypto.ts";
import * as own from "../../../src/runtime/browser/node/path.ts";
import { gunzipSync } from "../../../src/runtime/browser/node/zlib.ts";

for (const algorithm of ["sha1", "sha256"] as const) {
  Deno.test(`${algorithm} of any length, in any pieces, is Node's`, () => {
    for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 1000, 100_003]) {
      const bytes = crypto.randomBytes(length);
      const expected = crypto.createHash(algorithm).update(bytes).digest("hex");
      assert.equal(createHash(algorithm).update(bytes).digest("hex"), expected, `${length}`);
      const hash = createHash(algorithm);
      for (let from = 0, size = 1; from < length; from += size, size = size * 2 % 97) {
        hash.update(bytes.subarray(from, from + size));
      }
      assert.deepEqual(hash.digest(), new Uint8Array(Buffer.from(expected, "hex")), `${length}`);
    }
    const text = crypto.createHash(algorithm).update("höher").digest("hex");
    assert.equal(createHash(algorithm).update("höher").digest("hex"), text);
  });
}

Deno.test("arrays are the same only if each byte is", () => {
  const bytes = new Uint8Array([1, 2, 3]);
  assert.ok(timingSafeEqual(bytes, new Uint8Array([1, 2, 3])));
  assert.ok(!timingSafeEqual(bytes, new Uint8Array([1, 2, 4])));
});

Deno.test("paths are taken apart and joined as Node does", () => {
  for (const name of ["/a/b.db", "b.db", "a/b/c", "/b", "./x", "a.b/c.d"]) {
    assert.equal(own.basename(name), path.basename(name), name);
    assert.equal(own.dirname(name), path.dirname(name), name);
    assert.equal(own.join("/top", name), path.join("/top", name), name);
    assert.equal(own.join("top", name), path.join("top", name), name);
    assert.equal(own.resolve("/top", name), path.resolve("/top", name), name);
  }
  assert.equal(own.join("a", "../b"), path.join("a", "../b"));
});

Deno.test("what is packed comes out of it", () => {
  const bytes = new TextEncoder().encode("abcabc".repeat(10_000));
  assert.deepEqual(new Uint8Array(gunzipSync(gzipSync(bytes))), bytes);
});

Deno.test("a value holds while its function runs", () => {
  const storage = new AsyncLocalStorage<number>();
  assert.throws(() =>
    storage.run(1, () => {
      assert.equal(storage.run(2, () => storage.getStore()), 2);
      assert.equal(storage.getStore(), 1);
      throw new Error("ends");
    })
  );
  assert.equal(storage.getStore(), undefined);
});
