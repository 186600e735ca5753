import { strict as assert } from "node:assert";
import { format, type RespClient } from "../harness/resp_client.ts";
import { startRedlite, temporaryDirectory } from "../harness/servers.ts";

const everything = '>["invalidate", _]';

/** The text of INFO or CLIENT INFO. */
async function info(client: RespClient, ...command: string[]): Promise<string> {
  const reply = await client.send(...command);
  assert(reply.type === "bulk");
  return new TextDecoder().decode(reply.value);
}

Deno.test("a change by another process is told without anybody asking", async () => {
  await using directory = await temporaryDirectory();
  await using server = await startRedlite({ directory: directory.path });
  await using other = await startRedlite({ directory: directory.path });
  await using cache = await server.connect({ resp: 3 });
  await using writer = await other.connect();
  await cache.pipeline([["CLIENT", "TRACKING", "ON"], ["GET", "x"]]);
  await writer.send("SET", "x", "1");
  assert.equal(format(await cache.readReply()), everything);
  assert.equal(format(await cache.send("GET", "x")), '"1"');
});

Deno.test("a key that the background finds expired is told", async () => {
  await using server = await startRedlite();
  await using reader = await server.connect({ resp: 3 });
  await using listener = await server.connect({ resp: 3 });
  await listener.send("CLIENT", "TRACKING", "ON", "BCAST", "NOLOOP");
  await reader.pipeline([
    ["CLIENT", "TRACKING", "ON"],
    ["SET", "x", "1", "PX", "30"],
    ["GET", "x"],
  ]);
  assert.equal(format(await reader.readReply()), '>["invalidate", ["x"]]');
  for (const what of ["written", "expired"]) {
    assert.equal(format(await listener.readReply()), '>["invalidate", ["x"]]', what);
  }
});

Deno.test("tracking-table-max-keys bounds the table, and INFO counts it", async () => {
  await using server = await startRedlite();
  await using cache = await server.connect({ resp: 3 });
  await using other = await server.connect();
  await cache.pipeline([["CLIENT", "TRACKING", "ON"], ["MGET", "x", "y", "z"]]);
  const stats = await info(other, "INFO");
  assert.match(stats, /tracking_clients:1\r\n/);
  assert.match(stats, /tracking_total_keys:3\r\ntracking_total_items:3\r\n/);
  await other.send("CONFIG", "SET", "tracking-table-max-keys", "1");
  const told = [format(await cache.readReply()), format(await cache.readReply())];
  for (const message of told) assert.match(message, /^>\["invalidate", \["[xyz]"\]\]$/);
  assert.notEqual(told[0], told[1]);
  assert.match(await info(other, "INFO", "stats"), /tracking_total_keys:1\r\n/);
});

Deno.test("INFO counts prefixes, and forgets who has gone", async () => {
  await using server = await startRedlite();
  await using other = await server.connect();
  {
    await using cache = await server.connect();
    await cache.send("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "a", "PREFIX", "b");
    assert.match(await info(other, "INFO", "stats"), /tracking_total_prefixes:2\r\n/);
  }
  while (!/connected_clients:1\r\n/.test(await info(other, "INFO", "clients")));
  assert.match(await info(other, "INFO", "stats"), /tracking_total_prefixes:0\r\n/);
  assert.match(await info(other, "INFO", "clients"), /tracking_clients:0\r\n/);
});

Deno.test("CLIENT INFO tells of tracking", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await using target = await server.connect();
  const id = await target.send("CLIENT", "ID");
  assert(id.type === "integer");
  assert.match(await info(client, "CLIENT", "INFO"), / flags=N .* redir=-1 /);
  await client.send("CLIENT", "TRACKING", "ON", "BCAST");
  assert.match(await info(client, "CLIENT", "INFO"), / flags=tB .* redir=0 /);
  await client.send("CLIENT", "TRACKING", "ON", "BCAST", "REDIRECT", String(id.value));
  assert.match(
    await info(client, "CLIENT", "INFO"),
    new RegExp(` flags=tB .* redir=${id.value} `),
  );
  await target[Symbol.asyncDispose]();
  while (!/ flags=tRB /.test(await info(client, "CLIENT", "INFO"))) {
    await client.send("SET", "x", "1");
  }
});
