/**
 * Filters and sketches, beside RedisBloom in the same run and at the same durability: items added to one filter of
 * many and looked for in it, by fifty clients.
 */

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
deno run -A bench/filters.ts [options]

  --items N      items the filters are made for (1000000)
  --seconds N    about how long a run takes (2)
  --rounds N     counted rounds (3)
  --fsync WORD   appendfsync of both (everysec)
  --behind WORD  write-behind of Redlite (no)
`;

const options = readOptions(USAGE, {
  items: "1000000",
  seconds: "2",
  rounds: "3",
  fsync: "everysec",
  behind: "no",
});
const items = toNumber("items", options.items, 100);
const seconds = toNumber("seconds", options.seconds, 0.1);
const rounds = toNumber("rounds", options.rounds);

/** Requests of the run that finds the pace. */
const PROBE = 2000;

/** What makes the values. */
const MADE = [
  ["BF.RESERVE", "bloom", "0.01", String(items)],
  ["CF.RESERVE", "cuckoo", String(items)],
  ["CMS.INITBYPROB", "counts", "0.001", "0.01"],
  ["TOPK.RESERVE", "top", "50", "2000", "7", "0.9"],
  ["TDIGEST.CREATE", "digest"],
];

/** What fifty clients ask, and the least part of RedisBloom's rate that it is to have. */
const LOADS: readonly { name: string; command: readonly string[]; least: number }[] = [
  { name: "BF.ADD", command: ["BF.ADD", "bloom", "__rand_int__"], least: 0.5 },
  { name: "BF.EXISTS", command: ["BF.EXISTS", "bloom", "__rand_int__"], least: 0.7 },
  { name: "CF.ADD", command: ["CF.ADDNX", "cuckoo", "__rand_int__"], least: 0.5 },
  { name: "CF.EXISTS", command: ["CF.EXISTS", "cuckoo", "__rand_int__"], least: 0.7 },
  { name: "CMS.INCRBY", command: ["CMS.INCRBY", "counts", "__rand_int__", "1"], least: 0.5 },
  { name: "TOPK.ADD", command: ["TOPK.ADD", "top", "__rand_int__"], least: 0.5 },
  { name: "TDIGEST.ADD", command: ["TDIGEST.ADD", "digest", "__rand_int__"], least: 0.5 },
];

await using stack = new AsyncDisposableStack();
const sides = await startSides(stack, {
  fsync: options.fsync,
  args: ["--write-behind", options.behind],
  fill: (client) => sendAll(client, MADE),
});

const rows: string[][] = [];
for (const { name, command, least } of LOADS) {
  progress(name);
  const [own, other] = await ratesOf(sides, { command, keys: items }, {
    ...{ rounds, seconds },
    ...{ probe: PROBE, least: 1000 },
  });
  rows.push([
    name,
    rate(own),
    rate(other),
    decimals(own / other),
    verdict(own / other, least, least),
  ]);
}

console.log(
  `filters for ${items} items, 50 clients; appendfsync ${options.fsync}, write-behind ${options.behind}`,
);
printTable(["a second", "redlite", "redis-stack", "ratio", ""], rows);
