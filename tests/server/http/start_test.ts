/** HTTP beside RESP: where it is served, and what the server shows of it. */

import { strict as assert } from "node:assert";
import { format } from "../../harness/resp_client.ts";
import { startRedlite } from "../../harness/servers.ts";
import { ask } from "./rest_requests.ts";

Deno.test("--http serves the REST API beside RESP, over the same data", async () => {
  await using server = await startRedlite({ args: ["--http", "0"] });
  await using client = await server.connect();
  const url = server.httpUrl!;
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
  assert.deepEqual(await ask(url, "/set/greeting/hello"), [200, { result: "OK" }]);
  assert.equal(format(await client.send("GET", "greeting")), '"hello"');
  const place = url.slice("http://".length);
  assert.equal(format(await client.send("CONFIG", "GET", "http")), `["http", "${place}"]`);
  const info = format(await client.send("INFO", "server"));
  assert.match(info, /listener1:name=http,bind=127\.0\.0\.1,port=/);
});

Deno.test("without --http there is none", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  assert.equal(server.httpUrl, undefined);
  assert.equal(format(await client.send("CONFIG", "GET", "http")), '["http", ""]');
});
