/** Argument pieces of the commands on fields that expire: `FIELDS numfields field ...`, and times. */

import type { Arguments } from "../../resp/arguments.ts";
import type { Collection } from "../../store/collections/collection.ts";
import { err } from "../../store/values/errors.ts";
import { TYPE } from "../../store/file/schema.ts";
import type { Slice } from "../../store/values/slice.ts";
import type { Context } from "../table/command.ts";
import { type ExpiryUnit, int64At, integerAt } from "../table/options.ts";

/** Which arguments are fields: indexes, `to` excluded. */
export interface FieldRange {
  /** Index of the first. */
  readonly from: number;
  /** Index past the last. */
  readonly to: number;
}

/**
 * The hash of a command that changes fields given by `FIELDS`, and those. A wrong type comes before
 * wrong arguments.
 *
 * @throws {CommandError}
 */
export function editedFields({ args, store, client }: Context): EditedFields {
  const key = args.at(1);
  store.keyspace.findCollection(client.db, key, TYPE.HASH);
  return { ...onlyFields(args), key, c: store.hashes.edit(client.db, key) };
}

/** What {@linkcode editedFields} finds. */
export interface EditedFields extends FieldRange {
  /** The key. */
  readonly key: Slice;
  /** Its hash, undefined if there is none. */
  readonly c: Collection | undefined;
}

/** The latest time a field may expire at, Unix time in milliseconds: Redis keeps two bits for itself. */
const LATEST_MS = 2 ** 46 - 1;
const INT_MAX = 0x7fffffff;

/** The fields of a command that has nothing but its key before them. @throws {CommandError} */
export function onlyFields(args: Arguments): FieldRange {
  if (!args.is(2, "FIELDS")) {
    throw err("Mandatory argument FIELDS is missing or not at the right position");
  }
  const count = fieldCount(args, 3, "Number of fields must be a positive integer", Infinity);
  if (count !== args.count - 4) {
    throw err("The `numfields` parameter must match the number of arguments");
  }
  return { from: 4, to: args.count };
}

/**
 * The number of fields at `index`.
 *
 * @param message The error if it is none.
 * @throws {CommandError}
 */
export function fieldCount(
  args: Arguments,
  index: number,
  message: string,
  most: number = INT_MAX,
): number {
  const count = int64At(args, index);
  if (count === undefined || count < 1 || count > most) throw err(message);
  return Number(count);
}

/**
 * When a field shall expire, as Unix time in milliseconds.
 *
 * @param command The command's name, for the error.
 * @throws {CommandError}
 */
export function fieldExpiryAt(
  args: Arguments,
  index: number,
  unit: ExpiryUnit,
  command: string,
  nowMs: number,
): number {
  const value = integerAt(args, index);
  if (value < 0) throw err("invalid expire time, must be >= 0");
  const inSeconds = unit === "EX" || unit === "EXAT";
  const ms = inSeconds ? Number(value) * 1000 : Number(value);
  const from = unit === "EX" || unit === "PX" ? nowMs : 0;
  if (ms > LATEST_MS - from) throw err(`invalid expire time in '${command}' command`);
  return from + ms;
}
