/**
 * Numbers of the RDB format that DUMP payloads are made of: a type byte, the value, and a footer of
 * a version (two bytes) and a CRC-64 of all before it (eight bytes), little endian.
 *
 * @module
 */

import { type CommandError, err } from "../values/errors.ts";

/** The type byte: what the value is and how it is laid out. */
export const RDB_TYPE = {
  STRING: 0,
  LIST: 1,
  SET: 2,
  /** Scores as text. */
  ZSET: 3,
  HASH: 4,
  /** Scores as binary doubles. */
  ZSET_2: 5,
  /** Of types that modules bring: parts that say what they are. */
  MODULE_2: 7,
  HASH_ZIPMAP: 9,
  LIST_ZIPLIST: 10,
  SET_INTSET: 11,
  ZSET_ZIPLIST: 12,
  HASH_ZIPLIST: 13,
  /** Nodes are ziplists. */
  QUICKLIST: 14,
  STREAM: 15,
  HASH_LISTPACK: 16,
  ZSET_LISTPACK: 17,
  /** Nodes are listpacks, or single elements. */
  QUICKLIST_2: 18,
  /** With the highest deleted id and what tells how far groups have read. */
  STREAM_2: 19,
  SET_LISTPACK: 20,
  /** Consumers with the time when they last got an entry. */
  STREAM_3: 21,
  /** Fields with absolute expiry times (7.4 release candidates). */
  HASH_EXPIRY_PRE_GA: 22,
  HASH_LISTPACK_EXPIRY_PRE_GA: 23,
  /** Fields whose expiry times count from the earliest of them. */
  HASH_EXPIRY: 24,
  HASH_LISTPACK_EXPIRY: 25,
  /** With idempotent ids (8.6). */
  STREAM_4: 26,
  /** With pending entries that are nobody's (8.8). */
  STREAM_5: 27,
  ARRAY: 28,
  /** Fields whose names come first, or are a template's that the file has told (8.10). */
  HASH_TEMPLATE_LISTPACK: 29,
  HASH_TEMPLATE_LISTPACK_REF: 30,
  HASH_TEMPLATE_ARRAY: 31,
  HASH_TEMPLATE_ARRAY_REF: 32,
} as const;

/**
 * What Valkey 9 means by type 22: fields, values and absolute expiry times. Redis has given the number
 * to another layout, so here it is one that no byte has.
 */
export const VALKEY_HASH = 0x100 + 22;
/** From here on versions are Valkey's. */
export const FIRST_VALKEY_VERSION = 80;
/** The newest of them that is read, that of Valkey 9.0 and 9.1. */
export const NEWEST_VALKEY_VERSION = 80;
/** The first Valkey that writes it: what a Valkey is told, which spares others what they could not read. */
export const READ_VALKEY = "9.0.0";

/** The type that a byte stands for in what a version has written. */
export function typeOfByte(byte: number, version: number): number {
  return byte === VALKEY_HASH - 0x100 && version >= FIRST_VALKEY_VERSION ? VALKEY_HASH : byte;
}

/** Whether a version can be read. */
export function isReadable(version: number): boolean {
  return version <= NEWEST_VERSION ||
    version >= FIRST_VALKEY_VERSION && version <= NEWEST_VALKEY_VERSION;
}

/** What follows a first byte of 11xxxxxx in place of a string's length. */
export const STRING_ENCODING = { INT8: 0, INT16: 1, INT32: 2, LZF: 3 } as const;

/** What a node of a quicklist of the second kind holds. */
export const NODE = { PLAIN: 1, PACKED: 2 } as const;

/** What the flags of a stream's entry say. */
export const STREAM_FLAG = { DELETED: 1, SAME_FIELDS: 2 } as const;

/** What an element of an array is. */
export const ARRAY_TAG = { STRING: 0, INTEGER: 1, DOUBLE: 2, SMALL_STRING: 3 } as const;
/** The most bytes of a small string. */
export const LONGEST_SMALL_STRING = 7;

/** The version written by Redis 7.0, which reads every layout up to `QUICKLIST_2`. */
export const VERSION_WRITTEN = 10;
/** The version written by Redis 7.4 to 8.4, the first with fields that expire. */
export const VERSION_WITH_FIELD_EXPIRY = 12;
/** The version written by Redis 8.8, the first with arrays, and pending entries that are nobody's. */
export const VERSION_WITH_ARRAYS = 14;
/** The first version in which a checksum of zero says that there is none, as HIMPORT is told to replicas. */
export const VERSION_WITHOUT_CHECKSUM = 15;
/**
 * The newest version read, one past that of the first Redis 8.10. A changed layout gets a new type byte, so a known type
 * reads the same in every version.
 */
export const NEWEST_VERSION = 16;

/** Size of the footer in bytes. */
export const FOOTER_SIZE = 10;

/** The latest expiry time of a field: 48 bits of milliseconds. */
export const MAX_FIELD_EXPIRY_MS = 2 ** 48 - 1;

/** RESTORE's error for a payload that cannot be read. */
export const badDataFormat = (): CommandError => err("Bad data format");
