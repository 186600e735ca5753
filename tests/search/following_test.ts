/** An index follows its keys, whatever is done to them and whichever process does it. */

import { strict as assert } from "node:assert";
import { DatabaseSync } from "node:sqlite";
import { Redlite } from "../../mod.ts";
import { Choice, SEED } from "../commands/search/same_as_stack.ts";

const WORDS = ["alpha", "beta", "gamma", "delta", "running", "runs", "ran"];
const KEYS = 40;

type Row = Map<string, string>;

/** The keys of the documents that a query finds. */
function found(db: Redlite, ...words: string[]): string[] {
  const [query = "*", ...options] = words;
  const all = ["NOCONTENT", "LIMIT", "0", "1000", "TIMEOUT", "0"];
  const reply = db.call("FT.SEARCH", "idx", query, ...options, ...all);
  assert.ok(reply instanceof Map);
  const results: unknown = reply.get("results");
  assert.ok(Array.isArray(results));
  const keys = results.map((result) => {
    assert.ok(result instanceof Map);
    return String(result.get("id"));
  });
  assert.equal(reply.get("total_results"), keys.length);
  return keys.sort();
}

/** The hashes that an index on `d:` should have. */
function documents(db: Redlite): Map<string, Row> {
  const rows = new Map<string, Row>();
  for (const key of db.keys("d:*")) {
    if (db.type(key) === "hash") rows.set(key, new Map(db.hgetall(key)));
  }
  return rows;
}

/** Checks that every query finds what it should. */
function check(db: Redlite, when: string): void {
  const rows = [...documents(db)];
  const matching = (test: (row: Row) => boolean) =>
    rows.filter(([, row]) => test(row)).map(([key]) => key).sort();
  assert.deepEqual(found(db), matching(() => true), `${when}: all`);
  for (const word of WORDS) {
    const wanted = matching((row) => row.get("t")?.split(" ").includes(word) ?? false);
    assert.deepEqual(found(db, word, "VERBATIM"), wanted, `${when}: ${word}`);
  }
  const numbers = matching((row) => Number(row.get("n") ?? NaN) >= 30);
  assert.deepEqual(found(db, "@n:[30 +inf]"), numbers, `${when}: numbers`);
  const tagged = matching((row) => row.get("g")?.split(",").includes("red") ?? false);
  assert.deepEqual(found(db, "@g:{red}"), tagged, `${when}: tags`);
}

function create(db: Redlite): void {
  const schema = ["t", "TEXT", "n", "NUMERIC", "SORTABLE", "g", "TAG", "SORTABLE"];
  db.call("FT.CREATE", "idx", "PREFIX", "1", "d:", "SCHEMA", ...schema);
}

/** Does something to some key. */
function act(db: Redlite, choice: Choice): void {
  const key = () => `${choice.chance(0.9) ? "d" : "x"}:${choice.below(KEYS)}`;
  const text = () => Array.from({ length: 1 + choice.below(5) }, () => choice.of(WORDS)).join(" ");
  const existing = () => choice.of([...db.keys("*"), key()]);
  switch (choice.below(14)) {
    case 0:
      db.del(key());
      break;
    case 1:
    case 2: {
      const from = existing(), to = key();
      if (from === to || db.exists(from) === 0) break;
      if (choice.chance(0.5)) db.rename(from, to);
      else db.call("COPY", from, to, "REPLACE");
      break;
    }
    case 3:
      db.set(key(), "a string");
      break;
    case 4: {
      const from = existing();
      if (db.type(from) === "hash") db.hdel(from, "t");
      break;
    }
    case 5: {
      const from = existing();
      const dump = db.call("DUMP", from);
      if (dump !== null && db.type(from) === "hash") {
        const bytes = db.bytes.call("DUMP", from);
        assert.ok(bytes instanceof Uint8Array);
        db.call("RESTORE", key(), "0", bytes, "REPLACE");
      }
      break;
    }
    case 6:
      // In the past: the key goes at once.
      db.call("PEXPIREAT", existing(), "1");
      break;
    case 7:
      db.call("PEXPIRE", existing(), "1000000");
      break;
    default: {
      const to = key();
      if (!["hash", "none"].includes(db.type(to))) db.del(to);
      db.hset(to, {
        t: text(),
        n: String(choice.below(60)),
        g: choice.of(["red", "blue,red", ""]),
      });
    }
  }
}

/** Runs random actions in turn by several databases on one file. */
async function play(databases: readonly Redlite[], actions: number): Promise<void> {
  const choice = new Choice(SEED);
  const when = (i: number) => `action ${i} (REDLITE_TEST_SEED=${SEED})`;
  create(databases[0]!);
  for (let i = 0; i < actions; i++) {
    const db = choice.of(databases);
    // What is read in one stretch of code is read from one snapshot.
    await new Promise((resolve) => queueMicrotask(() => resolve(undefined)));
    if (choice.chance(0.1)) {
      assert.throws(() =>
        db.transaction(() => {
          for (let n = 0; n < 3; n++) act(db, choice);
          if (choice.chance(0.5)) check(db, `${when(i)}, within a transaction`);
          throw new Error("rolled back");
        }), /rolled back/);
    } else if (choice.chance(0.01)) {
      db.call("FLUSHDB");
      create(db);
    } else {
      act(db, choice);
    }
    if (choice.chance(0.3)) { for (const other of databases) check(other, when(i)); }
  }
  for (const db of databases) {
    check(db, "at the end");
    assert.deepEqual(await db.integrity(), []);
  }
}

async function onFile(work: (path: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await work(`${directory}/test.db`);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("an index follows writes, deletions, renames, copies, restores and expiry", async () => {
  await using db = Redlite.open(":memory:");
  await play([db], 600);
});

Deno.test("an index follows what other processes write", async () => {
  await onFile(async (path) => {
    await using first = Redlite.open(path);
    await using second = Redlite.open(path);
    await play([first, second], 300);
  });
});

Deno.test("an index is there again after a restart, and goes on", async () => {
  await onFile(async (path) => {
    const choice = new Choice(SEED);
    {
      await using db = Redlite.open(path);
      create(db);
      for (let i = 0; i < 100; i++) act(db, choice);
    }
    await using db = Redlite.open(path);
    check(db, "after a restart");
    for (let i = 0; i < 100; i++) act(db, choice);
    check(db, "after more");
  });
});

Deno.test("documents of keys that expire are not found any more", async () => {
  await using db = Redlite.open(":memory:");
  create(db);
  db.hset("d:1", { t: "alpha" });
  db.hset("d:2", { t: "alpha" });
  db.call("PEXPIRE", "d:1", "20");
  assert.deepEqual(found(db, "alpha"), ["d:1", "d:2"]);
  while (db.exists("d:1") > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(found(db, "alpha"), ["d:2"]);
  db.call("PEXPIRE", "d:2", "100000");
  db.call("PERSIST", "d:2");
  assert.deepEqual(found(db, "alpha"), ["d:2"]);
});

Deno.test("SWAPDB lets an index begin anew with the other database's keys", async () => {
  await using db = Redlite.open(":memory:");
  create(db);
  db.hset("d:1", { t: "alpha" });
  db.call("SELECT", "1");
  db.hset("d:2", { t: "alpha" });
  db.call("SELECT", "0");
  assert.deepEqual(found(db, "alpha"), ["d:1"]);
  db.call("SWAPDB", "0", "1");
  for (let info = indexing(db); info; info = indexing(db)) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.deepEqual(found(db, "alpha"), ["d:2"]);
});

/** Whether keys that existed are being indexed. */
function indexing(db: Redlite): boolean {
  const info = db.call("FT.INFO", "idx");
  assert.ok(info instanceof Map);
  return info.get("indexing") !== 0;
}

Deno.test("keys that exist are indexed in slices, with their progress told", async () => {
  await using db = Redlite.open(":memory:");
  db.transaction(() => {
    for (let i = 0; i < 3000; i++) db.hset(`d:${i}`, { t: `alpha word${i}`, n: String(i) });
  });
  create(db);
  const shares: number[] = [];
  do {
    const info = db.call("FT.INFO", "idx");
    assert.ok(info instanceof Map);
    shares.push(Number(info.get("percent_indexed")));
    await new Promise((resolve) => setTimeout(resolve, 1));
  } while (indexing(db));
  assert.equal(total(db, "alpha"), 3000);
  assert.deepEqual(shares, [...shares].sort((a, b) => a - b));
  assert.deepEqual(found(db, "word2999"), ["d:2999"]);
});

/** How many documents a query finds. */
function total(db: Redlite, query: string): number {
  const reply = db.call("FT.SEARCH", "idx", query, "LIMIT", "0", "0");
  assert.ok(reply instanceof Map);
  return Number(reply.get("total_results"));
}

Deno.test("INTEGRITY tells of documents whose keys are not there, and of counts that are wrong", async () => {
  await onFile(async (path) => {
    {
      await using db = Redlite.open(path);
      create(db);
      db.hset("d:1", { t: "alpha" });
      db.hset("d:2", { t: "beta" });
    }
    // As a program would that writes to the file by itself.
    const sqlite = new DatabaseSync(path);
    sqlite.exec("DELETE FROM keys WHERE key = CAST('d:1' AS BLOB)");
    sqlite.exec("UPDATE search_contents SET documents = 5");
    sqlite.close();
    await using db = Redlite.open(path);
    const problems = (await db.integrity()).filter((problem) => problem.startsWith("index"));
    assert.deepEqual(problems.sort(), [
      "index 'idx' counts 5 documents and has 2",
      "index 'idx' has a document of key X'643A31', which is not there",
    ]);
  });
});

Deno.test("what is pending is merged when the file is closed, so that the next start need not read it", async () => {
  const closings = [(db: Redlite) => db.close(), (db: Redlite) => db[Symbol.dispose]()];
  for (const close of closings) {
    await onFile(async (path) => {
      const db = Redlite.open(path);
      create(db);
      db.transaction(() => {
        for (let i = 0; i < 2500; i++) db.hset(`d:${i}`, { t: `alpha word${i}` });
      });
      await close(db);
      const sqlite = new DatabaseSync(path);
      const counts = sqlite.prepare("SELECT merged_to, next_number FROM search_contents").get();
      sqlite.close();
      assert.deepEqual({ ...counts }, { merged_to: 2500, next_number: 2501 });
      await using again = Redlite.open(path);
      assert.equal(total(again, "alpha"), 2500);
    });
  }
});
