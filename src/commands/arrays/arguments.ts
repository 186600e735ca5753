/** Argument pieces that the array commands share. */

import type { Arguments } from "../../resp/arguments.ts";
import { type ArrayIndex, INDEX_LIMIT, parseIndex } from "../../store/arrays/index.ts";
import type { Collection } from "../../store/collections/collection.ts";
import { err } from "../../store/values/errors.ts";
import { TYPE } from "../../store/file/schema.ts";
import type { Context } from "../table/command.ts";
import { integerAt } from "../table/options.ts";

/** The index at `index`. @throws {CommandError} */
export function indexAt(args: Arguments, index: number): ArrayIndex {
  const { bytes, start, end } = args.at(index);
  const value = parseIndex(bytes, start, end);
  if (value === undefined || value === INDEX_LIMIT) throw err("invalid array index");
  return value;
}

/** The number after LIMIT at `index`. @throws {CommandError} */
export function limitAt(args: Arguments, index: number): number {
  const limit = integerAt(args, index);
  if (limit <= 0) throw err("LIMIT must be positive");
  return Number(limit);
}

/** The array of the command's key, for a command that reads it. @throws {CommandError} WRONGTYPE */
export function arrayToRead({ args, store, client }: Context): Collection | undefined {
  return store.keyspace.readCollection(client.db, args.at(1), TYPE.ARRAY);
}
