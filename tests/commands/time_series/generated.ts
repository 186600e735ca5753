/** Random commands on random series, such as RedisTimeSeries answers in the same way each time. */

import type { Choice, Words } from "../search/same_as_stack.ts";

/**
 * Destinations get samples by rules alone. Where samples are late for a rule RedisTimeSeries 1.12 forgets to note
 * the last one of a destination, and where some are deleted it may die: what is so is asked by hand.
 */
const SOURCES = ["a", "b", "c"] as const, DESTINATIONS = ["d", "e"] as const;
const KEYS = [...SOURCES, ...DESTINATIONS] as const;
const AGGREGATORS = [
  "avg",
  "sum",
  "min",
  "max",
  "range",
  "count",
  "first",
  "last",
  "std.p",
  "std.s",
  "var.p",
  "var.s",
  "twa",
];
const POLICIES = ["BLOCK", "FIRST", "LAST", "MIN", "MAX", "SUM"];

const key = (c: Choice) => c.of(KEYS);
const filled = (c: Choice, times: Times) => c.of(times.rules ? SOURCES : KEYS);
const maybe = (c: Choice, probability: number, words: () => Words) =>
  c.chance(probability) ? words() : [];

/** A value: mostly a short number. */
function value(c: Choice): string {
  switch (c.below(6)) {
    case 0:
      return String(c.below(5));
    case 1:
      return String(c.below(1000) / 8);
    case 2:
      return String(-c.below(100));
    case 3:
      return String(c.next() * 10 ** (c.below(12) - 6));
    case 4:
      return "1e" + (c.below(40) - 20);
    default:
      return String(20 + c.below(40) / 10);
  }
}

/** Times that come again, mostly after one another, or with rules always. */
export class Times {
  #now = 1000;
  /** Whether there are rules: samples come in order then, and none are deleted. */
  readonly rules: boolean;

  constructor(rules: boolean) {
    this.rules = rules;
  }

  /** The next time, or an earlier one. */
  next(c: Choice): string {
    if (!this.rules && c.chance(0.25)) return String(Math.max(0, this.#now - c.below(300)));
    this.#now += c.chance(0.1) ? c.below(5000) : c.below(20);
    return String(this.#now);
  }

  /** A time of a query. */
  bound(c: Choice): string {
    if (c.chance(0.05)) return "0";
    return String(Math.max(0, this.#now - c.below(this.#now > 4000 ? 4000 : 1200)));
  }
}

const labels = (c: Choice) => [
  "LABELS",
  "room",
  c.of(["study", "hall"]),
  ...maybe(c, 0.6, () => ["kind", c.of(["heat", "light", "noise"])]),
];

const settings = (c: Choice): Words => [
  ...maybe(c, 0.25, () => ["RETENTION", c.of(["0", "500", "3000"])]),
  ...maybe(c, 0.3, () => c.chance(0.5) ? ["UNCOMPRESSED"] : ["ENCODING", "UNCOMPRESSED"]),
  ...maybe(c, 0.7, () => ["CHUNK_SIZE", c.of(["48", "64", "128", "256"])]),
  ...maybe(c, 0.6, () => ["DUPLICATE_POLICY", c.of(POLICIES)]),
  ...maybe(c, 0.15, () => ["IGNORE", String(c.below(12)), String(c.below(3))]),
  ...maybe(c, 0.8, () => labels(c)),
];

function aggregation(c: Choice): Words {
  const bucket = () => ["BUCKETTIMESTAMP", c.of(["-", "start", "+", "end", "~", "mid"])];
  return [
    ...maybe(c, 0.3, () => ["ALIGN", c.of(["0", "3", "25", "-", "+", "start", "end"])]),
    "AGGREGATION",
    c.of(AGGREGATORS),
    c.of(["1", "7", "10", "50", "100", "1000"]),
    ...maybe(c, 0.3, bucket),
    ...maybe(c, 0.35, () => ["EMPTY"]),
  ];
}

function query(c: Choice, times: Times): Words {
  const from = c.chance(0.5) ? "-" : times.bound(c);
  let to = c.chance(0.5) ? "+" : times.bound(c);
  // RedisTimeSeries 1.12 dies of an empty range with EMPTY.
  if (to !== "+" && from !== "-" && Number(to) < Number(from)) to = from;
  return [
    from,
    to,
    ...maybe(c, 0.2, () => ["LATEST"]),
    ...maybe(c, 0.15, () => [
      "FILTER_BY_TS",
      ...Array.from({ length: 1 + c.below(30) }, () => times.bound(c)),
    ]),
    ...maybe(c, 0.15, () => ["FILTER_BY_VALUE", c.of(["-10", "0", "20"]), c.of(["5", "60"])]),
  ];
}

/** Times that a query with EMPTY asks for, where its buckets are short: each is a line of the reply. */
const MOST_EMPTY = 400;
/** Milliseconds from which on a bucket is not short. */
const LONG_BUCKET = 50;

/** A query between two times near each other, if it has short buckets and EMPTY. */
function bounded(c: Choice, times: Times, words: Words): Words {
  const duration = Number(words[words.indexOf("AGGREGATION") + 2]);
  if (!words.includes("EMPTY") || duration >= LONG_BUCKET) return words;
  const from = times.bound(c);
  return [from, String(Number(from) + c.below(MOST_EMPTY)), ...words.slice(2)];
}

/**
 * Without EMPTY where a time-weighted mean is filtered, which RedisTimeSeries 1.12 dies of, and backwards, where
 * it replies with what is left in its memory.
 */
function orderly(words: Words, name: string): Words {
  const isFiltered = words.includes("twa") && words.some((word) => word.startsWith("FILTER_BY"));
  const backwards = name.includes("REV") && words.includes("AGGREGATION");
  const isDrawn = words.includes("EMPTY") && words.includes("twa");
  return words.filter((word) =>
    !(word === "EMPTY" && (isFiltered || backwards) || word === "LATEST" && (backwards || isDrawn))
  );
}

const count = (c: Choice) => maybe(c, 0.25, () => ["COUNT", String(1 + c.below(8))]);

const FILTERS = [
  "room=study",
  "room=hall",
  "room=(study,hall)",
  "room!=study",
  "kind=heat",
  "kind!=",
  "kind=",
  "kind=(heat,light)",
  "kind!=(heat,light)",
  "none=",
];

const filters = (c: Choice) => [
  "FILTER",
  ...Array.from({ length: 1 + c.below(2) }, () => c.of(FILTERS)),
];

const told = (c: Choice): Words =>
  c.chance(0.3)
    ? ["WITHLABELS"]
    : c.chance(0.3)
    ? ["SELECTED_LABELS", "kind", ...maybe(c, 0.5, () => ["room", "none"])]
    : [];

/** A reply's text, its numbers cut to ten digits: the last ones are those of C's `pow`. */
export function withoutLastDigits(text: string): string {
  return text.replace(
    /-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/gi,
    (digits) => digits.length < 12 ? digits : String(Number(Number(digits).toPrecision(10))),
  );
}

/** A random command. */
export function randomCommand(c: Choice, times: Times): Words {
  const words = anyCommand(c, times);
  // RedisTimeSeries 1.12 replies twice to who adds to a source whose destination is too new.
  const at = DESTINATIONS.some((key) => words[1] === key) ? words.indexOf("RETENTION") : -1;
  return at === -1 ? words : words.toSpliced(at, 2);
}

function anyCommand(c: Choice, times: Times): Words {
  let name: string;
  switch (c.below(24)) {
    case 0:
      return ["TS.CREATE", key(c), ...settings(c)];
    case 1:
      return c.chance(0.3) ? ["DEL", key(c)] : ["TS.CREATE", key(c), ...settings(c)];
    case 2:
      return ["TS.ALTER", key(c), ...settings(c).filter((word) => word !== "UNCOMPRESSED")];
    case 3:
    case 4:
    case 5:
    case 6:
      return [
        "TS.ADD",
        filled(c, times),
        times.next(c),
        value(c),
        ...maybe(c, 0.3, () => ["ON_DUPLICATE", c.of(POLICIES)]),
        ...maybe(c, 0.2, () => settings(c)),
      ];
    case 7:
    case 8:
    case 9:
    case 10:
    case 11: {
      const one = filled(c, times);
      return [
        "TS.MADD",
        ...Array.from({ length: 1 + c.below(40) }, () => [
          c.chance(0.8) ? one : filled(c, times),
          times.next(c),
          value(c),
        ]).flat(),
      ];
    }
    case 12:
      return [
        c.of(["TS.INCRBY", "TS.DECRBY"]),
        filled(c, times),
        value(c),
        "TIMESTAMP",
        times.next(c),
        ...maybe(c, 0.2, () => settings(c)),
      ];
    case 13:
      if (!times.rules) return ["TS.INFO", key(c)];
      return c.chance(0.7)
        ? [
          "TS.CREATERULE",
          c.of(SOURCES),
          c.of(DESTINATIONS),
          "AGGREGATION",
          c.of(AGGREGATORS),
          c.of(["10", "50", "200"]),
          ...maybe(c, 0.3, () => [String(c.below(30))]),
        ]
        : ["TS.DELETERULE", c.of(SOURCES), c.of(DESTINATIONS)];
    case 14: {
      const from = times.bound(c);
      if (times.rules) return ["TS.GET", key(c)];
      return ["TS.DEL", key(c), from, String(Number(from) + c.below(200))];
    }
    case 15:
      return ["TS.GET", key(c), ...maybe(c, 0.4, () => ["LATEST"])];
    case 16:
      return ["TS.MGET", ...maybe(c, 0.3, () => ["LATEST"]), ...told(c), ...filters(c)];
    case 17:
    case 18:
      name = c.of(["TS.MRANGE", "TS.MREVRANGE"]);
      return [
        name,
        ...orderly(
          bounded(c, times, [
            ...query(c, times),
            ...told(c),
            ...count(c),
            ...maybe(c, 0.5, () => aggregation(c)),
          ]),
          name,
        ),
        ...filters(c),
        ...maybe(c, 0.4, () => [
          "GROUPBY",
          c.of(["room", "kind", "none"]),
          "REDUCE",
          c.of(AGGREGATORS),
        ]),
      ];
    case 19:
      return c.chance(0.4)
        ? ["TS.QUERYINDEX", ...filters(c).slice(1)]
        : c.chance(0.3)
        ? ["COPY", key(c), c.of(SOURCES), "REPLACE"]
        : c.chance(0.3)
        ? ["RENAMENX", c.of(SOURCES), c.of(SOURCES)]
        : ["TS.INFO", key(c), "DEBUG"];
    default:
      name = c.of(["TS.RANGE", "TS.REVRANGE"]);
      return [
        name,
        key(c),
        ...orderly(
          bounded(c, times, [
            ...query(c, times),
            ...count(c),
            ...maybe(c, 0.6, () => aggregation(c)),
          ]),
          name,
        ),
      ];
  }
}
