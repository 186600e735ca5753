/** Two servers on one file, with producers and consumers of one stream at each. */

import { strict as assert } from "node:assert";
import { format, type Reply, type RespClient } from "../harness/resp_client.ts";
import { startRedlite } from "../harness/servers.ts";

const PRODUCED = 150;

const decoder = new TextDecoder();
const text = (reply: Reply | undefined) =>
  reply?.type === "bulk" ? decoder.decode(reply.value) : format(reply ?? { type: "null" });
const items = (reply: Reply | undefined) => reply?.type === "array" ? reply.items : [];

/** Adds entries and gives their ids. */
async function produce(client: RespClient): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < PRODUCED) ids.push(text(await client.send("XADD", "s", "*", "n", "1")));
  return ids;
}

/** Reads what is left of the stream, acknowledges every other entry, and gives their ids. */
async function consume(client: RespClient, name: string, stop: () => boolean): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    // Asked before, so that what came up to then is read.
    const last = stop();
    const words = `XREADGROUP GROUP g ${name} COUNT 3 BLOCK 20 STREAMS s >`.split(" ");
    const [stream] = items(await client.send(...words));
    const read = items(items(stream)[1]).map((entry) => text(items(entry)[0]));
    if (read.length === 0 && last) return ids;
    for (const id of read) {
      if (ids.push(id) % 2 === 0) {
        assert.equal(format(await client.send("XACK", "s", "g", id)), ":1");
      }
    }
  }
}

Deno.test("consumers at two servers on one file get each entry once", async () => {
  await using first = await startRedlite({ appendfsync: "no" });
  await using second = await startRedlite({ directory: first.directory, appendfsync: "no" });
  const clients: RespClient[] = [];
  try {
    for (const server of [first, second, first, second, first, second]) {
      clients.push(await server.connect());
    }
    const [one, two, three, four, five, six] = clients;
    assert(one && two && three && four && five && six);
    await one.send("XGROUP", "CREATE", "s", "g", "0", "MKSTREAM");
    let done = false;
    const reading = [three, four, five, six].map((client, i) =>
      consume(client, `c${i}`, () => done)
    );
    const written = (await Promise.all([one, two].map(produce))).flat();
    done = true;
    const read = (await Promise.all(reading)).flat();
    assert.equal(new Set(written).size, 2 * PRODUCED, "an id was given twice");
    assert.deepEqual(read.toSorted(), written.toSorted());
    const [pending] = items(await two.send("XPENDING", "s", "g"));
    assert.ok(pending?.type === "integer");
    const left = Number(pending.value);
    const claimed = items(
      await one.send("XAUTOCLAIM", "s", "g", "me", "0", "0", "COUNT", "1000", "JUSTID"),
    );
    assert.equal(items(claimed[1]).length, left);
    assert.equal(format(await two.send("INTEGRITY")), "+OK");
  } finally {
    for (const client of clients) await client[Symbol.asyncDispose]();
  }
});

Deno.test("XREAD and XREADGROUP that wait at one server are woken by XADD at another", async () => {
  await using first = await startRedlite({ appendfsync: "no" });
  await using second = await startRedlite({ directory: first.directory, appendfsync: "no" });
  await using reader = await first.connect();
  await using worker = await first.connect();
  await using writer = await second.connect();
  await writer.send("XGROUP", "CREATE", "s", "g", "0", "MKSTREAM");
  for (let i = 1; i <= 20; i++) {
    const last = i === 1 ? "0" : `${i - 1}-0`;
    const read = reader.send("XREAD", "BLOCK", "0", "STREAMS", "s", last);
    const given = worker.send(..."XREADGROUP GROUP g w BLOCK 0 STREAMS s >".split(" "));
    assert.equal(text(await writer.send("XADD", "s", `${i}-0`, "n", String(i))), `${i}-0`);
    for (const reply of [await read, await given]) {
      assert.equal(format(reply), `[["s", [["${i}-0", ["n", "${i}"]]]]]`);
    }
  }
  const destroyed = worker.send(..."XREADGROUP GROUP g w BLOCK 0 STREAMS s >".split(" "));
  await writer.send("XGROUP", "DESTROY", "s", "g");
  assert.match(format(await destroyed), /^-NOGROUP/);
});
