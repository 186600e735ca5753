/** Argument pieces and replies that the JSON commands share. */

import type { Arguments } from "../../resp/arguments.ts";
import type { Reply } from "../../resp/reply.ts";
import type { Collection } from "../../store/collections/collection.ts";
import { TYPE } from "../../store/file/schema.ts";
import type { Document } from "../../store/json/document.ts";
import { noDocument, wrongKeyType } from "../../store/json/errors.ts";
import { decode, parseJson } from "../../store/json/parser.ts";
import { compilePath } from "../../store/json/path/compile.ts";
import type { Path } from "../../store/json/path/syntax.ts";
import type { JsonValue } from "../../store/json/values.ts";
import { CommandError } from "../../store/values/errors.ts";
import type { Context } from "../table/command.ts";
import { int64At } from "../table/options.ts";

/** The text at an argument. @throws {CommandError} If it is none. */
export function textAt(args: Arguments, index: number): string {
  return decode(args.at(index).view());
}

/** The path at an argument, the whole document without one. @throws {CommandError} */
export function pathAt(args: Arguments, index: number): Path {
  return compilePath(index < args.count ? textAt(args, index) : ".");
}

/** A path that is read when it is known that there is a document. */
export function pathTextAt(args: Arguments, index: number): string {
  return index < args.count ? textAt(args, index) : ".";
}

/** Whether a path, not read yet, is a legacy one. */
export function isLegacy(path: string): boolean {
  return !(path[0] === "$" && (path.length < 2 || path[1] === "." || path[1] === "["));
}

/** The JSON at an argument. @param whole Whether nothing may follow it. @throws {CommandError} */
export function jsonAt(args: Arguments, index: number, whole = false): JsonValue {
  return parseJson(textAt(args, index), whole);
}

/** The same, whose refusals are of the generic code. */
export function strictJson(text: string): JsonValue {
  try {
    return parseJson(text, true);
  } catch (error) {
    if (error instanceof CommandError) throw new CommandError(`ERR ${error.message}`);
    throw error;
  }
}

/** The integer at an argument. @throws {CommandError} */
export function jsonIntegerAt(args: Arguments, index: number): number {
  const value = int64At(args, index);
  if (value === undefined) throw new CommandError("Couldn't parse as integer");
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Number(value)));
}

/** The collection of a document to be read; undefined without one. @throws {CommandError} */
export function collectionToRead(
  { args, store, client }: Context,
  index = 1,
): Collection | undefined {
  store.engine.read();
  const type = store.keyspace.read(client.db, args.at(index));
  if (type === TYPE.NONE) return undefined;
  if (type !== TYPE.JSON) throw wrongKeyType();
  return store.keyspace.row.collection;
}

/** The document to be read; undefined without one. @throws {CommandError} */
export function documentToRead(context: Context, index = 1): Document | undefined {
  const collection = collectionToRead(context, index);
  return collection && context.store.documents.read(collection);
}

/** The document to be changed; undefined without one. @throws {CommandError} */
export function documentToChange(
  { args, store, client }: Context,
  index = 1,
): Document | undefined {
  const type = store.keyspace.find(client.db, args.at(index), true);
  if (type === TYPE.NONE) return undefined;
  const { collection } = store.keyspace.row;
  if (type !== TYPE.JSON || collection === undefined) throw wrongKeyType();
  return store.documents.read(collection);
}

/** The document to be changed. @throws {CommandError} If there is none. */
export function requiredDocument(context: Context): Document {
  const document = documentToChange(context);
  if (document === undefined) throw noDocument();
  return document;
}

/** Tells that a document was changed, after the change. */
export function changed({ args, store, client }: Context, event: string, index = 1): void {
  const key = args.at(index);
  if (store.keyspace.recorder !== undefined && store.keyspace.find(client.db, key) === TYPE.JSON) {
    const { collection } = store.keyspace.row;
    if (collection !== undefined) store.documents.written(collection);
  }
  store.keyspace.changed(client.db, key, event);
}

/** Replies for each value, or for the last that is no null of a legacy path. */
export function replyEach<T>(
  reply: Reply,
  outcomes: readonly (T | undefined)[],
  write: (outcome: T) => void,
): void {
  reply.array(outcomes.length);
  for (const outcome of outcomes) {
    if (outcome === undefined) reply.null();
    else write(outcome);
  }
}
