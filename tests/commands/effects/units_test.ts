/** What belongs together in the effects of turns, what leaves none, and when they are told. */

import { strict as assert } from "node:assert";
import { toText } from "../../../src/embedded/data.ts";
import { EffectRefused } from "../../../src/commands/table/applied_effects.ts";
import type { TurnEffects } from "../../../src/engine/effects.ts";
import { Followed, shown, TestStore } from "./stores.ts";
import { ManualClock } from "../../../src/engine/clock.ts";

/** A store that is listened to, and what it told. */
class Heard implements Disposable {
  readonly clock = new ManualClock();
  readonly db = new TestStore(this.clock);
  turns: TurnEffects[] = [];

  constructor() {
    this.db.store.engine.effects.listen((effects) => {
      this.turns.push({ ...effects, bytes: effects.bytes.slice() });
    });
  }

  /** Runs lines, each a turn. */
  run(...lines: string[]): void {
    for (const line of lines) this.db.ask(...line.split(" "));
  }

  /** What was told since the last call: a line for each turn. */
  get told(): string[] {
    this.db.store.endTurn();
    const told = this.turns.map(({ bytes }) => shown(bytes).replace(/^ \| /, "").trim());
    this.turns = [];
    return told;
  }

  [Symbol.dispose](): void {
    this.db[Symbol.dispose]();
  }
}

Deno.test("a turn tells what it did, with its database and its time", () => {
  using heard = new Heard();
  heard.run("SELECT 3", "SET a 1");
  const [turn] = heard.turns;
  assert.equal(turn?.db, 3);
  assert.equal(turn?.endDb, 3);
  assert.equal(turn?.count, 1);
  assert.equal(turn?.atMs, heard.clock.now());
  assert.deepEqual(heard.told, ["SET a 1"]);
});

Deno.test("what changes nothing and what is refused tells nothing", () => {
  using heard = new Heard();
  heard.run("SET a 1", "SADD s x");
  assert.deepEqual(heard.told, ["SET a 1", "SADD s x"]);
  heard.run("GET a", "DEL none", "SETNX a 2", "SADD s x", "LPUSH a x", "INCR s", "EXPIRE none 9");
  assert.deepEqual(heard.told, []);
});

Deno.test("a transaction is told between MULTI and EXEC, unless it is one command", () => {
  using heard = new Heard();
  const { core } = heard.db;
  core.transaction(() => {
    heard.run("SET a 1", "SELECT 1", "INCR b", "SELECT 0", "GET a");
  });
  core.transaction(() => heard.run("SET a 2"));
  assert.deepEqual(heard.told, [
    "MULTI  | SET a 1  | SELECT 1  | INCR b  | EXEC",
    "SET a 2",
  ]);
});

Deno.test("a transaction that is rolled back tells nothing", () => {
  using heard = new Heard();
  assert.throws(() =>
    heard.db.core.transaction(() => {
      heard.run("SET a 1");
      throw new Error("no");
    })
  );
  heard.run("SET b 1");
  assert.deepEqual(heard.told, ["SET b 1"]);
});

Deno.test("a script is told as what it called", async () => {
  using heard = new Heard();
  await heard.db.core.prepareScripts();
  heard.db.run([
    "EVAL",
    "redis.call('SET', 'a', 1) redis.call('INCR', 'a') redis.pcall('LPUSH', 'a', 1)",
    "0",
  ]);
  assert.deepEqual(heard.told, ["MULTI  | SET a 1  | INCR a  | EXEC"]);
});

Deno.test("a key that a write finds expired is told to be deleted with it", () => {
  using heard = new Heard();
  heard.db.store.sweeper.stop();
  heard.run("SET a 1 PX 10", "SET other 1", "SADD s x", "SET z 1 PX 10");
  assert.equal(heard.told.length, 4);
  heard.clock.advance(50);
  heard.run("APPEND a 2", "SUNIONSTORE to z s");
  assert.deepEqual(heard.told, [
    "MULTI  | DEL a  | APPEND a 2  | EXEC",
    "MULTI  | DEL z  | SUNIONSTORE to z s  | EXEC",
  ]);
});

Deno.test("what expires by itself is told to be deleted, each for itself", () => {
  using heard = new Heard();
  heard.run("SET a 1 PX 10", "SET b 1 PX 20", "HSET h f 1 g 2", "HPEXPIRE h 10 FIELDS 1 f");
  assert.equal(heard.told.length, 4);
  heard.clock.advance(1000);
  assert.deepEqual(heard.told.join("  | ").split("  | "), ["DEL a", "DEL b", "HDEL h f"]);
});

Deno.test("fields that a write finds expired are told to be deleted with it", () => {
  using heard = new Heard();
  heard.db.store.sweeper.stop();
  heard.run("HSET h f 5 g 2", "HPEXPIRE h 10 FIELDS 1 f");
  assert.equal(heard.told.length, 2);
  heard.clock.advance(50);
  heard.run("HINCRBY h f 1");
  assert.deepEqual(heard.told, ["MULTI  | HDEL h f  | HINCRBY h f 1  | EXEC"]);
});

Deno.test("an evicted key is told to be deleted", () => {
  using heard = new Heard();
  heard.run("SET a 1", "SET b 1");
  assert.equal(heard.told.length, 2);
  const { eviction } = heard.db.store;
  eviction.configure({ maxmemory: 1, policy: "allkeys-random" });
  eviction.makeRoom();
  const told = heard.told.join("  | ").split("  | ").sort();
  assert.deepEqual(told, ["DEL a", "DEL b"]);
});

Deno.test("whoever waited is told by what was done for it, after what woke it", async () => {
  using heard = new Heard();
  const popped = heard.db.core.wait(["BLPOP", "l", "0"], toText);
  heard.run("RPUSH l a b");
  assert.deepEqual(await popped, ["l", "a"]);
  assert.deepEqual(heard.told, ["RPUSH l a b  | LPOP l"]);
});

Deno.test("who has stopped listening is told nothing, and others are", () => {
  using heard = new Heard();
  const { effects } = heard.db.store.engine;
  let others = 0;
  const stop = effects.listen(() => others++);
  heard.run("SET a 1");
  stop();
  heard.run("SET a 2");
  assert.equal(others, 1);
  assert.equal(heard.told.length, 2);
  assert.equal(effects.active, true);
});

Deno.test("long values and many of them are told whole", () => {
  using followed = new Followed();
  const { original, copy } = followed;
  const long = "x".repeat(100_000);
  original.run(["SET", "long", long]);
  original.run(["RPUSH", "l", ...Array.from({ length: 5000 }, (_, i) => `element ${i}`)]);
  original.run(["SADD", "s", ...Array.from({ length: 5000 }, (_, i) => `m${i}`)]);
  original.run(["SPOP", "s", "2500"]);
  followed.follow();
  assert.equal(copy.run(["GET", "long"]), long);
  assert.equal(copy.ask("DEBUG", "DIGEST"), original.ask("DEBUG", "DIGEST"));
});

Deno.test("a copy passes on what it applies as it came", () => {
  using followed = new Followed();
  const heard: string[] = [];
  followed.copy.store.engine.effects.listen(({ bytes, db }) => heard.push(`${db} ${shown(bytes)}`));
  followed.original.run(["SET", "a", "1", "EX", "9"]);
  followed.original.run(["SPOP", "none"]);
  followed.follow();
  const at = followed.original.nowMs + 9000;
  assert.deepEqual(heard, [`0  | SET a 1 PXAT ${at} `]);
});

Deno.test("RESTORE-ASKING is told as RESTORE", () => {
  const told = ["RESTORE", "RESTORE-ASKING"].map((name) => {
    using followed = new Followed();
    const { original } = followed;
    original.run(["SET", "k", "1"]);
    const payload = original.ask("DUMP", "k");
    assert.ok(payload instanceof Uint8Array);
    const heard: string[] = [];
    original.store.engine.effects.listen(({ bytes }) => heard.push(shown(bytes)));
    original.run([name, "r", "0", payload]);
    return heard;
  });
  assert.match(told[0]?.join() ?? "", /RESTORE r 0 /);
  assert.deepEqual(told[1], told[0]);
});

Deno.test("a copy lets nothing expire by itself", () => {
  using followed = new Followed();
  followed.original.store.sweeper.stop();
  followed.original.run(["SET", "a", "1", "PX", "10"]);
  followed.follow();
  followed.clock.advance(5000);
  assert.equal(followed.copy.ask("GET", "a"), null);
  followed.clock.advance(5000);
  followed.copy.store.endTurn();
  assert.equal(followed.copy.store.keyspace.statistics.expired, 0);
  followed.original.run(["APPEND", "a", "2"]);
  followed.follow();
  assert.equal(followed.copy.ask("GET", "a"), "2");
});

Deno.test("a turn of which a command is refused is not applied at all", () => {
  using followed = new Followed();
  const { original, copy } = followed;
  copy.run(["LPUSH", "b", "x"]);
  original.core.transaction(() => {
    original.run(["SET", "a", "1"]);
    original.run(["APPEND", "b", "1"]);
  });
  assert.throws(() => followed.follow(), EffectRefused);
  assert.equal(copy.ask("EXISTS", "a"), 0);
});

Deno.test("a command is told by its own name, whatever it is called", () => {
  using heard = new Heard();
  heard.db.core.table.rename("incr", "oneup");
  heard.run("oneup a", "set b 1");
  assert.deepEqual(heard.told, ["INCR a", "SET b 1"]);
});

Deno.test("an entry that its own XADD trims away is there until its idempotent id is noted", () => {
  using followed = new Followed();
  const { original, copy } = followed;
  original.run(["XADD", "s", "IDMP", "producer", "id", "MAXLEN", "0", "*", "f", "v"]);
  assert.equal(followed.follow(), true);
  assert.match(
    followed.told.join(),
    /XADD s \d+-0 f v .*XIDMPRECORD s producer id .*XTRIM s MAXLEN = 0/,
  );
  for (const store of [original, copy]) {
    assert.equal(store.ask("XLEN", "s"), 0);
  }
  const again = ["XADD", "s", "IDMP", "producer", "id", "*", "f", "v"];
  assert.equal(copy.ask(...again), original.ask(...again));
});

Deno.test("what newer commands and options take from a stream is told in words that every server knows", () => {
  using heard = new Heard();
  const fill = () => {
    heard.run(
      ...["DEL s", ...[1, 2, 3, 4].map((ms) => `XADD s ${ms}-1 f v`), "XGROUP CREATE s g 0"],
      ...["XGROUP CREATE s h 4-1", "XREADGROUP GROUP g c COUNT 3 STREAMS s >", "XACK s g 2-1"],
    );
    return heard.told.length;
  };
  const told = (line: string) => {
    fill();
    heard.run(line);
    return heard.told.map((text) => text.replaceAll(" | ", ""));
  };
  assert.deepEqual(told("XTRIM s MAXLEN 1 DELREF"), [
    "MULTI XTRIM s MAXLEN = 1 XACK s g 1-1 3-1 EXEC",
  ]);
  assert.deepEqual(told("XTRIM s MAXLEN 1 ACKED"), ["XDEL s 2-1"]);
  assert.deepEqual(told("XADD s DELREF MINID 3-0 9-1 f v"), [
    "MULTI XADD s MINID = 3-0 9-1 f v XACK s g 1-1 EXEC",
  ]);
  assert.deepEqual(told("XADD s ACKED MAXLEN 1 9-1 f v"), ["MULTI XADD s 9-1 f v XDEL s 2-1 EXEC"]);
  assert.deepEqual(told("XDELEX s DELREF IDS 3 1-1 2-1 7-1"), [
    "MULTI XACK s g 1-1 XDEL s 1-1 2-1 EXEC",
  ]);
  assert.deepEqual(told("XDELEX s ACKED IDS 1 1-1"), []);
  assert.deepEqual(told("XACKDEL s g ACKED IDS 2 1-1 2-1"), [
    "MULTI XACK s g 1-1 XDEL s 1-1 EXEC",
  ]);
});

Deno.test("a stream that is restored is told as every server reads it, and whole to those that know more", () => {
  using followed = new Followed();
  const { original, copy } = followed;
  const ask = (line: string) => original.ask(...line.split(" "));
  for (
    const line of [
      "HISTORY ENABLE KEY s",
      "XADD s IDMP p t * f v",
      "XGROUP CREATE s g 0",
      "XREADGROUP GROUP g alice STREAMS s >",
    ]
  ) ask(line);
  ask(`XNACK s g FAIL IDS 1 ${idOf(ask("XREVRANGE s + - COUNT 1"))}`);
  const at = original.nowMs;
  followed.clock.advance(5);
  ask("DEL s");
  followed.follow();
  followed.told = [];
  assert.equal(original.run(["HISTORY", "REVERT", "s", `${at}`]), "OK");
  followed.follow();
  const [told = ""] = followed.told;
  assert.ok(told.includes("MULTI  | RESTORE s 0 \x13"), told);
  assert.ok(told.includes("restore s 0 \x1b"), told);
  assert.equal(copy.ask("XLEN", "s"), 1);
  assert.deepEqual(copy.ask("XPENDING", "s", "g"), original.ask("XPENDING", "s", "g"));
});

const idOf = (entries: unknown): string => {
  assert.ok(Array.isArray(entries));
  return String(entries[0][0]);
};
