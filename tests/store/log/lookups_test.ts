/** What is looked up while another thread writes rows is what those and all others hold. */

import { strict as assert } from "node:assert";
import { Redlite } from "../../../mod.ts";
import { named, notLinux } from "../../harness/lacking.ts";
import { SEED } from "../../harness/seed.ts";
import { temporaryDirectory } from "../../harness/servers.ts";
import { DRIVERS } from "../open.ts";
import { connections, crashed } from "./crashes.ts";
import { randomIntegers } from "./randomness.ts";

const ffi = DRIVERS.some(({ info }) => info.name === "ffi") && notLinux() === undefined;

/** Names of keys and elements: of each kind four times as many as memory has room for. */
const NAMES = 16_000;
/** Commands that are held back before some are looked up, and how often that is done at most. */
const BURST = 4000, MOST_ROUNDS = 30;
/** Strings that are only read, each so large that few reads of them push everything else out of memory. */
const LARGE = 2000, LARGE_BYTES = 1500;
/** Timers of a round, and commands of each. */
const TICKS = 40, COMMANDS = 12;

/** A command that leaves a row to be written later. */
function write(random: (bound: number) => number, i: number): [string, ...string[]] {
  const name = `name:${random(NAMES)}`, value = `${"v".repeat(40)}${i}`;
  switch (random(6)) {
    case 0:
      return ["HSET", "hash", name, value];
    case 1:
      return ["ZADD", "sorted", String(i), name];
    case 2:
      return ["SADD", "set", name];
    default:
      return ["SET", name, value];
  }
}

/** One that looks a row up. */
function read(random: (bound: number) => number): [string, ...string[]] {
  const name = `name:${random(NAMES)}`;
  switch (random(12)) {
    case 0:
      return ["HGET", "hash", name];
    case 1:
      return ["HEXISTS", "hash", name];
    case 2:
      return ["ZSCORE", "sorted", name];
    case 3:
      return ["SISMEMBER", "set", name];
    case 4:
      return ["TYPE", random(2) === 0 ? name : "hash"];
    case 5:
    case 6:
    case 7:
      return ["GET", name];
    default:
      return ["GET", `large:${random(LARGE)}`];
  }
}

/** One that writes by itself, so that nobody but the writer sees it. */
function change(random: (bound: number) => number): [string, ...string[]] {
  const name = `name:${random(NAMES)}`;
  switch (random(7)) {
    case 0:
      return ["DEL", name];
    case 1:
      return ["RENAME", "hash", "hash"];
    case 2:
      return ["ZREMRANGEBYSCORE", "sorted", "-1", random(2) === 0 ? "-1" : String(random(BURST))];
    case 3:
      return ["HDEL", "hash", name];
    case 4:
      return ["SREM", "set", name];
    case 5:
      return ["EXPIRE", name, "1000"];
    default:
      return ["HEXPIRE", "hash", "1000", "FIELDS", "1", name];
  }
}

Deno.test({
  ...named(
    "what is looked up while another thread writes is as without it",
    ffi && navigator.hardwareConcurrency > 1
      ? undefined
      : "no native library of SQLite on Linux, or one processor",
  ),
  async fn() {
    await using directory = await temporaryDirectory();
    const path = `${directory.path}/app.db`;
    await using behind = Redlite.open(path, { writeBehind: true, cache: 2 });
    await using plain = Redlite.open(":memory:");
    const before = connections(path);
    const random = randomIntegers(SEED);
    const call = (command: [string, ...string[]]) =>
      assert.deepEqual(behind.call(...command), plain.call(...command), `${command}, seed ${SEED}`);
    for (let i = 0; i < LARGE; i++) call(["SET", `large:${i}`, "l".repeat(LARGE_BYTES)]);
    for (let i = 0; i < 2 * NAMES; i++) call(write(random, i));
    let rounds = 0;
    // At least some, with and without changes, and until one has looked a row up by another connection.
    for (; rounds < 6 || (connections(path) === before && rounds < MOST_ROUNDS); rounds++) {
      for (let i = 0; i < BURST; i++) call(random(2) === 0 ? read(random) : write(random, i));
      for (let tick = 0; tick < TICKS; tick++) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        if (tick < 10) continue;
        for (let i = 0; i < COMMANDS; i++) call(random(3) === 0 ? write(random, i) : read(random));
        if (rounds % 3 === 2 && tick % 8 === 0) call(change(random));
      }
    }
    assert.ok(connections(path) > before, `no row was looked up beside, in ${rounds} rounds`);
    using after = Redlite.open(crashed(path, "copy.db"));
    assert.equal(after.call("DEBUG", "DIGEST"), plain.call("DEBUG", "DIGEST"));
  },
});
