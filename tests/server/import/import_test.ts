/** `import`: what comes out of a database of the Redlite in Rust, what is refused, and that the source stays as it is. */

import { strict as assert } from "node:assert";
import { Redlite } from "../../../mod.ts";
import { geo } from "../../../ext/geo.ts";
import { vec } from "../../../ext/vec.ts";
import { pairsOf } from "../../../src/server/import/message_pack.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../../harness/servers.ts";
import { run } from "../run.ts";
import { packed, RUST_TYPE, RustFile } from "./rust_files.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** The files of a directory, with what is in them in short. */
async function contents({ path }: TemporaryDirectory): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for await (const { name } of Deno.readDir(path)) {
    const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(`${path}/${name}`));
    files.set(name, new Uint8Array(digest).toHex());
  }
  return files;
}

/** Makes a database with one of everything. */
function fill(file: RustFile): void {
  const later = Date.UTC(2100, 0, 1);
  const id = file.key("greeting", RUST_TYPE.string, { expireAt: later });
  file.row("strings", { key_id: id, value: new Uint8Array([0, 255, 10]) });
  const over = file.key("over", RUST_TYPE.string, { expireAt: 1000 });
  file.row("strings", { key_id: over, value: bytes("x") });
  const other = file.key("greeting", RUST_TYPE.string, { db: 3 });
  file.row("strings", { key_id: other, value: bytes("in three") });
  const hash = file.key("user:1", RUST_TYPE.hash);
  file.row("hashes", { key_id: hash, field: "name", value: bytes("Ada") });
  file.row("hashes", { key_id: hash, field: "größe", value: bytes("1") });
  const list = file.key("queue", RUST_TYPE.list);
  for (let i = 2000; i > 0; i--) {
    file.row("lists", { key_id: list, pos: i * 1_000_000 - 7, value: bytes(String(i)) });
  }
  const set = file.key("tags", RUST_TYPE.set);
  for (const member of ["a", "b"]) file.row("sets", { key_id: set, member: bytes(member) });
  const zset = file.key("scores", RUST_TYPE.zset);
  for (const [member, score] of [["a", 1.5], ["b", -Infinity], ["c", 1e21]] as const) {
    file.row("zsets", { key_id: zset, member: bytes(member), score });
  }
  const stream = file.key("events", RUST_TYPE.stream);
  const entries = [1, 2, 3].map((seq) =>
    file.row("streams", {
      key_id: stream,
      entry_ms: 5000,
      entry_seq: seq,
      data: packed({ n: String(seq), "naïve": "é".repeat(20) }),
    })
  );
  const group = file.row("stream_groups", {
    key_id: stream,
    name: "workers",
    last_ms: 5000,
    last_seq: 2,
  });
  file.row("stream_consumers", { group_id: group, name: "idle", seen_time: 1 });
  file.row("stream_pending", {
    key_id: stream,
    group_id: group,
    entry_id: entries[1]!,
    consumer: "busy",
    delivered_at: 1_700_000_000_000,
    delivery_count: 4,
  });
  file.key("empty", RUST_TYPE.stream);
  const json = file.key("doc", RUST_TYPE.json);
  file.row("json_docs", { key_id: json, value: bytes('{"a":[1,2.0]}') });
  const places = file.key("towns", 8);
  file.row("geo_data", {
    key_id: places,
    member: "Palermo",
    longitude: 13.361389,
    latitude: 38.115556,
  });
  const vectors = file.key("films", 9);
  file.row("vector_sets", {
    key_id: vectors,
    element: "Heat",
    embedding: new Uint8Array(new Float32Array([0.1, 0.9, 0.3]).buffer),
    dimensions: 3,
    quantization: "NOQUANT",
    attributes: '{"year":1995}',
  });
  const schema = JSON.stringify([
    { name: "name", field_type: "Text", sortable: false, weight: 2.0, separator: "," },
    { name: "born", type: "NUMERIC", sortable: true },
  ]);
  const index = file.row("ft_indexes", {
    name: "users",
    on_type: "HASH",
    prefixes: '["user:"]',
    schema,
  });
  file.row("ft_aliases", { alias: "people", index_id: index });
  file.row("ft_synonyms", { index_id: index, group_id: "g", term: "ada" });
  file.row("ft_synonyms", { index_id: index, group_id: "g", term: "lovelace" });
  file.row("ft_suggestions", { key: "names", string: "Ada", score: 2, payload: "p" });
  file.row("fts_settings", { level: "pattern", target: "note:*" });
  const note = file.key("note:1", RUST_TYPE.string);
  file.row("strings", { key_id: note, value: bytes("remember the milk") });
  file.row("history_config", {
    level: "key",
    target: "0:user:1",
    retention_type: "count",
    retention_value: 5,
  });
  file.row("key_history", {
    key_id: hash,
    db: 0,
    key: "user:1",
    key_type: 2,
    version_num: 1,
    operation: "HSET",
    timestamp_ms: 1,
  });
}

Deno.test("a database of the Redlite in Rust is copied with all its types, and not touched", async () => {
  await using source = await temporaryDirectory();
  await using target = await temporaryDirectory();
  const from = `${source.path}/old.db`, into = `${target.path}/app.db`;
  {
    using file = new RustFile(from);
    file.database.exec("BEGIN");
    fill(file);
    file.database.exec("COMMIT");
  }
  const before = await contents(source);
  const { code, stdout, stderr } = await run(["import", from, "--into", into]);
  assert.equal(stderr, "");
  assert.equal(
    stdout,
    "left behind: 1 entries of history: what keys held before is not copied\n" +
      `imported into ${into}: 1 setting of search, 1 search index, 3 strings, 1 hash, 1 list, 1 set, 1 sorted set, 2 streams, ` +
      "1 JSON document, 1 set of places, 1 vector set, 1 suggestion, " +
      "1 setting of history\n" +
      "left out, as their time was over: 1 keys\nnot understood: 0\n",
  );
  assert.equal(code, 0);
  assert.deepEqual(await contents(source), before);
  await using db = Redlite.open(into, { extensions: [geo(), vec()] });
  assert.deepEqual(db.bytes.get("greeting"), new Uint8Array([0, 255, 10]));
  assert.equal(db.pexpiretime("greeting"), Date.UTC(2100, 0, 1));
  assert.equal(db.exists("over"), 0);
  assert.deepEqual(db.hgetall("user:1"), new Map([["name", "Ada"], ["größe", "1"]]));
  assert.deepEqual(
    db.lrange("queue", 0, -1),
    Array.from({ length: 2000 }, (_, i) => String(i + 1)),
  );
  assert.deepEqual(db.smembers("tags"), new Set(["a", "b"]));
  assert.deepEqual(db.call("ZRANGE", "scores", 0, -1, "WITHSCORES"), [
    ["b", -Infinity],
    ["a", 1.5],
    ["c", 1e21],
  ]);
  assert.equal(db.xlen("events"), 3);
  assert.equal(db.xrange("events", "5000-2", "5000-2")[0]?.fields.get("naïve"), "é".repeat(20));
  const [group] = db.call("XINFO", "GROUPS", "events") as Map<string, unknown>[];
  assert.equal(group?.get("last-delivered-id"), "5000-2");
  assert.equal(group?.get("consumers"), 2);
  const [pending] = db.call("XPENDING", "events", "workers", "-", "+", 10) as unknown[][];
  assert.deepEqual([pending?.[0], pending?.[1], pending?.[3]], ["5000-2", "busy", 4]);
  assert.equal(db.type("empty"), "stream");
  assert.equal(db.call("JSON.GET", "doc"), '{"a":[1,2.0]}');
  const { longitude, latitude } = db.geopos("towns", "Palermo")[0]!;
  assert.ok(Math.abs(longitude - 13.361389) < 1e-5 && Math.abs(latitude - 38.115556) < 1e-5);
  assert.equal(db.vgetattr("films", "Heat"), '{"year":1995}');
  assert.equal(db.call("VDIM", "films"), 3);
  const found = db.call("FT.SEARCH", "people", "lovelace", "NOCONTENT");
  assert.equal((found as Map<string, unknown>).get("total_results"), 1);
  assert.equal(db.ft.sugget("names", "ad")[0]?.payload, "p");
  const [result] = db.call("FTS", "SEARCH", "milk") as Map<string, unknown>[];
  assert.equal(result?.get("key"), "note:1");
  db.hset("user:1", { born: 1815 });
  assert.equal(db.history.get("user:1").length, 1);
  assert.equal(db.history.get("greeting").length, 0);
  db.call("SELECT", 3);
  assert.equal(db.get("greeting"), "in three");
});

Deno.test("a file of an early version, whose log is not copied yet, is read with what is in the log", async () => {
  await using source = await temporaryDirectory();
  await using target = await temporaryDirectory();
  const from = `${source.path}/old.db`, into = `${target.path}/app.db`;
  using file = new RustFile(from, false);
  file.row("strings", { key_id: file.key("k", RUST_TYPE.string), value: bytes("v") });
  const { code, stdout } = await run(["import", "--into", into, from]);
  assert.equal(code, 0);
  assert.match(stdout, /: 1 string\nnot understood: 0\n$/);
  file.row("strings", { key_id: file.key("later", RUST_TYPE.string), value: bytes("v") });
  await using db = Redlite.open(into);
  assert.equal(db.get("k"), "v");
});

Deno.test("a file that a crash has left with its log is read as it is, and both stay as they are", async () => {
  await using made = await temporaryDirectory();
  await using source = await temporaryDirectory();
  await using target = await temporaryDirectory();
  const into = `${target.path}/app.db`;
  using file = new RustFile(`${made.path}/old.db`);
  file.row("strings", { key_id: file.key("k", RUST_TYPE.string), value: bytes("v") });
  for (const name of ["old.db", "old.db-wal"]) {
    await Deno.copyFile(`${made.path}/${name}`, `${source.path}/${name}`);
  }
  const before = await contents(source);
  const { code, stdout } = await run(["import", `${source.path}/old.db`, "--into", into]);
  assert.equal(code, 0);
  assert.match(stdout, /: 1 string\n/);
  const after = await contents(source);
  // An index of the log, which whoever opens it next makes anew, is no part of the database.
  after.delete("old.db-shm");
  assert.deepEqual(after, before);
});

Deno.test("keys that are there stay, or give way with --replace", async () => {
  await using directory = await temporaryDirectory();
  const from = `${directory.path}/old.db`, into = `${directory.path}/app.db`;
  {
    using file = new RustFile(from);
    const list = file.key("k", RUST_TYPE.list);
    file.row("lists", { key_id: list, pos: 0, value: bytes("new") });
    using db = Redlite.open(into);
    db.set("k", "old");
    db.set("other", "stays");
  }
  const first = await run(["import", from, "--into", into]);
  assert.match(first.stdout, /: nothing\nleft as they were, without --replace: 1 keys\n/);
  {
    using db = Redlite.open(into);
    assert.equal(db.get("k"), "old");
  }
  const second = await run(["import", from, "--into", into, "--replace"]);
  assert.match(second.stdout, /: 1 list\nnot understood: 0/);
  using db = Redlite.open(into);
  assert.deepEqual(db.lrange("k", 0, -1), ["new"]);
  assert.equal(db.get("other"), "stays");
});

Deno.test("what is not understood is told by name and counted, and leaves nothing half done", async () => {
  await using directory = await temporaryDirectory();
  const from = `${directory.path}/old.db`, into = `${directory.path}/app.db`;
  {
    using file = new RustFile(from);
    const stream = file.key("events", RUST_TYPE.stream);
    const rows = [
      packed({ a: "1" }),
      bytes("?"),
      new Uint8Array([0x91, 0x92, 0xdd, 255, 255, 255, 255]),
    ];
    for (const [i, data] of rows.entries()) {
      file.row("streams", { key_id: stream, entry_ms: 1, entry_seq: i, data });
    }
    file.row("json_docs", { key_id: file.key("doc", RUST_TYPE.json), value: bytes("{") });
    file.key("what", 99);
    file.row("strings", { key_id: file.key("far", 1, { db: 99 }), value: bytes("v") });
    file.row("strings", { key_id: file.key("fine", 1), value: bytes("v") });
    file.row("ft_indexes", { name: "broken", on_type: "HASH", prefixes: "[]", schema: "?" });
  }
  const { code, stdout } = await run(["import", from, "--into", into]);
  assert.equal(code, 1);
  assert.deepEqual(stdout.split("\n").filter((line) => line.startsWith("not")), [
    "not understood: search index: the schema of the index broken",
    'not understood: stream "events" of database 0: its fields are not kept as they should be',
    ...stdout.split("\n").filter((line) => line.startsWith('not understood: JSON document "doc"')),
    'not understood: key "what" of database 0: it has no value of a known type',
    'not understood: string "far" of database 99: DB index is out of range',
    "not understood: 5 (search index: 1, stream: 1, JSON document: 1, key: 1, string: 1)",
  ]);
  assert.match(stdout, /JSON document "doc" of database 0: /);
  using db = Redlite.open(into);
  assert.deepEqual(db.keys("*"), ["fine"]);
});

Deno.test("files of other kinds are refused in one line, and no database is made", async () => {
  await using directory = await temporaryDirectory();
  const path = (name: string) => `${directory.path}/${name}`;
  await Deno.writeTextFile(path("notes"), "notes");
  Redlite.open(path("own.db"))[Symbol.dispose]();
  {
    using other = new RustFile(path("other.db"));
    other.database.exec("ALTER TABLE keys RENAME COLUMN expire_at TO ends");
  }
  const refused: [args: string[], message: RegExp][] = [
    [[path("notes"), "--into", path("new.db")], /is nothing that can be imported/],
    [
      [path("other.db"), "--into", path("new.db")],
      /is nothing that can be imported: that is .* a database of/,
    ],
    [[path("own.db"), "--into", path("new.db")], /is a database of this Redlite: use it as it is/],
    [[path("absent"), "--into", path("new.db")], /there is no file/],
    [[path("own.db"), "--into", path("own.db")], /cannot be copied into itself/],
    [[path("notes")], /import takes a file or the URL of a server, and/],
    [["--into", path("new.db")], /import takes a file or the URL of a server, and/],
    [[path("notes"), "--port", "1"], /--port says nothing beside import/],
  ];
  for (const [args, message] of refused) {
    const { code, stdout, stderr } = await run(["import", ...args]);
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(stderr, message);
    assert.equal(stderr.trimEnd().split("\n").length, 1);
  }
  assert.throws(() => Deno.statSync(path("new.db")), Deno.errors.NotFound);
});

Deno.test("MessagePack is read in each of its forms of bytes, and nothing else", () => {
  const text = (parts: Uint8Array[]) => parts.map((part) => new TextDecoder().decode(part));
  const pair = (...tail: number[]) => new Uint8Array([0x91, 0x92, ...tail]);
  assert.deepEqual(text(pairsOf(pair(0xa1, 0x61, 0xc4, 1, 0x62))), ["a", "b"]);
  assert.deepEqual(text(pairsOf(pair(0xd9, 1, 0x61, 0xc5, 0, 1, 0x62))), ["a", "b"]);
  assert.deepEqual(text(pairsOf(pair(0x91, 0x61, 0xdc, 0, 1, 0xcc, 0x62))), ["a", "b"]);
  assert.deepEqual(text(pairsOf(pair(0xda, 0, 1, 0x61, 0xc6, 0, 0, 0, 1, 0x62))), ["a", "b"]);
  assert.deepEqual(pairsOf(new Uint8Array([0x90])), []);
  for (
    const wrong of [
      [],
      [0x80],
      [0x91],
      [0x91, 0x91, 0xa0],
      [0x91, 0x92, 0xa0, 0xa1],
      [0x91, 0x92, 0xa0, 0xa0, 0],
      [0x91, 0x92, 0x91, 0xcd, 1, 0, 0xa0],
    ]
  ) {
    assert.throws(() => pairsOf(new Uint8Array(wrong)), /not kept as they should be/);
  }
});
