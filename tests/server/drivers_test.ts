/** The server is the same over every driver; what is durable does not depend on it. */

import { strict as assert } from "node:assert";
import { format, latin1 } from "../harness/resp_client.ts";
import { startRedlite, temporaryDirectory } from "../harness/servers.ts";

Deno.test("on the SQLite inside Deno, what was acknowledged survives kill -9, and ffi reads it", async () => {
  await using directory = await temporaryDirectory();
  {
    await using server = await startRedlite({
      directory: directory.path,
      args: ["--sqlite-driver", "builtin"],
    });
    await using client = await server.connect();
    const info = await client.send("INFO", "server");
    assert.match(info.type === "bulk" ? latin1(info.value) : "", /sqlite_driver:builtin/);
    for (let i = 0; i < 500; i++) {
      assert.equal(format(await client.send("SET", `key:${i}`, "x".repeat(i * 7))), "+OK");
    }
    await server.kill9();
  }
  await using server = await startRedlite({ directory: directory.path });
  await using client = await server.connect();
  assert.equal(format(await client.send("DBSIZE")), ":500");
  for (let i = 0; i < 500; i++) {
    assert.equal(format(await client.send("STRLEN", `key:${i}`)), `:${i * 7}`);
  }
});
