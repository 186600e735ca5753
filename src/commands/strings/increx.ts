/**
 * INCREX: an increment within bounds, with an expiry. One function for integers and floats: both
 * are given as {@linkcode Numbers}, the arithmetic of one kind.
 *
 * @module
 */

import { type CommandError, err, notAnInteger, syntaxError } from "../../store/values/errors.ts";
import { addInt64, INT64_MAX, INT64_MIN, narrow } from "../../store/values/integers.ts";
import {
  addLongDoubles,
  compareLongDoubles,
  formatLongDouble,
  LARGEST,
  type LongDouble,
  negate,
} from "../../store/values/long_double.ts";
import { TYPE } from "../../store/file/schema.ts";
import type { Slice } from "../../store/values/slice.ts";
import type { Store } from "../../store/store.ts";
import type { Context } from "../table/command.ts";
import { sayDeleted } from "../table/effects.ts";
import { expiryAt, type ExpiryUnit, floatAt, int64At } from "../table/options.ts";
import type { Reply } from "../../resp/reply.ts";

type Integer = number | bigint;

/** What INCREX needs to know of a kind of number. */
interface Numbers<N> {
  /** The greatest and, negated, the least number; the bounds where none are given. */
  readonly max: N;
  readonly min: N;
  readonly one: N;
  readonly zero: N;
  /** Reads an argument; undefined if it is none. */
  parse(context: Context, index: number): N | undefined;
  /** What an argument that cannot be read is not. */
  readonly expected: string;
  current(store: Store, db: number, key: Slice): N;
  /** The sum; undefined beyond the greatest or least. */
  add(a: N, b: N): N | undefined;
  subtract(a: N, b: N): N | undefined;
  compare(a: N, b: N): number;
  readonly deltaOverflow: string;
  put(store: Store, db: number, key: Slice, value: N, expiresAtMs: number): void;
  write(reply: Reply, value: N): void;
}

const integers: Numbers<Integer> = {
  max: INT64_MAX,
  min: INT64_MIN,
  one: 1,
  zero: 0,
  parse: ({ args }, index) => int64At(args, index),
  expected: "an integer or out of range",
  current: (store, db, key) => store.strings.integer(db, key),
  add: addInt64,
  subtract: (a, b) => {
    const difference = BigInt(a) - BigInt(b);
    return difference < INT64_MIN || difference > INT64_MAX ? undefined : narrow(difference);
  },
  compare: (a, b) => a < b ? -1 : a > b ? 1 : 0,
  deltaOverflow: "applied increment would overflow",
  put: (store, db, key, value, expiresAtMs) =>
    store.strings.putInteger(db, key, value, expiresAtMs),
  write: (reply, value) => reply.integer(value),
};

const finite = (value: LongDouble | undefined): LongDouble | undefined =>
  typeof value === "string" ? undefined : value;

const floats: Numbers<LongDouble> = {
  max: LARGEST,
  min: negate(LARGEST),
  one: { mantissa: 1n, exponent: 0 },
  zero: { mantissa: 0n, exponent: 0 },
  parse: ({ args }, index) => floatAt(args, index),
  expected: "a valid float",
  current: (store, db, key) => store.strings.float(db, key),
  add: (a, b) => finite(addLongDoubles(a, b)),
  subtract: (a, b) => finite(addLongDoubles(a, negate(b))),
  compare: compareLongDoubles,
  deltaOverflow: "applied increment would be Infinity",
  put: (store, db, key, value, expiresAtMs) =>
    store.strings.putFloat(db, key, formatLongDouble(value), expiresAtMs),
  write: (reply, value) => reply.decimal(formatLongDouble(value)),
};

interface Options {
  float: boolean;
  by: number;
  lower: number;
  upper: number;
  saturate: boolean;
  expiry?: ExpiryUnit;
  expiryAt: number;
  persist: boolean;
  onlyNew: boolean;
}

const EXPIRIES: readonly ExpiryUnit[] = ["EX", "PX", "EXAT", "PXAT"];

/** `INCREX key [BYFLOAT increment | BYINT increment] [LBOUND l] [UBOUND u] [SATURATE] ... [ENX]` */
export function increx(context: Context): void {
  const options = parse(context);
  if (options.float) run(context, options, floats);
  else run(context, options, integers);
}

function parse({ args }: Context): Options {
  const options: Options = {
    float: false,
    by: 0,
    lower: 0,
    upper: 0,
    saturate: false,
    expiryAt: 0,
    persist: false,
    onlyNew: false,
  };
  for (let i = 2; i < args.count; i++) {
    const hasNext = i + 1 < args.count;
    const expiry = EXPIRIES.find((word) => args.is(i, word));
    if (args.is(i, "SATURATE") && !options.saturate) options.saturate = true;
    else if (args.is(i, "ENX") && !options.onlyNew) options.onlyNew = true;
    else if (args.is(i, "PERSIST") && !options.persist && options.expiry === undefined) {
      options.persist = true;
    } else if (!hasNext) throw syntaxError();
    else if (args.is(i, "BYINT") && options.by === 0) options.by = ++i;
    else if (args.is(i, "BYFLOAT") && options.by === 0) {
      options.float = true;
      options.by = ++i;
    } else if (args.is(i, "LBOUND") && options.lower === 0) options.lower = ++i;
    else if (args.is(i, "UBOUND") && options.upper === 0) options.upper = ++i;
    else if (expiry !== undefined && options.expiry === undefined && !options.persist) {
      options.expiry = expiry;
      options.expiryAt = ++i;
    } else throw syntaxError();
  }
  if (options.onlyNew && options.persist) throw syntaxError();
  if (options.onlyNew && options.expiry === undefined) {
    throw err("ENX flag requires an expiration");
  }
  return options;
}

function run<N>(context: Context, options: Options, numbers: Numbers<N>): void {
  const { args, reply, store, client } = context;
  const { keyspace, engine } = store;
  const { db } = client;
  const key = args.at(1);
  const read = (index: number, name: string, otherwise: N): N => {
    if (index === 0) return otherwise;
    const value = numbers.parse(context, index);
    if (value === undefined) throw err(`${name} is not ${numbers.expected}`);
    return value;
  };
  const by = read(options.by, "Increment", numbers.one);
  const lower = read(options.lower, "LBOUND", numbers.min);
  const upper = read(options.upper, "UBOUND", numbers.max);
  if (numbers.compare(lower, upper) > 0) throw err("LBOUND can't be greater than UBOUND");
  const expiresAtMs = options.expiry === undefined
    ? 0
    : expiryAt(args, options.expiryAt, options.expiry, "increx", engine.nowMs);
  if (by === "inf" || by === "-inf") throw notFinite();

  const current = numbers.current(store, db, key);
  const exists = keyspace.row.type !== TYPE.NONE;
  const oldExpiry = exists ? keyspace.row.expiresAtMs : 0;
  const sum = numbers.add(current, by);
  const above = sum === undefined
    ? numbers.compare(by, numbers.zero) > 0
    : numbers.compare(sum, upper) > 0;
  const below = sum === undefined ? !above : numbers.compare(sum, lower) < 0;
  let value = sum;
  if (above || below) {
    if (!options.saturate) {
      reply.array(2);
      numbers.write(reply, current);
      numbers.write(reply, numbers.zero);
      return;
    }
    value = above ? upper : lower;
  }
  if (value === undefined) throw notAnInteger();
  const applied = numbers.subtract(value, current);
  if (applied === undefined) throw err(numbers.deltaOverflow);

  reply.array(2);
  numbers.write(reply, value);
  numbers.write(reply, applied);
  const keepsExpiry = options.onlyNew && oldExpiry !== 0;
  const expiry = options.persist
    ? 0
    : options.expiry === undefined || keepsExpiry
    ? oldExpiry
    : expiresAtMs;
  if (options.expiry !== undefined && !keepsExpiry && expiresAtMs <= engine.expiryMs) {
    // Already over: the key is gone with the increment.
    keyspace.delete(db, key);
    sayDeleted(store, db, key);
    return;
  }
  numbers.put(store, db, key, value, expiry);
  keyspace.changed(db, key, options.float ? "incrbyfloat" : "incrby");
  if (options.expiry !== undefined && !keepsExpiry) keyspace.changed(db, key, "expire");
  if (options.persist && oldExpiry !== 0) keyspace.changed(db, key, "persist");
  if (!engine.effects.active) return;
  const text = store.strings.get(db, key)?.materialize() ?? NOTHING;
  if (expiry === 0) engine.effects.say(db, "SET", key, text);
  else engine.effects.say(db, "SET", key, text, "PXAT", expiry);
}

const NOTHING = new Uint8Array(0);

const notFinite = (): CommandError => err("increment would produce NaN or Infinity");
