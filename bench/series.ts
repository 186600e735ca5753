/**
 * Time series, beside RedisTimeSeries in the same run and at the same durability: samples added by fifty clients, one
 * by one and by hundreds, ranges of ten thousand samples, and what a sample takes on the disk.
 */

import { join } from "node:path";
import { ratesOf, startSides } from "./beside_stack.ts";
import {
  decimals,
  printTable,
  progress,
  rate,
  readOptions,
  sendAll,
  toNumber,
  verdict,
} from "./harness.ts";

const USAGE = `
deno run -A bench/series.ts [options]

  --seconds N    about how long a run takes (2)
  --rounds N     counted rounds (3)
  --keys N       series that samples are added to (1000)
  --fsync WORD   appendfsync of both (everysec)
  --behind WORD  write-behind of Redlite (no)
`;

const options = readOptions(USAGE, {
  seconds: "2",
  rounds: "3",
  keys: "1000",
  fsync: "everysec",
  behind: "no",
});
const seconds = toNumber("seconds", options.seconds, 0.1);
const rounds = toNumber("rounds", options.rounds);
const keys = toNumber("keys", options.keys, 1);

/** Requests of the run that finds the pace. */
const PROBE = 500;
/** Samples of the series that is read. */
const READ = 10_000;
/** Samples of the series that is weighed. */
const WEIGHED = 200_000;
const BATCH = 100;

const hundred = (key: string) => Array.from({ length: BATCH }, () => [key, "*", "20.5"]).flat();

/** What fifty clients ask, and the share of RedisTimeSeries's rate that it should have. */
const LOADS: readonly { name: string; command: readonly string[]; aim: number }[] = [
  { name: "TS.ADD", command: ["TS.ADD", "s:__rand_int__", "*", "20.5"], aim: 0.5 },
  {
    name: "TS.MADD of 100, each to another series",
    command: ["TS.MADD", ...hundred("s:__rand_int__")],
    aim: 0.3,
  },
  { name: "TS.RANGE of 10,000", command: ["TS.RANGE", "read", "-", "+"], aim: 0.3 },
  {
    name: "TS.RANGE of 10,000, avg of 100",
    command: ["TS.RANGE", "read", "-", "+", "AGGREGATION", "avg", "1000000"],
    aim: 0.3,
  },
  {
    name: "TS.RANGE of 10,000, twa of 10",
    command: ["TS.RANGE", "read", "-", "+", "AGGREGATION", "twa", "100000"],
    aim: 0.3,
  },
];

/** Samples every ten seconds, of a value that changes a little. */
function regular(key: string, count: number): string[][] {
  const commands: string[][] = [];
  for (let i = 0; i < count; i += BATCH) {
    commands.push([
      "TS.MADD",
      ...Array.from({ length: BATCH }, (_, j) => {
        const n = i + j;
        return [key, String(1_700_000_000_000 + 10_000 * n), String(20 + (n * 7 % 13) / 2)];
      }).flat(),
    ]);
  }
  return commands;
}

/** Bytes of a database file and its log. */
function size(directory: string): number {
  let bytes = 0;
  for (const { name } of Deno.readDirSync(directory)) {
    if (/\.db$/.test(name)) bytes += Deno.statSync(join(directory, name)).size;
  }
  return bytes;
}

await using stack = new AsyncDisposableStack();
const sides = await startSides(stack, {
  fsync: options.fsync,
  args: ["--write-behind", options.behind],
  fill: async (client) => {
    await sendAll(
      client,
      Array.from({ length: keys }, (_, i) => [
        "TS.CREATE",
        `s:${String(i).padStart(12, "0")}`,
        ...["DUPLICATE_POLICY", "LAST", "LABELS", "room", String(i % 10)],
      ]),
    );
    await sendAll(client, [["TS.CREATE", "read"], ...regular("read", READ)]);
  },
});
const rows: string[][] = [];
for (const { name, command, aim } of LOADS) {
  progress(name);
  const [ours, theirs] = await ratesOf(sides, { command, keys }, {
    ...{ rounds, seconds },
    ...{ probe: PROBE, least: 200 },
  });
  const ratio = ours / theirs;
  rows.push([
    name,
    rate(ours),
    rate(theirs),
    decimals(ratio),
    verdict(ratio, aim, aim),
  ]);
}
console.log(
  `${keys} series, 50 clients; appendfsync ${options.fsync}, write-behind ${options.behind}`,
);
printTable(["a second", "redlite", "redis-stack", "ratio", ""], rows);

const [own] = sides;
await sendAll(own.client, [["SAVE"]]);
const before = size(own.directory);
await sendAll(own.client, [["TS.CREATE", "weighed"], ...regular("weighed", WEIGHED), ["SAVE"]]);
const bytes = (size(own.directory) - before) / WEIGHED;
console.log(`${decimals(bytes)} bytes on the disk for each of ${WEIGHED} regular samples`);
