/** Extensions of a server. */

import { strict as assert } from "node:assert";
import { format } from "../harness/resp_client.ts";
import { startRedlite } from "../harness/servers.ts";

const EXAMPLE = new URL("./example/top_list.ts", import.meta.url).pathname;

Deno.test("a server loads an extension by its file", async () => {
  await using server = await startRedlite({ args: ["--ext", EXAMPLE] });
  await using client = await server.connect();
  const ask = async (line: string) => format(await client.send(...line.split(" ")));
  assert.equal(await ask("TOP.ADD best ann 3"), ":1");
  assert.equal(await ask("TYPE best"), "+toplist");
  assert.equal(await ask("CONFIG GET extensions"), `["extensions", "${EXAMPLE}"]`);
});
