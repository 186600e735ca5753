/** A worker whose database is a file on the origin private file system. */

import { strict as assert } from "node:assert";
import * as redlite from "@redlite/redlite";
import { geo } from "@redlite/redlite/ext/geo";
import { everything, refusals } from "./everything.mts";

const { loadWasm, Redlite } = redlite;
const extensions = [geo()] as const;

/** The worker's own global object, of which a page's types know nothing. */
const scope = globalThis as unknown as {
  onmessage: (event: { readonly data: string }) => void;
  postMessage(message: unknown): void;
};

async function fill(): Promise<string> {
  await loadWasm();
  assert.throws(() => Redlite.open("app.db"), /app\.db cannot be kept here/);
  await loadWasm({ directory: "redlite", databases: 6 });
  await assert.rejects(loadWasm({ directory: "other" }), /the directory redlite is open here/);
  const db = Redlite.open("app.db", { extensions, appendfsync: "always" });
  await everything(db);
  await refusals(redlite, db);
  assert.throws(() => Redlite.open("app.db"), /app\.db is open already/);
  await db.vacuum();
  assert.equal(db.get("price"), "2");
  const copy = Redlite.deserialize(db.serialize(), { path: "copy.db", extensions });
  copy.set("price", "copied");
  await copy.close();
  assert.throws(() => Redlite.deserialize(db.serialize(), { path: "copy.db" }), /is there already/);
  // Not closed: what was synced is there all the same when the worker has ended.
  db.set("last", "written");
  await db.sync();
  return "filled";
}

async function look(): Promise<string> {
  await loadWasm({ directory: "redlite" });
  const db = Redlite.open("app.db", { extensions });
  assert.equal(db.get("last"), "written");
  assert.equal(db.get("price"), "2");
  assert.deepEqual(db.zrange("scores", 0, -1), ["one", "two", "three"]);
  assert.equal(db.strlen("large"), 5_000_000);
  assert.equal(await db.function.call("twice", { args: ["4"] }), 8);
  assert.deepEqual(await db.integrity(), []);
  await db.close();
  const copy = Redlite.open("copy.db", { extensions, readonly: true });
  assert.equal(copy.get("price"), "copied");
  assert.throws(() => copy.set("price", "x"), /read.?only|READONLY/i);
  await copy.close();
  return "still there";
}

scope.onmessage = async ({ data }) => {
  try {
    scope.postMessage({ text: await (data === "fill" ? fill() : look()) });
  } catch (error) {
    scope.postMessage({ error: error instanceof Error ? error.stack : String(error) });
  }
};
