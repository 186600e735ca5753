/**
 * Random commands that write: for each one that there is, a function that makes its arguments. Keys
 * are few and named by their type, so that most commands find something; now and then they do not.
 */

import { MessageWriter } from "../../../src/commands/kv/protobuf.ts";
import type { Dice } from "./dice.ts";
import { SKETCHES } from "./sketch_generators.ts";
import { SERIES_GENERATORS } from "./series_generators.ts";

/** A part of a command. */
export type Word = string | Uint8Array;

/** What generators may ask of the store that the commands are for. */
export interface Asked {
  /** Its time, Unix time in milliseconds. */
  readonly nowMs: number;
  /** Whether nothing may expire while the test runs. */
  readonly lasting?: boolean;
  /** The reply to a command that reads; null if it is refused. */
  ask(...words: Word[]): unknown;
}

/** Makes a command's words after its name. */
export type Generator = (dice: Dice, asked: Asked) => readonly (Word | number)[];

const key = (prefix: string, keys = 3) => (dice: Dice) =>
  dice.once(40) ? `${dice.one(["s", "h", "l", "z", "x", "j"])}1` : `${prefix}${dice.int(1, keys)}`;
const str = key("s"), hash = key("h"), list = key("l"), set = key("e"), zset = key("z");
const stream = key("x", 3), json = key("j"), array = key("a"), hll = key("p"), geo = key("g");
const vectors = key("v"), bits = key("b", 3), suggestions = key("u", 2);
const any = (dice: Dice) => `${dice.one([..."shlezxjapgvbu"])}${dice.int(1, 3)}`;

const member = (dice: Dice) => dice.once(3) ? `${dice.int(1, 6)}` : `m${dice.int(1, 8)}`;
const field = (dice: Dice) => `f${dice.int(1, 6)}`;
const text = (dice: Dice) =>
  dice.once(3)
    ? `${dice.int(-50, 50)}`
    : dice.once(12)
    ? "long ".repeat(dice.int(80, 200))
    : `w${dice.int(1, 999)} \u00e9`;
const integer = (dice: Dice) => `${dice.int(-9, 9)}`;
const float = (dice: Dice) => `${dice.int(-90, 90) / 8}`;
const score = (dice: Dice) => dice.once(20) ? dice.one(["inf", "-inf"]) : float(dice);
const end = (dice: Dice) => dice.one(["LEFT", "RIGHT"]);
const index = (dice: Dice) => `${dice.int(-4, 6)}`;

const EXPIRIES = ["EX", "PX", "EXAT", "PXAT"] as const;
/** A time to live: mostly short, so that it ends while the test runs; seldom over already. */
function expiry(dice: Dice, { nowMs, lasting }: Asked): readonly string[] {
  const unit = dice.one(EXPIRIES);
  const ms = lasting || dice.once(2) ? 100_000_000 : dice.int(1, 30_000);
  if (unit === "EX") return [unit, `${Math.ceil(ms / 1000)}`];
  if (unit === "PX") return [unit, `${ms}`];
  const at = !lasting && dice.once(12) ? nowMs - 5000 : nowMs + ms;
  return unit === "EXAT" ? [unit, `${Math.ceil(at / 1000)}`] : [unit, `${at}`];
}
const relative = (unit: "EX" | "PX") => (dice: Dice, { lasting }: Asked) => {
  const ms = dice.once(10) ? -1000 : lasting || dice.once(2) ? 100_000_000 : dice.int(1, 30_000);
  return `${unit === "EX" ? Math.ceil(ms / 1000) : ms}`;
};
const absolute = (unit: "EX" | "PX") => (dice: Dice, asked: Asked) => {
  const at = asked.nowMs + Number(relative("PX")(dice, asked));
  return `${unit === "EX" ? Math.ceil(at / 1000) : at}`;
};
const expireOption = (dice: Dice) => dice.maybe(3, dice.one(["NX", "XX", "GT", "LT"]));

function fields(dice: Dice, withValues = false): (string | number)[] {
  const names = [...new Set(dice.some(1, 3, () => field(dice)))];
  const words = withValues ? names.flatMap((name) => [name, text(dice)]) : names;
  return ["FIELDS", names.length, ...words];
}
const pairs = (dice: Dice, make: (dice: Dice) => string) =>
  dice.some(1, 4, () => [make(dice), text(dice)]).flat();

const group = (dice: Dice) => `g${dice.int(1, 2)}`;
const consumer = (dice: Dice) => `c${dice.int(1, 3)}`;

/** An id of a stream: of one of its entries, mostly. */
function entryId(dice: Dice, asked: Asked, name: string): string {
  const entries = asked.ask("XRANGE", name, "-", "+");
  if (Array.isArray(entries) && entries.length > 0 && !dice.once(8)) return dice.one(entries)[0];
  return `${asked.nowMs - dice.int(0, 1000)}-${dice.int(0, 2)}`;
}
/** A stream with a group, which is looked for. */
function grouped(dice: Dice, asked: Asked): [name: string, group: string] {
  for (let i = 0; i < 4; i++) {
    const name = stream(dice);
    const groups = asked.ask("XINFO", "GROUPS", name);
    if (Array.isArray(groups) && groups.length > 0) {
      const facts = dice.one(groups);
      return [name, facts instanceof Map ? facts.get("name") : group(dice)];
    }
  }
  return [stream(dice), group(dice)];
}
const ids = (dice: Dice, asked: Asked, name: string, of?: string) => {
  const chosen = dice.some(
    1,
    3,
    () => of === undefined ? entryId(dice, asked, name) : pendingId(dice, asked, name, of),
  );
  return [chosen.length, ...chosen];
};
/** A stream with a group that waits for entries to be acknowledged, which is looked for longer. */
function delivered(dice: Dice, asked: Asked): [name: string, group: string] {
  let found = grouped(dice, asked);
  for (let i = 0; i < 12; i++) {
    const pending = asked.ask("XPENDING", ...found, "-", "+", "1");
    if (Array.isArray(pending) && pending.length > 0) break;
    found = grouped(dice, asked);
  }
  return found;
}
/** The id of an entry that a group has delivered, mostly, or of any. */
function pendingId(dice: Dice, asked: Asked, name: string, of: string): string {
  const pending = asked.ask("XPENDING", name, of, "-", "+", "100");
  if (Array.isArray(pending) && pending.length > 0 && !dice.once(4)) return dice.one(pending)[0];
  return entryId(dice, asked, name);
}
const references = (dice: Dice) => dice.maybe(2, dice.one(["KEEPREF", "DELREF", "ACKED"]));
function trim(dice: Dice, asked: Asked): string[] {
  const how = dice.one(["=", "~"]);
  const words = dice.once(2)
    ? ["MAXLEN", how, `${dice.int(0, 8)}`]
    : ["MINID", how, `${asked.nowMs - dice.int(0, 60_000)}`];
  if (how === "~" && dice.once(3)) words.push("LIMIT", `${dice.int(1, 20)}`);
  return words;
}

const path = (dice: Dice) =>
  dice.one(["$", "$.a", "$.b", "$..a", "$.list", "$.list", "$.o.n", "$.t"]);
const value = (dice: Dice) =>
  dice.one([
    `{"a":${dice.int(0, 9)},"b":"t${dice.int(0, 9)}","list":[1,2,${
      dice.int(0, 9)
    }],"o":{"n":1.5},"t":true}`,
    `${dice.int(-9, 9)}`,
    `"text${dice.int(0, 9)}"`,
    "true",
    `[${dice.some(0, 4, () => dice.int(0, 9)).join()}]`,
    "null",
  ]);

const store = (
  dice: Dice,
  make: (dice: Dice) => string,
  options: readonly (string | number)[] = [],
) => {
  const sources = dice.some(1, 3, () => make(dice));
  return [make(dice), sources.length, ...sources, ...options];
};
const weights = (dice: Dice) => dice.maybe(3, "AGGREGATE", dice.one(["SUM", "MIN", "MAX"]));
const place = (
  dice: Dice,
) => [`${dice.int(0, 40) / 10}`, `${dice.int(450, 500) / 10}`, `place${dice.int(1, 8)}`];
const vector = (dice: Dice) => ["VALUES", 3, ...dice.some(3, 3, () => `${dice.int(-9, 9) / 4}`)];
const element = (dice: Dice) => `el${dice.int(1, 4)}`;
const indexName = (dice: Dice) => `i${dice.int(1, 3)}`;
const alias = (dice: Dice) => `alias${dice.int(1, 2)}`;
const word = (dice: Dice) => `word${dice.int(1, 6)}`;

const LIBRARY = (name: string, reply: number) =>
  `#!lua name=${name}\nredis.register_function('${name}f', function(keys, args) ` +
  `redis.call('INCRBY', keys[1], ${reply}) return redis.call('SPOP', keys[2]) end)`;
const library = (dice: Dice) => `lib${dice.int(1, 2)}`;

/** What RESTORE is asked: the value of another key. */
const payload: Generator = (d, a) => {
  const dumped = a.ask("DUMP", any(d));
  return [
    any(d),
    d.once(2) ? 0 : a.lasting ? 900_000 : d.int(1, 30_000),
    dumped instanceof Uint8Array ? dumped : "",
    ...d.maybe(2, "REPLACE"),
    ...d.maybe(9, "IDLETIME", d.int(0, 9)),
  ];
};

/** By the full names of commands. */
export const GENERATORS: Readonly<Record<string, Generator>> = {
  // Strings.
  append: (d) => [str(d), text(d)],
  decr: (d) => [str(d)],
  decrby: (d) => [str(d), integer(d)],
  incr: (d) => [str(d)],
  incrby: (d) => [str(d), integer(d)],
  incrbyfloat: (d) => [str(d), float(d)],
  increx: (d, a) => [
    str(d),
    ...d.maybe(2, "BYINT", integer(d)),
    ...d.maybe(3, "UBOUND", "20", "SATURATE"),
    ...(d.once(2) ? expiry(d, a) : d.maybe(3, "PERSIST")),
  ],
  delex: (d, a) => {
    const name = str(d), held = a.ask("GET", name);
    return [name, ...d.maybe(2, "IFEQ", typeof held === "string" ? held : "x")];
  },
  getdel: (d) => [str(d)],
  getex: (d, a) => [str(d), ...(d.once(3) ? ["PERSIST"] : expiry(d, a))],
  getset: (d) => [str(d), text(d)],
  set: (d, a) => [
    str(d),
    text(d),
    ...d.maybe(4, d.one(["NX", "XX"])),
    ...d.maybe(4, "GET"),
    ...(d.once(2) ? expiry(d, a) : d.maybe(3, "KEEPTTL")),
  ],
  setex: (d, a) => [str(d), a.lasting ? 900 : d.int(1, 30), text(d)],
  psetex: (d, a) => [str(d), a.lasting ? 900_000 : d.int(1, 30_000), text(d)],
  setnx: (d) => [str(d), text(d)],
  setrange: (d) => [str(d), `${d.int(0, 900)}`, text(d)],
  mset: (d) => pairs(d, str),
  msetnx: (d) => pairs(d, (dice) => `s${dice.int(1, 9)}`),
  msetex: (d, a) => {
    const words = pairs(d, str);
    return [words.length / 2, ...words, ...(d.once(2) ? expiry(d, a) : d.maybe(2, "KEEPTTL"))];
  },
  setbit: (d) => [bits(d), d.int(0, 100), d.int(0, 1)],
  bitop: (d) => [d.one(["AND", "OR", "XOR", "DIFF"]), bits(d), bits(d), bits(d)],
  bitfield: (d) => [bits(d), d.one(["SET", "INCRBY"]), "u8", d.int(0, 60), d.int(0, 255)],
  // HyperLogLogs.
  pfadd: (d) => [hll(d), ...d.some(0, 5, () => `e${d.int(1, 5000)}`)],
  pfmerge: (d) => [hll(d), hll(d), hll(d)],
  pfcount: (d) => [hll(d)],
  pfdebug: (d) => [d.one(["TODENSE", "GETREG"]), hll(d)],
  // Hashes.
  hset: (d) => [hash(d), ...pairs(d, field)],
  hmset: (d) => [hash(d), ...pairs(d, field)],
  hsetnx: (d) => [hash(d), field(d), text(d)],
  hdel: (d) => [hash(d), ...d.some(1, 3, () => field(d))],
  hincrby: (d) => [hash(d), `n${d.int(1, 2)}`, integer(d)],
  hincrbyfloat: (d) => [hash(d), `n${d.int(1, 2)}`, float(d)],
  "himport|set": (d) => [hash(d), "names", text(d), text(d)],
  hexpire: (d, a) => [
    hash(d),
    d.once(9) ? 0 : a.lasting ? 900 : d.int(1, 30),
    ...expireOption(d),
    ...fields(d),
  ],
  hpexpire: (d, a) => [
    hash(d),
    d.once(9) ? 0 : a.lasting ? 900_000 : d.int(1, 30_000),
    ...expireOption(d),
    ...fields(d),
  ],
  hexpireat: (d, a) => [hash(d), absolute("EX")(d, a), ...expireOption(d), ...fields(d)],
  hpexpireat: (d, a) => [hash(d), absolute("PX")(d, a), ...expireOption(d), ...fields(d)],
  hpersist: (d) => [hash(d), ...fields(d)],
  hgetdel: (d) => [hash(d), ...fields(d)],
  hgetex: (d, a) => [hash(d), ...(d.once(3) ? ["PERSIST"] : expiry(d, a)), ...fields(d)],
  hsetex: (d, a) => [
    hash(d),
    ...d.maybe(4, d.one(["FNX", "FXX"])),
    ...(d.once(2) ? expiry(d, a) : d.maybe(2, "KEEPTTL")),
    ...fields(d, true),
  ],
  // Lists.
  lpush: (d) => [list(d), ...d.some(1, 4, () => member(d))],
  rpush: (d) => [list(d), ...d.some(1, 4, () => member(d))],
  lpushx: (d) => [list(d), member(d)],
  rpushx: (d) => [list(d), member(d)],
  lpop: (d) => [list(d), ...d.maybe(2, d.int(0, 3))],
  rpop: (d) => [list(d), ...d.maybe(2, d.int(0, 3))],
  lrem: (d) => [list(d), d.int(-2, 2), member(d)],
  lset: (d) => [list(d), index(d), text(d)],
  linsert: (d) => [list(d), d.one(["BEFORE", "AFTER"]), member(d), text(d)],
  ltrim: (d) => [list(d), d.int(-8, 2), d.int(-3, 9)],
  lmove: (d) => [list(d), list(d), end(d), end(d)],
  lmovem: (d) => [list(d), list(d), end(d), end(d), "COUNT", d.int(1, 3), d.one(["OBO", "BULK"])],
  rpoplpush: (d) => [list(d), list(d)],
  lmpop: (d) => [2, list(d), list(d), end(d), ...d.maybe(2, "COUNT", d.int(1, 3))],
  blpop: (d) => [list(d), list(d), "0.1"],
  brpop: (d) => [list(d), list(d), "0.1"],
  blmove: (d) => [list(d), list(d), end(d), end(d), "0.1"],
  blmovem: (d) => [
    list(d),
    list(d),
    end(d),
    end(d),
    "0.1",
    ...d.maybe(2, "COUNT", d.int(1, 3), d.one(["OBO", "BULK"])),
  ],
  blmpop: (d) => ["0.1", 2, list(d), list(d), end(d), ...d.maybe(2, "COUNT", d.int(1, 3))],
  brpoplpush: (d) => [list(d), list(d), "0.1"],
  // Sets.
  sadd: (d) => [set(d), ...d.some(1, 6, () => member(d))],
  srem: (d) => [set(d), ...d.some(1, 3, () => member(d))],
  spop: (d) => [set(d), ...d.maybe(2, d.int(0, 5))],
  smove: (d) => [set(d), set(d), member(d)],
  sdiffstore: (d) => [set(d), set(d), set(d)],
  sinterstore: (d) => [set(d), set(d), set(d)],
  sunionstore: (d) => [set(d), set(d), set(d)],
  // Sorted sets.
  zadd: (d) =>
    d.once(6) ? [zset(d), "INCR", float(d), member(d)] : [
      zset(d),
      ...d.maybe(5, d.one(["NX", "XX"])),
      ...d.maybe(5, "CH"),
      ...d.some(1, 4, () => [score(d), member(d)]).flat(),
    ],
  zincrby: (d) => [zset(d), float(d), member(d)],
  zrem: (d) => [zset(d), ...d.some(1, 3, () => member(d))],
  zpopmin: (d) => [zset(d), ...d.maybe(2, d.int(0, 3))],
  zpopmax: (d) => [zset(d), ...d.maybe(2, d.int(0, 3))],
  zmpop: (d) => [2, zset(d), zset(d), d.one(["MIN", "MAX"]), ...d.maybe(2, "COUNT", d.int(1, 3))],
  bzpopmin: (d) => [zset(d), zset(d), "0.1"],
  bzpopmax: (d) => [zset(d), zset(d), "0.1"],
  bzmpop: (d) => ["0.1", 2, zset(d), zset(d), d.one(["MIN", "MAX"]), "COUNT", d.int(1, 3)],
  zremrangebyscore: (d) => [zset(d), d.int(-12, 0), d.int(0, 12)],
  zremrangebyrank: (d) => [zset(d), d.int(0, 3), d.int(0, 3)],
  zremrangebylex: (d) => [zset(d), `[${member(d)}`, `[${member(d)}`],
  zrangestore: (d) => [zset(d), zset(d), d.int(0, 2), d.int(-3, 4), ...d.maybe(3, "REV")],
  zdiffstore: (d) => store(d, zset),
  zinterstore: (d) => store(d, zset, weights(d)),
  zunionstore: (d) => store(d, d.once(3) ? set : zset, weights(d)),
  geoadd: (d) => [geo(d), ...d.some(1, 3, () => place(d)).flat()],
  geosearchstore: (d) => [
    geo(d),
    geo(d),
    "FROMLONLAT",
    "2",
    "48",
    "BYRADIUS",
    d.int(10, 300),
    "km",
    ...d.maybe(3, "STOREDIST"),
  ],
  georadius: (d) => [geo(d), "2", "48", d.int(10, 300), "km", "STORE", geo(d)],
  georadiusbymember: (d) => [geo(d), `place${d.int(1, 8)}`, d.int(10, 300), "km", "STORE", geo(d)],
  // Arrays.
  arset: (d) => [array(d), d.int(0, 40), ...d.some(1, 3, () => text(d))],
  armset: (d) => [array(d), ...d.some(1, 3, () => [`${d.int(0, 40)}`, text(d)]).flat()],
  arinsert: (d) => [array(d), ...d.some(1, 3, () => text(d))],
  arring: (d) => [array(d), d.int(2, 8), ...d.some(1, 3, () => text(d))],
  arseek: (d) => [array(d), d.int(0, 40)],
  ardel: (d) => [array(d), d.int(0, 40)],
  ardelrange: (d) => [array(d), d.int(0, 20), d.int(20, 40)],
  // Streams.
  xadd: (d, a) => [
    stream(d),
    ...d.maybe(8, "NOMKSTREAM"),
    ...(d.once(5) ? [...references(d), ...trim(d, a)] : []),
    ...(d.once(6)
      ? ["IDMP", `p${d.int(1, 2)}`, `t${d.int(1, 9)}`, "*"]
      : [d.once(6) ? `${a.nowMs + 1}-*` : "*"]),
    field(d),
    text(d),
  ],
  xtrim: (d, a) => [stream(d), ...trim(d, a), ...references(d)],
  xdel: (d, a) => {
    const name = stream(d);
    return [name, entryId(d, a, name)];
  },
  xdelex: (d, a) => {
    const name = stream(d);
    return [name, ...references(d), "IDS", ...ids(d, a, name)];
  },
  xsetid: (d, a) => [stream(d), `${a.nowMs + 5}-0`, ...d.maybe(2, "ENTRIESADDED", d.int(50, 900))],
  xcfgset: (d) => [stream(d), "IDMP-MAXSIZE", d.int(1, 20)],
  xidmprecord: (d, a) => {
    const name = stream(d);
    return [name, "p1", `r${d.int(1, 99)}`, entryId(d, a, name)];
  },
  "xgroup|create": (d) => [stream(d), group(d), d.one(["0", "$"]), ...d.maybe(3, "MKSTREAM")],
  "xgroup|createconsumer": (d, a) => [...grouped(d, a), consumer(d)],
  "xgroup|delconsumer": (d, a) => [...grouped(d, a), consumer(d)],
  "xgroup|destroy": (d, a) => d.once(3) ? grouped(d, a) : [stream(d), "nobody"],
  "xgroup|setid": (d, a) => [...grouped(d, a), d.one(["0", "$"])],
  xreadgroup: (d, a) => {
    const [name, of] = grouped(d, a);
    return [
      "GROUP",
      of,
      consumer(d),
      ...d.maybe(2, "COUNT", d.int(1, 4)),
      ...d.maybe(5, "CLAIM", d.int(0, 5000)),
      ...d.maybe(5, "NOACK"),
      "STREAMS",
      name,
      d.once(4) ? "0" : ">",
    ];
  },
  xack: (d, a) => {
    const [name, of] = delivered(d, a);
    return [name, of, pendingId(d, a, name, of)];
  },
  xnack: (d, a) => {
    const [name, of] = delivered(d, a);
    const mode = d.one(["SILENT", "FAIL", "FATAL"]);
    return [name, of, mode, "IDS", ...ids(d, a, name, of), ...d.maybe(3, "FORCE")];
  },
  xackdel: (d, a) => {
    const [name, of] = delivered(d, a);
    return [name, of, ...references(d), "IDS", ...ids(d, a, name, of)];
  },
  xclaim: (d, a) => {
    const [name, of] = grouped(d, a);
    return [
      name,
      of,
      consumer(d),
      d.int(0, 2000),
      entryId(d, a, name),
      entryId(d, a, name),
      ...d.maybe(4, "IDLE", d.int(0, 9000)),
      ...d.maybe(4, "RETRYCOUNT", d.int(0, 9)),
      ...d.maybe(3, "FORCE"),
      ...d.maybe(3, "JUSTID"),
      ...d.maybe(5, "LASTID", entryId(d, a, name)),
    ];
  },
  xautoclaim: (d, a) => [
    ...grouped(d, a),
    consumer(d),
    d.int(0, 2000),
    "0",
    ...d.maybe(2, "COUNT", d.int(1, 4)),
    ...d.maybe(3, "JUSTID"),
  ],
  // Keys.
  copy: (d) => [any(d), any(d), ...d.maybe(4, "DB", d.int(0, 2)), ...d.maybe(2, "REPLACE")],
  del: (d) => d.some(1, 2, () => any(d)),
  unlink: (d) => d.some(1, 2, () => any(d)),
  move: (d) => [any(d), d.int(0, 2)],
  rename: (d) => [any(d), any(d)],
  renamenx: (d) => [any(d), any(d)],
  persist: (d) => [any(d)],
  expire: (d, a) => [any(d), relative("EX")(d, a), ...expireOption(d)],
  pexpire: (d, a) => [any(d), relative("PX")(d, a), ...expireOption(d)],
  expireat: (d, a) => [any(d), absolute("EX")(d, a), ...expireOption(d)],
  pexpireat: (d, a) => [any(d), absolute("PX")(d, a), ...expireOption(d)],
  restore: payload,
  "restore-asking": payload,
  sort: (d) => [
    d.one([list, set, zset])(d),
    "ALPHA",
    ...d.maybe(3, "GET", "h1->f1", "GET", "#"),
    ...d.maybe(3, "BY", "nosort"),
    "STORE",
    list(d),
  ],
  // JSON.
  "json.set": (d) => [json(d), d.once(2) ? "$" : path(d), value(d)],
  "json.mset": (d) => d.some(1, 2, () => [json(d), "$", value(d)]).flat(),
  "json.merge": (d) => [json(d), "$", value(d)],
  "json.clear": (d) => [json(d), path(d)],
  "json.del": (d) => [json(d), path(d)],
  "json.forget": (d) => [json(d), path(d)],
  "json.numincrby": (d) => [json(d), path(d), integer(d)],
  "json.nummultby": (d) => [json(d), path(d), d.int(1, 3)],
  "json.numpowby": (d) => [json(d), path(d), 2],
  "json.strappend": (d) => [json(d), d.one(["$.b", "$"]), '"more"'],
  "json.toggle": (d) => [json(d), path(d)],
  "json.arrappend": (d) => [json(d), path(d), value(d)],
  "json.arrinsert": (d) => [json(d), path(d), 0, value(d)],
  "json.arrpop": (d) => [json(d), path(d), d.int(-2, 2)],
  "json.arrtrim": (d) => [json(d), path(d), 0, d.int(0, 3)],
  ...SERIES_GENERATORS,
  // Vectors.
  vadd: (d) => [vectors(d), ...vector(d), element(d), ...d.maybe(3, "SETATTR", '{"n":1}')],
  vrem: (d) => [vectors(d), element(d)],
  vsetattr: (d) => [vectors(d), element(d), d.once(3) ? "" : `{"n":${d.int(0, 9)}}`],
  vsetattributes: (d) => [vectors(d), element(d), `{"n":${d.int(0, 9)}}`],
  vdelattributes: (d) => [vectors(d), element(d)],
  // Searching.
  "ft.create": (d) => [
    indexName(d),
    "PREFIX",
    1,
    d.one(["h", "h1"]),
    "SCHEMA",
    "f1",
    "TEXT",
    "f2",
    "TAG",
    "n1",
    "NUMERIC",
  ],
  "ft.alter": (d) => [indexName(d), "SCHEMA", "ADD", `f${d.int(3, 99)}`, "TEXT"],
  "ft.dropindex": (d) => [indexName(d), ...d.maybe(3, "DD")],
  "ft.aliasadd": (d) => [alias(d), indexName(d)],
  "ft.aliasupdate": (d) => [alias(d), indexName(d)],
  "ft.aliasdel": (d) => [alias(d)],
  "ft.synupdate": (d) => [indexName(d), `group${d.int(1, 2)}`, word(d), word(d)],
  "fts|enable": (d) => d.one([["GLOBAL"], ["PATTERN", "s*"], ["KEY", str(d)]]),
  "fts|disable": (d) => d.one([["GLOBAL"], ["PATTERN", "s*"], ["KEY", str(d)]]),
  "fts|reindex": (d) => d.maybe(2, str(d)),
  "ft.dictadd": (d) => [`dict${d.int(1, 2)}`, word(d), word(d)],
  "ft.dictdel": (d) => [`dict${d.int(1, 2)}`, word(d)],
  "ft.sugadd": (d) => [suggestions(d), word(d), float(d), ...d.maybe(2, "INCR")],
  "ft.sugdel": (d) => [suggestions(d), word(d)],
  ...SKETCHES,
  // Functions, and what they and scripts call.
  "function|load": (d) => {
    const name = library(d);
    return [...d.maybe(2, "REPLACE"), LIBRARY(name, d.int(1, 9))];
  },
  "function|delete": (d) => [library(d)],
  "function|flush": (d) => d.once(4) ? [] : ["nothing", "such"],
  "function|restore": (_, a) => {
    const payload = a.ask("FUNCTION", "DUMP");
    return [payload instanceof Uint8Array ? payload : "", "REPLACE"];
  },
  // Databases.
  flushall: (d) => d.once(12) ? [] : ["not", "now"],
  flushdb: (d) => d.once(12) ? [] : ["not", "now"],
  swapdb: (d) => [d.once(3) ? d.int(0, 2) : 0, d.int(0, 2)],
  // The past.
  "history|enable": (d) => ["KEY", str(d), ...d.maybe(3, "RETENTION", "COUNT", d.int(1, 9))],
  "history|disable": (d) => ["KEY", str(d)],
  "history|clear": (d) => [str(d)],
  "history|prune": (_, a) => ["BEFORE", a.nowMs - 60_000],
  "history|revert": (d, a) => [str(d), a.nowMs - d.int(0, 2000)],
  "kv|write": (d, a) => [`${a.ask("KV", "ID")}`, kvWrite(d)],
  vacuum: (d) => d.once(9) ? ["INCREMENTAL", 1] : ["not", "now"],
};

/** A write of KV Connect: a pair is set, deleted, or added to. */
function kvWrite(dice: Dice): Uint8Array {
  const mutation = new MessageWriter().bytes(1, Uint8Array.of(dice.int(1, 5)));
  const kind = dice.int(1, 3);
  const number = new Uint8Array(8);
  number[0] = dice.int(0, 99);
  if (kind !== 2) mutation.bytes(2, new MessageWriter().bytes(1, number).number(2, 2).message);
  const expiresAtMs = dice.once(3) ? Date.UTC(2099, 1) : 0;
  mutation.number(3, kind).number(4, kind === 1 ? expiresAtMs : 0);
  return new MessageWriter().bytes(2, mutation.message).message.slice();
}

/** Commands that write what others say, or change nothing that is a key's: each is its own test's. */
export const BESIDE: Readonly<Record<string, Generator>> = {
  eval: (d) => [
    "local n = redis.call('INCR', KEYS[1]) redis.call('SET', KEYS[2], n, 'PX', 9000) " +
    "redis.call('SPOP', KEYS[3]) redis.call('SET', KEYS[4], math.random()) return n",
    4,
    str(d),
    str(d),
    set(d),
    str(d),
  ],
  fcall: (d) => [`${library(d)}f`, 2, str(d), set(d)],
  get: (d) => [str(d)],
  hget: (d) => [hash(d), field(d)],
  smembers: (d) => [set(d)],
  select: (d) => [d.once(4) ? d.int(1, 2) : 0],
  "debug|populate": (d) => [d.int(1, 3), `s${d.int(1, 4)}`],
  "himport|prepare": () => ["names", "f1", "f2"],
};
