import { strict as assert } from "node:assert";
import { put } from "../store/open.ts";
import { ALL, Caching, invalidate } from "./caching.ts";

Deno.test("a key that was read is told of once, when it changes", () => {
  using caching = new Caching();
  const client = caching.track();
  caching.read(client, "x", "y");
  caching.write(undefined, "x", "x", "z");
  assert.equal(client.told(), invalidate("x"));
  caching.read(client, "x");
  caching.write(undefined, "x");
  assert.equal(client.told(), invalidate("x"));
});

Deno.test("the database of a key does not matter", () => {
  using caching = new Caching();
  const client = caching.track();
  caching.read(client, "x");
  caching.as(undefined, () => put(caching.store, "x", "value", { db: 1 }));
  assert.equal(client.told(), invalidate("x"));
});

Deno.test("keys are bytes", () => {
  using caching = new Caching();
  const client = caching.track();
  caching.read(client, "ключ");
  caching.write(undefined, "ключ");
  assert.equal(client.told(), invalidate("ключ"));
});

Deno.test("everybody who read a key is told, and nobody else", () => {
  using caching = new Caching();
  const [a, b, c] = [caching.track(), caching.track(), caching.track()];
  caching.read(a, "x");
  caching.read(b, "x");
  caching.read(c, "y");
  assert.equal(caching.caches.totalKeys, 2);
  assert.equal(caching.caches.totalItems, 3);
  caching.remove(undefined, "nothing");
  caching.write(undefined, "x");
  assert.deepEqual([a.told(), b.told(), c.told()], [invalidate("x"), invalidate("x"), ""]);
  assert.equal(caching.caches.totalKeys, 1);
  assert.equal(caching.caches.totalItems, 1);
});

Deno.test("with NOLOOP a client is not told of its own changes, and has to read again after them", () => {
  using caching = new Caching();
  const client = caching.track({ noLoop: true });
  caching.read(client, "x");
  caching.write(client, "x");
  caching.write(undefined, "x");
  assert.equal(client.told(), "");
  caching.read(client, "x");
  caching.write(undefined, "x");
  assert.equal(client.told(), invalidate("x"));
});

Deno.test("with OPTIN the keys of the command after CLIENT CACHING are remembered, with OPTOUT the others", () => {
  using caching = new Caching();
  const optin = caching.track({ mode: "optin" });
  const optout = caching.track({ mode: "optout" });
  for (const client of [optin, optout]) {
    caching.read(client, "before");
    if (client.tracking !== undefined) client.tracking.caching = true;
    caching.read(client, "next");
    caching.read(client, "after");
  }
  caching.write(undefined, "before", "next", "after");
  assert.equal(optin.told(), invalidate("next"));
  assert.equal(optout.told(), invalidate("before") + invalidate("after"));
});

Deno.test("CLIENT CACHING holds for a whole transaction", () => {
  using caching = new Caching();
  const client = caching.track({ mode: "optin" });
  if (client.tracking !== undefined) client.tracking.caching = true;
  client.transaction = {};
  caching.read(client, "x");
  caching.read(client, "y");
  client.transaction = undefined;
  caching.read(client, "z");
  caching.read(client, "after");
  caching.write(undefined, "x", "y", "z", "after");
  assert.equal(client.told(), invalidate("x") + invalidate("y") + invalidate("z"));
});

Deno.test("a flush of several databases by one command is told once", () => {
  using caching = new Caching();
  const client = caching.track({ noLoop: true });
  caching.read(client, "x");
  caching.flush(client, 16);
  assert.equal(client.told(), ALL);
  caching.flush(client, 16);
  assert.equal(client.told(), ALL);
  assert.equal(caching.caches.totalKeys, 0);
});

Deno.test("an exchange of databases is told as a flush", () => {
  using caching = new Caching();
  const client = caching.track();
  caching.read(client, "x");
  caching.as(undefined, () => {
    caching.store.engine.write();
    caching.store.keyspace.swap(0, 1);
  });
  assert.equal(client.told(), ALL);
});

Deno.test("a client that switched tracking off is told nothing", () => {
  using caching = new Caching();
  const client = caching.track();
  caching.read(client, "x", "y");
  caching.caches.disable(client);
  assert.equal(client.tracking, undefined);
  assert.equal(caching.caches.count, 0);
  caching.write(undefined, "x");
  assert.equal(client.told(), "");
  caching.enable(client);
  caching.write(undefined, "x", "y");
  assert.equal(client.told(), invalidate("y"));
});

Deno.test("changes are watched only while somebody may have to be told", () => {
  using caching = new Caching();
  const { changes } = caching.store.engine;
  assert.equal(changes.observed, false);
  const client = caching.track();
  assert.equal(changes.observed, true);
  caching.caches.disable(client);
  assert.equal(changes.observed, false);
  caching.enable(client);
  caching.read(client, "x");
  caching.disconnect(client);
  assert.equal(changes.observed, false);
  assert.equal(caching.caches.totalKeys, 0);
});

Deno.test("more keys than the table may hold push others out, whose clients are told", () => {
  using caching = new Caching(undefined, () => 0);
  const client = caching.track({ noLoop: true });
  caching.caches.maxKeys = 2;
  caching.read(client, "x", "y");
  assert.equal(client.told(), "");
  caching.read(client, "z");
  assert.equal(client.told(), invalidate("x"));
  assert.equal(caching.caches.totalKeys, 2);
  caching.caches.maxKeys = 1;
  caching.endTurn();
  assert.equal(client.told(), invalidate("z"));
  caching.write(undefined, "y");
  assert.equal(client.told(), invalidate("y"));
});

Deno.test("a table without a limit holds every key", () => {
  using caching = new Caching();
  const client = caching.track();
  caching.caches.maxKeys = 0;
  caching.read(client, "x", "y", "z");
  assert.equal(client.told(), "");
  assert.equal(caching.caches.totalKeys, 3);
});

Deno.test("connections that come and go do not fill up the ids of a key", () => {
  using caching = new Caching();
  const stays = caching.track();
  caching.read(stays, "x");
  for (let i = 0; i < 500; i++) {
    const passing = caching.track();
    caching.read(passing, "x");
    caching.disconnect(passing);
  }
  assert(caching.caches.totalItems < 20, `${caching.caches.totalItems} ids`);
  caching.write(undefined, "x");
  assert.equal(stays.told(), invalidate("x"));
});
