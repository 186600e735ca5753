/** Random commands that write time series. */

import type { Dice } from "./dice.ts";
import type { Generator } from "./generators.ts";

const series = (dice: Dice) => dice.once(40) ? "s1" : `ts${dice.int(1, 4)}`;
const time = (dice: Dice) => `${dice.int(1, 400)}`;
const value = (dice: Dice) => `${dice.int(-90, 90) / 8}`;
const policy = (dice: Dice) => dice.one(["BLOCK", "FIRST", "LAST", "MIN", "MAX", "SUM"]);
const labels = (dice: Dice) => ["LABELS", "room", dice.one(["study", "hall"])];
const settings = (dice: Dice) => [
  ...dice.maybe(4, "RETENTION", dice.int(0, 300)),
  ...dice.maybe(3, "CHUNK_SIZE", dice.one([48, 64, 128])),
  ...dice.maybe(4, "UNCOMPRESSED"),
  ...dice.maybe(2, "DUPLICATE_POLICY", policy(dice)),
  ...dice.maybe(4, "IGNORE", dice.int(0, 9), dice.int(0, 2)),
  ...dice.once(2) ? labels(dice) : [],
];

/** One for each command of time series that writes. */
export const SERIES_GENERATORS: Readonly<Record<string, Generator>> = {
  "ts.create": (d) => [series(d), ...settings(d)],
  "ts.alter": (d) => [series(d), ...settings(d)],
  "ts.add": (d) => [
    series(d),
    d.once(4) ? "*" : time(d),
    value(d),
    ...d.maybe(3, "ON_DUPLICATE", policy(d)),
    ...d.once(3) ? settings(d) : [],
  ],
  "ts.madd": (d) =>
    d.some(1, 30, () => [series(d), d.once(30) ? "*" : time(d), d.once(30) ? "none" : value(d)])
      .flat(),
  "ts.incrby": (d) => [series(d), value(d), ...d.maybe(2, "TIMESTAMP", time(d))],
  "ts.decrby": (d) => [series(d), value(d), ...d.maybe(2, "TIMESTAMP", time(d))],
  "ts.del": (d) => {
    const from = d.int(1, 400);
    return [series(d), from, from + d.int(0, 40)];
  },
  "ts.createrule": (d) => [
    series(d),
    series(d),
    "AGGREGATION",
    d.one(["avg", "sum", "last", "std.p", "twa", "range", "count"]),
    d.one([7, 20, 100]),
    ...d.maybe(3, d.int(0, 9)),
  ],
  "ts.deleterule": (d) => [series(d), series(d)],
};
