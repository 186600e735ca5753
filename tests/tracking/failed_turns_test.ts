import { strict as assert } from "node:assert";
import { DatabaseFile, put, testOnDrivers } from "../store/open.ts";
import { ALL, Caching, invalidate } from "./caching.ts";

Deno.test("what a failed turn told of is told again when it happens", () => {
  using caching = new Caching();
  const [a, b] = [caching.track(), caching.track()];
  caching.read(a, "x");
  caching.read(b, "x");
  caching.write(undefined, "x");
  caching.fail();
  assert.deepEqual([a.told(), b.told()], [invalidate("x"), invalidate("x")]);
  caching.write(undefined, "x");
  caching.endTurn();
  assert.deepEqual([a.told(), b.told()], [invalidate("x"), invalidate("x")]);
});

Deno.test("a flush in a failed turn leaves the table as it was", () => {
  using caching = new Caching();
  const client = caching.track();
  caching.read(client, "x", "y");
  caching.endTurn();
  caching.write(undefined, "y");
  caching.flush();
  caching.fail();
  client.told();
  assert.equal(caching.caches.totalKeys, 2);
  caching.write(undefined, "x", "y");
  assert.equal(client.told(), invalidate("x") + invalidate("y"));
});

Deno.test("what an earlier turn told of does not come back with a failed one", () => {
  using caching = new Caching();
  const client = caching.track();
  caching.read(client, "x", "y");
  caching.write(undefined, "x");
  caching.endTurn();
  caching.write(undefined, "z");
  caching.fail();
  assert.equal(caching.caches.totalKeys, 1);
});

Deno.test("a failed turn's changes are not told by the next one", () => {
  using caching = new Caching();
  const client = caching.track({ broadcast: true });
  caching.write(undefined, "x");
  caching.store.engine.rollback();
  caching.write(undefined, "y");
  caching.endTurn();
  assert.equal(client.told(), invalidate("y"));
});

testOnDrivers(
  "after another process's commit everybody is told to forget everything",
  async (driver) => {
    await using file = new DatabaseFile(driver);
    const other = file.open();
    const caching = new Caching(file.open());
    const [reader, listener] = [caching.track(), caching.track({ broadcast: true })];
    caching.read(reader, "x");
    caching.endTurn();
    put(other, "y", "value");
    other.endTurn();
    caching.store.engine.begin();
    assert.deepEqual([reader.told(), listener.told()], [ALL, ALL]);
    assert.equal(caching.caches.totalKeys, 0);
    caching.endTurn();
    caching.store.engine.begin();
    assert.equal(reader.told(), "");
  },
);
