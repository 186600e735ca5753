/** What is checked in of the console is what its sources make. */

import { strict as assert } from "node:assert";
import { gunzipSync } from "node:zlib";
import { stop } from "esbuild";
import { assets } from "../../ext/packaging/console/build.ts";
import { ASSETS } from "../../src/server/http/console/assets.ts";
import { embeddedFiles } from "./embedded_files.ts";
import { named, onWindows } from "../harness/lacking.ts";

Deno.test({
  ...named("the console that is shipped is built of its sources: deno task console", onWindows()),
  async fn() {
    const made = await assets();
    assert.deepEqual(made.map(({ name }) => name), Object.keys(ASSETS));
    for (const { name, type, bytes } of made) {
      const shipped = ASSETS[name];
      assert.equal(shipped?.type, type);
      const unpacked = gunzipSync(Uint8Array.fromBase64(shipped?.gzip ?? ""));
      assert.ok(unpacked.equals(bytes), `${name} is another`);
    }
    await stop();
  },
});

Deno.test("the console is in the binaries of programs", async () => {
  const { modules } = await embeddedFiles("mod.ts");
  assert.ok(modules.includes("src/server/http/console/assets.ts"));
});
