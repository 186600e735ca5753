/** Rows that another thread writes many of at a time are as those that are written one by one. */

import { strict as assert } from "node:assert";
import { Redlite } from "../../../mod.ts";
import { named, notLinux } from "../../harness/lacking.ts";
import { SEED } from "../../harness/seed.ts";
import { temporaryDirectory } from "../../harness/servers.ts";
import { DRIVERS } from "../open.ts";
import { crashed } from "./crashes.ts";
import { randomIntegers } from "./randomness.ts";

const ffi = DRIVERS.some(({ info }) => info.name === "ffi") && notLinux() === undefined;

const KEYS = 2000, COMMANDS = 5000, ROUNDS = 3;
const FAR = "4102444800";

/** A command that changes a row which may be held back, or reads one. */
function someCommand(random: (bound: number) => number): [string, ...string[]] {
  const name = String(random(KEYS));
  const key = random(3) === 0 ? `a longer name of a key: ${name}` : name;
  const value = "v".repeat([0, 3, 40, 200, 1500, 3000][random(6)]!) + name;
  switch (random(18)) {
    case 0:
      return ["SET", key, value, "EXAT", FAR];
    case 1:
      return ["APPEND", key, value];
    case 2:
      return ["PERSIST", key];
    case 3:
      return ["EXPIREAT", key, FAR];
    case 4:
    case 5:
      return ["HSET", "hash", key, value];
    case 6:
      return ["ZADD", "sorted", String(random(100) - 50), key];
    case 7:
      return ["SET", key, ""];
    case 8:
    case 9:
      return ["SADD", "set", key];
    case 10:
      return ["SREM", "set", key];
    case 11:
      return ["HDEL", "hash", key];
    case 12:
      return random(2) === 0 ? ["ZREM", "sorted", key] : ["ZPOPMIN", "sorted"];
    case 13:
      return ["GET", key];
    case 14:
      return random(2) === 0 ? ["HGET", "hash", key] : ["HEXISTS", "hash", key];
    case 15:
      return random(2) === 0 ? ["ZSCORE", "sorted", key] : ["SISMEMBER", "set", key];
    default:
      return ["SET", key, value];
  }
}

/** What there is of everything, with versions: how often each key was changed. */
function contents(db: Redlite): unknown[] {
  const rows = db.call(
    "SQL",
    `SELECT hex(key), type, iif(id IS NULL, encoding, NULL), expires_at, version, hex(value)
      FROM keys ORDER BY key`,
  );
  return [db.call("DEBUG", "DIGEST"), rows];
}

interface Variant {
  readonly name: string;
  readonly processors?: number;
  /** Of the one that writes behind, in megabytes. */
  readonly cache?: number;
}

const VARIANTS: readonly Variant[] = [
  { name: "with the processors there are" },
  { name: "with one processor", processors: 1 },
  { name: "with room in memory for few of them", cache: 2 },
];

for (const { name, processors = navigator.hardwareConcurrency, cache = 64 } of VARIANTS) {
  Deno.test({
    ...named(
      `rows that are written many at a time are as one by one, ${name}`,
      ffi ? undefined : "no native library of SQLite on Linux",
    ),
    async fn() {
      await using directory = await temporaryDirectory();
      const path = `${directory.path}/app.db`;
      const there = Object.getOwnPropertyDescriptor(navigator, "hardwareConcurrency");
      Object.defineProperty(navigator, "hardwareConcurrency", {
        value: processors,
        configurable: true,
      });
      try {
        await using behind = Redlite.open(path, { writeBehind: true, cache });
        await using plain = Redlite.open(`${directory.path}/plain.db`);
        const random = randomIntegers(SEED);
        for (let round = 0; round < ROUNDS; round++) {
          const ticks = 4 + random(12);
          for (let i = 0; i < COMMANDS; i++) {
            const command = someCommand(random);
            assert.deepEqual(behind.call(...command), plain.call(...command), `seed ${SEED}`);
            if (i > COMMANDS - ticks * 40 && i % 40 === 0) {
              await new Promise((resolve) => setTimeout(resolve, 3));
            }
          }
          using after = Redlite.open(crashed(path, `copy${round}.db`));
          assert.equal(after.call("DEBUG", "DIGEST"), plain.call("DEBUG", "DIGEST"));
        }
        assert.deepEqual(contents(behind), contents(plain), `seed ${SEED}`);
      } finally {
        if (there === undefined) Reflect.deleteProperty(navigator, "hardwareConcurrency");
        else Object.defineProperty(navigator, "hardwareConcurrency", there);
      }
    },
  });
}
