import { strict as assert } from "node:assert";
import type { KeyHistory } from "../../../src/store/keys/facts.ts";
import { OnClock } from "../on_clock.ts";
import { testReplies } from "../replies.ts";

type Info = Record<string, unknown>;

function keyinfo(server: OnClock, key: string): Info | null {
  const reply = server.ask(`KEYINFO ${key}`);
  return reply === null ? null : Object.fromEntries(reply as Map<string, unknown>);
}

Deno.test("KEYINFO tells of a string when it was made and changed", () => {
  using server = new OnClock();
  const made = server.now;
  server.ask("SET k hello");
  server.advance(5000);
  server.ask("APPEND k !!");
  server.advance(10);
  assert.deepEqual(keyinfo(server, "k"), {
    type: "string",
    ttl: null,
    created_at: made,
    updated_at: made + 5000,
    version: 2,
    length: 7,
    bytes: 7,
    encoding: "raw",
    history: "off",
  });
});

Deno.test("KEYINFO is nil for an absent key, and for an expired one", () => {
  using server = new OnClock();
  assert.equal(keyinfo(server, "k"), null);
  server.ask("SET k v PX 100");
  assert.equal(keyinfo(server, "k")?.["ttl"], 100);
  server.advance(60);
  assert.equal(keyinfo(server, "k")?.["ttl"], 40);
  server.advance(41);
  assert.equal(keyinfo(server, "k"), null);
});

Deno.test("a key that is made anew has its time from then", () => {
  using server = new OnClock();
  server.ask("RPUSH k a");
  server.advance(100);
  server.ask("DEL k");
  server.ask("RPUSH k b");
  assert.equal(keyinfo(server, "k")?.["created_at"], server.now);
  server.advance(100);
  server.ask("RENAME k other");
  assert.equal(keyinfo(server, "other")?.["created_at"], server.now - 100);
  assert.equal(keyinfo(server, "other")?.["updated_at"], server.now);
});

Deno.test("each change gives a higher version, of whatever type the key is", () => {
  using server = new OnClock();
  for (
    const line of [
      "SET k % ",
      "RPUSH k %",
      "SADD k %",
      "ZADD k 1 %",
      "HSET k % v",
      "ARSET k 1 %",
      "PFADD k %",
      "SETBIT k 1% 1",
    ]
  ) {
    server.ask("DEL k");
    let version = 0;
    for (let i = 1; i <= 3; i++) {
      server.ask(line.trim().replace("%", String(i)));
      server.core.store.endTurn();
      const now = keyinfo(server, "k")?.["version"];
      assert.ok(typeof now === "number" && now > version, `${line}: ${version} to ${now}`);
      version = now;
    }
    server.ask("EXPIRE k 100");
    assert.ok((keyinfo(server, "k")?.["version"] as number) > version, line);
  }
});

Deno.test("length counts elements, bytes what they hold, encoding is OBJECT's", () => {
  using server = new OnClock();
  const facts = [
    ["RPUSH k ab cde", "list", 2, 5, "listpack"],
    ["SADD k 1 2 345", "set", 3, 5, "intset"],
    ["SADD k a bcd", "set", 2, 4, "listpack"],
    ["ZADD k 1 ab 2.5 c", "zset", 2, 3 + 16, "listpack"],
    ["HSET k field value f v", "hash", 2, 12, "listpack"],
    ["ARSET k 7 abc", "array", 1, 3, "sliced-array"],
    ["SET k 12345", "string", 5, 5, "int"],
  ] as const;
  for (const [line, type, length, bytes, encoding] of facts) {
    server.ask("DEL k");
    server.ask(line);
    const info = keyinfo(server, "k");
    assert.deepEqual(
      [info?.["type"], info?.["length"], info?.["bytes"], info?.["encoding"]],
      [type, length, bytes, encoding],
      line,
    );
    assert.equal(info?.["encoding"], server.ask("OBJECT ENCODING k"));
  }
});

Deno.test("a long string's bytes are its length", () => {
  using server = new OnClock();
  server.ask("SETRANGE k 99999 x");
  assert.equal(keyinfo(server, "k")?.["bytes"], 100_000);
  assert.equal(keyinfo(server, "k")?.["length"], 100_000);
});

Deno.test("the bytes of a large collection are estimated from both of its ends", () => {
  using server = new OnClock();
  for (let i = 0; i < 5000; i += 100) {
    const elements = Array.from({ length: 100 }, (_, j) => "x".repeat(1 + (i + j) % 9));
    server.ask(`RPUSH k ${elements.join(" ")}`);
  }
  const bytes = keyinfo(server, "k")?.["bytes"] as number;
  assert.ok(Math.abs(bytes - 25_000) < 300, `${bytes}`);
  server.ask("LTRIM k 0 1999");
  const exact = Array.from({ length: 2000 }, (_, i) => 1 + i % 9).reduce((a, b) => a + b);
  assert.equal(keyinfo(server, "k")?.["bytes"], exact);
});

Deno.test("fields of a hash that are expired are not counted", () => {
  using server = new OnClock();
  server.ask("HSET k a 1 b 2");
  server.ask("HPEXPIRE k 100 FIELDS 1 a");
  assert.equal(keyinfo(server, "k")?.["length"], 2);
  server.advance(101);
  assert.equal(keyinfo(server, "k")?.["length"], 1);
});

Deno.test("KEYINFO sees what an open transaction has changed", () => {
  using server = new OnClock();
  server.core.transaction(() => {
    server.ask("RPUSH k a b");
    server.ask("RPUSH k c");
    assert.equal(keyinfo(server, "k")?.["length"], 3);
    assert.equal(keyinfo(server, "k")?.["bytes"], 3);
  });
});

Deno.test("KEYINFO is no use of the key, and no hit", () => {
  using server = new OnClock();
  server.ask("SET k v");
  server.advance(50_000);
  const { hits, misses } = server.core.store.keyspace.statistics;
  keyinfo(server, "k");
  keyinfo(server, "none");
  assert.equal(server.ask("OBJECT IDLETIME k"), 50);
  assert.equal(server.core.store.keyspace.statistics.hits, hits);
  assert.equal(server.core.store.keyspace.statistics.misses, misses);
});

Deno.test("KEYINFO tells at which level history is kept, and how long", () => {
  using server = new OnClock();
  server.ask("SET k v");
  const answers: ReturnType<KeyHistory["levelOf"]>[] = [
    { level: "key" },
    { level: "database", retentionMs: 60_000 },
    { level: "global", retentionCount: 5 },
    undefined,
  ];
  server.core.store.history = {
    levelOf: (db, key) => {
      assert.deepEqual([db, key.latin1()], [0, "k"]);
      return answers.shift();
    },
  };
  const told = [1, 2, 3, 4].map(() => keyinfo(server, "k")?.["history"]);
  assert.deepEqual(told, [
    "key",
    "database retention time 60000",
    "global retention count 5",
    "off",
  ]);
});

const LINES = [
  ["KEYINFO", "-ERR wrong number of arguments for 'keyinfo' command"],
  ["KEYINFO a b", "-ERR wrong number of arguments for 'keyinfo' command"],
  ["COMMAND GETKEYS KEYINFO k", '["k"]'],
] as const;

testReplies("KEYINFO's arity and keys", LINES);
testReplies("KEYINFO of no key", [["KEYINFO k", "$-1"]]);
testReplies("KEYINFO of no key", [["KEYINFO k", "_"]], 3);
