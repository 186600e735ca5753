/** BITFIELD: integers of any width inside a string. */

import type { Arguments } from "../../resp/arguments.ts";
import {
  type FieldOperation,
  operateOnFields,
  type Overflow,
} from "../../store/strings/bitfields.ts";
import { err, syntaxError } from "../../store/values/errors.ts";
import { parseInt64 } from "../../store/values/integers.ts";
import type { Context, FoundKey } from "../table/command.ts";
import { integerAt } from "../table/options.ts";

/** Bits of the longest string: 512 MB. */
const MAX_BITS = 2 ** 32;

/**
 * Checks a bit's offset.
 *
 * @param value The number given, undefined if it is none.
 * @throws {CommandError} If it is none, or beyond the longest string.
 */
export function bitOffset(value: number | bigint | undefined): number {
  if (typeof value !== "number" || value < 0 || value >= MAX_BITS) {
    throw err("bit offset is not an integer or out of range");
  }
  return value;
}

/** The first bit of a field; `#n` is the n-th field of this width. */
function fieldOffsetAt(args: Arguments, index: number, bits: number): number {
  const { bytes, start, end } = args.at(index);
  if (start === end || bytes[start] !== 0x23) return bitOffset(parseInt64(bytes, start, end));
  const ordinal = parseInt64(bytes, start + 1, end);
  return bitOffset(typeof ordinal === "number" ? ordinal * bits : undefined);
}

/** A field's type: `i` or `u`, and its width. */
function encodingAt(args: Arguments, index: number): { signed: boolean; bits: number } {
  const { bytes, start, end } = args.at(index);
  const signed = start < end && bytes[start] === 0x69;
  const unsigned = start < end && bytes[start] === 0x75;
  const bits = signed || unsigned ? parseInt64(bytes, start + 1, end) : undefined;
  if (typeof bits !== "number" || bits < 1 || bits > (signed ? 64 : 63)) {
    throw err(
      "Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.",
    );
  }
  return { signed, bits };
}

const OVERFLOWS: readonly Overflow[] = ["WRAP", "SAT", "FAIL"];
/** How many arguments follow an operation's name. */
const OPERANDS = { GET: 2, SET: 3, INCRBY: 3 } as const;
const ACTIONS = ["GET", "SET", "INCRBY"] as const;

function operationsOf(args: Arguments): FieldOperation[] {
  const operations: FieldOperation[] = [];
  let overflow: Overflow = "WRAP";
  for (let i = 2; i < args.count; i++) {
    if (args.is(i, "OVERFLOW") && i + 1 < args.count) {
      i++;
      const mode = OVERFLOWS.find((word) => args.is(i, word));
      if (mode === undefined) throw err("Invalid OVERFLOW type specified");
      overflow = mode;
      continue;
    }
    const action = ACTIONS.find((word) => args.is(i, word));
    if (action === undefined || i + OPERANDS[action] >= args.count) throw syntaxError();
    const { signed, bits } = encodingAt(args, i + 1);
    const offset = fieldOffsetAt(args, i + 2, bits);
    const value = action === "GET" ? 0 : integerAt(args, i + 3);
    operations.push({ action, signed, bits, offset, value, overflow });
    i += OPERANDS[action];
  }
  return operations;
}

function operate({ args, reply, store, client }: Context, operations: FieldOperation[]): void {
  const key = args.at(1);
  const { results, changed } = operateOnFields(store.strings, client.db, key, operations);
  if (changed) store.keyspace.changed(client.db, key, "setbit");
  reply.array(results.length);
  for (const result of results) {
    if (result === null) reply.null();
    else reply.integer(result);
  }
}

/** BITFIELD. */
export function bitfield(context: Context): void {
  operate(context, operationsOf(context.args));
}

/** BITFIELD_RO. */
export function bitfieldRo(context: Context): void {
  const operations = operationsOf(context.args);
  if (operations.some(({ action }) => action !== "GET")) {
    throw err("BITFIELD_RO only supports the GET subcommand");
  }
  operate(context, operations);
}

/** BITFIELD's key: only read if every operation is a GET. */
export function bitfieldKeys(args: Arguments): FoundKey[] {
  for (let i = 2; i < args.count; i++) {
    if (args.is(i, "OVERFLOW") && i + 1 < args.count) i++;
    else if (args.is(i, "GET") && i + OPERANDS.GET < args.count) i += OPERANDS.GET;
    else return [{ index: 1, flags: ["RW", "access", "update"] }];
  }
  return [{ index: 1, flags: ["RO", "access"] }];
}
