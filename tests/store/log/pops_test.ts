/** What is popped is what a simple model has, while elements are held back, set apart, and written by another thread. */

import { strict as assert } from "node:assert";
import { Redlite } from "../../../mod.ts";
import { named, notLinux } from "../../harness/lacking.ts";
import { SEED } from "../../harness/seed.ts";
import { temporaryDirectory } from "../../harness/servers.ts";
import { DRIVERS } from "../open.ts";
import { connections, crashed } from "./crashes.ts";
import { randomIntegers } from "./randomness.ts";

const ffi = DRIVERS.some(({ info }) => info.name === "ffi") && notLinux() === undefined;
const lacking = ffi && navigator.hardwareConcurrency > 1
  ? undefined
  : "no native library of SQLite on Linux, or one processor";

/** Names of elements. */
const NAMES = 12_000;
/** Commands that are held back before others come one by one, a few with each timer. */
const BURST = 6000, TICKS = 40, COMMANDS = 120;
const MOST_ROUNDS = 30;
/** Elements that are there for those rounds. */
const MANY = 100_000;
/** Timers after a burst until others come. */
const QUIET = 9;
/** Strings, each so large that few of them push everything else out of memory. */
const LARGE = 700, LARGE_BYTES = 3000;

type Command = [string, ...string[]];
type Random = (bound: number) => number;

const nextTimer = () => new Promise((resolve) => setTimeout(resolve, 1));

/** A database with a log, and one without anything held back that is to have the same. */
class Pair {
  readonly random: Random = randomIntegers(SEED);
  readonly plain: Redlite = Redlite.open(":memory:");
  #copies = 0;

  constructor(readonly behind: Redlite, readonly path: string) {}

  /** Runs a command on both, which must answer the same. */
  call(command: Command): unknown {
    const answer = this.behind.call(...command);
    assert.deepEqual(answer, this.plain.call(...command), `${command}, seed ${SEED}`);
    return answer;
  }

  /** Pops members of a set, which must have been there, and removes them from the other. */
  popMembers(key: string, count: number): void {
    const popped = this.behind.call("SPOP", key, ...count === 1 ? [] : [`${count}`]);
    const members = popped instanceof Set ? [...popped].map(String) : [popped].flat().map(String);
    const wanted = Math.min(count, Number(this.plain.call("SCARD", key)));
    if (popped === null) return assert.equal(wanted, 0, `SPOP ${key}, seed ${SEED}`);
    assert.equal(new Set(members).size, wanted, `SPOP ${key} ${count}, seed ${SEED}`);
    if (wanted === 0) return;
    const gone = this.plain.call("SREM", key, ...members);
    assert.equal(gone, wanted, `SPOP ${key} ${count}: ${members}, seed ${SEED}`);
  }

  /** Both hold the same, as does what a crash would leave. */
  assertSame(): void {
    const digest = this.plain.call("DEBUG", "DIGEST");
    assert.equal(this.behind.call("DEBUG", "DIGEST"), digest, `seed ${SEED}`);
    using after = Redlite.open(crashed(this.path, `copy${++this.#copies}.db`));
    assert.equal(after.call("DEBUG", "DIGEST"), digest, `after a crash, seed ${SEED}`);
  }
}

function testPops(name: string, fn: (pair: Pair) => Promise<void>, cache = 64): void {
  Deno.test({
    ...named(name, lacking),
    async fn() {
      await using directory = await temporaryDirectory();
      const path = `${directory.path}/app.db`;
      await using behind = Redlite.open(path, { writeBehind: true, cache });
      const pair = new Pair(behind, path);
      await using _ = pair.plain;
      await fn(pair);
      pair.assertSame();
    },
  });
}

const nameOf = (random: Random) => `name:${random(NAMES)}`;

/** A score: many are the same, some have extremes. */
function scoreOf(random: Random): string {
  const kind = random(20);
  if (kind === 0) return ["-0", "0", "-inf", "inf"][random(4)]!;
  return kind < 8 ? String(random(40)) : String(random(1_000_000) / 8);
}

/** A command that leaves elements to be written later. */
function add(random: Random, key: string): Command {
  if (key.startsWith("s")) return ["SADD", key, nameOf(random), nameOf(random)];
  return random(8) === 0
    ? ["ZINCRBY", key, String(random(200) - 100), nameOf(random)]
    : ["ZADD", key, scoreOf(random), nameOf(random)];
}

/** One that takes them away, or pops. */
function take(pair: Pair, key: string): void {
  const { random } = pair, kind = random(12);
  if (key.startsWith("s")) {
    if (kind < 9) return pair.popMembers(key, kind === 0 ? 1 + random(9) : 1);
    return void pair.call(["SREM", key, nameOf(random), nameOf(random)]);
  }
  const pop = random(4) === 0 ? "ZPOPMAX" : "ZPOPMIN";
  if (kind < 9) pair.call([pop, key]);
  else if (kind < 11) pair.call(["ZREM", key, nameOf(random)]);
  else pair.call([pop, key, String(1 + random(random(4) === 0 ? 90 : 9))]);
}

/** One that concerns a key as a whole, or many elements. */
async function change(pair: Pair, key: string): Promise<void> {
  const { random, behind, plain } = pair;
  const other = `${key[0]}:${random(3)}`;
  switch (random(11)) {
    case 0:
      if (Number(pair.call(["EXISTS", key])) > 0) pair.call(["RENAME", key, other]);
      return;
    case 1:
      return void pair.call(["COPY", key, other, "REPLACE"]);
    case 2:
      return void pair.call(["DEL", other]);
    case 3:
      pair.call(["PEXPIRE", other, "1"]);
      return void await new Promise((resolve) => setTimeout(resolve, 5));
    case 4:
      if (random(4) === 0) pair.call(["FLUSHDB"]);
      return;
    case 5: {
      const at = String(random(1000));
      return void pair.call(["ZREMRANGEBYSCORE", "z:0", at, String(Number(at) + 30)]);
    }
    case 6:
      return void pair.call(["ZRANGE", "z:0", "0", "20", "WITHSCORES"]);
    case 7:
      return void pair.call(["ZREMRANGEBYRANK", "z:1", "0", String(random(30))]);
    case 8:
      behind.call("HISTORY", ...random(2) === 0 ? ["ENABLE", "GLOBAL"] : ["DISABLE", "GLOBAL"]);
      return;
    case 9:
      return void pair.call(["SINTERCARD", "2", "s:0", "s:1"]);
    default: {
      const commands = Array.from({ length: 30 }, () => add(random, key));
      // A transaction that fails leaves nothing, neither of what came nor of what was popped.
      const failing = (db: Redlite) =>
        assert.throws(() =>
          db.transaction(() => {
            for (const command of commands) db.call(...command);
            for (let i = 0; i < 20; i++) db.call(key.startsWith("s") ? "SPOP" : "ZPOPMIN", key);
            throw new RangeError("failed");
          }), RangeError);
      failing(behind);
      failing(plain);
    }
  }
}

testPops(
  "elements are popped as from a simple model, whatever else happens to their keys",
  async (pair) => {
    const { random } = pair;
    for (let round = 0; round < 8; round++) {
      const keys = ["z:0", "s:0", ["z:1", "s:1", "z:2", "s:2"][round % 4]!];
      const keyOf = () => keys[random(keys.length)]!;
      for (let i = 0; i < BURST / 2; i++) pair.call(add(random, keyOf()));
      for (let tick = 0; tick < TICKS; tick++) {
        await nextTimer();
        for (let i = 0; i < COMMANDS / 2; i++) {
          const key = keyOf();
          if (random(round % 2 === 0 ? 2 : 12) === 0) pair.call(add(random, key));
          else take(pair, key);
        }
        if (round % 3 === 2 && tick % 5 === 0) await change(pair, keyOf());
      }
      if (round % 3 === 1) pair.assertSame();
    }
  },
);

for (const key of ["z", "s"]) {
  const name = key === "z" ? "a sorted set" : "a set";
  testPops(`what follows in ${name} is read while another thread writes`, async (pair) => {
    const { random, path } = pair;
    // New ones, which are looked for in memory alone, and with no other thread.
    for (let i = 0; i < MANY; i++) {
      pair.call(
        key === "z" ? ["ZADD", key, scoreOf(random), `new:${i}`] : ["SADD", key, `new:${i}`],
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
    const before = connections(path);
    let rounds = 0;
    for (; connections(path) === before && rounds < MOST_ROUNDS; rounds++) {
      for (let tick = 0; tick < TICKS; tick++) {
        if (tick > 0) await nextTimer();
        // Rows are set apart when nothing has come for a while.
        if (tick > 0 && tick < QUIET) continue;
        for (let i = 0; i < (tick === 0 ? BURST : 2 * COMMANDS); i++) {
          if (key === "s") pair.popMembers(key, 1);
          else pair.call([random(3) === 0 ? "ZPOPMAX" : "ZPOPMIN", key]);
        }
      }
    }
    assert.ok(connections(path) > before, `nothing was read beside, in ${rounds} rounds`);
  });
}

testPops("elements are popped in their order though the cache has given them up", async (pair) => {
  const { random } = pair;
  const large = "l".repeat(LARGE_BYTES);
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i < BURST; i++) pair.call(add(random, "z"));
    for (let i = 0; i < BURST / 4; i++) take(pair, "z");
    for (let tick = 0; tick < TICKS; tick++) {
      await nextTimer();
      for (let i = 0; i < 8; i++) pair.call(["SET", `large:${random(LARGE)}`, large]);
      for (let i = 0; i < COMMANDS / 4; i++) {
        if (random(2) === 0) pair.call(add(random, "z"));
        else take(pair, "z");
      }
    }
  }
}, 2);
