import { strict as assert } from "node:assert";
import { slice } from "../store/open.ts";
import { ALL, Caching, invalidate } from "./caching.ts";

Deno.test("with BCAST the changes of a turn are told at its end, each key once and in order", () => {
  using caching = new Caching();
  const client = caching.track({ broadcast: true });
  caching.write(undefined, "y", "x", "y");
  assert.equal(client.told(), "");
  caching.endTurn();
  assert.equal(client.told(), invalidate("x", "y"));
  caching.endTurn();
  assert.equal(client.told(), "");
});

Deno.test("each prefix has a message of its own", () => {
  using caching = new Caching();
  const client = caching.track({ broadcast: true, prefixes: ["b", "aa", "none"] });
  assert.equal(caching.caches.totalPrefixes, 3);
  caching.write(undefined, "b1", "aa1", "a", "c", "b");
  caching.endTurn();
  assert.equal(client.told(), invalidate("aa1") + invalidate("b", "b1"));
});

Deno.test("keys that were read are not remembered with BCAST", () => {
  using caching = new Caching();
  const client = caching.track({ broadcast: true, prefixes: ["a"] });
  caching.read(client, "x");
  assert.equal(caching.caches.totalKeys, 0);
});

Deno.test("with BCAST and NOLOOP a client is not told of what it alone changed", () => {
  using caching = new Caching();
  const client = caching.track({ broadcast: true, noLoop: true });
  const other = caching.track({ broadcast: true });
  caching.write(client, "mine", "ours");
  caching.write(other, "ours", "theirs");
  caching.endTurn();
  assert.equal(client.told(), invalidate("ours", "theirs"));
  assert.equal(other.told(), invalidate("mine", "ours", "theirs"));
  caching.write(client, "mine");
  caching.endTurn();
  assert.equal(client.told(), "");
});

Deno.test("that a key expired is nobody's doing, also if a command finds it out", () => {
  using caching = new Caching();
  const client = caching.track({ broadcast: true, noLoop: true });
  caching.as(client, () => {
    caching.store.engine.changes.add(0, slice("x"), "expired");
  });
  caching.endTurn();
  assert.equal(client.told(), invalidate("x"));
});

Deno.test("prefixes are added to those there are, and all end with tracking", () => {
  using caching = new Caching();
  const client = caching.track({ broadcast: true, prefixes: ["b"] });
  caching.enable(client, { broadcast: true, prefixes: ["a"] });
  assert.deepEqual(client.tracking?.prefixes, ["a", "b"]);
  caching.enable(client, { broadcast: true });
  assert.deepEqual(client.tracking?.prefixes, ["", "a", "b"]);
  caching.caches.disable(client);
  assert.equal(caching.caches.totalPrefixes, 0);
  caching.write(undefined, "a");
  caching.endTurn();
  assert.equal(client.told(), "");
});

Deno.test("a flush is told at once, changes around it at the end of the turn", () => {
  using caching = new Caching();
  const client = caching.track({ broadcast: true });
  caching.write(undefined, "x");
  caching.flush();
  assert.equal(client.told(), ALL);
  caching.endTurn();
  assert.equal(client.told(), invalidate("x"));
});
