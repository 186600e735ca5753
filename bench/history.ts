/**
 * What history costs: writes to a hash of many fields with it and without, what is stored for one,
 * and how long it takes to look at the past.
 */

import { parseArgs } from "node:util";
import { commandTable } from "../src/commands/table/commands.ts";
import { Core } from "../src/embedded/running/core.ts";
import { toText } from "../src/embedded/data.ts";
import { chooseDriver } from "../src/sqlite/drivers.ts";
import type { Argument } from "../src/embedded/data.ts";
import { Store } from "../src/store/store.ts";

const USAGE = `
deno run -A bench/history.ts [options]

  --fields N    fields of the hash (100000)
  --rounds N    counted rounds, of which the median is printed (5)
  --driver D    how SQLite is reached
`;

/** Writes in one round. */
const WRITES = 2000;
/** Writes that share a turn, where turns are shared. */
const PER_TURN = 100;

const { values: options } = parseArgs({
  options: {
    fields: { type: "string", default: "100000" },
    rounds: { type: "string", default: "5" },
    driver: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
if (options.help) {
  console.log(USAGE);
  Deno.exit();
}
const fields = Number(options.fields), rounds = Number(options.rounds);

const directory = Deno.makeTempDirSync({ prefix: "redlite-bench-" });
const store = new Store(
  chooseDriver({ driver: options.driver as "ffi" | "builtin" | undefined }),
  `${directory}/bench.db`,
);
const core = new Core(store, commandTable());
const run = (...words: Argument[]) => core.run(words, toText);

const median = (numbers: number[]) => numbers.sort((a, b) => a - b)[numbers.length >> 1]!;
const random = () => Math.floor(Math.random() * fields);

/** Microseconds a call, the median of the rounds. */
function measure(calls: number, call: () => void): number {
  call();
  return median(Array.from({ length: rounds }, () => {
    const startedAt = performance.now();
    for (let i = 0; i < calls; i++) call();
    return (performance.now() - startedAt) * 1000 / calls;
  }));
}

function load(key: string): void {
  for (let i = 0; i < fields; i += 1000) {
    const pairs = Array.from({ length: 1000 }, (_, j) => [`field:${i + j}`, `value:${i + j}`]);
    run("HSET", key, ...pairs.flat());
  }
}

function writes(key: string): Record<string, number> {
  let next = 0;
  return {
    "a turn each, µs": measure(WRITES, () => {
      run("HSET", key, `field:${random()}`, `changed:${next++}`);
    }),
    [`${PER_TURN} in a turn, µs`]: measure(WRITES / PER_TURN, () => {
      core.transaction(() => {
        for (let i = 0; i < PER_TURN; i++) {
          run("HSET", key, `field:${random()}`, `changed:${next++}`);
        }
      });
    }) / PER_TURN,
    "SET, a turn each, µs": measure(WRITES, () => {
      run("SET", `${key}:${random()}`, `changed:${next++}`);
    }),
  };
}

load("without");
const without = writes("without");
load("with");
run("HISTORY", "ENABLE", "GLOBAL");
const bytesBefore = recordedBytes();
const beganAt = Date.now();
const withHistory = writes("with");
const entries = Number(
  (run("HISTORY", "STATS", "with") as Map<string, number>).get("total_entries"),
);
const bytes = (recordedBytes() - bytesBefore) / entries;

function recordedBytes(): number {
  return Number((run("HISTORY", "STATS", "with") as Map<string, number>).get("storage_bytes"));
}

console.log(`HSET on a hash of ${fields} fields, ${store.engine.connection.info.name}`);
console.table(
  Object.fromEntries(
    Object.entries(without).map(([name, cost]) => [name, {
      without: cost.toFixed(1),
      with: withHistory[name]!.toFixed(1),
      times: (withHistory[name]! / cost).toFixed(2),
    }]),
  ),
);
console.log(`stored for one HSET: ${bytes.toFixed(0)} bytes`);

const middle = Date.now();
for (let i = 0; i < 100; i++) run("HSET", "with", `field:${random()}`, "last");
console.log(`the past, milliseconds (${entries} changes since the beginning)`);
const milliseconds = (...words: Argument[]) => (measure(3, () => run(...words)) / 1000).toFixed(2);
console.table({
  "HGET, 100 changes ago": milliseconds("HISTORY", "AT", middle, "HGET", "with", "field:5"),
  "HGET, all changes ago": milliseconds("HISTORY", "AT", beganAt + 1, "HGET", "with", "field:5"),
  "HGETALL now": milliseconds("HGETALL", "with"),
  "GETAT, 100 changes ago": milliseconds("HISTORY", "GETAT", "with", middle),
  "GETAT, all changes ago": milliseconds("HISTORY", "GETAT", "with", beganAt + 1),
  "HISTORY GET of the last 10": milliseconds("HISTORY", "GET", "with", "LIMIT", 10),
  "DBSIZE, all changes ago": milliseconds("HISTORY", "AT", beganAt + 1, "DBSIZE"),
});

await core.close();
Deno.removeSync(directory, { recursive: true });
