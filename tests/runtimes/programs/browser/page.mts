/** A page that uses the package: in memory, and by a worker on the origin private file system. */

import { strict as assert } from "node:assert";
import * as redlite from "@redlite/redlite";
import { geo } from "@redlite/redlite/ext/geo";
import { vec } from "@redlite/redlite/ext/vec";
import { everything, refusals } from "./everything.mts";

const { loadWasm, Redlite } = redlite;

type Tell = (line: string) => Promise<unknown>;

/** What the worker does, by the names that it knows. */
function worker(action: string): Promise<string> {
  const worker = new Worker("/worker.js", { type: "module" });
  return new Promise<string>((resolve, reject) => {
    worker.onmessage = ({ data }) =>
      data.error ? reject(new Error(data.error)) : resolve(data.text);
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(action);
  }).finally(() => worker.terminate());
}

async function inMemory(): Promise<void> {
  assert.throws(() => Redlite.open(":memory:"), /SQLite is not loaded: .* await loadWasm\(\)/);
  await loadWasm();
  const db = Redlite.open(":memory:", { extensions: [geo(), vec()] });
  await everything(db);
  db.vadd("vectors", "x", [1, 0, 0]);
  db.vadd("vectors", "y", [0, 1, 0]);
  assert.deepEqual(db.vsim("vectors", [1, 0.1, 0], { count: 1 }), ["x"]);
  await refusals(redlite, db);
  const image = db.serialize();
  await db.close();
  const copy = Redlite.deserialize(image, { extensions: [geo(), vec()] });
  assert.equal(copy.get("price"), "2");
  assert.equal(copy.dbsize() > 15, true);
  assert.deepEqual(await copy.integrity(), []);
  copy.set("price", "3");
  await copy.close();
  assert.throws(() => Redlite.open("app.db"), /app\.db cannot be kept here: .* worker/);
  await assert.rejects(loadWasm({ directory: "app" }), /take a worker/);
}

/** Is run by the page again after it has reloaded itself. */
export default async function (tell: Tell): Promise<void> {
  if (sessionStorage.getItem("reloaded") === null) {
    await inMemory();
    await tell("in memory");
    await tell(await worker("fill"));
    sessionStorage.setItem("reloaded", "yes");
    location.reload();
    // The page ends here.
    await new Promise(() => {});
  }
  await tell(await worker("look"));
}
