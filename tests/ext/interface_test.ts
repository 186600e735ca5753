/** The interface of extensions, by an example that has all of it. */

import { strict as assert } from "node:assert";
import { Redlite } from "../../mod.ts";
import {
  boundedAt,
  CommandGroup,
  commandsOf,
  type Data,
  type Extension,
  type KeyType,
} from "../../src/embedded/extension.ts";
import topLists from "./example/top_list.ts";

const open = (path = ":memory:") => Redlite.open(path, { extensions: [topLists()] });

Deno.test("an extension's commands and typed methods run on a database that is opened with it", () => {
  using db = open();
  assert.equal(db.topadd("best", "ann", 3), true);
  assert.equal(db.call("TOP.ADD", "best", "bob", 5), 1);
  assert.deepEqual(db.toplist("best"), [["bob", 5], ["ann", 3]]);
  assert.equal(db.type("best"), "toplist");
  assert.deepEqual([...db.scanIterator({ type: "toplist" })], ["best"]);
});

Deno.test("the methods are in the type of a database that is opened with the extension, of its bytes and its past", () => {
  using db = open();
  db.history.enable();
  db.bytes.topadd("best", new Uint8Array([1]), 2);
  const bytes: [Uint8Array, number][] = db.bytes.toplist("best");
  assert.deepEqual(bytes, [[new Uint8Array([1]), 2]]);
  const past: [string, number][] = db.at(Date.now()).toplist("best");
  assert.deepEqual(past, [["\x01", 2]]);
  const pastBytes: [Uint8Array, number][] = db.bytes.at(Date.now()).toplist("best");
  assert.deepEqual(pastBytes, bytes);
  using plain = Redlite.open(":memory:");
  assert.throws(
    // @ts-expect-error: it has no such method in its type
    () => plain.toplist("best"),
    /unknown command 'TOP\.LIST'/,
  );
});

Deno.test("keys of an extension's type are copied, renamed, moved, dumped and deleted as any", () => {
  using db = open();
  for (let i = 0; i < 100; i++) db.topadd("best", `member ${i}`, i);
  assert.equal(db.copy("best", "copy"), true);
  db.rename("best", "renamed");
  assert.deepEqual(db.toplist("copy"), db.toplist("renamed"));
  const payload = db.bytes.dump("copy");
  assert.ok(payload !== null);
  db.del("copy");
  assert.deepEqual(db.toplist("copy"), []);
  db.restore("copy", 0, payload);
  assert.deepEqual(db.toplist("copy"), db.toplist("renamed"));
});

Deno.test("scripts and transactions run an extension's commands", async () => {
  using db = open();
  assert.equal(
    await db.eval("return redis.call('TOP.ADD', KEYS[1], 'ann', 3)", { keys: ["best"] }),
    1,
  );
  assert.throws(() =>
    db.transaction(() => {
      db.topadd("best", "bob", 5);
      throw new Error("taken back");
    }), /taken back/);
  assert.deepEqual(db.toplist("best"), [["ann", 3]]);
});

Deno.test("a type with tables beside its elements' is deleted, copied and measured with all of them", async () => {
  const type: KeyType = {
    name: "pairs",
    tables: [
      { table: "pairs_rows", columns: { member: "BLOB" }, key: ["member"] },
      {
        table: "pairs_links",
        columns: { member: "BLOB", other: "BLOB", weight: "REAL", note: "TEXT" },
        key: ["member", "other"],
      },
      { table: "pairs_heads", columns: { count: "INTEGER" }, key: [] },
    ],
    mayBeEmpty: true,
    bytes: (_store, { length }) => 1000 * length,
    digest: (_store, collection, element) => element(String(collection.length)),
  };
  const gone: number[] = [], copied: [number, number][] = [], changes: string[] = [];
  const pairs: Extension = {
    name: "pairs",
    migrations: [
      `CREATE TABLE pairs_rows(key_id INTEGER, member BLOB, PRIMARY KEY(key_id, member));
      CREATE TABLE pairs_links(key_id INTEGER, member BLOB, other BLOB, weight REAL, note TEXT,
        PRIMARY KEY(key_id, member, other)) WITHOUT ROWID;
      CREATE TABLE pairs_heads(key_id INTEGER PRIMARY KEY, count INTEGER)`,
    ],
    types: [type],
    commands: [
      commandsOf("module")("PAIRS.FILL key count", {
        since: "1.0.0",
        arity: 3,
        flags: "write",
        effects: "itself",
        keys: ["1 OW update"],
        summary: "Fills a key.",
      }, ({ args, store, client, reply }) => {
        const key = args.at(1), count = boundedAt(args, 2, 0, 1000);
        const number = store.extensions.numberOf("pairs");
        const { id } = store.keyspace.createCollection(client.db, key, number);
        store.engine.connection.exec(`
          INSERT INTO pairs_rows SELECT ${id}, CAST(value AS BLOB)
            FROM json_each('${JSON.stringify(Array.from({ length: count }, (_, i) => i))}');
          INSERT INTO pairs_links SELECT ${id}, a.member, b.member, 1, NULL
            FROM pairs_rows a, (SELECT * FROM pairs_rows LIMIT 5) b WHERE a.key_id = ${id};
          INSERT INTO pairs_heads VALUES (${id}, ${count});
        `);
        const collection = store.keyspace.row.collection ??
          store.keyspace.findCollection(client.db, key, number);
        if (collection === undefined) throw new TypeError("what was made is not there");
        collection.length = count;
        store.keyspace.collections.changed(collection);
        store.keyspace.changed(client.db, key, "pairsfill");
        reply.ok();
      }),
    ],
    attach: () => ({
      gone: (_type, id) => gone.push(id),
      copied: (_type, id, newId) => copied.push([id, newId]),
      changed: (_db, key, event) => changes.push(`${event} ${key.latin1()}`),
      flushed: ({ event }) => changes.push(event),
    }),
  };
  using db = Redlite.open(":memory:", { extensions: [pairs] });
  const rows = () =>
    db.sql<{ table: string; n: number }>(`SELECT 'rows' AS "table", count(*) AS n FROM pairs_rows
      UNION ALL SELECT 'links', count(*) FROM pairs_links
      UNION ALL SELECT 'heads', count(*) FROM pairs_heads`).map(({ n }) => n);
  db.call("PAIRS.FILL", "a", 300);
  db.call("PAIRS.FILL", "empty", 0);
  db.copy("a", "b");
  assert.deepEqual(rows(), [600, 3000, 3]);
  assert.equal(copied.length, 1);
  assert.equal(db.exists("empty"), 1);
  assert.ok(Number(db.call("MEMORY", "USAGE", "a")) > 300_000);
  assert.deepEqual(
    db.call("DEBUG", "DIGEST-VALUE", "a"),
    db.call("DEBUG", "DIGEST-VALUE", "b"),
  );
  assert.throws(() => db.dump("a"), /DUMP of the type pairs is not supported/);
  db.del("a", "empty");
  db.flushall();
  while (rows().some((count) => count > 0)) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(gone.length, 3);
  assert.deepEqual(changes.slice(0, 3), ["pairsfill a", "pairsfill empty", "copy_to b"]);
  assert.deepEqual(changes.slice(3), ["del a", "del empty", ...Array(16).fill("flushdb")]);
  assert.deepEqual(await db.integrity(), []);
});

Deno.test("work in the background that fails is told, and nothing else waits for it", async () => {
  const failed: string[] = [];
  const listener = (event: ErrorEvent) => {
    event.preventDefault();
    failed.push(String(event.error));
  };
  globalThis.addEventListener("error", listener);
  try {
    const broken: Extension = {
      name: "broken",
      attach: () => ({
        slice: () => {
          throw new Error("it does not work");
        },
      }),
    };
    using db = Redlite.open(":memory:", { extensions: [broken, topLists()] });
    db.transaction(() => {
      for (let i = 0; i < 90; i++) db.topadd("best", `member ${i}`, i);
    });
    db.del("best");
    const left = "SELECT 1 FROM toplist_entries LIMIT 1";
    while (db.sql(left).length > 0 || failed.length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.deepEqual(failed, ["Error: it does not work"]);
  } finally {
    globalThis.removeEventListener("error", listener);
  }
});

Deno.test("what is no extension is refused by its place in the list", () => {
  assert.throws(
    () => Redlite.open(":memory:", { extensions: [topLists as unknown as Extension] }),
    new TypeError(
      "option extensions must be extensions, but number 1 is a function, which is to be called",
    ),
  );
});

abstract class GreetingCommands<V extends Data> extends CommandGroup<V> {
  /** GREET: greets. */
  greet(): V {
    return this.run(["GREET"]);
  }
}

declare module "../../src/embedded/extension.ts" {
  interface ExtensionMethods<V extends Data> extends GreetingCommands<V> {}
}

Deno.test("by declaration merging methods are in the type of every database", () => {
  const greeting: Extension = {
    name: "greeting",
    commands: [
      commandsOf("module")("GREET", {
        since: "1.0.0",
        arity: 1,
        flags: "fast",
        summary: "Greets.",
      }, ({ reply }) => reply.text("hello")),
    ],
    methods: GreetingCommands,
  };
  using db = Redlite.open(":memory:", { extensions: [greeting] });
  const greet = (any: Redlite): string => any.greet();
  assert.equal(greet(db), "hello");
});

Deno.test("keys of an extension's type expire with their rows", async () => {
  using db = open();
  const rows = () => db.sql("SELECT 1 FROM toplist_entries").length;
  db.topadd("best", "ann", 1);
  db.pexpire("best", 1);
  while (rows() > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(db.exists("best"), 0);
});

Deno.test("RESTORE refuses what is no value of an extension's type, and leaves the key as it was", () => {
  using db = open();
  db.topadd("best", "ann", 1);
  const payload = db.bytes.dump("best");
  assert.ok(payload !== null);
  const other: Extension = {
    name: "other",
    migrations: ["CREATE TABLE other_rows(key_id INTEGER PRIMARY KEY)"],
    types: [{
      name: "other",
      tables: [{ table: "other_rows", columns: {}, key: [] }],
      // It takes less than there is.
      dump: { id: "toplist-1", version: 0, write: () => {}, read: () => () => {} },
    }],
  };
  using wrong = Redlite.open(":memory:", { extensions: [other] });
  wrong.set("k", "v");
  assert.throws(() => wrong.restore("k", 0, payload, { replace: true }), /Bad data format/);
  using plain = Redlite.open(":memory:");
  assert.throws(() => plain.restore("k", 0, payload), /Bad data format/);
  assert.equal(wrong.get("k"), "v");
});
