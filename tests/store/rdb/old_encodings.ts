/** Payloads of encodings that Redis 7.0 reads and no longer writes, with what is in them. */

import { RDB_TYPE } from "../../../src/store/rdb/format.ts";
import type { DumpKind } from "../../../src/store/rdb/visitor.ts";
import {
  binaryDouble,
  type Bytes,
  intset,
  listpack,
  listpackString,
  littleEndian,
  sealed,
  string,
  ziplist,
  ziplistString,
  zipmap,
} from "./payloads.ts";

/** A payload and what it says. */
export interface Example {
  name: string;
  payload: Uint8Array;
  kind: DumpKind;
  items: string[][];
}

const LONG = "l".repeat(300);
const LONGER = "m".repeat(20_000);

const ZIPLIST_ENTRIES: readonly (readonly [Bytes, string])[] = [
  [ziplistString(""), ""],
  [ziplistString("text"), "text"],
  [0xf1, "0"],
  [0xfd, "12"],
  [[0xfe, 0x80], "-128"],
  [[0xc0, littleEndian(-32768, 2)], "-32768"],
  [[0xf0, littleEndian(-8388608, 3)], "-8388608"],
  [[0xd0, littleEndian(-2147483648, 4)], "-2147483648"],
  [[0xe0, littleEndian(-(1n << 63n), 8)], "-9223372036854775808"],
  [ziplistString(LONG), LONG],
  // The entry behind a long one has five bytes for its size.
  [ziplistString("behind"), "behind"],
  [ziplistString(LONGER), LONGER],
  [[0xf0, littleEndian(8388607, 3)], "8388607"],
];

const LISTPACK_ENTRIES: readonly (readonly [Bytes, string])[] = [
  [listpackString(""), ""],
  [listpackString("text"), "text"],
  [127, "127"],
  [[0xcf, 0xff], "4095"],
  [[0xd0, 0x00], "-4096"],
  [[0xf1, littleEndian(-32768, 2)], "-32768"],
  [[0xf2, littleEndian(-8388608, 3)], "-8388608"],
  [[0xf3, littleEndian(-2147483648, 4)], "-2147483648"],
  [[0xf4, littleEndian((1n << 63n) - 1n, 8)], "9223372036854775807"],
  [listpackString(LONG), LONG],
  [[0xf0, littleEndian(4096, 4), "n".repeat(4096)], "n".repeat(4096)],
];

const singles = (entries: readonly (readonly [Bytes, string])[]) =>
  entries.map(([, text]) => [text]);
const encoded = (entries: readonly (readonly [Bytes, string])[]) => entries.map(([bytes]) => bytes);
const pairs: readonly (readonly [string, string])[] = [["f", "v"], ["g", ""], ["", LONG]];
const fields = pairs.map(([field, value]) => [field, value, "0"]);
const zipped = pairs.flatMap(([field, value]) => [ziplistString(field), ziplistString(value)]);

/** One or more of every encoding. */
export const OLD_ENCODINGS: readonly Example[] = [
  {
    name: "a list of strings",
    payload: sealed([
      RDB_TYPE.LIST,
      5,
      [string("a"), string(""), [0xc0, 0x80], [0xc1, 0, 0x80], [0xc2, 0, 0, 0, 0x80]],
    ]),
    kind: "list",
    items: [["a"], [""], ["-128"], ["-32768"], ["-2147483648"]],
  },
  {
    name: "a compressed string",
    payload: sealed([RDB_TYPE.STRING, 0xc3, 5, 0x41, 0x09, [0, "a", 0xe0, 255, 0]]),
    kind: "string",
    items: [["a".repeat(265)]],
  },
  {
    name: "a string with a length of eight bytes",
    payload: sealed([RDB_TYPE.STRING, 0x81, littleEndian(3n << 56n, 8), "abc"]),
    kind: "string",
    items: [["abc"]],
  },
  {
    name: "a sorted set with scores as text",
    payload: sealed([
      RDB_TYPE.ZSET,
      5,
      [string("a"), 3, "1.5", string("b"), 254, string("c"), 255, string("d"), 5, "-1e-3"],
      [string("e"), 1, "7"],
    ]),
    kind: "zset",
    items: [["a", "1.5"], ["b", "Infinity"], ["c", "-Infinity"], ["d", "-0.001"], ["e", "7"]],
  },
  {
    name: "a sorted set with binary scores",
    payload: sealed([
      RDB_TYPE.ZSET_2,
      2,
      string("a"),
      binaryDouble(0.1),
      0xc0,
      5,
      binaryDouble(-2),
    ]),
    kind: "zset",
    items: [["a", "0.1"], ["5", "-2"]],
  },
  {
    name: "a list as a ziplist",
    payload: sealed([RDB_TYPE.LIST_ZIPLIST, string(ziplist(encoded(ZIPLIST_ENTRIES)))]),
    kind: "list",
    items: singles(ZIPLIST_ENTRIES),
  },
  {
    name: "a ziplist that does not know its count",
    payload: sealed([RDB_TYPE.LIST_ZIPLIST, string(ziplist(encoded(ZIPLIST_ENTRIES), 0xffff))]),
    kind: "list",
    items: singles(ZIPLIST_ENTRIES),
  },
  {
    name: "a quicklist of ziplists, one of them empty",
    payload: sealed([
      RDB_TYPE.QUICKLIST,
      3,
      [string(ziplist(encoded(ZIPLIST_ENTRIES))), string(ziplist([])), string(ziplist([0xf4]))],
    ]),
    kind: "list",
    items: [...singles(ZIPLIST_ENTRIES), ["3"]],
  },
  {
    name: "a quicklist of listpacks, one of them empty, and single elements",
    payload: sealed([
      RDB_TYPE.QUICKLIST_2,
      5,
      [1, string("alone")],
      [2, string(listpack(encoded(LISTPACK_ENTRIES)))],
      [2, string(listpack([]))],
      [1, string(LONGER)],
      [2, string(listpack(encoded(LISTPACK_ENTRIES), 0xffff))],
    ]),
    kind: "list",
    items: [["alone"], ...singles(LISTPACK_ENTRIES), [LONGER], ...singles(LISTPACK_ENTRIES)],
  },
  {
    name: "a sorted set as a ziplist",
    payload: sealed([
      RDB_TYPE.ZSET_ZIPLIST,
      string(ziplist(["a", "1.5", "b", "-inf"].map(ziplistString).concat([0xf3, [0xfe, 0x85]]))),
    ]),
    kind: "zset",
    items: [["a", "1.5"], ["b", "-Infinity"], ["2", "-123"]],
  },
  {
    name: "a hash as a ziplist",
    payload: sealed([RDB_TYPE.HASH_ZIPLIST, string(ziplist(zipped))]),
    kind: "hash",
    items: fields,
  },
  {
    name: "a hash as a zipmap",
    payload: sealed([RDB_TYPE.HASH_ZIPMAP, string(zipmap(pairs))]),
    kind: "hash",
    items: fields,
  },
  {
    name: "a zipmap with unused bytes that does not know its count",
    payload: sealed([RDB_TYPE.HASH_ZIPMAP, string(zipmap(pairs, 7, 254))]),
    kind: "hash",
    items: fields,
  },
  {
    name: "a set of small integers in eight bytes each",
    payload: sealed([RDB_TYPE.SET_INTSET, string(intset(8, [-(1n << 63n), -1, 0, 5]))]),
    kind: "set",
    items: [["-9223372036854775808"], ["-1"], ["0"], ["5"]],
  },
];
