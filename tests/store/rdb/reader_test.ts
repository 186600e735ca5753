import { strict as assert } from "node:assert";
import { RDB_TYPE } from "../../../src/store/rdb/format.ts";
import { readDump } from "../../../src/store/rdb/reader.ts";
import { DumpWriter } from "../../../src/store/rdb/writer.ts";
import {
  binaryDouble,
  type Bytes,
  bytesOf,
  intset,
  length64,
  listpack,
  listpackString,
  littleEndian,
  read,
  Recorder,
  sealed,
  slice,
  string,
  ziplist,
  ziplistString,
  zipmap,
} from "./payloads.ts";
import { REDIS_8_DUMPS } from "./redis_8_dumps.ts";
import { assertRefused, BAD_DATA, testRefused } from "./refused.ts";

const TIME = 1_700_000_000_000;
const WRONG_FOOTER = "ERR DUMP payload version or checksum are wrong";

function hexBytes(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) => parseInt(hex.substr(2 * i, 2), 16));
}

const int64 = (value: number | bigint): Bytes => [0xf4, littleEndian(value, 8)];
const text = listpackString;

for (const { name, dump, kind, items } of REDIS_8_DUMPS) {
  Deno.test(`${name} of Redis 8 is read`, () => {
    assert.deepEqual(read(hexBytes(dump)), { kind, count: items.length, items });
  });
}

Deno.test("hashes whose fields expire are read in all four layouts", () => {
  const items = [["f", "5", String(TIME)], ["g", "", String(TIME + 70_000)], ["h", "w", "0"]];
  const plain = (times: Bytes[]): Bytes => [
    3,
    [times[0]!, string("f"), 0xc0, 5],
    [times[1]!, string("g"), string("")],
    [times[2]!, string("h"), string("w")],
  ];
  const absolute = plain([length64(TIME), length64(TIME + 70_000), 0]);
  const relative = plain([1, [0x80, littleEndian(70_001, 4).toReversed()], 0]);
  const packed = string(listpack([
    ...[text("f"), 5, int64(TIME)],
    ...[text("g"), text(""), int64(TIME + 70_000)],
    ...[text("h"), text("w"), 0],
  ]));
  const layouts: Bytes[] = [
    [RDB_TYPE.HASH_EXPIRY_PRE_GA, absolute],
    [RDB_TYPE.HASH_LISTPACK_EXPIRY_PRE_GA, packed],
    [RDB_TYPE.HASH_EXPIRY, littleEndian(TIME, 8), relative],
    [RDB_TYPE.HASH_LISTPACK_EXPIRY, littleEndian(TIME, 8), packed],
  ];
  for (const layout of layouts) {
    assert.deepEqual(read(sealed(layout, 12)), { kind: "hash", count: 3, items });
  }
});

Deno.test("a field may expire at the last moment there is, not later", () => {
  const last = 2 ** 48 - 1;
  const hash = (time: Bytes) => sealed([RDB_TYPE.HASH_EXPIRY_PRE_GA, 1, time, string("f"), 0], 12);
  assert.deepEqual(read(hash(length64(last))).items, [["f", "", String(last)]]);
  assertRefused(hash(length64(last + 1)), BAD_DATA);
  assertRefused(hash(length64(-1)), BAD_DATA);
  const relative = (time: number) =>
    sealed([RDB_TYPE.HASH_EXPIRY, littleEndian(last, 8), 1, time, string("f"), 0], 12);
  assert.deepEqual(read(relative(1)).items, [["f", "", String(last)]]);
  assertRefused(relative(2), BAD_DATA);
});

testRefused("packed times that are no times, or out of order, are bad data", {
  text: [23, string(listpack([text("f"), 5, text("soon")]))],
  negative: [23, string(listpack([text("f"), 5, int64(-1)]))],
  "too late": [23, string(listpack([text("f"), 5, int64(2 ** 48)]))],
  "beyond 2^53": [23, string(listpack([text("f"), 5, int64(1n << 60n)]))],
  descending: [23, string(listpack([text("f"), 5, 9, text("g"), 5, 8]))],
  "behind none": [23, string(listpack([text("f"), 5, 0, text("g"), 5, 8]))],
  missing: [23, string(listpack([text("f"), 5]))],
});

Deno.test("a payload of any version up to the newest is read, a later one refused", () => {
  for (let version = 0; version <= 16; version++) {
    assert.deepEqual(read(sealed([0, string("abc")], version)).items, [["abc"]]);
  }
  for (const version of [17, 255, 256, 65535]) {
    assertRefused(sealed([0, string("abc")], version), WRONG_FOOTER);
  }
});

Deno.test("a payload that was changed or cut anywhere is refused for its checksum", () => {
  const whole = sealed([RDB_TYPE.HASH, 1, string("field"), string("value")]);
  for (let at = 0; at < whole.length; at++) {
    const changed = whole.slice();
    changed[at]! ^= 0x10;
    assertRefused(changed, WRONG_FOOTER, `byte ${at}`);
    assertRefused(whole.subarray(0, at), WRONG_FOOTER, `${at} bytes`);
    if (at > 0) assertRefused(whole.subarray(at), WRONG_FOOTER, `from byte ${at} on`);
  }
});

Deno.test("a value cut anywhere is bad data, whatever its layout", () => {
  const values: Bytes[] = [
    [RDB_TYPE.STRING, string("abc")],
    [RDB_TYPE.STRING, 0xc2, 1, 2, 3, 4],
    [RDB_TYPE.STRING, 0xc3, 5, 0x41, 0x09, [0, "a", 0xe0, 255, 0]],
    [RDB_TYPE.LIST, 2, string("a"), string("b")],
    [RDB_TYPE.ZSET, 1, string("a"), 3, "1.5"],
    [RDB_TYPE.ZSET_2, 1, string("a"), binaryDouble(1)],
    [RDB_TYPE.HASH, 1, string("f"), string("v")],
    [RDB_TYPE.QUICKLIST, 2, string(ziplist([0xf3])), string(ziplist([0xf3]))],
    [RDB_TYPE.QUICKLIST_2, 2, 1, string("a"), 2, string(listpack([5]))],
    [RDB_TYPE.SET_INTSET, string(intset(2, [1, 2]))],
    [RDB_TYPE.HASH_EXPIRY, littleEndian(TIME, 8), 1, 1, string("f"), string("v")],
    [RDB_TYPE.HASH_LISTPACK_EXPIRY, littleEndian(TIME, 8), string(listpack([5, 6, 0]))],
    [RDB_TYPE.ARRAY, 1, 1, length64(2 ** 40), length64(2 ** 41), 0, string("abc")],
    [RDB_TYPE.ARRAY, 2, 0, 0, 1, littleEndian(7, 8), 1, 2, binaryDouble(0.5)],
  ];
  for (const value of values) {
    const bytes = bytesOf(value);
    read(sealed(bytes, 12));
    for (let size = 0; size < bytes.length; size++) {
      assertRefused(sealed(bytes.subarray(0, size), 12), BAD_DATA, `${bytes}, ${size} bytes`);
    }
  }
});

Deno.test("a packed value cut anywhere is bad data, though its string is whole", () => {
  const entries = [[0x80 | 1, "a"], 5, [0xc1, 1], [0xf2, 1, 2, 3]];
  const blobs: [number, Uint8Array][] = [
    [RDB_TYPE.LIST_ZIPLIST, ziplist([ziplistString("abc"), 0xf3, [0xd0, 1, 2, 3, 4]])],
    [RDB_TYPE.SET_LISTPACK, listpack(entries)],
    [RDB_TYPE.HASH_ZIPMAP, zipmap([["f", "v"], ["g", "w".repeat(260)]], 2)],
    [RDB_TYPE.SET_INTSET, intset(4, [1, 2])],
  ];
  for (const [type, blob] of blobs) {
    read(sealed([type, string(blob)], 12));
    for (let size = 0; size < blob.length; size++) {
      const cut = blob.slice(0, size);
      assertRefused(sealed([type, string(cut)], 12), BAD_DATA, `type ${type}, ${size} bytes`);
      // The same with a header and a last byte that seem right.
      if (size < 11) continue;
      cut[size - 1] = 0xff;
      if (type !== RDB_TYPE.HASH_ZIPMAP) cut.set(littleEndian(size, 4));
      assertRefused(sealed([type, string(cut)], 12), BAD_DATA, `type ${type}, ${size} bytes`);
    }
  }
});

testRefused("empty collections are bad data", {
  list: [RDB_TYPE.LIST, 0],
  set: [RDB_TYPE.SET, 0],
  "sorted set": [RDB_TYPE.ZSET, 0],
  "sorted set with binary scores": [RDB_TYPE.ZSET_2, 0],
  hash: [RDB_TYPE.HASH, 0],
  ziplist: [RDB_TYPE.LIST_ZIPLIST, string(ziplist([]))],
  zipmap: [RDB_TYPE.HASH_ZIPMAP, string(zipmap([]))],
  intset: [RDB_TYPE.SET_INTSET, string(intset(2, []))],
  listpack: [RDB_TYPE.HASH_LISTPACK, string(listpack([]))],
  quicklist: [RDB_TYPE.QUICKLIST_2, 0],
  "quicklist of empty nodes": [RDB_TYPE.QUICKLIST_2, 1, 2, string(listpack([]))],
  "quicklist of an empty element": [RDB_TYPE.QUICKLIST_2, 1, 1, string("")],
  "hash whose fields expire": [RDB_TYPE.HASH_EXPIRY, littleEndian(TIME, 8), 0],
  array: [RDB_TYPE.ARRAY, 0, 0],
});

testRefused("members and fields that occur twice are bad data", {
  set: [RDB_TYPE.SET, 3, string("a"), string("b"), string("a")],
  "set, as text and as an integer": [RDB_TYPE.SET, 2, string("5"), 0xc0, 5],
  "set, compressed and not": [
    ...[RDB_TYPE.SET, 2, string("a".repeat(265))],
    [0xc3, 5, 0x41, 0x09, [0, "a", 0xe0, 255, 0]],
  ],
  intset: [RDB_TYPE.SET_INTSET, string(intset(2, [1, 1]))],
  "listpack set": [RDB_TYPE.SET_LISTPACK, string(listpack([5, text("a"), text("5")]))],
  "sorted set": [RDB_TYPE.ZSET_2, 2, string("a"), binaryDouble(1), string("a"), binaryDouble(2)],
  "sorted set, text scores": [RDB_TYPE.ZSET, 2, string("a"), 1, "1", string("a"), 1, "2"],
  "sorted set, listpack": [RDB_TYPE.ZSET_LISTPACK, string(listpack([text("a"), 1, text("a"), 2]))],
  hash: [RDB_TYPE.HASH, 2, string("f"), string("v"), string("f"), string("w")],
  "hash, ziplist": [RDB_TYPE.HASH_ZIPLIST, string(ziplist([0xf3, 0xf4, ziplistString("2"), 0xf4]))],
  "hash, zipmap": [RDB_TYPE.HASH_ZIPMAP, string(zipmap([["f", "v"], ["f", "w"]]))],
  "hash whose fields expire": [
    RDB_TYPE.HASH_EXPIRY_PRE_GA,
    2,
    0,
    string("f"),
    0,
    5,
    string("f"),
    0,
  ],
});

Deno.test("one member twice is found among very many", () => {
  const members = Array.from({ length: 50_000 }, (_, i): Bytes => string(`member ${i}`));
  const set = (all: Bytes[]) =>
    sealed([RDB_TYPE.SET, 0x80, littleEndian(all.length, 4).toReversed(), all]);
  assert.equal(read(set(members)).count, 50_000);
  for (const at of [0, 31_415, 49_999]) {
    assertRefused(set([...members, members[at]!]), BAD_DATA, `member ${at}`);
  }
});

Deno.test("members are told apart where their hashes are equal", () => {
  // So many that about ten pairs of them share a hash of 32 bits, whatever the random key is.
  const count = 300_000;
  const writer = new DumpWriter();
  writer.begin("set");
  for (let i = 0; i < count; i++) writer.member(slice(`member ${i}`));
  const recorder = new Recorder();
  readDump(writer.finish(), recorder);
  assert.equal(recorder.contents?.count, count);
});

testRefused("scores that are not numbers are bad data", {
  "binary NaN": [RDB_TYPE.ZSET_2, 1, string("a"), binaryDouble(NaN)],
  "text length of NaN": [RDB_TYPE.ZSET, 1, string("a"), 253],
  "text NaN": [RDB_TYPE.ZSET, 1, string("a"), 3, "nan"],
  "text without digits": [RDB_TYPE.ZSET, 1, string("a"), 1, "."],
  "text of no length": [RDB_TYPE.ZSET, 1, string("a"), 0],
  "packed NaN": [RDB_TYPE.ZSET_LISTPACK, string(listpack([text("a"), text("nan")]))],
  "packed text": [RDB_TYPE.ZSET_LISTPACK, string(listpack([text("a"), text("one")]))],
  "packed digits without end": [
    RDB_TYPE.ZSET_LISTPACK,
    string(listpack([text("a"), text("1".repeat(129))])),
  ],
});

testRefused("tuples that are not whole are bad data", {
  "sorted set": [RDB_TYPE.ZSET_LISTPACK, string(listpack([text("a"), 1, text("b")]))],
  "sorted set, ziplist": [RDB_TYPE.ZSET_ZIPLIST, string(ziplist([0xf1]))],
  hash: [RDB_TYPE.HASH_LISTPACK, string(listpack([text("f")]))],
  "hash, ziplist": [RDB_TYPE.HASH_ZIPLIST, string(ziplist([0xf1]))],
  zipmap: [RDB_TYPE.HASH_ZIPMAP, string(bytesOf(1, 1, "f", 255))],
});

const aListpack = listpack([text("abc"), text("d")]);
const aZiplist = ziplist([ziplistString("abc"), ziplistString("d")]);
/** A blob with a byte changed. */
const set = (blob: Uint8Array, at: number, value: number) => string(blob.with(at, value));

testRefused("packed values that contradict themselves are bad data", {
  "listpack size": [RDB_TYPE.SET_LISTPACK, set(aListpack, 0, aListpack[0]! + 1)],
  "listpack count": [RDB_TYPE.SET_LISTPACK, set(aListpack, 4, 3)],
  "listpack back-length": [RDB_TYPE.SET_LISTPACK, set(aListpack, 10, 5)],
  "listpack back-length without end": [RDB_TYPE.SET_LISTPACK, set(aListpack, 10, 0x84)],
  "listpack last byte": [RDB_TYPE.SET_LISTPACK, set(aListpack, aListpack.length - 1, 0)],
  "listpack end in the middle": [RDB_TYPE.SET_LISTPACK, set(aListpack, 6, 0xff)],
  "listpack encoding": [RDB_TYPE.SET_LISTPACK, set(aListpack, 6, 0xf5)],
  // The last byte is that of the size behind the entry, not the end's.
  "listpack without end": [
    RDB_TYPE.SET_LISTPACK,
    string(listpack([text("x".repeat(253))]).slice(0, -1).with(0, 7)),
  ],
  "listpack string past the end": [RDB_TYPE.SET_LISTPACK, set(aListpack, 6, 0xbf)],
  "listpack string of 4 GB": [
    RDB_TYPE.SET_LISTPACK,
    string(listpack([[0xf0, 255, 255, 255, 255]])),
  ],
  "ziplist size": [RDB_TYPE.LIST_ZIPLIST, set(aZiplist, 0, aZiplist[0]! - 1)],
  "ziplist tail": [RDB_TYPE.LIST_ZIPLIST, set(aZiplist, 4, 10)],
  "ziplist tail past the end": [RDB_TYPE.LIST_ZIPLIST, set(aZiplist, 7, 1)],
  "ziplist count": [RDB_TYPE.LIST_ZIPLIST, set(aZiplist, 8, 1)],
  "ziplist size before the first": [RDB_TYPE.LIST_ZIPLIST, set(aZiplist, 10, 1)],
  "ziplist size before": [RDB_TYPE.LIST_ZIPLIST, set(aZiplist, 15, 4)],
  "ziplist encoding": [RDB_TYPE.LIST_ZIPLIST, set(aZiplist, 11, 0xc1)],
  "ziplist string of 4 GB": [RDB_TYPE.LIST_ZIPLIST, string(ziplist([[0x80, 255, 255, 255, 255]]))],
  "zipmap count": [RDB_TYPE.HASH_ZIPMAP, string(zipmap([["f", "v"]], 0, 2))],
  "zipmap short length in five bytes": [
    RDB_TYPE.HASH_ZIPMAP,
    string(bytesOf(1, 254, littleEndian(1, 4), "f", 1, 0, "v", 255)),
  ],
  "zipmap unused bytes past the end": [RDB_TYPE.HASH_ZIPMAP, set(zipmap([["f", "v"]]), 4, 9)],
  "intset width": [RDB_TYPE.SET_INTSET, set(intset(2, [1, 2]), 0, 3)],
  "intset count": [RDB_TYPE.SET_INTSET, set(intset(2, [1, 2]), 4, 1)],
  "intset order": [RDB_TYPE.SET_INTSET, string(intset(8, [1n << 62n, -5]))],
  "quicklist node": [RDB_TYPE.QUICKLIST_2, 1, 3, string(aListpack)],
});

testRefused("types that are not read are bad data", {
  module: [6, 0],
  "module of the second kind": [7, 0],
  8: [8, 0],
  255: [255, 0],
});

testRefused("encodings of lengths and strings that do not exist are bad data", {
  length: [RDB_TYPE.STRING, 0x82, 0, 0, 0, 0],
  string: [RDB_TYPE.STRING, 0xc4, 0],
  count: [RDB_TYPE.LIST, 0xbf, string("a")],
});

testRefused("claims of more than a payload can hold are refused without taking memory for them", {
  "string of 2^63": [RDB_TYPE.STRING, length64(1n << 63n), "a"],
  "list of 2^40": [RDB_TYPE.LIST, length64(2 ** 40), string("a")],
  "hash of 2^32": [RDB_TYPE.HASH, 0x80, 255, 255, 255, 255, string("a")],
  "array of 2^60": [RDB_TYPE.ARRAY, length64(1n << 60n), 0, 0, 0, string("a")],
  "nodes of 2^31": [RDB_TYPE.QUICKLIST_2, 0x80, 128, 0, 0, 0, 1, string("a")],
  "compressed string of 500 MB": [
    ...[RDB_TYPE.STRING, 0xc3, 5, 0x80, littleEndian(500_000_000, 4).toReversed()],
    [0, "a", 0xe0, 255, 0],
  ],
  "compressed string a byte longer than it is": [
    ...[RDB_TYPE.STRING, 0xc3, 5, 0x41, 0x0a, [0, "a", 0xe0, 255, 0]],
  ],
  "compressed string a byte shorter than it is": [
    ...[RDB_TYPE.STRING, 0xc3, 5, 0x41, 0x08, [0, "a", 0xe0, 255, 0]],
  ],
});

Deno.test("bytes behind a complete value are passed over", () => {
  assert.deepEqual(read(sealed([RDB_TYPE.STRING, string("abc"), "more"])).items, [["abc"]]);
  assert.deepEqual(read(sealed([RDB_TYPE.SET, 1, string("abc"), "more"])).items, [["abc"]]);
});

Deno.test("a visitor that throws ends the reading with its error", () => {
  const writer = new DumpWriter();
  writer.begin("list");
  for (const element of ["a", "b", "c"]) writer.element(slice(element));
  class Stopped extends Error {}
  class Stopping extends Recorder {
    override element(): void {
      throw new Stopped();
    }
  }
  assert.throws(() => readDump(writer.finish(), new Stopping()), Stopped);
});

Deno.test("a hash with a template's fields is read, as Redis 8.10 writes it", () => {
  const fields = [text("f1"), text("f2")];
  const items = [["f1", "1", "0"], ["f2", "two", "0"]];
  const layouts: Bytes[] = [
    [29, 0, string(listpack(fields)), string(listpack([0, 1, text("two")]))],
    [29, 1, 2, string("f1"), string("f2"), string(listpack([7, 1, text("two")]))],
    [31, 0, string(listpack(fields)), [0xc0, 1], string("two")],
    [31, 1, 2, string("f1"), string("f2"), [0xc0, 1], string("two")],
  ];
  for (const layout of layouts) {
    for (const version of [15, 16]) {
      assert.deepEqual(read(sealed(layout, version)), { kind: "hash", count: 2, items });
    }
  }
});

Deno.test("a checksum of zero is none, since Redis 8.10", () => {
  const payload = sealed([0, string("v")], 15);
  payload.fill(0, -8);
  assert.deepEqual(read(payload).items, [["v"]]);
  const older = sealed([0, string("v")], 14);
  older.fill(0, -8);
  assertRefused(older, WRONG_FOOTER);
});

testRefused("a hash with a template's fields is bad data whose", {
  "fields are none": [31, 1, 0],
  "packed fields are none": [29, 0, string(listpack([])), string(listpack([0]))],
  "fields are written in no known way": [31, 2, 1, string("f"), string("v")],
  "fields have one name": [31, 1, 2, string("f"), string("f"), string("v"), string("w")],
  "values are fewer": [29, 1, 2, string("f"), string("g"), string(listpack([0, 1]))],
  "values are more": [29, 1, 1, string("f"), string(listpack([0, 1, 2]))],
  "values have no number before them": [29, 1, 1, string("f"), string(listpack([]))],
  "template's number is none": [29, 1, 1, string("f"), string(listpack([text("x"), 1]))],
  "template is a file's": [30, string(listpack([5, 1, 2]))],
  "template is a file's, and whose values are plain": [32, 5, [0xc0, 1], [0xc0, 2]],
});
