/** Argument pieces and replies that the stream commands share. */

import type { Arguments } from "../../resp/arguments.ts";
import type { Reply } from "../../resp/reply.ts";
import type { Collection } from "../../store/collections/collection.ts";
import { TYPE } from "../../store/file/schema.ts";
import type { Entry } from "../../store/streams/entry.ts";
import {
  compareIds,
  copyId,
  decrement,
  formatId,
  ID_SIZE,
  ID_TEXT_SIZE,
  type IdForm,
  increment,
  MAX_ID,
  MIN_ID,
  parseId,
  setSequence,
} from "../../store/streams/ids.ts";
import { type CommandError, err } from "../../store/values/errors.ts";
import { Slice } from "../../store/values/slice.ts";
import type { Context } from "../table/command.ts";
import { positionAt } from "../table/options.ts";

/** The error for what is no id. */
export const invalidId = (): CommandError =>
  err("Invalid stream ID specified as stream command argument");

/** Rooms for ids that handlers work with; each is used by one handler at a time. */
export const FIRST: Uint8Array = new Uint8Array(ID_SIZE);
/** Another room. */
export const SECOND: Uint8Array = new Uint8Array(ID_SIZE);

/** The stream at an argument, to be read; undefined if there is none. @throws {CommandError} */
export function streamToRead(
  { args, store, client }: Context,
  index = 1,
): Collection | undefined {
  // What is known of the stream and its entries come from one snapshot.
  store.engine.read();
  return store.keyspace.readCollection(client.db, args.at(index), TYPE.STREAM);
}

/** The stream at an argument, to be changed; undefined if there is none. @throws {CommandError} */
export function streamToChange(
  { args, store, client }: Context,
  index = 1,
): Collection | undefined {
  return store.keyspace.findCollection(client.db, args.at(index), TYPE.STREAM);
}

/**
 * Reads the id at `index`; a sequence that is left out is 0.
 *
 * @throws {CommandError} If there is none.
 */
export function idAt(args: Arguments, index: number, target: Uint8Array): void {
  const form = formOf(args.at(index), target);
  if (form === undefined || form === "automatic") throw invalidId();
  if (form === "milliseconds") setSequence(target, false);
}

/** The same for XADD, where `*` may stand for the sequence. @returns Whether it does. */
export function newIdAt(args: Arguments, index: number, target: Uint8Array): boolean {
  const form = formOf(args.at(index), target);
  if (form === undefined) throw invalidId();
  if (form !== "whole") setSequence(target, false);
  return form === "automatic";
}

function formOf({ bytes, start, end }: Slice, target: Uint8Array): IdForm | undefined {
  return parseId(bytes, start, end, target);
}

/**
 * Reads an end of a range: an id, one after `(` that is left out itself, or `-` or `+`.
 *
 * @param isEnd Whether it is the upper end.
 * @throws {CommandError}
 */
export function boundAt(
  args: Arguments,
  index: number,
  target: Uint8Array,
  isEnd: boolean,
): void {
  const { bytes, start, end } = args.at(index);
  if (end - start === 1 && bytes[start] === 0x2d) return copyId(MIN_ID, 0, target, 0);
  if (end - start === 1 && bytes[start] === 0x2b) return copyId(MAX_ID, 0, target, 0);
  const exclusive = end - start > 1 && bytes[start] === 0x28;
  const form = parseId(bytes, exclusive ? start + 1 : start, end, target);
  if (form === undefined || form === "automatic") throw invalidId();
  if (form === "milliseconds") setSequence(target, isEnd);
  if (!exclusive) return;
  if (isEnd ? !decrement(target) : !increment(target)) {
    throw err(`invalid ${isEnd ? "end" : "start"} ID for the interval`);
  }
}

/** The number of a COUNT option, where a negative one is 0. @throws {CommandError} */
export function countAt(args: Arguments, index: number): number {
  return Math.max(0, positionAt(args, index));
}

const text = new Uint8Array(ID_TEXT_SIZE);
/** The id that stands there, and the length of its text: what is told of an entry is replied, too. */
const written = new Uint8Array(ID_SIZE);
let writtenLength = 0;

/** Writes an id into {@linkcode text}. @returns Its length. */
function write(bytes: Uint8Array, at: number): number {
  if (writtenLength > 0 && compareIds(written, 0, bytes, at) === 0) return writtenLength;
  copyId(bytes, at, written, 0);
  return writtenLength = formatId(bytes, at, text, 0);
}

/** Writes an id. */
export function replyId(reply: Reply, bytes: Uint8Array, at = 0): void {
  reply.bulk(text, 0, write(bytes, at));
}

const shown = new Slice(text);

/** An id as text. The same object each time, valid until the next id is written. */
export function shownId(bytes: Uint8Array, at = 0): Slice {
  return shown.set(text, 0, write(bytes, at));
}

/** An id as text, in bytes of its own. */
export function idText(bytes: Uint8Array, at = 0): Uint8Array {
  return text.slice(0, write(bytes, at));
}

/** Writes an entry: its id, and its names and values. */
export function replyEntry(reply: Reply, entry: Entry): void {
  reply.array(2);
  replyId(reply, entry.id);
  replyFields(reply, entry);
}

/** Writes an entry's names and values. */
export function replyFields(reply: Reply, entry: Entry): void {
  reply.array(2 * entry.count);
  entry.visit((bytes, start, end) => reply.bulk(bytes, start, end));
}

/** The ids at some arguments, each in bytes of its own. @throws {CommandError} */
export function idsAt(args: Arguments, index: number, count: number): Uint8Array[] {
  const ids: Uint8Array[] = [];
  for (let i = index; i < index + count; i++) {
    const id = new Uint8Array(ID_SIZE);
    idAt(args, i, id);
    ids.push(id);
  }
  return ids;
}
