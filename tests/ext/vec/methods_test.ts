/** The typed methods of vector sets. */

import { strict as assert } from "node:assert";
import { commands } from "../../../ext/vec/commands/table.ts";
import { vec } from "../../../ext/vec.ts";
import { Redlite } from "../../../mod.ts";
import { temporaryDirectory } from "../../harness/servers.ts";

const open = (path = ":memory:") => Redlite.open(path, { extensions: [vec()] });

Deno.test("every command of vector sets has a typed method", () => {
  using db = open();
  for (const { name } of commands) {
    for (const group of [db, db.bytes]) {
      assert.equal(typeof (group as unknown as Record<string, unknown>)[name], "function", name);
    }
  }
});

Deno.test("elements and attributes come back as text or as bytes", () => {
  using db = open();
  db.vadd("set", new Uint8Array([0xff]), new Float32Array([1, 2]), { setattr: "{}" });
  const [found] = db.bytes.vsimWithScores("set", [1, 2]);
  assert.deepEqual(found?.element, new Uint8Array([0xff]));
  assert.deepEqual(found?.attributes, new TextEncoder().encode("{}"));
  assert.deepEqual(db.vsimWithScores("absent", [1]), []);
  assert.equal(db.vinfo("absent"), null);
  assert.equal(db.vemb("set", "absent"), null);
});

Deno.test("options become what the commands take", () => {
  using db = open();
  const options = { reduce: 3, quantization: "BIN", m: 8, ef: 50, cas: true } as const;
  assert.equal(db.vadd("set", "a", [1, 2, 3, 4], options), true);
  assert.deepEqual(
    [db.vdim("set"), db.vinfo("set")?.["projection-input-dim"], db.vinfo("set")?.["hnsw-m"]],
    [3, 4, 8],
  );
  const search = { count: 1, epsilon: 0.9, ef: 10, filter: ".n", filterEf: 5, truth: true };
  assert.deepEqual(db.vsim("set", { element: "a" }, search), []);
  db.vsetattr("set", "a", '{"n":1}');
  assert.deepEqual(db.vsim("set", { element: "a" }, search), ["a"]);
  assert.deepEqual(db.vsimbatch(["set", "none"], { element: "a" }), [["set", ["a"]], ["none", []]]);
  assert.deepEqual(db.vgetattributes("set", "a", "b"), new Map([["a", '{"n":1}'], ["b", null]]));
});

Deno.test("a vector that is none, or an option that there is not, is a TypeError", () => {
  using db = open();
  // deno-lint-ignore no-explicit-any
  const wrong = db as any;
  for (const vector of ["1 2", [1, "2"], null, 5, {}]) {
    assert.throws(() => wrong.vadd("set", "a", vector), TypeError);
  }
  assert.throws(() => wrong.vadd("set", "a", [1], { quantization: "Q4" }), TypeError);
  assert.throws(() => wrong.vsim("set", [1], { limit: 5 }), TypeError);
  assert.throws(() => db.vadd("set", "a", [NaN]), /invalid vector specification/);
  assert.equal(db.exists("set"), 0);
});

Deno.test("what a program without the extension leaves of a set it deletes is deleted later", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/redlite.db`;
  {
    using db = open(path);
    for (const key of ["kept", "gone"]) db.vadd(key, "a", [1, 2]);
  }
  {
    using db = Redlite.open(path);
    db.del("gone");
    db.copy("kept", "copy");
    await db.vacuum();
  }
  using db = open(path);
  const heads = () =>
    db.sql("SELECT count(*) AS heads FROM vec_lists WHERE list = -1")[0]?.["heads"];
  while (heads() !== 1) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(db.vsim("copy", [1, 2]), ["a"]);
  db.vadd("copy", "b", [2, 1]);
  assert.deepEqual(db.vsim("copy", [1, 2]), ["a", "b"]);
  assert.equal(heads(), 2);
});
