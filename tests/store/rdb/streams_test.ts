/** Streams in payloads: of a real redis-server, of Redis 8, and put together by hand. */

import { strict as assert } from "node:assert";
import { dumpStream } from "../../../src/commands/keys/dump_stream.ts";
import { DumpWriter } from "../../../src/store/rdb/writer.ts";
import { toBytes } from "../../../src/embedded/data.ts";
import { Slice } from "../../../src/store/values/slice.ts";
import { named, noOracle, noRedis } from "../../harness/lacking.ts";
import { type Command, format, quote, type RespClient } from "../../harness/resp_client.ts";
import {
  redisMajorVersion,
  type ServerOptions,
  startOracle,
  startRedis,
  type TestServer,
} from "../../harness/servers.ts";
import { Process } from "../../history/databases.ts";
import {
  type Contents,
  length64,
  listpack,
  listpackString,
  littleEndian,
  read,
  sealed,
  string,
} from "./payloads.ts";
import { testRefused } from "./refused.ts";

const many = (count: number, make: (i: number) => string[]): Command[] =>
  Array.from({ length: count }, (_, i) => ["XADD", "k", `${1000 + i}-*`, ...make(i)]);

/** Streams that show each part of the layout. */
const STREAMS: Record<string, readonly Command[]> = {
  "one entry": [["XADD", "k", "1-1", "name", "value"]],
  "no entries": [["XADD", "k", "MAXLEN", "0", "5-5", "a", "b"]],
  "nodes of a hundred": many(350, (i) => ["name", `value ${i}`, "other", String(i)]),
  "nodes full of bytes": many(60, (i) => ["f", "x".repeat(i * 7), "g", "y"]),
  "an entry larger than a node": [
    ["XADD", "k", "1-1", "a", "b"],
    ["XADD", "k", "1-2", "a", "z".repeat(10_000)],
    ["XADD", "k", "1-3", "a", "b"],
  ],
  "fields that differ": many(
    40,
    (i) => i % 3 === 0 ? ["a", "1"] : ["a", "1", `b${i % 5}`, "-70000"],
  ),
  "integers of all widths": many(
    12,
    (i) => ["n", String((-9n) ** BigInt(i * 2)), "m", String(-(7 ** i))],
  ),
  "ids of all sizes": [
    ["XADD", "k", "0-1", "a", "b"],
    ["XADD", "k", "0-18446744073709551615", "a", "b"],
    ["XADD", "k", "18446744073709551614-3", "a", "b"],
    ["XADD", "k", "18446744073709551615-18446744073709551615", "a", "b"],
  ],
  "ids that were set": [
    ["XADD", "k", "1-1", "a", "b"],
    ["XSETID", "k", "7-7", "ENTRIESADDED", "90", "MAXDELETEDID", "6-6"],
  ],
  "groups": [
    ...many(120, (i) => ["a", String(i)]),
    ["XGROUP", "CREATE", "k", "g1", "0"],
    ["XGROUP", "CREATE", "k", "a longer name", "$"],
    ["XGROUP", "CREATE", "k", "77", "1050-0"],
    ["XGROUP", "CREATECONSUMER", "k", "g1", "idle one"],
    ["XREADGROUP", "GROUP", "g1", "alice", "COUNT", "70", "STREAMS", "k", ">"],
    ["XREADGROUP", "GROUP", "g1", "bob", "COUNT", "3", "STREAMS", "k", ">"],
    ["XREADGROUP", "GROUP", "77", "5", "STREAMS", "k", ">"],
    ["XACK", "k", "g1", "1002-0", "1003-0"],
    ["XCLAIM", "k", "g1", "carol", "0", "1010-0", "RETRYCOUNT", "300", "IDLE", "100000"],
    ["XGROUP", "SETID", "k", "a longer name", "3-3"],
  ],
};

/** A stream that lost entries, whose nodes Redis keeps with the entries marked. */
const WITH_HOLES: readonly Command[] = [
  ...many(150, (i) => ["a", String(i)]),
  ["XDEL", "k", "1003-0", "1010-0", "1120-0"],
  ["XTRIM", "k", "MAXLEN", "130"],
];

function restore(process: Process, payload: Uint8Array): void {
  assert.equal(process.run(["RESTORE", "k", "0", payload, "REPLACE"]), "OK");
}

/** The payload of `k` with nothing compressed. */
function plainDump({ store }: Process): Uint8Array {
  store.keyspace.find(0, new Slice(new TextEncoder().encode("k")));
  const { collection } = store.keyspace.row;
  assert.ok(collection !== undefined);
  const writer = new DumpWriter(false);
  dumpStream(store, writer, collection);
  return writer.finish().copy();
}

/** All that XINFO tells, but when consumers last got an entry: payloads have no place for it. */
function full(process: Process): string {
  return Deno.inspect(process.ask("XINFO STREAM k FULL COUNT 0"), { depth: 9 })
    .replaceAll(/"active-time" => -?\d+/g, "");
}

async function fullOf(client: RespClient): Promise<string> {
  const reply = format(await client.send("XINFO", "STREAM", "k", "FULL", "COUNT", "0"));
  return reply.replaceAll(/"active-time", \S+/g, "");
}

/** What a payload says, without when consumers last got an entry. */
function contents(payload: Uint8Array): Contents {
  const { rest = [], ...others } = read(payload);
  return {
    ...others,
    rest: rest.map((parts) => parts[0] === "consumer" ? parts.slice(0, 3) : parts),
  };
}

function dump(process: Process): Uint8Array {
  const payload = process.core.run(["DUMP", "k"], toBytes);
  assert.ok(payload instanceof Uint8Array);
  return payload;
}

async function dumpOf(client: RespClient): Promise<Uint8Array> {
  const reply = await client.send("DUMP", "k");
  assert.ok(reply.type === "bulk");
  return reply.value;
}

async function fill(client: RespClient, commands: readonly Command[]): Promise<void> {
  for (const reply of await client.pipeline([["DEL", "k"], ...commands])) {
    assert.notEqual(reply.type, "error", "value" in reply ? String(reply.value) : "");
  }
}

/** Registers that streams go from another server to Redlite and back. @param asWritten To the same bytes. */
function testBothWays(
  from: string,
  lacking: string | undefined,
  start: (options: ServerOptions) => Promise<TestServer>,
  asWritten: boolean,
): void {
  Deno.test({
    ...named(`a stream goes from ${from} to Redlite and back`, lacking),
    async fn() {
      await using server = await start({
        args: ["--sanitize-dump-payload", "yes", "--rdbcompression", "no"],
      });
      await using client = await server.connect();
      using process = Process.inMemory();
      for (const [name, commands] of Object.entries({ ...STREAMS, holes: WITH_HOLES })) {
        await fill(client, commands);
        const theirs = await dumpOf(client);
        restore(process, theirs);
        const ours = plainDump(process);
        // Entries that are marked as deleted stay behind.
        if (asWritten && name !== "holes") assert.equal(quote(ours), quote(theirs), name);
        const full = await fullOf(client);
        const wanted = contents(theirs);
        assert.equal(
          (await client.send("RESTORE", "k", "0", dump(process), "REPLACE")).type,
          "simple",
          name,
        );
        assert.deepEqual(contents(await dumpOf(client)), wanted, name);
        if (name !== "holes") assert.equal(await fullOf(client), full, name);
      }
    },
  });
}

// Later ones write another layout.
testBothWays("the redis-server on the PATH", noRedis(), startRedis, redisMajorVersion() < 8);
testBothWays(
  "Redis 8",
  noOracle("redis-8"),
  (options) => startOracle("redis-8", options),
  false,
);

Deno.test({
  ...named(
    "Valkey 9 takes Redlite's streams, and Redlite those of Valkey 9",
    noOracle("valkey-9"),
  ),
  async fn() {
    await using valkey = await startOracle("valkey-9");
    await using client = await valkey.connect();
    using process = Process.inMemory();
    // Each was filled at its own time.
    const timeless = async () => (await fullOf(client)).replaceAll(/:1\d{12}\b/g, ":time");
    for (const [name, commands] of Object.entries(STREAMS)) {
      await fill(client, commands);
      const theirs = await dumpOf(client);
      const before = await fullOf(client), timelessBefore = await timeless();
      assert.equal(process.run(["RESTORE", "k", "0", theirs, "REPLACE"]), "OK", name);
      await client.send("RESTORE", "k", "0", dump(process), "REPLACE");
      if (name !== "holes") assert.equal(await fullOf(client), before, name);
      process.ask("DEL k");
      for (const command of commands) process.run(command.map(String));
      const reply = await client.send("RESTORE", "k", "0", dump(process), "REPLACE");
      assert.equal(format(reply), "+OK", name);
      assert.equal(await timeless(), timelessBefore, name);
    }
  },
});

Deno.test("a stream is the same after DUMP and RESTORE", () => {
  using process = Process.inMemory();
  for (const [name, commands] of Object.entries(STREAMS)) {
    process.ask("DEL k");
    for (const command of commands) process.run(command.map(String));
    const before = full(process);
    const payload = dump(process);
    restore(process, payload);
    assert.equal(full(process), before, name);
    assert.equal(quote(dump(process)), quote(payload), name);
    assert.match(String(process.ask("XADD k * a b")), /-|smaller|exhausted/, name);
  }
});

Deno.test("stream-node-max-bytes and stream-node-max-entries say where nodes end", () => {
  using process = Process.inMemory();
  for (let i = 0; i < 10; i++) process.ask(`XADD k ${i + 1}-0 a b`);
  process.store.limits.streamNodeEntries = 4;
  assert.equal(plainDump(process)[1], 3);
  process.store.limits.streamNodeEntries = 0;
  assert.equal(plainDump(process)[1], 1);
  process.store.limits.streamNodeBytes = 60;
  assert.ok(plainDump(process)[1]! > 2);
});

const ENTRY = [2, 0, 0, [0x81, "v"], 4];
/** A node of one entry with one field. */
const NODE = listpack([1, 0, 1, [0x81, "f"], 0, ...ENTRY]);
const ID = (ms: number, sequence: number) => [
  littleEndian(ms, 8).toReversed(),
  littleEndian(sequence, 8).toReversed(),
];
const node = (blob: Uint8Array, ms = 1) => [string(ID(ms, 1)), string(blob)];

Deno.test("a stream as Redis 5 wrote it tells its groups' counts by their ids", () => {
  using process = Process.inMemory();
  const payload = sealed([
    15,
    2,
    node(NODE),
    node(NODE, 2),
    2,
    [2, 1],
    1,
    [string("g"), [1, 1], 1, ID(1, 1), littleEndian(5000, 8), 3],
    [1, string("alice"), littleEndian(6000, 8), 1, ID(1, 1)],
  ], 9);
  restore(process, payload);
  assert.deepEqual(process.ask("XRANGE k - +"), [["1-1", ["f", "v"]], ["2-1", ["f", "v"]]]);
  const groups = Deno.inspect(process.ask("XINFO GROUPS k"));
  assert.match(groups, /"entries-read" => 1,\s+"lag" => 1/);
  assert.deepEqual(read(payload).rest, [
    ["last", "2-1", "0-0", "undefined"],
    ["group", "g", "1-1", "undefined"],
    ["consumer", "alice", "6000", "6000"],
    ["pending", "1-1", "5000", "3"],
  ]);
});

Deno.test("a stream as Redis 7.2 writes it tells when consumers last got an entry", () => {
  const group = [string("g"), [1, 1], length64(-1), 0];
  const consumer = [string("never"), littleEndian(6000, 8), littleEndian(-1, 8), 0];
  const payload = sealed(
    [21, 1, node(NODE), 1, [1, 1], [1, 1], [0, 0], 1, 1, group, 1, consumer],
    11,
  );
  assert.deepEqual(read(payload).rest, [
    ["last", "1-1", "0-0", "1"],
    ["group", "g", "1-1", "-1"],
    ["consumer", "never", "6000", "-1"],
  ]);
});

Deno.test("pending entries that are nobody's go to a consumer from whom they can be claimed", () => {
  using process = Process.inMemory();
  for (
    const line of [
      "XADD k 1-1 a b",
      "XGROUP CREATE k g 0",
      "XREADGROUP GROUP g alice STREAMS k >",
      "XNACK k g FAIL IDS 1 1-1",
    ]
  ) process.ask(line);
  restore(process, dump(process));
  assert.deepEqual(process.ask("XAUTOCLAIM k g bob 1000000 0 JUSTID"), ["0-0", ["1-1"], []]);
});

/** Two producers, the first with two idempotent ids; then how many were added, and came again. */
const IDEMPOTENT_IDS = [
  ...[200, 30].map(length64),
  2,
  [string("p"), 2, string("t1"), 1, 1, string("t2"), 2, 1],
  [string("q"), 1, string("t1"), 2, 1],
  9,
  4,
];

Deno.test("a stream as Redis 8.6 writes it has its idempotent ids", () => {
  using process = Process.inMemory();
  const payload = sealed(
    [26, 2, node(NODE), node(NODE, 2), 2, [2, 1], [1, 1], [0, 0], 2, 0, IDEMPOTENT_IDS],
    13,
  );
  assert.deepEqual(read(payload).rest, [
    ["last", "2-1", "0-0", "2"],
    ["idempotent", "p", "t1", "1-1"],
    ["idempotent", "p", "t2", "2-1"],
    ["idempotent", "q", "t1", "2-1"],
    ["idempotence", "200", "30", "9", "4"],
  ]);
  restore(process, payload);
  const known = Deno.inspect(process.ask("XINFO STREAM k"));
  assert.match(known, /"idmp-duration" => 200,\s+"idmp-maxsize" => 30/);
  assert.match(known, /"iids-added" => 9,\s+"iids-duplicates" => 4/);
});

Deno.test("an idempotent id that came with a stream is known to XADD", () => {
  using process = Process.inMemory();
  const ms = Date.now() - 1000;
  const id = [length64(ms), 1];
  const payload = sealed(
    [
      26,
      1,
      node(NODE, ms),
      1,
      id,
      id,
      [0, 0],
      1,
      0,
      60,
      30,
      1,
      string("p"),
      1,
      string("t"),
      id,
      1,
      0,
    ],
    13,
  );
  restore(process, payload);
  assert.equal(process.ask("XADD k IDMP p t * a b"), `${ms}-1`);
  assert.notEqual(process.ask("XADD k IDMP p other * a b"), `${ms}-1`);
});

Deno.test("a stream as Redis 8.8 writes it has pending entries that are nobody's", () => {
  using process = Process.inMemory();
  const pending = [3, [1, 2, 3].map((ms) => [ID(ms, 1), littleEndian(ms === 2 ? 5000 : 0, 8), ms])];
  const alice = [string("alice"), littleEndian(6000, 8), littleEndian(6000, 8), 1, ID(2, 1)];
  const nodes = [1, 2, 3].map((ms) => node(NODE, ms));
  const payload = sealed([
    [27, 3, nodes, 3, [3, 1], [1, 1], [0, 0], 3],
    [1, string("g"), [3, 1], 3, pending, 1, alice, 2, ID(3, 1), ID(1, 1)],
    [50, 10, 0, 0, 0],
  ], 14);
  assert.deepEqual(read(payload).rest, [
    ["last", "3-1", "0-0", "3"],
    ["group", "g", "3-1", "3"],
    ["consumer", "alice", "6000", "6000"],
    ["pending", "2-1", "5000", "2"],
    ["given back", "3-1", "3"],
    ["given back", "1-1", "1"],
    ["idempotence", "50", "10", "0", "0"],
  ]);
  restore(process, payload);
  assert.deepEqual(process.ask("XPENDING k g"), [3, "1-1", "3-1", [["alice", "1"]]]);
  // Whoever comes is given them first, in the order in which they were given back.
  const first = process.ask("XREADGROUP GROUP g bob CLAIM 0 COUNT 1 STREAMS k >");
  assert.match(Deno.inspect(first, { depth: 9 }), /"3-1"/);
});

const facts = [1, [1, 1], [1, 1], [0, 0], 1];
const pending = [1, ID(1, 1), littleEndian(5000, 8), 3];
const alice = [string("alice"), littleEndian(6000, 8), 1, ID(1, 1)];
testRefused("a stream is refused whose", {
  "node has no id": [19, 1, string("short"), string(NODE), facts, 0],
  "node is empty": [19, 1, node(listpack([])), facts, 0],
  "head does not end with 0": [
    19,
    1,
    node(listpack([1, 0, 1, [0x81, "f"], 1, ...ENTRY])),
    facts,
    0,
  ],
  "node has fewer entries than it says": [
    19,
    1,
    node(listpack([2, 0, 1, [0x81, "f"], 0, ...ENTRY])),
    facts,
    0,
  ],
  "node has more entries than it says": [
    19,
    1,
    node(listpack([1, 0, 1, [0x81, "f"], 0, ...ENTRY, ...ENTRY])),
    facts,
    0,
  ],
  "entry has another number of parts": [
    19,
    1,
    node(listpack([1, 0, 1, [0x81, "f"], 0, 2, 0, 0, listpackString("v"), 5])),
    facts,
    0,
  ],
  "entry has no field": [19, 1, node(listpack([1, 0, 0, 0, 2, 0, 0, 3])), facts, 0],
  "ids do not rise": [19, 2, node(NODE), node(NODE), 2, facts.slice(1), 0],
  "length is not that of its entries": [19, 1, node(NODE), 2, facts.slice(1), 0],
  "last id comes before an entry": [19, 1, node(NODE), 1, [0, 1], facts.slice(2), 0],
  "groups have one name": [19, 1, node(NODE), facts, 2, [string("g"), [1, 1], 1, 0, 0], [
    string("g"),
    [1, 1],
    1,
    0,
    0,
  ]],
  "consumers have one name": [19, 1, node(NODE), facts, 1, string("g"), [1, 1], 1, 0, 2, [
    string("a"),
    littleEndian(1, 8),
    0,
    string("a"),
    littleEndian(1, 8),
    0,
  ]],
  "pending entry is nobody's": [19, 1, node(NODE), facts, 1, string("g"), [1, 1], 1, pending, 0],
  "pending entry has two consumers": [
    ...[19, 1, node(NODE), facts, 1, string("g"), [1, 1], 1, pending, 2, alice],
    ...[string("bob"), littleEndian(6000, 8), 1, ID(1, 1)],
  ],
  "consumer has an entry that is not pending": [
    ...[19, 1, node(NODE), facts, 1, string("g"), [1, 1], 1, 0, 1, alice],
  ],
  "pending entry is nobody's and somebody's": [
    ...[27, 1, node(NODE), facts, 1, string("g"), [1, 1], 1, pending, 1],
    ...[string("bob"), littleEndian(6000, 8), littleEndian(6000, 8), 1, ID(1, 1), 1, ID(1, 1)],
    ...[50, 10, 0, 0, 0],
  ],
  "idempotent ids are the same": [
    ...[26, 1, node(NODE), facts, 0, 50, 10],
    ...[1, string("p"), 2, string("t"), 1, 1, string("t"), 1, 1, 2, 0],
  ],
  "groups are missing": [19, 1, node(NODE), facts],
});
