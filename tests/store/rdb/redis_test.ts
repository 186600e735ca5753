/** Payloads of a real redis-server read here, and payloads made here restored by a real redis-server. */

import { strict as assert } from "node:assert";
import { FOOTER_SIZE, RDB_TYPE } from "../../../src/store/rdb/format.ts";
import { DumpWriter } from "../../../src/store/rdb/writer.ts";
import { named, noRedis } from "../../harness/lacking.ts";
import { fromLatin1, latin1, type Reply, type RespClient } from "../../harness/resp_client.ts";
import { redisMajorVersion, startRedis } from "../../harness/servers.ts";
import { OLD_ENCODINGS } from "./old_encodings.ts";
import { type Contents, read, sealed, slice, string, ziplist, ziplistString } from "./payloads.ts";
import { INTEGERS, randomNumbers, SCORES, strings } from "./random.ts";

/** What is written can be read by Redis 7.0: the footer is that of 7.0, and packed scores have all their digits. */
const AS_WRITTEN = redisMajorVersion() < 8;
const VALUES = strings(randomNumbers(11));
const UNIQUE = [...new Set(VALUES)];
const CANONICAL = INTEGERS.filter((text) =>
  String(BigInt(text)) === text && BigInt.asIntN(64, BigInt(text)) === BigInt(text)
);

/** A test with a server that checks payloads as thoroughly as it can. */
function testWithRedis(name: string, run: (client: RespClient) => Promise<void>): void {
  Deno.test({
    ...named(name, noRedis()),
    async fn() {
      await using server = await startRedis({ args: ["--sanitize-dump-payload", "yes"] });
      await using client = await server.connect();
      await run(client);
    },
  });
}

async function send(client: RespClient, ...words: string[]): Promise<Reply> {
  const reply = await client.send(...words.map(fromLatin1));
  assert.notEqual(reply.type, "error", "value" in reply ? String(reply.value) : words[0]);
  return reply;
}

async function texts(client: RespClient, ...words: string[]): Promise<string[]> {
  const reply = await send(client, ...words);
  assert.ok(reply.type === "array");
  return reply.items.map((item) => item.type === "bulk" ? latin1(item.value) : "?");
}

async function dump(client: RespClient, key = "k"): Promise<Uint8Array> {
  const reply = await send(client, "DUMP", key);
  assert.ok(reply.type === "bulk");
  return reply.value;
}

async function restore(client: RespClient, payload: Uint8Array): Promise<string> {
  const reply = await client.send("RESTORE", "k", "0", payload, "REPLACE");
  assert.ok(reply.type === "simple" || reply.type === "error");
  return reply.value;
}

/** Without the difference in the message, which takes minutes to find for a large payload. */
function assertSameBytes(ours: Uint8Array, theirs: Uint8Array): void {
  let i = 0;
  const end = theirs.length - (AS_WRITTEN ? 0 : FOOTER_SIZE);
  while (i < end && ours[i] === theirs[i]) i++;
  assert.ok(
    i === end && ours.length === theirs.length,
    `different from byte ${i} on, ${ours.length} against ${theirs.length} bytes`,
  );
}

function tuples(flat: readonly string[], size: number): string[][] {
  const all: string[][] = [];
  for (let i = 0; i < flat.length; i += size) all.push(flat.slice(i, i + size));
  return all;
}

/** What the server answers for a value, in the form `read` gives it. */
async function served(client: RespClient, key = "k"): Promise<Omit<Contents, "count">> {
  const type = await send(client, "TYPE", key);
  assert.ok(type.type === "simple");
  switch (type.value) {
    case "string": {
      const reply = await send(client, "GET", key);
      assert.ok(reply.type === "bulk");
      return { kind: "string", items: [[latin1(reply.value)]] };
    }
    case "list":
      return { kind: "list", items: tuples(await texts(client, "LRANGE", key, "0", "-1"), 1) };
    case "set":
      return { kind: "set", items: tuples(await texts(client, "SMEMBERS", key), 1) };
    case "zset": {
      const flat = await texts(client, "ZRANGE", key, "0", "-1", "WITHSCORES");
      const items = tuples(flat, 2).map(([member = "", score = ""]) => {
        const value = Number(score.replace("inf", "Infinity"));
        return [member, Object.is(value, -0) ? "-0" : String(value)];
      });
      return { kind: "zset", items };
    }
    case "hash": {
      const items = tuples(await texts(client, "HGETALL", key), 2);
      return { kind: "hash", items: items.map((item) => [...item, "0"]) };
    }
    default:
      throw new Error(`a value of type ${type.value}`);
  }
}

/** In one order, whatever the server's hash tables have; a list keeps its own. */
function ordered({ kind, items }: Omit<Contents, "count">): Omit<Contents, "count"> {
  const text = JSON.stringify;
  return {
    kind,
    items: kind === "list" ? items : items.toSorted((a, b) => text(a) < text(b) ? -1 : 1),
  };
}

/** The payload the writer makes of what was read. */
function written({ kind, items }: Contents, compact: boolean, compress: boolean): Uint8Array {
  const writer = new DumpWriter(compress);
  writer.begin(kind, { compact });
  for (const [first, second] of items) {
    if (kind === "string") writer.string(slice(first!));
    else if (kind === "list") writer.element(slice(first!));
    else if (kind === "set") writer.member(slice(first!));
    else if (kind === "zset") writer.scored(slice(first!), Number(second));
    else writer.field(slice(first!), slice(second!));
  }
  return writer.finish().copy();
}

const COMPACT_TYPES: readonly number[] = [
  RDB_TYPE.SET_INTSET,
  RDB_TYPE.ZSET_LISTPACK,
  RDB_TYPE.HASH_LISTPACK,
];

/**
 * Checks that the value under `k` is read from its DUMP, compressed or not, that the writer gives the
 * same uncompressed bytes again, and that its own compressed ones restore the value.
 */
async function sameBothWays(client: RespClient, type: number): Promise<void> {
  const value = ordered(await served(client));
  await send(client, "CONFIG", "SET", "rdbcompression", "yes");
  assert.deepEqual(ordered(read(await dump(client))), value);
  await send(client, "CONFIG", "SET", "rdbcompression", "no");
  const plain = await dump(client);
  assert.equal(plain[0], type);
  const contents = read(plain);
  assert.deepEqual(ordered(contents), value);
  assert.equal(contents.count, contents.items.length);
  const compact = COMPACT_TYPES.includes(type);
  if (AS_WRITTEN || type !== RDB_TYPE.ZSET_LISTPACK) {
    assertSameBytes(written(contents, compact, false), plain);
  }
  assert.equal(await restore(client, written(contents, compact, true)), "OK");
  assert.deepEqual(ordered(await served(client)), value);
}

async function fill(client: RespClient, command: string, flat: readonly string[]): Promise<void> {
  await send(client, "DEL", "k");
  for (let i = 0; i < flat.length; i += 100) {
    await send(client, command, "k", ...flat.slice(i, i + 100));
  }
}

testWithRedis("strings go both ways", async (client) => {
  for (const value of strings(randomNumbers(12))) {
    await send(client, "SET", "k", value);
    await sameBothWays(client, RDB_TYPE.STRING);
  }
});

testWithRedis(
  "lists go both ways, to the byte at every size around a node's limit",
  async (client) => {
    await fill(client, "RPUSH", ["a"]);
    await sameBothWays(client, RDB_TYPE.QUICKLIST_2);
    await fill(client, "RPUSH", VALUES.filter((value) => value.length <= 8192));
    await sameBothWays(client, RDB_TYPE.QUICKLIST_2);
    const lengths = [
      1,
      2,
      62,
      63,
      64,
      126,
      127,
      128,
      2000,
      2727,
      4085,
      4095,
      4096,
      8177,
      8180,
      8185,
    ];
    for (const length of lengths) {
      const count = Math.ceil(20_000 / length);
      await fill(client, "RPUSH", Array.from({ length: count }, () => "x".repeat(length)));
      await sameBothWays(client, RDB_TYPE.QUICKLIST_2);
    }
  },
);

testWithRedis("a list with large elements goes both ways", async (client) => {
  const values = ["a", "x".repeat(8193), "b", "y".repeat(100_000), "z".repeat(8192), "5"];
  await fill(client, "RPUSH", values);
  const value = await served(client);
  assert.deepEqual(ordered(read(await dump(client))), value);
  const contents = read(await dump(client));
  for (const compress of [true, false]) {
    assert.equal(await restore(client, written(contents, false, compress)), "OK");
    assert.deepEqual(await served(client), value);
  }
});

testWithRedis("sets go both ways", async (client) => {
  await fill(client, "SADD", UNIQUE);
  await sameBothWays(client, RDB_TYPE.SET);
  await fill(client, "SADD", Array.from({ length: 20_000 }, (_, i) => String(i)));
  await sameBothWays(client, RDB_TYPE.SET);
});

testWithRedis(
  "sets of integers go both ways, at every width and around the limit",
  async (client) => {
    for (const members of [["1"], ["-32769"], ["2147483648"], CANONICAL]) {
      await fill(client, "SADD", members);
      await sameBothWays(client, RDB_TYPE.SET_INTSET);
    }
    for (const [size, type] of [[512, RDB_TYPE.SET_INTSET], [513, RDB_TYPE.SET]] as const) {
      await fill(client, "SADD", Array.from({ length: size }, (_, i) => String(i * 7 - 1000)));
      await sameBothWays(client, type);
    }
  },
);

testWithRedis("sorted sets go both ways, packed and not", async (client) => {
  const scores = [...SCORES, -0];
  const flat = UNIQUE.flatMap((member, i) => {
    const score = scores[i % scores.length];
    const text = Object.is(score, -0) ? "-0" : String(score).replace("Infinity", "inf");
    return [text, member];
  });
  await send(client, "CONFIG", "SET", "zset-max-listpack-value", "20000");
  await fill(client, "ZADD", flat);
  await sameBothWays(client, RDB_TYPE.ZSET_LISTPACK);
  await send(client, "CONFIG", "SET", "zset-max-listpack-entries", "0");
  await fill(client, "ZADD", flat);
  await sameBothWays(client, RDB_TYPE.ZSET_2);
});

testWithRedis("sorted sets go both ways around the limit of packing", async (client) => {
  for (const [size, type] of [[128, RDB_TYPE.ZSET_LISTPACK], [129, RDB_TYPE.ZSET_2]] as const) {
    await fill(
      client,
      "ZADD",
      Array.from({ length: size }, (_, i) => [`${i / 8}`, `m${i}`]).flat(),
    );
    await sameBothWays(client, type);
  }
});

testWithRedis("hashes go both ways, packed and not", async (client) => {
  const flat = UNIQUE.flatMap((field, i) => [field, UNIQUE[UNIQUE.length - 1 - i]!]);
  await fill(client, "HSET", flat);
  await sameBothWays(client, RDB_TYPE.HASH);
  await send(client, "CONFIG", "SET", "hash-max-listpack-value", "20000");
  await fill(client, "HSET", flat);
  await sameBothWays(client, RDB_TYPE.HASH_LISTPACK);
});

testWithRedis("hashes go both ways around the limits of packing", async (client) => {
  for (
    const [size, type] of [
      [1, RDB_TYPE.HASH_LISTPACK],
      [512, RDB_TYPE.HASH_LISTPACK],
      [513, RDB_TYPE.HASH],
    ] as const
  ) {
    await fill(client, "HSET", Array.from({ length: size }, (_, i) => [`f${i}`, String(i)]).flat());
    await sameBothWays(client, type);
  }
});

testWithRedis("a listpack of more entries than its header can tell is restored", async (client) => {
  await send(client, "CONFIG", "SET", "hash-max-listpack-entries", "40000");
  await send(client, "CONFIG", "SET", "rdbcompression", "no");
  for (const count of [32767, 32768]) {
    const items = Array.from({ length: count }, (_, i) => [`f${i}`, String(i), "0"]);
    const payload = written({ kind: "hash", count, items }, true, false);
    assert.deepEqual(read(payload), { kind: "hash", count, items });
    assert.equal(await restore(client, payload), "OK");
    assert.deepEqual(await served(client), { kind: "hash", items });
    assertSameBytes(await dump(client), payload);
  }
});

for (const { name, payload, kind, items } of OLD_ENCODINGS) {
  Deno.test(`${name} is read`, () => {
    assert.deepEqual(read(payload), { kind, count: items.length, items });
  });
}

testWithRedis("redis-server reads the same out of encodings no longer written", async (client) => {
  for (const { name, payload, kind, items } of OLD_ENCODINGS) {
    assert.equal(await restore(client, payload), "OK", name);
    assert.deepEqual(ordered(await served(client)), ordered({ kind, items }), name);
  }
});

testWithRedis("redis-server refuses with the same errors", async (client) => {
  const whole = OLD_ENCODINGS[0]!.payload;
  const broken = whole.slice();
  broken[2]! ^= 1;
  const payloads = [
    new Uint8Array(0),
    whole.subarray(0, 9),
    whole.subarray(1),
    broken,
    sealed([RDB_TYPE.STRING, string("a")], 99),
    sealed([]),
    sealed([RDB_TYPE.LIST, 0]),
    sealed([RDB_TYPE.SET, 2, string("a"), string("a")]),
    sealed([RDB_TYPE.HASH_ZIPLIST, string(ziplist([ziplistString("odd")]))]),
    sealed([99, string("a")]),
  ];
  for (const payload of payloads) {
    const answer = await restore(client, payload);
    assert.match(answer, /^ERR /);
    assert.throws(() => read(payload), { name: "CommandError", message: answer });
  }
});
