/** What is saved of damaged databases: all that can be read, whole in itself, and the rest is told. */

import { strict as assert } from "node:assert";
import { DatabaseSync } from "node:sqlite";
import { Redlite } from "../../mod.ts";
import { temporaryDirectory } from "../harness/servers.ts";
import { run } from "../server/run.ts";
import { applyLog } from "../../src/embedded/log_applier.ts";
import { salvage } from "../../src/store/rescue/salvage.ts";
import { DRIVERS } from "../store/open.ts";
import { randomNumbers } from "../store/rdb/random.ts";
import { faultsOf } from "./file_check.ts";
import { SEED } from "../harness/seed.ts";

/** Files that are damaged at random. */
const ROUNDS = Number(Deno.env.get("REDLITE_TEST_RUNS") ?? 6);
const PAGE = 2048;
const KEYS = 3000;

async function makeFile(path: string): Promise<void> {
  await using db = Redlite.open(path);
  db.transaction(() => {
    for (let i = 0; i < KEYS; i++) db.set(`key:${i}`, `value ${i} ${"x".repeat(100)}`);
    for (let i = 0; i < 400; i++) db.hset("hash", { [`field:${i}`]: "y".repeat(100) });
    for (let i = 0; i < 400; i++) db.rpush("list", `element ${i} ${"z".repeat(100)}`);
    for (let i = 0; i < 3000; i++) db.zadd("zset", [[i / 2, `member:${i}`]]);
    for (let i = 0; i < 300; i++) db.sadd(`set:${i}`, "a", "b", "c");
    for (let i = 0; i < 50; i++) db.call("ARSET", "array", i * 10, "w".repeat(100));
    db.set("long", "l".repeat(500_000));
    db.json.set("json", "$", Array.from({ length: 3000 }, (_, id) => ({ id, name: `n${id}` })));
    db.set("brief", "soon gone", { ex: 100_000 });
  });
  db.select(3);
  db.set("elsewhere", "v");
  db.select(0);
  db.sql.write("CREATE TABLE orders(customer TEXT, total REAL)");
  db.sql.write("CREATE INDEX orders_by_customer ON orders(customer)");
  db.sql.write("INSERT INTO orders VALUES ('Ada', 5.0), ('Bob', 2.5)");
}

/** The leaf pages of a table, or other pages. */
function pagesOf(path: string, table: string, type = "leaf"): number[] {
  const file = new DatabaseSync(path);
  const rows = file.prepare(
    "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = ? ORDER BY path",
  ).all(table, type);
  file.close();
  return rows.map(({ pageno }) => Number(pageno));
}

async function damage(path: string, pages: readonly number[]): Promise<void> {
  using file = await Deno.open(path, { write: true });
  for (const page of pages) {
    await file.seek((page - 1) * PAGE, Deno.SeekMode.Start);
    await file.write(new Uint8Array(PAGE).fill(0xff));
  }
}

async function salvaged(
  spoil: (path: string) => void | Promise<void>,
  look: (db: Redlite, outcome: { code: number; stdout: string; stderr: string }) => void,
): Promise<void> {
  await using directory = await temporaryDirectory();
  const from = `${directory.path}/app.db`, to = `${directory.path}/saved.db`;
  await makeFile(from);
  await spoil(from);
  const before = await Deno.readFile(from);
  const outcome = await run(["--salvage", from, to]);
  assert.deepEqual(await Deno.readFile(from), before);
  assert.deepEqual(faultsOf(to), [], outcome.stdout + outcome.stderr);
  await using db = Redlite.open(to);
  assert.deepEqual(await db.integrity(), []);
  look(db, outcome);
  // What was saved can be worked with.
  db.rpush("list", "one more");
  db.zadd("zset", [[0.25, "one more"]]);
  db.set("another", "v");
  assert.deepEqual(await db.integrity(), []);
}

Deno.test("of a whole file everything is saved, and nothing is said to be lost", async () => {
  await salvaged(() => Promise.resolve(), (db, { code, stdout }) => {
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^saved 33\d\d keys, \d+ rows, in .*; nothing is lost\n$/);
    assert.equal(db.get("key:77"), `value 77 ${"x".repeat(100)}`);
    assert.equal(db.zrank("zset", "member:1500"), 1500);
    assert.equal(db.lindex("list", 200), `element 200 ${"z".repeat(100)}`);
    assert.equal(db.get("long"), "l".repeat(500_000));
    assert.deepEqual(db.json.get("json", "$[2999]"), [{ id: 2999, name: "n2999" }]);
    assert.ok(Number(db.ttl("brief")) > 0);
    assert.deepEqual(db.sql("SELECT customer, total FROM orders ORDER BY total"), [
      { customer: "Bob", total: 2.5 },
      { customer: "Ada", total: 5 },
    ]);
    db.select(3);
    assert.equal(db.get("elsewhere"), "v");
    db.select(0);
  });
});

Deno.test("around damaged pages of keys all others are saved", async () => {
  let lost = 0;
  await salvaged(async (path) => {
    const leaves = pagesOf(path, "keys");
    const gone = [3, 4, 20, 57, 90, leaves.length - 3].map((i) => leaves[i] ?? 0);
    lost = gone.length;
    await damage(path, gone);
  }, (db, { code, stdout }) => {
    assert.equal(code, 1);
    assert.match(stdout, /keys: rows are lost between /);
    let kept = 0;
    for (let i = 0; i < KEYS; i++) {
      const value = db.get(`key:${i}`);
      if (value === null) continue;
      assert.equal(value, `value ${i} ${"x".repeat(100)}`);
      kept++;
    }
    // A page has less than twenty of these keys.
    assert.ok(kept >= KEYS - 20 * lost && kept < KEYS, `${kept} kept\n${stdout}`);
  });
});

Deno.test("collections that lost elements are as long as what is left of them", async () => {
  await salvaged(async (path) => {
    const of = (table: string, i: number) => pagesOf(path, table)[i] ?? 0;
    await damage(path, [of("hashes", 5), of("lists", 7), of("zsets", 9), of("arrays", 1)]);
  }, (db, { code, stdout }) => {
    assert.equal(code, 1);
    for (const name of ["hash", "list", "zset", "array"]) {
      assert.match(stdout, new RegExp(`${name} '${name}' of database 0: \\d+ of \\d+ elements`));
    }
    assert.ok(db.hlen("hash") > 350 && db.hlen("hash") < 400);
    assert.equal(db.hkeys("hash").length, db.hlen("hash"));
    const list = db.lrange("list", 0, -1);
    assert.equal(list.length, db.llen("list"));
    assert.equal(db.lindex("list", list.length - 1), `element 399 ${"z".repeat(100)}`);
    assert.equal(db.zrank("zset", "member:2999"), db.zcard("zset") - 1);
  });
});

Deno.test("elements whose keys are lost are kept under names that say so", async () => {
  await salvaged(async (path) => {
    const file = new DatabaseSync(path);
    const [{ id } = {}] = file.prepare("SELECT id FROM keys WHERE key = CAST('hash' AS BLOB)")
      .all();
    file.close();
    assert.ok(Number(id) > 0);
    // The page that has the key of the hash, found by its bytes.
    const bytes = await Deno.readFile(path);
    const leaves = pagesOf(path, "keys");
    const text = new TextDecoder("latin1");
    const page = leaves.find((page) =>
      /hash(?!es)/.test(text.decode(bytes.subarray((page - 1) * PAGE, page * PAGE)))
    );
    await damage(path, [page ?? 0]);
  }, (db, { stdout }) => {
    assert.match(stdout, /values whose keys are lost have keys of names as salvaged:hash:ID/);
    const [name = ""] = db.keys("salvaged:hash:*");
    assert.equal(db.hlen(name), 400);
    assert.equal(db.hget(name, "field:7"), "y".repeat(100));
  });
});

Deno.test("of keys whose rows cannot be true what they held is kept under other names", async () => {
  await salvaged((path) => {
    using db = new DatabaseSync(path);
    db.exec("UPDATE keys SET type = 82 WHERE key = CAST('hash' AS BLOB)");
    db.exec("UPDATE keys SET type = 3 WHERE key = CAST('zset' AS BLOB)");
    db.exec("UPDATE keys SET value = NULL, length = NULL WHERE key = CAST('key:5' AS BLOB)");
  }, (db, { stdout }) => {
    assert.match(stdout, /'hash' of database 0 is dropped, for its row is damaged/);
    assert.match(stdout, /'key:5' of database 0 is dropped, for its row is damaged/);
    assert.equal(db.get("key:5"), null);
    const [hash = ""] = db.keys("salvaged:hash:*"), [zset = ""] = db.keys("salvaged:zset:*");
    assert.equal(db.hlen(hash), 400);
    assert.equal(db.zcard(zset), 3000);
  });
});

Deno.test("a damaged index, and the counts of databases, are made anew", async () => {
  await salvaged(async (path) => {
    await damage(path, [
      ...pagesOf(path, "zsets_by_score").slice(0, 3),
      ...pagesOf(path, "databases"),
      ...pagesOf(path, "sequences"),
    ]);
  }, (db, { stdout }) => {
    assert.equal(db.zcard("zset"), 3000);
    assert.equal(db.zrank("zset", "member:1500"), 1500);
    assert.match(stdout, /keys of a database whose number is lost are in database/);
    assert.equal(db.get("key:5"), `value 5 ${"x".repeat(100)}`);
  });
});

Deno.test("rows below damaged inner pages are found on their own pages", async () => {
  await salvaged(async (path) => {
    await damage(path, [
      ...pagesOf(path, "keys", "internal"),
      ...pagesOf(path, "hashes", "internal"),
      ...pagesOf(path, "strings", "internal"),
    ]);
  }, (db, { code, stdout }) => {
    assert.equal(code, 1);
    assert.match(stdout, /keys: \d+ rows were found without a way to them/);
    let kept = 0;
    for (let i = 0; i < KEYS; i++) {
      if (db.get(`key:${i}`) === `value ${i} ${"x".repeat(100)}`) kept++;
    }
    // Inner pages hold a row for each page below them but one.
    assert.ok(kept > KEYS * 0.9, `${kept} kept`);
    assert.ok(db.hlen("hash") > 360);
    assert.equal(db.get("long"), "l".repeat(500_000));
  });
});

Deno.test("a file whose first page is gone is saved, but for tables of the program's own", async () => {
  await salvaged((path) => damage(path, [1]), (db, { code, stdout }) => {
    assert.equal(code, 1);
    assert.match(stdout, /the first page, with the schema, cannot be read/);
    for (let i = 0; i < KEYS; i++) {
      assert.equal(db.get(`key:${i}`), `value ${i} ${"x".repeat(100)}`);
    }
    assert.equal(db.hlen("hash"), 400);
    assert.equal(db.lindex("list", 399), `element 399 ${"z".repeat(100)}`);
    assert.equal(db.zrank("zset", "member:1500"), 1500);
    assert.equal(db.get("long"), "l".repeat(500_000));
    db.select(3);
    assert.equal(db.get("elsewhere"), "v");
    db.select(0);
  });
});

Deno.test("a new file that exists, and what is no database, are refused", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/app.db`, to = `${directory.path}/saved.db`;
  await makeFile(path);
  const exists = await run(["--salvage", path, path]);
  assert.equal(exists.code, 1);
  assert.match(exists.stderr, /app\.db exists: what is saved goes into a new file/);
  await Deno.writeTextFile(path, "notes, and no database ".repeat(1000));
  const none = await run(["--salvage", path, to]);
  assert.equal(none.code, 1);
  assert.match(none.stderr, /nothing of .*app\.db can be read/);
  const names = [...Deno.readDirSync(directory.path)].map(({ name }) => name);
  assert.deepEqual(names.filter((name) => name.startsWith("saved")), []);
});

Deno.test("--check tells whether a file is whole, and what is wrong with it", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/app.db`;
  await makeFile(path);
  const whole = await run(["--check", path]);
  assert.equal(whole.code, 0, whole.stdout + whole.stderr);
  assert.match(whole.stdout, /app\.db is whole\n$/);
  assert.match(whole.stderr, /checking pages \(1 of \d+\)/);
  const page = pagesOf(path, "keys")[5] ?? 0;
  await damage(path, [page]);
  const broken = await run(["--check", path]);
  assert.equal(broken.code, 1);
  assert.match(
    broken.stdout,
    new RegExp(`age ${page}\\b[^]*app\\.db is damaged; see --salvage\n$`),
  );
});

Deno.test("whatever is damaged, what is saved is whole in itself", async () => {
  await using directory = await temporaryDirectory();
  const from = `${directory.path}/app.db`, to = `${directory.path}/saved.db`;
  await makeFile(from);
  const whole = await Deno.readFile(from);
  const below = randomNumbers(SEED);
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = whole.slice();
    for (let places = 1 + below(8); places > 0; places--) {
      const at = below(bytes.length);
      const length = 1 + below(below(2) === 0 ? 16 : 3000);
      const filled = [undefined, 0, 0xff][below(3)];
      for (let i = at; i < Math.min(bytes.length, at + length); i++) {
        bytes[i] = filled ?? below(256);
      }
    }
    await Deno.writeFile(from, bytes);
    for (const driver of DRIVERS) {
      const { keys, losses } = await salvage(driver, from, to, applyLog);
      const where = `round ${round} of seed ${SEED} (${driver.info.name})`;
      assert.deepEqual(faultsOf(to), [], where);
      assert.ok(keys > 2500, `${where}: ${keys} keys\n${losses.join("\n")}`);
      await Deno.remove(to);
    }
  }
});

Deno.test("search indexes of a saved file are made anew", async () => {
  await using directory = await temporaryDirectory();
  const from = `${directory.path}/app.db`, to = `${directory.path}/saved.db`;
  const schema = { title: "text", year: "numeric" } as const;
  {
    await using db = Redlite.open(from);
    const films = db.ft.create("films", { prefix: "film:", schema });
    db.transaction(() => {
      for (let i = 0; i < 300; i++) db.hset(`film:${i}`, { title: `film ${i}`, year: i });
      for (let i = 0; i < 300; i++) db.hset(`book:${i}`, { title: `book ${i}` });
    });
    db.ft.aliasadd("movies", "films");
    assert.equal(films.search("film").total, 300);
  }
  await damage(from, pagesOf(from, "search_records").slice(0, 2));
  const { stdout, stderr } = await run(["--salvage", from, to]);
  assert.deepEqual(faultsOf(to), [], stdout + stderr);
  await using db = Redlite.open(to);
  assert.deepEqual(await db.integrity(), []);
  const films = db.ft.index("movies", schema);
  while (films.search("*").total < 300) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.equal(films.search("film @year:[100 +inf]").total, 200);
  assert.deepEqual(await db.integrity(), []);
});
