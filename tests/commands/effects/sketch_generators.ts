/** Random commands that write filters and sketches. */

import type { Dice } from "./dice.ts";
import type { Generator } from "./generators.ts";

const key = (prefix: string) => (dice: Dice) => dice.once(40) ? "s1" : `${prefix}${dice.int(1, 3)}`;
const bloom = key("B"), cuckoo = key("C"), countMin = key("M");
const topK = key("T"), digest = key("D");

const item = (dice: Dice) => `item${dice.int(1, 60)}`;
const items = (dice: Dice) => dice.some(1, 6, () => item(dice));
const counts = (dice: Dice) => dice.some(1, 4, () => [item(dice), dice.int(0, 9)]).flat();
const value = (dice: Dice) => dice.once(3) ? dice.int(-9, 9) : dice.int(-9000, 9000) / 64;

/** A payload that SCANDUMP makes of a filter: its facts. */
const header = (command: string, of: (dice: Dice) => string): Generator => (dice, asked) => {
  const reply = asked.ask(command, of(dice), "0");
  const data = Array.isArray(reply) && reply[1] instanceof Uint8Array ? reply[1] : "none";
  return [`${of(dice)}loaded`, 1, data];
};

/** A generator for each command. */
export const SKETCHES: Readonly<Record<string, Generator>> = {
  "bf.reserve": (
    d,
  ) => [bloom(d), d.one(["0.01", "0.3"]), d.int(1, 20), ...d.maybe(4, "NONSCALING")],
  "bf.add": (d) => [bloom(d), item(d)],
  "bf.madd": (d) => [bloom(d), ...items(d)],
  "bf.insert": (
    d,
  ) => [bloom(d), "CAPACITY", d.int(1, 9), ...d.maybe(4, "NOCREATE"), "ITEMS", ...items(d)],
  "bf.loadchunk": header("BF.SCANDUMP", bloom),
  "cf.reserve": (
    d,
  ) => [cuckoo(d), d.int(4, 40), "BUCKETSIZE", d.int(1, 2), "EXPANSION", d.int(0, 2)],
  "cf.add": (d) => [cuckoo(d), item(d)],
  "cf.addnx": (d) => [cuckoo(d), item(d)],
  "cf.insert": (d) => [cuckoo(d), "CAPACITY", d.int(4, 9), "ITEMS", ...items(d)],
  "cf.insertnx": (d) => [cuckoo(d), ...d.maybe(4, "NOCREATE"), "ITEMS", ...items(d)],
  "cf.del": (d) => [cuckoo(d), item(d)],
  "cf.compact": (d) => [cuckoo(d)],
  "cf.loadchunk": header("CF.SCANDUMP", cuckoo),
  "cms.initbydim": (d) => [countMin(d), 20, 3],
  "cms.initbyprob": (d) => [countMin(d), "0.1", "0.125"],
  "cms.incrby": (d) => [countMin(d), ...counts(d)],
  "cms.merge": (d) => [countMin(d), 2, countMin(d), countMin(d), ...d.maybe(2, "WEIGHTS", 1, 2)],
  "topk.reserve": (d) => [topK(d), d.int(1, 5), ...d.maybe(2, 4, 3, "0.5")],
  "topk.add": (d) => [topK(d), ...items(d)],
  "topk.incrby": (d) => [topK(d), ...counts(d)],
  "tdigest.create": (d) => [digest(d), ...d.maybe(2, "COMPRESSION", d.int(1, 30))],
  "tdigest.add": (d) => [digest(d), ...d.some(1, 20, () => value(d))],
  "tdigest.reset": (d) => d.once(8) ? [digest(d)] : ["no key"],
  "tdigest.merge": (d) => [digest(d), 2, digest(d), digest(d), ...d.maybe(3, "OVERRIDE")],
};
