/**
 * The HyperLogLog commands: https://redis.io/docs/latest/commands/?group=hyperloglog
 *
 * @module
 */

import { err } from "../../store/values/errors.ts";
import {
  CARDINALITY_AT,
  HyperLogLog,
  REGISTERS,
  Registers,
} from "../../store/strings/hyperloglog.ts";
import { ENCODING, TYPE } from "../../store/file/schema.ts";
import { Slice } from "../../store/values/slice.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { shownAt } from "../table/options.ts";

const command = commandsOf("hyperloglog");

// Commands run one after the other, so one of each serves for all.
const hll = new HyperLogLog();
const union = new Registers();

/** Loads a key's HyperLogLog for a change, or an empty one. @returns Whether the key is there. */
function loadForChange({ store, client }: Context, key: Slice): boolean {
  const exists = store.strings.findForChange(client.db, key);
  if (exists) hll.load(store.strings.loaded());
  else hll.reset();
  return exists;
}

/** Writes the key that was loaded for a change last; its expiry stays. */
function save({ store, client }: Context, key: Slice): void {
  const { type, id, length, expiresAtMs } = store.keyspace.row;
  const value = hll.slice;
  if (type === TYPE.NONE) {
    store.strings.replace(client.db, key, value, 0, ENCODING.RAW);
  } else if (id !== 0 && value.length >= length) {
    // Chunks are overwritten where they are; only a string that gets shorter needs new ones.
    store.strings.write(client.db, key, 0, value);
  } else {
    store.strings.replace(client.db, key, value, expiresAtMs, ENCODING.RAW);
  }
}

function pfadd(context: Context): void {
  const { args, reply, store, client } = context;
  const key = args.at(1);
  let changed = !loadForChange(context, key);
  const limit = store.limits.hllSparseBytes;
  for (let i = 2; i < args.count; i++) if (hll.add(args.at(i), limit)) changed = true;
  if (changed) {
    hll.invalidateCount();
    save(context, key);
    store.keyspace.changed(client.db, key, "pfadd");
  }
  reply.integer(changed ? 1 : 0);
}

/** Loads a key's HyperLogLog to read it. @returns Whether the key is there. */
function load({ store, client }: Context, key: Slice): boolean {
  const value = store.strings.get(client.db, key);
  if (value !== undefined) hll.load(value);
  return value !== undefined;
}

/** The estimate of a key, 0 without it. One that was out of date is stored, as Redis does, if that can be at once. */
function count(context: Context, key: Slice): number | bigint {
  const { store, client } = context;
  if (!load(context, key)) return 0;
  const known = hll.cachedCount;
  if (known !== undefined) return known;
  // What a transaction has read so far must not change: EXEC has asked for the lock, or had none.
  const { engine } = store;
  const mayWrite = engine.writing || !client.performing && !engine.follows && store.tryWrite();
  // Loaded anew: with the lock may have come another process's change.
  if (!mayWrite || !loadForChange(context, key)) return hll.count();
  const computed = hll.cachedCount ?? hll.count();
  hll.cachedCount = computed;
  store.strings.write(client.db, key, CARDINALITY_AT, hll.countSlice);
  // No event of Redis's, but a change: of what was watched, and of what clients cache.
  store.keyspace.changed(client.db, key, "pfcount");
  if (engine.effects.active) engine.effects.say(client.db, "PFCOUNT", key);
  return computed;
}

function pfcount(context: Context): void {
  const { args, reply } = context;
  if (args.count === 2) return reply.integer(count(context, args.at(1)));
  union.clear();
  for (let i = 1; i < args.count; i++) if (load(context, args.at(i))) hll.mergeInto(union);
  reply.integer(union.count());
}

function pfmerge(context: Context): void {
  const { args, reply, store, client } = context;
  const destination = args.at(1);
  union.clear();
  let dense = false;
  for (let i = 1; i < args.count; i++) {
    if (!load(context, args.at(i))) continue;
    dense ||= hll.dense;
    hll.mergeInto(union);
  }
  loadForChange(context, destination);
  if (dense) {
    hll.setDense(union);
  } else {
    const limit = store.limits.hllSparseBytes;
    union.values.forEach((value, index) => {
      if (value > 0) hll.raise(index, value, limit);
    });
  }
  hll.invalidateCount();
  save(context, destination);
  store.keyspace.changed(client.db, destination, "pfadd");
  reply.ok();
}

function pfdebug(context: Context): void {
  const { args, reply } = context;
  if (args.is(1, "SIMD")) {
    if (!args.is(2, "ON") && !args.is(2, "OFF")) throw err("Argument must be ON or OFF");
    return reply.status("disabled");
  }
  const key = args.at(2);
  if (!loadForChange(context, key)) throw err("The specified key does not exist");
  if (args.is(1, "ENCODING")) {
    reply.status(hll.dense ? "dense" : "sparse");
  } else if (args.is(1, "DECODE")) {
    if (hll.dense) throw err("HLL encoding is not sparse");
    reply.text(hll.runs());
  } else if (args.is(1, "TODENSE")) {
    const converted = hll.makeDense();
    if (converted) saveDense(context, key);
    reply.integer(converted ? 1 : 0);
  } else if (args.is(1, "GETREG")) {
    if (hll.makeDense()) saveDense(context, key);
    reply.array(REGISTERS);
    for (let i = 0; i < REGISTERS; i++) reply.integer(hll.register(i));
  } else {
    const word = shownAt(args, 1).replace(/[\r\n]/g, " ");
    throw err(`Unknown PFDEBUG subcommand '${word}'`);
  }
}

/** Saves a HyperLogLog that was only put another way, of which nobody is told. */
function saveDense(context: Context, key: Slice): void {
  save(context, key);
  context.store.engine.changes.addUntold();
}

/** Elements that PFSELFTEST counts up to. */
const TEST_ELEMENTS = 1_000_000;
/** Values in which two HyperLogLogs differ from their neighbours. */
const TEST_PATTERNS = 64;

function pfselftest({ reply, store }: Context): void {
  testRegisters();
  testEstimates(store.limits.hllSparseBytes);
  reply.ok();
}

/** That each register keeps its value whatever its neighbours are. */
function testRegisters(): void {
  hll.reset();
  hll.makeDense();
  const expected = (index: number, pattern: number) => (index * 37 + (index >> 6) + pattern) & 63;
  for (let pattern = 0; pattern < TEST_PATTERNS; pattern++) {
    for (let i = 0; i < REGISTERS; i++) hll.setRegister(i, expected(i, pattern));
    for (let i = 0; i < REGISTERS; i++) {
      const value = hll.register(i), wanted = expected(i, pattern);
      if (value !== wanted) {
        throw err(`TESTFAILED Register ${i} should be ${wanted} but is ${value}`);
      }
    }
  }
}

/** That estimates are near the truth, and the same for both representations. */
function testEstimates(limit: number): void {
  const dense = new HyperLogLog();
  dense.reset();
  dense.makeDense();
  hll.reset();
  const element = new Slice(new Uint8Array(8));
  const view = new DataView(element.bytes.buffer);
  const seed = Math.floor(Math.random() * 2 ** 32);
  view.setUint32(4, seed);
  let checkpoint = 1;
  for (let count = 1; count <= TEST_ELEMENTS; count++) {
    view.setUint32(0, count);
    dense.add(element, limit);
    hll.add(element, limit);
    if (count < checkpoint) continue;
    if (count < limit / 2 && hll.dense) throw err("TESTFAILED sparse encoding not used");
    const estimate = dense.count();
    if (hll.count() !== estimate) throw err("TESTFAILED dense/sparse disagree");
    // Six times the standard error; among ten elements one may share its register.
    const tolerance = count === 10 ? 1 : Math.ceil(6 * 1.04 / Math.sqrt(REGISTERS) * count);
    const error = Math.abs(estimate - count);
    if (error > tolerance) {
      throw err(`TESTFAILED Too big error. card:${count} abserr:${error}`);
    }
    checkpoint *= 10;
  }
}

/** All HyperLogLog commands. */
export const hyperloglog: readonly Command[] = [
  command("PFADD key [element [element ...]]", {
    since: "2.8.9",
    arity: -2,
    flags: "write denyoom fast",
    effects: "itself",
    acl: "hyperloglog",
    keys: ["1 RW insert"],
    complexity: "O(1) for each element",
    summary: "Adds elements to a HyperLogLog, creating it if need be.",
  }, pfadd),
  command("PFCOUNT key [key ...]", {
    since: "2.8.9",
    arity: -2,
    flags: "readonly",
    effects: "said",
    acl: "hyperloglog",
    keys: ["1..-1 RW access"],
    complexity: "O(N) in the number of keys, with a large constant for more than one",
    summary: "Estimates how many distinct elements HyperLogLogs have seen together.",
  }, pfcount),
  command("PFDEBUG subcommand key", {
    since: "2.8.9",
    arity: 3,
    flags: "write denyoom admin",
    effects: "itself",
    acl: "hyperloglog",
    keys: ["2 RW access"],
    complexity: "N/A",
    summary: "Shows how a HyperLogLog is represented.",
  }, pfdebug),
  command("PFMERGE destkey [sourcekey [sourcekey ...]]", {
    since: "2.8.9",
    arity: -2,
    flags: "write denyoom",
    effects: "itself",
    acl: "hyperloglog",
    keys: ["1 RW access insert", "2..-1 RO access"],
    complexity: "O(N) in the number of HyperLogLogs, with a large constant",
    summary: "Merges HyperLogLogs into one.",
  }, pfmerge),
  command("PFSELFTEST", {
    since: "2.8.9",
    arity: 1,
    flags: "admin",
    acl: "hyperloglog",
    complexity: "N/A",
    summary: "Tests the HyperLogLog implementation.",
  }, pfselftest),
];
