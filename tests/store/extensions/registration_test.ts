/** Bringing a file to what extensions need, while others do the same. */

import { strict as assert } from "node:assert";
import { startRedlite, temporaryDirectory } from "../../harness/servers.ts";

const EXAMPLE = new URL("../../ext/example/top_list.ts", import.meta.url).pathname;

Deno.test("servers that bring a new file to an extension at the same moment find one and the same", async () => {
  await using directory = await temporaryDirectory();
  const options = { directory: directory.path, args: ["--ext", EXAMPLE] };
  const servers = await Promise.all([1, 2, 3].map(() => startRedlite(options)));
  try {
    for (const [i, server] of servers.entries()) {
      await using client = await server.connect();
      const added = await client.send("TOP.ADD", "best", `member ${i}`, String(i));
      assert.deepEqual(added, { type: "integer", value: 1n });
    }
    await using client = await servers[0]!.connect();
    const listed = await client.send("TOP.LIST", "best");
    assert.equal(listed.type === "array" && listed.items.length, 6);
  } finally {
    for (const server of servers) await server.stop();
  }
});
