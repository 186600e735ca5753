import { strict as assert } from "node:assert";
import { Crc64 } from "../../../../src/store/rdb/crc64.ts";
import { RdbFileError } from "../../../../src/store/rdb/file/error.ts";
import { RdbFileReader } from "../../../../src/store/rdb/file/reader.ts";
import { readValue } from "../../../../src/store/rdb/reader.ts";
import { named, noOracle, noRedis } from "../../../harness/lacking.ts";
import { latin1, type RespClient } from "../../../harness/resp_client.ts";
import { startOracle, startRedis, type TestServer } from "../../../harness/servers.ts";
import { OLD_ENCODINGS } from "../old_encodings.ts";
import {
  type Bytes,
  bytesOf,
  type Contents,
  listpack,
  littleEndian,
  Recorder,
  string,
} from "../payloads.ts";
import { populate } from "./populate.ts";

/** A key of a file, copied. */
interface Key {
  db: number;
  key: string;
  expiresAtMs: number;
  type: number;
  value: Uint8Array;
  contents: Contents;
}

interface Read {
  keys: Key[];
  /** Everything else, in order. */
  others: unknown[];
  reader: RdbFileReader;
}

/** Reads a file in chunks of a size; each is wiped once it is read. */
function readFile(file: Uint8Array, chunkSize = file.length): Read {
  const reader = new RdbFileReader();
  const keys: Key[] = [], others: unknown[] = [];
  const chunk = new Uint8Array(chunkSize);
  for (let i = 0; i < file.length && !reader.ended; i += chunkSize) {
    const piece = file.subarray(i, i + chunkSize);
    chunk.set(piece);
    for (const record of reader.push(chunk.subarray(0, piece.length))) {
      if (record.kind !== "key") {
        others.push(record);
        continue;
      }
      const { db, key, expiresAtMs, type, value } = record;
      const recorder = new Recorder();
      readValue(type, value, recorder);
      assert.ok(recorder.contents !== undefined);
      const { contents } = recorder;
      keys.push({
        db,
        key: latin1(key.view()),
        expiresAtMs,
        type,
        value: value.copy(),
        contents,
      });
    }
    chunk.fill(0xee, 0, reader.ended ? 0 : piece.length);
  }
  if (!reader.ended) reader.end();
  return { keys, others, reader };
}

/** A file of records, with its checksum. */
function fileOf(...records: readonly Bytes[]): Uint8Array<ArrayBuffer> {
  const file = bytesOf("REDIS0011", ...records, 0xff, new Uint8Array(8));
  new Crc64().update(file, 0, file.length - 8).writeTo(file, file.length - 8);
  return file;
}

function failure(file: Uint8Array, chunkSize?: number): RdbFileError {
  try {
    readFile(file, chunkSize);
  } catch (error) {
    if (error instanceof RdbFileError) return error;
    throw error;
  }
  throw new Error("nothing was wrong with it");
}

async function saved(server: TestServer, client: RespClient): Promise<Uint8Array> {
  const reply = await client.send("SAVE");
  assert.deepEqual(reply, { type: "simple", value: "OK" });
  return await Deno.readFile(`${server.directory}/dump.rdb`);
}

/** Checks that the file has just the values that DUMP gives, and reads alike in chunks of any size. */
async function assertSameAsDumps(server: TestServer, fields: boolean): Promise<void> {
  await using client = await server.connect();
  await populate(client, 700, fields);
  const file = await saved(server, client);
  const { keys, others } = readFile(file);
  let db = 0;
  for (const { db: its, key, type, value } of keys) {
    if (db !== its) await client.send("SELECT", String(db = its));
    const reply = await client.send("DUMP", key);
    assert.ok(reply.type === "bulk", key);
    assert.deepEqual(bytesOf(type & 0xff, value), reply.value.subarray(0, -10), key);
  }
  const counts = [0, 3].map((db) => keys.filter((key) => key.db === db).length);
  assert.deepEqual(counts, [fields ? 22 : 20, 1]);
  const times = new Map(keys.map(({ key, expiresAtMs }) => [key, expiresAtMs]));
  assert.equal(times.get("expiring"), 4102444800000);
  assert.equal(times.get("hashes"), 4102444800000);
  assert.equal(times.get("text"), 0);
  const kinds = new Set(others.map((record) => (record as { kind: string }).kind));
  assert.deepEqual([...kinds].sort(), ["aux", "database", "function", "size", "version"]);
  for (const size of [1, 7, 4096]) {
    const inChunks = readFile(file, size);
    assert.deepEqual(inChunks.keys, keys);
    assert.deepEqual(inChunks.others, others);
  }
}

Deno.test({
  ...named("a file of redis-server has the values of its DUMPs", noRedis()),
  async fn() {
    await using server = await startRedis();
    await assertSameAsDumps(server, false);
  },
});

Deno.test({
  ...named("a file of Redis 8 has the values of its DUMPs", noOracle("redis-8")),
  async fn() {
    await using server = await startOracle("redis-8");
    await assertSameAsDumps(server, true);
  },
});

Deno.test({
  ...named("a file of Valkey 9 has the values of its DUMPs", noOracle("valkey-9")),
  async fn() {
    await using server = await startOracle("valkey-9");
    await assertSameAsDumps(server, true);
  },
});

Deno.test("a field of Valkey's keeps the time at which it expires", () => {
  const hash = [
    22,
    string("h"),
    2,
    ...[string("a"), string("1"), littleEndian(4102444800000, 8)],
    ...[string("b"), string("2"), littleEndian(-1n, 8)],
  ];
  const file = bytesOf("VALKEY080", 0xfe, 0, hash, 0xff, new Uint8Array(8));
  const { keys } = readFile(file);
  assert.deepEqual(keys[0]?.contents.items, [["a", "1", "4102444800000"], ["b", "2", "0"]]);
});

Deno.test("encodings of old servers are read in chunks of any size", () => {
  const records = OLD_ENCODINGS.map(({ name, payload }) => [
    payload[0]!,
    string(name),
    payload.subarray(1, -10),
  ]);
  const file = fileOf(0xfe, 0, ...records);
  for (const size of [1, 100, file.length]) {
    const { keys } = readFile(file, size);
    assert.deepEqual(
      keys.map(({ key, contents: { kind, items } }) => [key, kind, items]),
      OLD_ENCODINGS.map(({ name, kind, items }) => [name, kind, items]),
    );
  }
});

Deno.test("times in seconds, idle times and frequencies stand before their keys", () => {
  const { keys } = readFile(fileOf(
    ...[0xfe, 0, 0xfd, littleEndian(4102444800, 4), 0xf8, 0x40, 100, 0, string("a"), string("1")],
    ...[0xf9, 5, 0, string("b"), string("2")],
  ));
  assert.deepEqual(keys.map(({ key, expiresAtMs }) => [key, expiresAtMs]), [
    ["a", 4102444800000],
    ["b", 0],
  ]);
});

Deno.test("hashes have the fields of the templates that the file tells", () => {
  const file = fileOf(
    [0xf2, 0, 2, string("a"), string("b")],
    [0xf2, 7, 1, string("name")],
    [0xfe, 0, 30, string("packed"), string(listpack([0, 1, [0x83, "two"]]))],
    [32, string("plain"), 7, string("Ada")],
    [32, string("both"), 0, string("x"), string("y")],
  );
  for (const size of [1, 3, file.length]) {
    const { keys } = readFile(file, size);
    assert.deepEqual(keys.map(({ key, contents }) => [key, contents.items]), [
      ["packed", [["a", "1", "0"], ["b", "two", "0"]]],
      ["plain", [["name", "Ada", "0"]]],
      ["both", [["a", "x", "0"], ["b", "y", "0"]]],
    ]);
  }
  const lost = fileOf([0xfe, 0, 32, string("plain"), 5, string("Ada")]);
  assert.match(failure(lost).message, /^what no RDB file has/);
});

Deno.test("what is of no use is passed over and told", () => {
  const moduleId = [0x81, 0, 0, 0, 0, 0, 0, 0, 0];
  const { keys, others } = readFile(fileOf(
    // A module's data, with a number, a double, a float and a string.
    [0xf7, moduleId, 2, 1, 4, new Uint8Array(8), 3, new Uint8Array(4), 5, string("data"), 0],
    [0xf4, 1, 2, 3],
    // What modules keep of the key that follows.
    [0xf3, 1, new Uint8Array(4), 5, string("kept"), 0],
    [0, string("a"), string("1")],
  ));
  assert.deepEqual(keys.map(({ key }) => key), ["a"]);
  assert.deepEqual(others.slice(1), [
    { kind: "module", id: { id: "AAAAAAAAA", version: 0 } },
    { kind: "passed over", opcode: 0xf4 },
    { kind: "passed over", opcode: 0xf3 },
  ]);
});

Deno.test("a slot that Valkey was importing is passed over", () => {
  const file = bytesOf("VALKEY080", 0xf3, string("job"), 1, 5, 9, 0xff, new Uint8Array(8));
  assert.deepEqual(readFile(file).others.slice(1), [{ kind: "passed over", opcode: 0xf3 }]);
});

Deno.test("what follows the end is left to whoever reads on", () => {
  const file = fileOf(0xfe, 0, 0, string("a"), string("1"));
  const { reader } = readFile(bytesOf(file, "*1\r\n"));
  assert.equal(latin1(reader.rest), "*1\r\n");
  assert.equal(reader.position, file.length);
});

Deno.test("a file without a checksum is taken as it is", () => {
  const file = fileOf(0xfe, 0, 0, string("a"), string("1"));
  file.fill(0, file.length - 8);
  assert.equal(readFile(file).keys.length, 1);
  const old = bytesOf("REDIS0004", 0xfe, 0, 0, string("a"), string("1"), 0xff);
  assert.equal(readFile(old).keys.length, 1);
});

Deno.test("a wrong checksum is told", () => {
  const file = fileOf(0xfe, 0, 0, string("a"), string("1"));
  file[file.length - 1]! ^= 1;
  assert.equal(
    failure(file).message,
    `the checksum is not that of the file at byte ${file.length - 8}`,
  );
});

Deno.test("a file that ends too early says where, wherever that is", () => {
  const file = fileOf(
    [0xfa, string("name"), string("value")],
    [0xfe, 0, 0xfc, littleEndian(4102444800000, 8), 4, string("h"), 1, string("f"), string("v")],
  );
  for (let size = 1; size < file.length; size++) {
    const { at, message } = failure(file.subarray(0, size), 5);
    assert.equal(at, size);
    assert.match(message, /^the file ends too early.* at byte \d+$/);
  }
  assert.equal(failure(new Uint8Array(0), 1).message, "the file is empty at byte 0");
});

Deno.test("what is not known says what and where", () => {
  const told = (...bytes: readonly Bytes[]) => failure(fileOf(...bytes)).message;
  assert.equal(told(99, 1), "a type or opcode that is not known (99) at byte 9");
  assert.equal(told(0xf6), "functions in the form of Redis 7.0's release candidates at byte 9");
  assert.equal(
    failure(bytesOf("REDIS9999")).message,
    "RDB files of version 9999 are not known at byte 5",
  );
  assert.equal(failure(bytesOf("SQLite format 3")).message, "there is no RDB file at byte 0");
});

Deno.test("a length that no value has is told, and no memory taken for it", () => {
  const length = [0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
  const { at, message } = failure(fileOf(0, string("a"), length, "rest"));
  assert.equal(at, 12);
  assert.equal(message, "what no RDB file has, within the key that begins at byte 9, at byte 12");
});

Deno.test("a damaged byte ends in an error or in other data, never in anything else", () => {
  const records = OLD_ENCODINGS.map(({ name, payload }) => [
    payload[0]!,
    string(name),
    payload.subarray(1, -10),
  ]);
  const file = fileOf(0xfe, 0, ...records.slice(0, 6));
  for (let i = 0; i < file.length; i += 11) {
    const damaged = file.slice();
    damaged[i]! ^= 1 << (i % 8);
    const reader = new RdbFileReader();
    try {
      for (const _ of reader.push(damaged));
      reader.end();
      assert.fail("its checksum should have told");
    } catch (error) {
      assert.ok(error instanceof RdbFileError, String(error));
    }
  }
});
