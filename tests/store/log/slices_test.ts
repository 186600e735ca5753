/** Many rows are committed in slices between turns, and a crash at any moment leaves what was answered. */

import { strict as assert } from "node:assert";
import { Redlite } from "../../../mod.ts";
import { named, notLinux } from "../../harness/lacking.ts";
import { temporaryDirectory } from "../../harness/servers.ts";
import { DRIVERS } from "../open.ts";
import { crashed } from "./crashes.ts";

const ffi = DRIVERS.some(({ info }) => info.name === "ffi") && notLinux() === undefined;

/** Keys: more than are committed at once. */
const KEYS = 5000;
/** Rounds in which commits in slices are waited for. */
const MOST_ROUNDS = 20;
/** Timers of a round. */
const MOST_TICKS = 100;

const keyOf = (i: number) => `key:${String((i * 7919) % KEYS).padStart(6, "0")}`;

function fact(db: Redlite, name: string): number {
  const text = String(db.call("INFO", "persistence"));
  return Number(new RegExp(`^${name}:(.*)$`, "m").exec(text)?.[1]);
}

const nextTimer = () => new Promise((resolve) => setTimeout(resolve, 1));

/** Counters as they should be, beside the database that has them. */
class Counters {
  readonly #expected = new Map<string, number>();
  #copies = 0;

  constructor(readonly db: Redlite, readonly path: string) {}

  increment(from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const key = keyOf(i);
      this.db.incr(key);
      this.#expected.set(key, (this.#expected.get(key) ?? 0) + 1);
    }
  }

  delete(i: number): void {
    this.db.del(keyOf(i));
    this.#expected.delete(keyOf(i));
  }

  /** Holds what a crash would leave now to what was answered. */
  crash(): void {
    using after = Redlite.open(crashed(this.path, `copy${++this.#copies}.db`));
    this.#assertHeld(after);
    assert.equal(after.call("DEBUG", "DIGEST"), this.db.call("DEBUG", "DIGEST"));
  }

  #assertHeld(db: Redlite): void {
    assert.equal(db.call("DBSIZE"), this.#expected.size);
    const keys = [...this.#expected.keys()];
    const values = db.mget(...keys).map(Number);
    assert.deepEqual(values, keys.map((key) => this.#expected.get(key)));
  }
}

/** @param maxDisk Most bytes of the files: of 10 MB the WAL has a few hundred pages before it starts over. */
function testSlices(
  name: string,
  fn: (counters: Counters) => Promise<void>,
  maxDisk = 0,
): void {
  Deno.test({
    ...named(name, ffi ? undefined : "no native library of SQLite on Linux"),
    async fn() {
      await using directory = await temporaryDirectory();
      const path = `${directory.path}/app.db`;
      await using db = Redlite.open(path, { writeBehind: true, maxDisk });
      await fn(new Counters(db, path));
    },
  });
}

/**
 * Whether a commit ended while turns after it are not in the database. It begins when no turn has run for
 * a while, and each turn of `change` comes a moment later than in the round before.
 */
async function sliced(counters: Counters, change: (round: number) => void): Promise<boolean> {
  const { db } = counters;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    counters.increment(0, KEYS);
    const commits = fact(db, "write_behind_commits");
    const quiet = 8 + round % 12;
    for (let tick = 0; tick < MOST_TICKS; tick++) {
      await nextTimer();
      if (tick < quiet) continue;
      change(round * 100 + tick);
      if (fact(db, "write_behind_commits") > commits) break;
    }
    const pending = fact(db, "write_behind_pending_turns");
    if (pending > 0 && pending < KEYS && fact(db, "write_behind_commits") > commits) return true;
  }
  return false;
}

testSlices("turns after those that are committed in slices are in the log", async (counters) => {
  counters.increment(0, KEYS);
  counters.crash();
  const seen = await sliced(counters, (i) => counters.increment(i * 3, i * 3 + 3));
  assert.ok(seen);
  counters.crash();
  counters.increment(0, 100);
  counters.crash();
});

testSlices(
  "a new key among those that wait for a slice is not lost, nor one that goes",
  async (counters) => {
    counters.increment(0, KEYS / 2);
    assert.ok(await sliced(counters, (i) => counters.increment(i, i + 10)));
    counters.crash();
    // What deletes writes by itself: all is one transaction again.
    counters.increment(0, KEYS);
    await nextTimer();
    for (let tick = 0; tick < 12; tick++) {
      await nextTimer();
      counters.delete(tick);
      counters.increment(tick + 1, tick + 3);
      if (tick === 4) counters.crash();
    }
    counters.crash();
  },
);

testSlices(
  "a WAL that starts over under turns that are not in it leaves what was answered",
  async (counters) => {
    const { db } = counters;
    let frames = 0, startedOver = 0;
    for (let round = 0; round < 4 * MOST_ROUNDS && startedOver < 1; round++) {
      counters.increment(0, KEYS);
      for (let tick = 0; tick < 40 && startedOver < 1; tick++) {
        await nextTimer();
        if (tick % 4 === 0) counters.increment(tick, tick + 3);
        const now = Number(/^wal_frames:(.*)$/m.exec(String(db.call("INFO", "storage")))?.[1]);
        if (now < frames) {
          startedOver++;
          counters.crash();
        }
        frames = now;
      }
    }
    assert.equal(startedOver, 1);
    counters.crash();
  },
  10_000_000,
);

testSlices(
  "elements that wait for a slice are not lost, nor those that go",
  async ({ db, path }) => {
    const digest = (of: Redlite) => of.call("DEBUG", "DIGEST");
    let copies = 0;
    const crash = () => {
      using after = Redlite.open(crashed(path, `elements${++copies}.db`));
      assert.equal(digest(after), digest(db));
    };
    const change = (from: number, to: number) => {
      for (let i = from; i < to; i++) {
        db.call("HINCRBY", "hash", keyOf(i), 1);
        db.call("ZINCRBY", "sorted", 1, keyOf(i * 3));
        db.call("SADD", "set", keyOf(i * 5));
      }
    };
    const take = (i: number) => {
      db.call("HDEL", "hash", keyOf(i));
      db.call("ZPOPMIN", "sorted");
      db.call("ZPOPMAX", "sorted", 2);
      db.call("SPOP", "set");
      db.call("SREM", "set", keyOf(i * 11));
    };
    let commits = 0;
    for (let round = 0; round < MOST_ROUNDS && commits < 2; round++) {
      change(0, KEYS);
      const before = fact(db, "write_behind_commits");
      for (let tick = 0; tick < 16 + round % 12; tick++) {
        await nextTimer();
        if (tick >= 8 + round % 12) change(tick * 50, tick * 50 + 50);
        for (let i = 0; i < 5; i++) take(round * 100 + tick * 5 + i);
      }
      if (fact(db, "write_behind_commits") > before) commits++;
    }
    crash();
    change(0, KEYS);
    await nextTimer();
    for (let tick = 0; tick < 8; tick++) {
      await nextTimer();
      change(tick, tick + 30);
      for (let i = 0; i < 50; i++) take(tick * 50 + i);
      if (tick === 4) crash();
    }
    crash();
    assert.equal(db.call("HLEN", "hash"), (db.call("HKEYS", "hash") as string[]).length);
    assert.equal(
      db.call("ZCARD", "sorted"),
      (db.call("ZRANGE", "sorted", 0, -1) as string[]).length,
    );
    assert.equal(db.call("SCARD", "set"), (db.call("SMEMBERS", "set") as Set<string>).size);
  },
);

testSlices("a queue goes on while rows are written in slices", async (counters) => {
  const { db } = counters;
  let pushed = 0, popped = 0;
  const queue = () => {
    db.call("SELECT", 1);
    db.rpush("queue", `job ${pushed++}`, `job ${pushed++}`);
    if (pushed > 20) assert.equal(db.lpop("queue"), `job ${popped++}`);
    db.call("SELECT", 0);
  };
  for (let i = 0; i < 30; i++) queue();
  assert.ok(await sliced(counters, queue));
  counters.crash();
  queue();
  counters.crash();
});
