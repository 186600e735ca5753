/** A server that is killed while producers add and consumers acknowledge and claim loses no answered one of these. */

import { strict as assert } from "node:assert";
import { ConnectionClosed, format, type Reply, type RespClient } from "../harness/resp_client.ts";
import { startRedlite, temporaryDirectory } from "../harness/servers.ts";

/** Answered commands after which a server is killed. */
const ADDED = 300;
const KILLS = 3;

/** What was answered before a server was killed, by its ids. */
class Answered {
  readonly added = new Set<string>();
  readonly acknowledged = new Set<string>();
  /** Who an entry was given to last. */
  readonly owners = new Map<string, string>();
}

const decoder = new TextDecoder();
const text = (reply: Reply | undefined) =>
  reply?.type === "bulk" ? decoder.decode(reply.value) : "";
const items = (reply: Reply | undefined) => reply?.type === "array" ? reply.items : [];

/** Runs commands one after the other until the server is gone. */
async function untilKilled(
  client: RespClient,
  next: (round: number) => Promise<void>,
): Promise<void> {
  try {
    for (let round = 0;; round++) await next(round);
  } catch (error) {
    if (!(error instanceof ConnectionClosed)) throw error;
  } finally {
    await client[Symbol.asyncDispose]().catch(() => {});
  }
}

/** Reads two entries, acknowledges one, and claims what another consumer has every fourth time. */
async function consume(client: RespClient, name: string, answered: Answered): Promise<void> {
  let last: string | undefined;
  await untilKilled(client, async (round) => {
    if (round % 4 === 3 && last !== undefined) {
      const id = last;
      last = undefined;
      const reply = await client.send("XCLAIM", "s", "g", `${name}-too`, "0", id, "JUSTID");
      for (const claimed of items(reply)) answered.owners.set(text(claimed), `${name}-too`);
      return;
    }
    const reply = await client.send(
      ..."XREADGROUP GROUP g".split(" "),
      name,
      ..."COUNT 2 STREAMS s >".split(" "),
    );
    const [stream] = items(reply);
    const ids = items(items(stream)[1]).map((entry) => text(items(entry)[0]));
    for (const id of ids) answered.owners.set(id, name);
    const [first, second] = ids;
    last = second ?? last;
    if (first === undefined) return;
    assert.equal(format(await client.send("XACK", "s", "g", first)), ":1");
    answered.acknowledged.add(first);
  });
}

Deno.test("what was answered of a stream survives kill -9, and what is left can be claimed", async () => {
  await using directory = await temporaryDirectory();
  const answered = new Answered();
  const options = { directory: directory.path, appendfsync: "always" } as const;
  for (let kill = 0; kill < KILLS; kill++) {
    // With a log and without one by turns.
    const args = ["--write-behind", kill % 2 === 0 ? "yes" : "no"];
    await using server = await startRedlite({ ...options, args });
    await using first = await server.connect();
    if (kill === 0) await first.send("XGROUP", "CREATE", "s", "g", "0", "MKSTREAM");
    const enough = Promise.withResolvers<void>();
    const already = answered.added.size;
    const producers = Array.from({ length: 4 }, async () => {
      const client = await server.connect();
      await untilKilled(client, async () => {
        answered.added.add(
          text(await client.send("XADD", "s", "*", "n", String(answered.added.size))),
        );
        if (answered.added.size > already + ADDED) enough.resolve();
      });
    });
    const consumers = ["alice", "bob"].map(async (name) =>
      await consume(await server.connect(), name, answered)
    );
    await enough.promise;
    await server.kill9();
    await Promise.all([...producers, ...consumers]);
  }
  await using server = await startRedlite(options);
  await using client = await server.connect();
  const stored = new Set(
    items(await client.send("XRANGE", "s", "-", "+")).map((e) => text(items(e)[0])),
  );
  for (const id of answered.added) assert.ok(stored.has(id), `${id} was added`);
  const pending = new Map(
    items(await client.send("XPENDING", "s", "g", "-", "+", "100000")).map((entry) => {
      const [id, owner] = items(entry);
      return [text(id), text(owner)];
    }),
  );
  for (const id of answered.acknowledged) assert.ok(!pending.has(id), `${id} was acknowledged`);
  for (const [id, owner] of answered.owners) {
    if (!answered.acknowledged.has(id) && pending.has(id)) {
      // What was answered last may have been followed by a claim that was not.
      assert.ok(
        [owner, `${owner}-too`].includes(pending.get(id) ?? ""),
        `${id} belongs to ${owner}`,
      );
    }
  }
  let claimed = 0;
  for (let start = "0-0";;) {
    const reply = await client.send("XAUTOCLAIM", "s", "g", "carol", "0", start, "JUSTID");
    const [next, ids] = items(reply);
    claimed += items(ids).length;
    start = text(next);
    if (start === "0-0") break;
  }
  assert.equal(claimed, pending.size);
  const rest = items(await client.send("XREADGROUP", "GROUP", "g", "carol", "STREAMS", "s", ">"));
  const unread = items(items(rest[0])[1]).length;
  assert.ok(claimed + unread + answered.acknowledged.size <= stored.size);
  assert.equal(format(await client.send("INTEGRITY")), "+OK");
});
