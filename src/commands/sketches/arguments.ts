/** What the commands on filters and sketches have in common. */

import type { Arguments } from "../../resp/arguments.ts";
import { parseDouble } from "../../resp/double.ts";
import { type CommandError, err } from "../../store/values/errors.ts";
import { int64At } from "../table/options.ts";
import type { Context } from "../table/command.ts";
import { TYPE } from "../../store/file/schema.ts";

/** The error of RedisBloom for a key that is absent. */
export const notFound = (): CommandError => err("not found");
/** The error for a key that is there. */
export const itemExists = (): CommandError => err("item exists");

/** The floating-point number at `index`, undefined if it is none. */
export function doubleAt(args: Arguments, index: number): number | undefined {
  const { bytes, start, end } = args.at(index);
  return parseDouble(bytes, start, end);
}

/** The integer at `index`, one beyond 2^53 moved there; undefined if it is none. */
export function wholeAt(args: Arguments, index: number): number | undefined {
  const value = int64At(args, index);
  if (typeof value !== "bigint") return value;
  return value > 0n ? Number.MAX_SAFE_INTEGER : Number.MIN_SAFE_INTEGER;
}

/** Where a word is among the arguments from `from` on; -1 if it is not. */
export function wordAt(args: Arguments, word: string, from: number): number {
  for (let i = from; i < args.count; i++) if (args.is(i, word)) return i;
  return -1;
}

/** Whether what a key holds is of a type. The key may hold anything. */
export function isOfType({ store, client, args }: Context, type: number): boolean {
  return store.keyspace.read(client.db, args.at(1)) === type;
}

/** Whether a key that a filter is to be made at is free. @throws {CommandError} If it is not, saying by what. */
export function assertFree({ store, client, args }: Context, type: number): void {
  const { keyspace } = store;
  if (keyspace.findCollection(client.db, args.at(1), type) !== undefined) throw itemExists();
}

/** Whether a key holds nothing. */
export function isFree({ store, client, args }: Context): boolean {
  return store.keyspace.find(client.db, args.at(1)) === TYPE.NONE;
}

/** Replies with pairs of names, which are statuses, and values: integers, or null. */
export function replyPairs(
  { reply }: Context,
  pairs: readonly (readonly [name: string, value: number | bigint | undefined])[],
): void {
  reply.map(pairs.length);
  for (const [name, value] of pairs) {
    reply.status(name);
    if (value === undefined) reply.null();
    else reply.integer(value);
  }
}
