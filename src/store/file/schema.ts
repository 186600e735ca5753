/**
 * The file format.
 *
 * `keys` holds one row a key, found by (space, key): WITHOUT ROWID, so that a string of up to
 * {@linkcode INLINE_LIMIT} bytes is read by one descent of one B-tree. A longer string lives in
 * `strings`, cut into chunks of {@linkcode CHUNK_SIZE} bytes; chunk n of the key with id i has rowid
 * i * 16384 + n, so that a part of it is found, appended to or overwritten without the rest.
 *
 * Invariants: `keys.id` is unique and never reused; it is NULL for a string that is inline. Exactly
 * one of `value` and `length` is not NULL for a string: `value` inline, `length` (its bytes) in
 * chunks. A collection has `id` and `length` (its elements, never 0 but for streams and suggestions); `value` holds a few bytes of
 * the type's own, if it has any; `encoding` holds its form, and from the sixth bit on the mean size
 * of its elements. `databases` counts the rows of each space and their bytes (see live_bytes.ts),
 * expired ones included until they are swept.
 *
 * Elements are rows of a table for each type, found by `keys.id`, so that RENAME and MOVE touch one
 * row. `hashes` and `sets` are in the order of their fields and members; `ordinal` grows with each
 * new one as long as Redis would hold the collection in a listpack, whose order clients see. `zsets`
 * has an index by score. `lists` is in the order of `pos`, which leaves room between neighbours.
 * `hashes.expires_at` is a field's own expiry; `keys.fields_expire_at` is not after the first of a
 * hash's. A score of -0 is 0 with `negative_zero`, for SQLite keeps integers' signs only.
 *
 * `suggestions` has a row for each suggestion of a dictionary, which may be empty; `folded` is it in
 * lower case, by which it is found. `search_dictionaries` has the words of FT.DICTADD, by the space of database 0.
 *
 * `arrays.idx` is the index as a signed integer of 64 bits: from 2^63 on it is negative.
 *
 * `json` has the pieces of a document's text in the order of `position` (store/json/layout.ts): put
 * together they are the document. A text of up to {@linkcode INLINE_LIMIT} bytes is in `keys.value`
 * and has no rows. `keys.length` is its bytes.
 *
 * Filters and sketches are blocks of bytes, in a table for each type (sketch_tables.ts).
 *
 * `streams` has a row an entry, in the order of ids (16 bytes, see store/streams/ids.ts) from the
 * stream's floor on, which stands in `keys.value` with the other facts (streams/facts.ts): what is
 * below is garbage. A stream may be empty. `stream_groups.number` tells the groups of a stream apart
 * and is never given twice, and so does `stream_consumers.number` in a group; `stream_pending.consumer`
 * is that number, 0 for an entry that nobody owns. `stream_groups` counts its consumers, and both
 * count their pending entries. `entries_read` is -1 where it is not known, `active_at` where a
 * consumer never got anything, and `delivered_at` is negative where an entry was given back.
 * `stream_idempotent` has the idempotent ids of each producer, and `stream_garbage` tells what trims,
 * groups and consumers have left behind (streams/parts.ts).
 *
 * `runs` counts a large collection's elements in runs of a few hundred, in the order of a number and
 * bytes: score and member, position, or 0 and member. A run goes from its start to the next one's.
 * The first starts before everything; the counts' sum is the length.
 *
 * `users` are the ACL users that ACL SAVE wrote: names, and rules as in ACL LIST. The rules' bytes are
 * those of the patterns in them, which need not be valid UTF-8.
 *
 * `libraries` has the code of FUNCTION LOAD, the first line included, and how many functions it
 * registers. The setting `file:libraries` is another after each change.
 *
 * `kv_pairs` is the keyspace of KV Connect, and `kv_facts` its identity and latest version
 * (store/kv/pairs.ts).
 *
 * What begins with `history` is told in src/history/history.ts. An id in `history_ids` belongs to
 * history where no key has it any more, and so does a space in `history_spaces`.
 *
 * `space` is not the index given to SELECT: `databases` maps that index to a space, so that SWAPDB
 * exchanges two numbers, and FLUSHDB gives a database a new empty space and leaves the old one's
 * rows to be deleted in slices. What waits for that stands in `garbage`: it survives a restart.
 *
 * @module
 */

/** Marks a file as ours: "RDLT". */
export const APPLICATION_ID = 0x52444c54;
/** The format's version, in `PRAGMA user_version`. */
export const SCHEMA_VERSION = 8;
/**
 * Longest string kept in its `keys` row, in bytes. With its key it should fit what a B-tree page
 * holds of a row: 488 bytes of a page of 2048.
 */
export const INLINE_LIMIT = 384;
/** Size of a chunk of a longer string, in bytes. */
export const CHUNK_SIZE = 32768;
/** Chunks a string can have: the factor between a key's id and the rowid of its first chunk. */
export const CHUNKS_PER_STRING = 16384;
/** Longest string, in bytes: 512 MB, as in Redis. */
export const MAX_STRING_LENGTH: number = CHUNK_SIZE * CHUNKS_PER_STRING;

/** The data types, as `keys.type` holds them. */
export const TYPE = {
  NONE: 0,
  STRING: 1,
  LIST: 2,
  SET: 3,
  ZSET: 4,
  HASH: 5,
  STREAM: 6,
  ARRAY: 7,
  JSON: 8,
  SUGGESTIONS: 9,
  BLOOM: 10,
  CUCKOO: 11,
  COUNT_MIN: 12,
  TOP_K: 13,
  T_DIGEST: 14,
  TIME_SERIES: 15,
} as const;

/** Whether Redis without modules, before it had arrays, has a type: what every replica has, too. */
export const isOfRedis = (type: number): boolean => type <= TYPE.STREAM;

/** The names TYPE answers with, by number. */
export const TYPE_NAMES: readonly string[] = [
  "none",
  "string",
  "list",
  "set",
  "zset",
  "hash",
  "stream",
  "array",
  "ReJSON-RL",
  "trietype0",
  "MBbloom--",
  "MBbloomCF",
  "CMSk-TYPE",
  "TopK-TYPE",
  "TDIS-TYPE",
  "TSDB-TYPE",
];

/**
 * How a string came to be, which OBJECT ENCODING tells: NULL as SET makes it (an integer, or short,
 * or raw by its bytes), or changed in place, or the outcome of a float increment.
 */
export const ENCODING = { PLAIN: 0, RAW: 1, FLOAT: 2 } as const;

/** What `garbage.type` holds beside the data types: the id is a space whose keys shall go. */
export const GARBAGE_SPACE = 0;
/** The same: the id is that of a stream that lives, of which `stream_garbage` says what shall go. */
export const GARBAGE_OF_STREAM = -1;
