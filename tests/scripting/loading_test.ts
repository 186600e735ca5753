/** How the interpreter comes in: when it is first used, without further permissions, and into binaries. */

import { strict as assert } from "node:assert";
import { named, standIn } from "../harness/lacking.ts";
import { format } from "../harness/resp_client.ts";
import { startRedlite, temporaryDirectory } from "../harness/servers.ts";

Deno.test({
  ...named("scripts run under the permissions that the README names", standIn()),
  async fn() {
    await using directory = await temporaryDirectory();
    const { path } = directory;
    await using server = await startRedlite({
      directory: path,
      permissions: [
        "--allow-net=127.0.0.1",
        `--allow-read=${path},.`,
        `--allow-write=${path}`,
        "--allow-ffi",
        "--allow-sys",
      ],
    });
    await using client = await server.connect();
    const reply = await client.send("EVAL", "return redis.call('incr', KEYS[1])", "1", "n");
    assert.equal(format(reply), ":1");
  },
});

Deno.test("the interpreter is a module of the server's, so that deno compile takes it along", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "server.ts"],
    cwd: new URL("../../", import.meta.url),
  }).output();
  assert.match(new TextDecoder().decode(stdout), /liblua5\.1\.wasm/);
});
