/**
 * Reads what DUMP wrote. A payload is walked through twice: the first time it is checked from end to
 * end, members for uniqueness too, and only the second time is anybody told of it.
 *
 * Where Redis believes a payload, this reader does not: it checks as Redis does with
 * `sanitize-dump-payload yes`, takes no byte of the footer for one of the value, and wants scores to
 * be numbers and compressed strings to be as long as they claim, an empty one too. Bytes behind a
 * complete value are passed over, as in Redis.
 *
 * @module
 */

import { err } from "../values/errors.ts";
import { Slice } from "../values/slice.ts";
import { walkArray } from "./array.ts";
import {
  walkHash,
  walkList,
  walkPackedExpiringHash,
  walkPackedSortedSet,
  walkPlainHash,
  walkSet,
  walkSortedSet,
} from "./collections.ts";
import { Crc64 } from "./crc64.ts";
import {
  badDataFormat,
  FOOTER_SIZE,
  isReadable,
  MAX_FIELD_EXPIRY_MS,
  RDB_TYPE,
  typeOfByte,
  VALKEY_HASH,
  VERSION_WITHOUT_CHECKSUM,
} from "./format.ts";
import { RdbInput } from "./input.ts";
import { Intset } from "./intset.ts";
import { Listpack } from "./listpack.ts";
import { ModuleReader, readModuleId, skipModule } from "../extensions/module_value.ts";
import { Piece } from "./piece.ts";
import { PlainElements } from "./plain.ts";
import { Quicklist } from "./quicklist.ts";
import { parseScore } from "./score_text.ts";
import { walkStream } from "./stream.ts";
import { walkTemplateHash } from "./templates.ts";
import { TimedFields } from "./timed_fields.ts";
import type { DumpKind, DumpVisitor } from "./visitor.ts";
import { Ziplist } from "./old/ziplist.ts";
import { Zipmap } from "./old/zipmap.ts";

/**
 * Reads the payload of a DUMP. The visitor is told nothing of a payload that is refused.
 *
 * @throws {CommandError} RESTORE's errors, if the payload is not whole or not well formed
 */
export function readDump(payload: Slice, visitor: DumpVisitor): void {
  const version = checkFooter(payload);
  const { bytes, start } = payload, end = payload.end - FOOTER_SIZE;
  if (start === end) throw badDataFormat();
  readValue(typeOfByte(bytes[start]!, version), new Slice(bytes, start + 1, end), visitor);
}

/**
 * Reads a value, which stands between its type and a payload's footer, or behind its key in a file.
 *
 * @throws {CommandError} If it is not well formed; the visitor has been told nothing then.
 */
export function readValue(type: number, value: Slice, visitor: DumpVisitor): void {
  const input = new RdbInput(value.bytes, value.start, value.end);
  if (type === RDB_TYPE.STRING) {
    // The same memory for all: SQLite is given its address, which takes time to find.
    const string = value.length > LONGEST_SHARED ? new Piece() : shared;
    input.string(string);
    visitor.begin("string", 1);
    visitor.string(string);
    return;
  }
  if (type === RDB_TYPE.MODULE_2 && visitor.module !== undefined) {
    const id = readModuleId(input);
    const start = input.at;
    skipModule(input);
    input.at = start;
    return visitor.module(id, new ModuleReader(input));
  }
  const kind = KINDS.get(type);
  if (kind === undefined) throw badDataFormat();
  const start = input.at;
  const count = walk(type, input, undefined);
  if (count === 0 && kind !== "stream") throw badDataFormat();
  visitor.begin(kind, count);
  input.at = start;
  walk(type, input, visitor);
}

/** Where a string is put together that is told at once, unless what it is in is longer. */
const shared = new Piece();
const LONGEST_SHARED = 64 * 1024;

/** Collections by type byte. */
const KINDS: ReadonlyMap<number, DumpKind> = new Map<number, DumpKind>([
  [RDB_TYPE.LIST, "list"],
  [RDB_TYPE.LIST_ZIPLIST, "list"],
  [RDB_TYPE.QUICKLIST, "list"],
  [RDB_TYPE.QUICKLIST_2, "list"],
  [RDB_TYPE.SET, "set"],
  [RDB_TYPE.SET_INTSET, "set"],
  [RDB_TYPE.SET_LISTPACK, "set"],
  [RDB_TYPE.ZSET, "zset"],
  [RDB_TYPE.ZSET_2, "zset"],
  [RDB_TYPE.ZSET_ZIPLIST, "zset"],
  [RDB_TYPE.ZSET_LISTPACK, "zset"],
  [RDB_TYPE.HASH, "hash"],
  [RDB_TYPE.HASH_ZIPMAP, "hash"],
  [RDB_TYPE.HASH_ZIPLIST, "hash"],
  [RDB_TYPE.HASH_LISTPACK, "hash"],
  [RDB_TYPE.HASH_EXPIRY_PRE_GA, "hash"],
  [RDB_TYPE.HASH_LISTPACK_EXPIRY_PRE_GA, "hash"],
  [RDB_TYPE.HASH_EXPIRY, "hash"],
  [RDB_TYPE.HASH_LISTPACK_EXPIRY, "hash"],
  [VALKEY_HASH, "hash"],
  [RDB_TYPE.HASH_TEMPLATE_LISTPACK, "hash"],
  [RDB_TYPE.HASH_TEMPLATE_ARRAY, "hash"],
  [RDB_TYPE.ARRAY, "array"],
  [RDB_TYPE.STREAM, "stream"],
  [RDB_TYPE.STREAM_2, "stream"],
  [RDB_TYPE.STREAM_3, "stream"],
  [RDB_TYPE.STREAM_4, "stream"],
  [RDB_TYPE.STREAM_5, "stream"],
]);

/**
 * Checks the end of a payload. The version comes first: a newer one may have another checksum.
 *
 * @returns The version.
 */
export function checkFooter({ bytes, start, end }: Slice): number {
  const footer = end - FOOTER_SIZE;
  const version = footer < start ? Infinity : bytes[footer]! | (bytes[footer + 1]! << 8);
  if (!isReadable(version)) throw wrongFooter();
  if (version >= VERSION_WITHOUT_CHECKSUM && isZero(bytes, end - 8, end)) return version;
  if (!new Crc64().update(bytes, start, end - 8).matches(bytes, end - 8)) throw wrongFooter();
  return version;
}

const wrongFooter = () => err("DUMP payload version or checksum are wrong");

function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] !== 0) return false;
  return true;
}

/** Walks through a collection behind its type byte and returns the number of elements. */
function walk(type: number, input: RdbInput, visitor: DumpVisitor | undefined): number {
  switch (type) {
    case RDB_TYPE.LIST:
      return walkList(new PlainElements(input), visitor);
    case RDB_TYPE.LIST_ZIPLIST:
      return walkList(new Ziplist(blob(input)), visitor);
    case RDB_TYPE.QUICKLIST:
      return walkList(new Quicklist(input, false), visitor);
    case RDB_TYPE.QUICKLIST_2:
      return walkList(new Quicklist(input, true), visitor);
    case RDB_TYPE.SET:
      return walkSet(new PlainElements(input), visitor);
    case RDB_TYPE.SET_INTSET:
      return walkSet(new Intset(blob(input)), visitor);
    case RDB_TYPE.SET_LISTPACK:
      return walkSet(new Listpack(blob(input)), visitor);
    case RDB_TYPE.ZSET:
      return walkSortedSet(new PlainElements(input), () => textScore(input), visitor);
    case RDB_TYPE.ZSET_2:
      return walkSortedSet(new PlainElements(input), () => input.double(), visitor);
    case RDB_TYPE.ZSET_ZIPLIST:
      return walkPackedSortedSet(new Ziplist(blob(input)), visitor);
    case RDB_TYPE.ZSET_LISTPACK:
      return walkPackedSortedSet(new Listpack(blob(input)), visitor);
    case RDB_TYPE.HASH:
      return walkPlainHash(new PlainElements(input), visitor);
    case RDB_TYPE.HASH_ZIPMAP:
      return walkPlainHash(new Zipmap(blob(input)), visitor);
    case RDB_TYPE.HASH_ZIPLIST:
      return walkPlainHash(new Ziplist(blob(input)), visitor);
    case RDB_TYPE.HASH_LISTPACK:
      return walkPlainHash(new Listpack(blob(input)), visitor);
    case RDB_TYPE.HASH_EXPIRY_PRE_GA:
      return walkTimedHash(input, 0, visitor);
    case RDB_TYPE.HASH_EXPIRY:
      return walkTimedHash(input, input.milliseconds() - 1, visitor);
    case RDB_TYPE.HASH_LISTPACK_EXPIRY_PRE_GA:
      return walkPackedExpiringHash(new Listpack(blob(input)), visitor);
    case RDB_TYPE.HASH_LISTPACK_EXPIRY:
      // The earliest time, which the listpack has too: its times are absolute.
      input.milliseconds();
      return walkPackedExpiringHash(new Listpack(blob(input)), visitor);
    case VALKEY_HASH:
      return walkHash(new PlainElements(input), () => valkeyExpiry(input), visitor);
    case RDB_TYPE.HASH_TEMPLATE_LISTPACK:
    case RDB_TYPE.HASH_TEMPLATE_ARRAY:
      return walkTemplateHash(type, input, visitor);
    case RDB_TYPE.ARRAY:
      return walkArray(input, visitor);
    case RDB_TYPE.STREAM:
    case RDB_TYPE.STREAM_2:
    case RDB_TYPE.STREAM_3:
    case RDB_TYPE.STREAM_4:
    case RDB_TYPE.STREAM_5:
      return walkStream(type, input, visitor);
    default:
      throw badDataFormat();
  }
}

function walkTimedHash(
  input: RdbInput,
  base: number,
  visitor: DumpVisitor | undefined,
): number {
  const fields = new TimedFields(input, base);
  return walkHash(fields, () => fields.expiresAtMs, visitor);
}

/** When a field expires, which Valkey tells by -1 for never. */
function valkeyExpiry(input: RdbInput): number {
  const time = Math.max(0, input.time());
  if (time > MAX_FIELD_EXPIRY_MS) throw badDataFormat();
  return time;
}

/** A packed collection, in memory of its own if it was compressed. */
function blob(input: RdbInput): Piece {
  const blob = new Piece();
  input.string(blob);
  return blob;
}

/** A score behind the length of its text; lengths past 252 stand for numbers without a text. */
function textScore(input: RdbInput): number | undefined {
  const length = input.byte();
  if (length === 255) return -Infinity;
  if (length === 254) return Infinity;
  if (length === 253) return undefined;
  const text = new Piece();
  input.raw(length, text);
  return parseScore(text);
}
