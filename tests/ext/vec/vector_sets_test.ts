/** Vector sets as keys: what happens to them in files, turns, copies and the past. */

import { strict as assert } from "node:assert";
import { Redlite } from "../../../mod.ts";
import { vec } from "../../../ext/vec.ts";
import { temporaryDirectory } from "../../harness/servers.ts";
import { dice } from "./generated.ts";

const open = (path = ":memory:") => Redlite.open(path, { extensions: [vec()] });
type Database = ReturnType<typeof open>;

const DIM = 6;

function fill(db: Database, key: string, count: number, options = {}): number[][] {
  const random = dice(1);
  const vectors = Array.from(
    { length: count },
    () => Array.from({ length: DIM }, () => random() - 0.5),
  );
  db.transaction(() => {
    for (const [i, vector] of vectors.entries()) {
      db.vadd(key, `e${i}`, vector, { setattr: `{"n":${i}}`, ...options });
    }
  });
  return vectors;
}

/** The elements with the highest cosines. */
function nearest(vectors: readonly number[][], query: readonly number[], count: number): string[] {
  const dot = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  return vectors
    .map((vector, i) => [`e${i}`, dot(vector, query) / Math.sqrt(dot(vector, vector))] as const)
    .sort((a, b) => b[1] - a[1]).slice(0, count).map(([element]) => element);
}

Deno.test("a small set is searched exactly", () => {
  using db = open();
  const vectors = fill(db, "set", 800, { quantization: "NOQUANT" });
  for (const query of vectors.slice(0, 20)) {
    assert.deepEqual(db.vsim("set", query, { count: 7 }), nearest(vectors, query, 7));
  }
});

Deno.test("what a transaction that fails has added, moved and removed is as it was", () => {
  using db = open();
  const vectors = fill(db, "set", 500);
  const before = db.vsimWithScores("set", vectors[3]!, { count: 20 });
  assert.throws(() =>
    db.transaction(() => {
      for (let i = 0; i < 300; i++) db.vadd("set", `new${i}`, vectors[3]!);
      for (let i = 0; i < 250; i++) db.vrem("set", `e${i}`);
      db.vadd("set", "e400", vectors[3]!, { setattr: "{}" });
      db.vsetattr("set", "e401", "");
      throw new Error("no");
    })
  );
  assert.deepEqual(db.vsimWithScores("set", vectors[3]!, { count: 20 }), before);
  assert.equal(db.vcard("set"), 500);
  assert.equal(db.vgetattr("set", "e401"), '{"n":401}');
  assert.equal(db.vinfo("set")?.["attributes-count"], 500);
});

Deno.test("a file that is opened again has its sets and their indexes", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/redlite.db`;
  const lists = "SELECT list, version, hex(members) FROM vec_lists ORDER BY list";
  let before: unknown, query: number[], found: unknown;
  {
    using db = open(path);
    query = fill(db, "set", 1500)[7]!;
    found = db.vsimWithScores("set", query);
    before = db.sql(lists);
  }
  using db = open(path);
  assert.deepEqual(db.vsimWithScores("set", query), found);
  db.vadd("set", "more", query);
  const after = db.sql(lists) as { list: number }[];
  assert.equal(after.length, (before as unknown[]).length);
  // One list has the new element, and the head the new version; the others stayed as they were.
  const changed = after.filter((row, i) =>
    JSON.stringify(row) !== JSON.stringify((before as unknown[])[i])
  );
  assert.equal(changed.length, 2);
  assert.equal(db.vsim("set", { element: "more" }, { count: 2 }).length, 2);
  assert.deepEqual(await db.integrity(), []);
});

Deno.test("two programs on one file see each other's changes", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/redlite.db`;
  using one = open(path);
  using other = open(path);
  const vectors = fill(one, "set", 400);
  const filter = { filter: ".n >= 1000" };
  assert.deepEqual(other.vsim("set", vectors[5]!, { count: 1 }), ["e5"]);
  assert.deepEqual(other.vsim("set", vectors[5]!, filter), []);
  other.vadd("set", "e5", vectors[6]!.map((value) => -value));
  assert.notDeepEqual(one.vsim("set", vectors[5]!, { count: 1 }), ["e5"]);
  one.vsetattr("set", "e9", '{"n":1000}');
  assert.deepEqual(other.vsim("set", vectors[5]!, filter), ["e9"]);
  other.vrem("set", "e9");
  assert.deepEqual(one.vsim("set", vectors[5]!, filter), []);
  for (let i = 0; i < 100; i++) (i % 2 ? one : other).vadd("set", `x${i}`, vectors[i]!);
  assert.equal(one.vcard("set"), 499);
  const all = { count: 1000, truth: true };
  assert.deepEqual(
    new Set(one.vsim("set", vectors[0]!, all)),
    new Set(other.vsim("set", vectors[0]!, all)),
  );
});

Deno.test("a set is copied, renamed, moved, dumped and deleted as any key", async () => {
  using db = open();
  const vectors = fill(db, "set", 600);
  const found = db.vsimWithScores("set", vectors[9]!);
  db.copy("set", "copy");
  db.rename("set", "renamed");
  assert.deepEqual(db.vsimWithScores("copy", vectors[9]!), found);
  assert.deepEqual(db.vsimWithScores("renamed", vectors[9]!), found);
  db.vrem("copy", "e9");
  assert.deepEqual(db.vsimWithScores("renamed", vectors[9]!), found);
  const payload = db.bytes.dump("renamed")!;
  db.restore("restored", 0, payload);
  assert.deepEqual(db.vsimWithScores("restored", vectors[9]!), found);
  assert.equal(db.call("MOVE", "restored", 1), 1);
  assert.equal(db.type("renamed"), "vectorset");
  const bytes = db.call("MEMORY", "USAGE", "renamed", "SAMPLES", 0);
  assert.ok(typeof bytes === "number" && bytes > 600 * DIM, `${String(bytes)}`);
  db.del("copy", "renamed");
  assert.equal(db.vcard("renamed"), 0);
  assert.deepEqual(db.vsim("renamed", vectors[9]!), []);
  db.vadd("renamed", "only", [1, 2]);
  assert.equal(db.vdim("renamed"), 2);
  assert.deepEqual(await db.integrity(), []);
});

Deno.test("what is left of a deleted set goes, its index too", async () => {
  await using directory = await temporaryDirectory();
  using db = open(`${directory.path}/redlite.db`);
  fill(db, "set", 600);
  db.del("set");
  await db.vacuum();
  for (const table of ["vec_elements", "vec_vectors", "vec_lists", "vec_centroids"]) {
    assert.deepEqual(db.sql(`SELECT count(*) AS rows FROM ${table}`), [{ rows: 0 }], table);
  }
});

Deno.test("a set is searched as it was at a moment of the past", async () => {
  using db = open();
  db.history.enable();
  const vectors = fill(db, "set", 300);
  const then = Date.now();
  const before = db.vsimWithScores("set", vectors[2]!, { count: 5, truth: true });
  await new Promise((resolve) => setTimeout(resolve, 3));
  db.vrem("set", "e2");
  db.vadd("set", "e3", vectors[2]!);
  db.vsetattr("set", "e4", '{"n":-1}');
  await new Promise((resolve) => setTimeout(resolve, 3));
  const between = Date.now();
  await new Promise((resolve) => setTimeout(resolve, 3));
  db.del("set");
  assert.deepEqual(
    db.at(then).vsimWithScores("set", vectors[2]!, { count: 5, truth: true }),
    before,
  );
  assert.deepEqual(db.at(between).vsim("set", vectors[2]!, { count: 1 }), ["e3"]);
  assert.equal(db.at(between).vgetattr("set", "e4"), '{"n":-1}');
  db.history.revert("set", then);
  assert.deepEqual(db.vsimWithScores("set", vectors[2]!, { count: 5, truth: true }), before);
});

Deno.test("KEYINFO and the view tell of vector sets", () => {
  using db = open();
  db.vadd("set", "a", [3, 4], { quantization: "NOQUANT", setattr: '{"n":1}' });
  db.vadd("set", "b", [1, 0], { quantization: "NOQUANT" });
  const facts = db.call("KEYINFO", "set") as Map<string, unknown>;
  assert.equal(facts.get("type"), "vectorset");
  assert.equal(facts.get("length"), 2);
  const rows = db.sql("SELECT key, element, attributes, quantization, vector FROM redlite_vectors");
  assert.deepEqual(rows.map(({ vector: _, ...row }) => row), [
    { key: "set", element: "a", attributes: '{"n":1}', quantization: "f32" },
    { key: "set", element: "b", attributes: null, quantization: "f32" },
  ]);
  const [vector] = rows.map((row) => row["vector"]);
  assert.ok(vector instanceof Uint8Array);
  assert.deepEqual([...new Float32Array(vector.slice().buffer)], [...Float32Array.of(0.6, 0.8)]);
});

Deno.test("a filter that few elements fulfil finds all of them", () => {
  using db = open();
  const vectors = fill(db, "set", 2000);
  const wanted = Array.from({ length: 20 }, (_, i) => `e${i * 100}`);
  db.transaction(() => wanted.forEach((element) => db.vsetattr("set", element, '{"rare":true}')));
  const found = db.vsim("set", vectors[0]!, { count: 50, filter: ".rare" });
  assert.deepEqual(found.slice().sort(), wanted.sort());
  assert.equal(found[0], "e0");
  db.vsetattr("set", "e0", "");
  assert.equal(db.vsim("set", vectors[0]!, { count: 50, filter: ".rare" }).length, 19);
});

Deno.test("a filter follows what comes, goes and changes between searches", () => {
  using db = open();
  const random = dice(4);
  const attributes = new Map<string, number>();
  const point = () => Array.from({ length: DIM }, () => random() - 0.5);
  const filters = [".n < 10", ".n >= 10 and .n < 50", ".n == 7 or .n == 70"];
  const wanted = (filter: string) =>
    [...attributes].filter(([_, n]) =>
      filter === filters[0]
        ? n < 10
        : filter === filters[1]
        ? n >= 10 && n < 50
        : n === 7 || n === 70
    ).map(([element]) => element).sort();
  for (let step = 0; step < 1500; step++) {
    const element = `e${Math.floor(random() * 400)}`;
    const n = Math.floor(random() * 100);
    const what = random();
    if (what < 0.6) {
      db.vadd("set", element, point(), { setattr: `{"n":${n}}` });
      attributes.set(element, n);
    } else if (what < 0.8) {
      if (db.vsetattr("set", element, `{"n":${n}}`)) attributes.set(element, n);
    } else {
      assert.equal(db.vrem("set", element), attributes.delete(element));
    }
    if (step % 10 === 0) {
      const filter = filters[step / 10 % 3]!;
      const found = db.vsim("set", point(), { filter, count: 1000 });
      assert.deepEqual(found.sort(), wanted(filter), `step ${step}`);
    }
  }
});

Deno.test("after a search in a set of a file that was opened again, all of its codes are loaded", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/redlite.db`;
  const count = 20_000, dim = 256;
  const random = dice(5);
  const points = Array.from(
    { length: 50 },
    () => Array.from({ length: dim }, () => random() - 0.5),
  );
  {
    using db = open(path);
    db.transaction(() => {
      for (let i = 0; i < count; i++) {
        db.vadd("set", `e${i}`, points[i % 50]!.map((value) => value + (random() - 0.5) / 4));
      }
    });
  }
  using db = open(path);
  const used = () => Number(/vec_memory_used:(\d+)/.exec(String(db.call("INFO", "vec")))?.[1]);
  assert.equal(db.vsim("set", points[0]!, { ef: 1 }).length, 10);
  assert.ok(used() < count * dim / 2, `${used()} bytes after a search`);
  while (used() < count * dim) await new Promise((resolve) => setTimeout(resolve, 5));
});
