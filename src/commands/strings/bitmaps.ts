/**
 * The bitmap commands: https://redis.io/docs/latest/commands/?group=bitmap
 *
 * @module
 */

import type { Arguments } from "../../resp/arguments.ts";
import {
  type BitOperation,
  bitSource,
  combineBits,
  countBits,
  findBit,
  getBit,
  setBit,
} from "../../store/strings/bitmaps.ts";
import { err, syntaxError } from "../../store/values/errors.ts";
import { bitfield, bitfieldKeys, bitfieldRo, bitOffset } from "./bitfield.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { int64At, integerAt, positionAt } from "../table/options.ts";

const command = commandsOf("bitmap");

function setbit({ args, reply, store, client }: Context): void {
  const offset = bitOffset(int64At(args, 2));
  const bit = int64At(args, 3);
  if (bit !== 0 && bit !== 1) throw err("bit is not an integer or out of range");
  reply.integer(setBit(store.strings, client.db, args.at(1), offset, bit));
}

function getbit({ args, reply, store, client }: Context): void {
  const offset = bitOffset(int64At(args, 2));
  reply.integer(getBit(store.strings, client.db, args.at(1), offset));
}

/** Bits in the unit of BITCOUNT's and BITPOS's positions. @throws {CommandError} */
function unitAt(args: Arguments, index: number): 1 | 8 {
  if (index >= args.count || args.is(index, "BYTE")) return 8;
  if (args.is(index, "BIT")) return 1;
  throw syntaxError();
}

/** The first and the last bit between two positions; the first is past the last if there is none. */
function bitRange(
  length: number,
  start: number,
  end: number,
  unit: 1 | 8,
): [first: number, last: number] {
  const total = length * 8 / unit;
  const from = start < 0 ? Math.max(0, total + start) : start;
  const to = Math.min(end < 0 ? Math.max(0, total + end) : end, total - 1);
  return [from * unit, to * unit + unit - 1];
}

function bitcount({ args, reply, store, client }: Context): void {
  if (args.count === 3 || args.count > 5) throw syntaxError();
  const ranged = args.count > 3;
  const start = ranged ? positionAt(args, 2) : 0;
  const end = ranged ? positionAt(args, 3) : -1;
  const unit = unitAt(args, 4);
  const value = store.strings.get(client.db, args.at(1));
  // Two positions before any bit, the later one first, are told apart only before they are cut.
  const reversed = start < 0 && end < 0 && integerAt(args, 2) > integerAt(args, 3);
  if (value === undefined || reversed) return reply.integer(0);
  const [first, last] = bitRange(value.length, start, end, unit);
  reply.integer(first > last ? 0 : countBits(value, first, last));
}

function bitpos({ args, reply, store, client }: Context): void {
  const bit = integerAt(args, 2);
  if (bit !== 0 && bit !== 1) throw err("The bit argument must be 1 or 0.");
  if (args.count > 6) throw syntaxError();
  const start = args.count > 3 ? positionAt(args, 3) : 0;
  const unit = unitAt(args, 5);
  const bounded = args.count > 4;
  const end = bounded ? positionAt(args, 4) : -1;
  const value = store.strings.get(client.db, args.at(1));
  // A string that is not there is zeros without end.
  if (value === undefined) return reply.integer(bit === 1 ? -1 : 0);
  const { length } = value;
  const [first, last] = bitRange(length, start, end, unit);
  if (first > last) return reply.integer(-1);
  const found = findBit(value, bit, first, last);
  // Without an end the zeros after the string count.
  reply.integer(found === -1 && bit === 0 && !bounded ? length * 8 : found);
}

const OPERATIONS: readonly BitOperation[] = [
  "AND",
  "OR",
  "XOR",
  "NOT",
  "DIFF",
  "DIFF1",
  "ANDOR",
  "ONE",
];
const NEEDS_TWO: readonly BitOperation[] = ["DIFF", "DIFF1", "ANDOR"];

function bitop({ args, reply, store, client }: Context): void {
  const operation = OPERATIONS.find((word) => args.is(1, word));
  if (operation === undefined) throw syntaxError();
  if (operation === "NOT" && args.count !== 4) {
    throw err("BITOP NOT must be called with a single source key.");
  }
  if (NEEDS_TWO.includes(operation) && args.count < 5) {
    throw err(`BITOP ${operation} must be called with at least two source keys.`);
  }
  const sources = [];
  for (let i = 3; i < args.count; i++) {
    sources.push(bitSource(store.strings, client.db, args.at(i)));
  }
  reply.integer(combineBits(store, client.db, operation, args.at(2), sources));
}

/** All bitmap commands. */
export const bitmaps: readonly Command[] = [
  command("BITCOUNT key [start end [BYTE | BIT]]", {
    since: "2.6.0",
    arity: -2,
    flags: "readonly",
    acl: "bitmap",
    keys: ["1 RO access"],
    complexity: "O(N)",
    summary: "Counts the set bits of a string.",
  }, bitcount),
  command(
    "BITFIELD key [GET encoding offset | [OVERFLOW <WRAP | SAT | FAIL>] <SET encoding offset value | INCRBY encoding offset increment> [GET encoding offset | [OVERFLOW <WRAP | SAT | FAIL>] <SET encoding offset value | INCRBY encoding offset increment> ...]]",
    {
      since: "3.2.0",
      arity: -2,
      flags: "write denyoom",
      effects: "itself",
      acl: "bitmap",
      keys: [{
        flags: ["RW", "access", "update", "variable_flags"],
        begin: { index: 1 },
        find: { lastKey: 0, step: 1, limit: 0 },
        notes: "only read if every operation is a GET",
      }],
      findKeys: bitfieldKeys,
      complexity: "O(1) for each operation",
      summary: "Reads, sets and adds to integers of any width inside a string.",
    },
    bitfield,
  ),
  command("BITFIELD_RO key [GET encoding offset [GET encoding offset ...]]", {
    since: "6.0.0",
    arity: -2,
    flags: "readonly fast",
    acl: "bitmap",
    keys: ["1 RO access"],
    complexity: "O(1) for each operation",
    summary: "Reads integers of any width inside a string.",
  }, bitfieldRo),
  command(
    "BITOP <AND | OR | XOR | NOT | DIFF | DIFF1 | ANDOR | ONE> destkey key [key ...]",
    {
      since: "2.6.0",
      arity: -4,
      flags: "write denyoom",
      effects: "itself",
      acl: "bitmap",
      keys: ["2 OW update", "3..-1 RO access"],
      complexity: "O(N)",
      summary: "Combines strings bit by bit and stores the outcome.",
    },
    bitop,
  ),
  command("BITPOS key bit [start [end [BYTE | BIT]]]", {
    since: "2.8.7",
    arity: -3,
    flags: "readonly",
    acl: "bitmap",
    keys: ["1 RO access"],
    complexity: "O(N)",
    summary: "Finds the first set or clear bit of a string.",
  }, bitpos),
  command("GETBIT key offset", {
    since: "2.2.0",
    arity: 3,
    flags: "readonly fast",
    acl: "bitmap",
    keys: ["1 RO access"],
    summary: "Returns a bit of a string.",
  }, getbit),
  command("SETBIT key offset value", {
    since: "2.2.0",
    arity: 4,
    flags: "write denyoom",
    effects: "itself",
    acl: "bitmap",
    keys: ["1 RW access update"],
    summary: "Sets or clears a bit of a string, growing it with zeros as needed.",
  }, setbit),
];
