/** Random commands on filters and sketches. */

import type { Dice } from "../effects/dice.ts";

/** A command's words. */
export type Words = readonly (string | Uint8Array)[];

const item = (dice: Dice, items = 60): string | Uint8Array =>
  dice.once(12)
    ? Uint8Array.from({ length: dice.int(0, 40) }, () => dice.int(0, 255))
    : `item${dice.int(1, items)}`;
const items = (dice: Dice, most = 12) => dice.some(1, most, () => item(dice));
const key = (prefix: string) => (dice: Dice) =>
  dice.once(60) ? "text" : `${prefix}${dice.int(1, 4)}`;
const number = (dice: Dice) =>
  dice.one([
    `${dice.int(0, 50)}`,
    `${dice.int(-9000, 9000) / 64}`,
    `${dice.next()}`,
    `${dice.int(0, 1e6)}`,
  ]);

const bloom = key("b"), cuckoo = key("c"), countMin = key("m"), topK = key("t"), digest = key("d");

const BLOOM: readonly ((dice: Dice) => Words)[] = [
  (d) => [
    ...["BF.RESERVE", bloom(d), d.one(["0.01", "0.3", "0.9", "1e-6", "0", "x"])],
    ...[`${d.one([0, 1, 3, 10, 100, 2000])}`],
    ...d.one([[], [], ["NONSCALING"], ["EXPANSION", "1"], ["EXPANSION", "3"], ["EXPANSION", "0"]]),
  ],
  (d) => ["BF.ADD", bloom(d), item(d)],
  (d) => ["BF.MADD", bloom(d), ...items(d)],
  (d) => ["BF.INSERT", bloom(d), "CAPACITY", `${d.int(0, 9)}`, "ITEMS", ...items(d)],
  (d) => ["BF.INSERT", bloom(d), "ERROR", "0.2", "EXPANSION", "1", "NOCREATE", "ITEMS", item(d)],
  (d) => ["BF.EXISTS", bloom(d), item(d)],
  (d) => ["BF.MEXISTS", bloom(d), ...items(d)],
  (d) => ["BF.CARD", bloom(d)],
  (d) => ["BF.INFO", bloom(d), ...d.one([[], ["SIZE"], ["ITEMS"], ["EXPANSION"], ["WHAT"]])],
  (d) => ["BF.DEBUG", bloom(d)],
  (d) => ["BF.SCANDUMP", bloom(d), `${d.one([0, 1, 9, 77])}`],
];

const CUCKOO: readonly ((dice: Dice) => Words)[] = [
  (d) => [
    ...["CF.RESERVE", cuckoo(d), `${d.one([1, 4, 30, 500])}`, "BUCKETSIZE", `${d.int(0, 5)}`],
    ...["EXPANSION", `${d.int(0, 4)}`, "MAXITERATIONS", `${d.one([1, 2, 20])}`],
  ],
  (d) => ["CF.ADD", cuckoo(d), item(d)],
  (d) => ["CF.ADDNX", cuckoo(d), item(d)],
  (d) => ["CF.INSERT", cuckoo(d), "CAPACITY", `${d.one([2, 8, 100])}`, "ITEMS", ...items(d)],
  (d) => ["CF.INSERTNX", cuckoo(d), "ITEMS", ...items(d)],
  (d) => ["CF.DEL", cuckoo(d), item(d)],
  (d) => ["CF.DEL", cuckoo(d), item(d)],
  (d) => ["CF.COUNT", cuckoo(d), item(d)],
  (d) => ["CF.EXISTS", cuckoo(d), item(d)],
  (d) => ["CF.MEXISTS", cuckoo(d), ...items(d)],
  (d) => ["CF.INFO", cuckoo(d)],
  (d) => ["CF.COMPACT", cuckoo(d)],
  // In the middle of a filter RedisBloom gives all of it again.
  (d) => ["CF.SCANDUMP", cuckoo(d), `${d.one([0, 1])}`],
];

const COUNT_MIN: readonly ((dice: Dice) => Words)[] = [
  (d) => ["CMS.INITBYDIM", countMin(d), `${d.one([0, 1, 20, 300])}`, `${d.int(0, 6)}`],
  (d) => ["CMS.INITBYPROB", countMin(d), d.one(["0.1", "0.003", "1"]), d.one(["0.1", "0.5"])],
  (d) => [
    ...["CMS.INCRBY", countMin(d)],
    ...d.some(1, 4, () => [item(d), `${d.one([0, 1, 7, 2 ** 31, 2 ** 32 - 1, -1])}`]).flat(),
  ],
  (d) => ["CMS.INCRBY", countMin(d), item(d), `${d.int(1, 99)}`],
  (d) => ["CMS.QUERY", countMin(d), ...items(d)],
  (d) => ["CMS.INFO", countMin(d)],
  (d) => [
    ...["CMS.MERGE", countMin(d), "2", countMin(d), countMin(d)],
    ...d.one([[], ["WEIGHTS", "1", "-1"], ["WEIGHTS", "2", "3"], ["WEIGHTS", "1"]]),
  ],
];

// With so many buckets no item meets another, so that no dice are thrown.
const TOP_K: readonly ((dice: Dice) => Words)[] = [
  (d) => ["TOPK.RESERVE", topK(d), `${d.one([0, 1, 2, 5, 50])}`, "20000", "5", "0.9"],
  (d) => ["TOPK.ADD", topK(d), ...d.some(1, 9, () => `item${d.int(1, 40)}`)],
  (d) => ["TOPK.ADD", topK(d), ...d.some(1, 9, () => `item${d.int(1, 40)}`)],
  (d) => ["TOPK.INCRBY", topK(d), `item${d.int(1, 40)}`, `${d.int(-1, 9)}`],
  (d) => ["TOPK.QUERY", topK(d), `item${d.int(1, 40)}`, `item${d.int(1, 40)}`],
  (d) => ["TOPK.COUNT", topK(d), `item${d.int(1, 40)}`],
  (d) => ["TOPK.LIST", topK(d), ...d.one([[], ["WITHCOUNT"], ["WHAT"]])],
  (d) => ["TOPK.INFO", topK(d)],
];

const DIGEST: readonly ((dice: Dice) => Words)[] = [
  (d) => ["TDIGEST.CREATE", digest(d), "COMPRESSION", `${d.one([0, 1, 5, 20, 100, 200])}`],
  // One observation alone is what RedisBloom 2.8 tells nothing of.
  (d) => ["TDIGEST.ADD", digest(d), ...d.some(2, 90, () => number(d))],
  (d) => ["TDIGEST.ADD", digest(d), ...d.some(2, 90, () => number(d))],
  (d) => ["TDIGEST.ADD", digest(d), number(d), d.one(["x", "nan", "inf"])],
  (d) => ["TDIGEST.MIN", digest(d)],
  (d) => ["TDIGEST.MAX", digest(d)],
  (d) => ["TDIGEST.QUANTILE", digest(d), ...d.some(1, 5, () => `${d.next()}`)],
  (d) => ["TDIGEST.QUANTILE", digest(d), d.one(["0", "1", "1.1", "-1", "x"])],
  (d) => ["TDIGEST.CDF", digest(d), ...d.some(1, 5, () => number(d))],
  (d) => ["TDIGEST.RANK", digest(d), ...d.some(1, 5, () => number(d))],
  (d) => ["TDIGEST.REVRANK", digest(d), ...d.some(1, 5, () => number(d))],
  (d) => ["TDIGEST.BYRANK", digest(d), ...d.some(1, 5, () => `${d.int(-1, 400)}`)],
  (d) => ["TDIGEST.BYREVRANK", digest(d), ...d.some(1, 5, () => `${d.int(0, 400)}`)],
  (d) => ["TDIGEST.TRIMMED_MEAN", digest(d), `${d.next()}`, `${d.next()}`],
  (d) => [
    ...["TDIGEST.MERGE", digest(d), "2", digest(d), digest(d)],
    ...d.one([[], ["OVERRIDE"], ["COMPRESSION", "30"], ["COMPRESSION", "0"], ["WHAT"]]),
  ],
  (d) => ["TDIGEST.INFO", digest(d)],
  (d) => d.once(6) ? ["TDIGEST.RESET", digest(d)] : ["TDIGEST.RESET", "text"],
];

const GROUPS = [BLOOM, CUCKOO, COUNT_MIN, TOP_K, DIGEST];

/** A random command; now and then one that makes room for others. */
export function randomCommand(dice: Dice): Words {
  if (dice.once(60)) return ["DEL", `${dice.one([..."bcmtd"])}${dice.int(1, 4)}`];
  return dice.one(dice.one(GROUPS))(dice);
}
