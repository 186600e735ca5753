/** The limits of memory and disk: what is evicted, and what is not. */

import { strict as assert } from "node:assert";
import { ManualClock } from "../../../src/engine/clock.ts";
import type { EvictionPolicy } from "../../../src/store/keys/eviction/eviction.ts";
import { TYPE } from "../../../src/store/file/schema.ts";
import type { Store } from "../../../src/store/store.ts";
import {
  DatabaseFile,
  get,
  memoryStore,
  number,
  put,
  remove,
  slice,
  testOnDrivers,
} from "../open.ts";

/** Numbers in [0, 1) that are the same in every run. */
function seeded(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ seed >>> 15, 1 | seed);
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
    return ((t ^ t >>> 14) >>> 0) / 4294967296;
  };
}

function withSeed(store: Store, seed = 1): Store {
  store.eviction.samples.random = store.keyspace.clock.random = seeded(seed);
  return store;
}

const name = (i: number) => `key:${i}`.padEnd(12, "x");

/** Sets keys 0 to `count`, a second one after the other. */
function fill(
  store: Store,
  clock: ManualClock,
  count: number,
  options: { db?: number; ttlMs?: (i: number) => number } = {},
): void {
  for (let i = 0; i < count; i++) {
    const ttl = options.ttlMs?.(i) ?? 0;
    const expiresAtMs = ttl === 0 ? 0 : clock.now() + ttl;
    put(store, name(i), "value", { db: options.db, expiresAtMs });
    store.endTurn();
    clock.advance(1000);
  }
}

/** Evicts until only a share of the bytes is left. @returns What could not be, as makeRoom does. */
function evictTo(store: Store, share: number, policy: EvictionPolicy): string {
  const maxmemory = Math.floor(store.eviction.usedBytes * share);
  store.eviction.configure({ maxmemory, policy, samples: 10, tenacity: 100 });
  let room: string;
  do {
    room = store.eviction.makeRoom();
    store.endTurn();
  } while (store.eviction.behind);
  if (room === "ok") assert.ok(store.eviction.usedBytes <= maxmemory);
  store.endTurn();
  return room;
}

/** Which of the keys 0 to `count` are there; the look is no use of them. */
function alive(store: Store, count: number, db = 0): boolean[] {
  const found = Array.from(
    { length: count },
    (_, i) => store.keyspace.find(db, slice(name(i))) !== TYPE.NONE,
  );
  store.endTurn();
  return found;
}

const countOf = (flags: readonly boolean[]) => flags.filter((flag) => flag).length;

/** How many keys of each tenth are there. */
function tenths(flags: readonly boolean[]): number[] {
  const size = flags.length / 10;
  return Array.from({ length: 10 }, (_, i) => countOf(flags.slice(i * size, (i + 1) * size)));
}

/** Whether nearly all of the first tenths went and nearly all of the last stayed. */
function assertFirstWent(flags: readonly boolean[]): void {
  const left = tenths(flags);
  const message = left.join(" ");
  const size = flags.length / 10;
  assert.ok(left[0]! + left[1]! <= 0.2 * size, message);
  assert.ok(left[8]! + left[9]! >= 1.98 * size, message);
}

const KEYS = 1000;

testOnDrivers("allkeys-lru evicts the keys that were read the longest ago", async (driver) => {
  const clock = new ManualClock();
  const store = withSeed(memoryStore(driver, clock));
  fill(store, clock, KEYS);
  // Read in the opposite order: the first keys are the last used.
  for (let i = KEYS - 1; i >= 0; i--) {
    get(store, name(i));
    store.endTurn();
    clock.advance(1000);
  }
  assert.equal(evictTo(store, 0.5, "allkeys-lru"), "ok");
  assertFirstWent(alive(store, KEYS).reverse());
  await store.close();
});

testOnDrivers("allkeys-lru goes by the last write where no use is remembered", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  fill(store, file.clock, KEYS);
  await store.close();
  const reopened = withSeed(file.open());
  assert.equal(evictTo(reopened, 0.5, "allkeys-lru"), "ok");
  assertFirstWent(alive(reopened, KEYS));
});

testOnDrivers("long strings and collections that were read stay, too", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  for (let i = 0; i < 200; i++) put(store, `long:${i}`, new Uint8Array(2000));
  for (let i = 0; i < 200; i++) {
    const set = store.keyspace.createCollection(0, slice(`set:${i}`), TYPE.SET);
    store.sets.add(set, slice(new Uint8Array(2000)));
  }
  store.endTurn();
  await store.close();
  file.clock.advance(100_000);
  const reopened = withSeed(file.open());
  for (let i = 0; i < 20; i++) {
    get(reopened, `long:${i}`);
    reopened.keyspace.readCollection(0, slice(`set:${i}`), TYPE.SET);
    reopened.endTurn();
  }
  assert.equal(evictTo(reopened, 0.2, "allkeys-lru"), "ok");
  const there = (key: string) => reopened.keyspace.find(0, slice(key)) !== TYPE.NONE;
  for (let i = 0; i < 20; i++) assert.ok(there(`long:${i}`) && there(`set:${i}`), `${i}`);
});

testOnDrivers("allkeys-lrm evicts the keys that were written the longest ago", async (driver) => {
  const clock = new ManualClock();
  const store = withSeed(memoryStore(driver, clock));
  fill(store, clock, KEYS);
  for (let i = KEYS - 1; i >= 0; i--) {
    get(store, name(i));
    store.endTurn();
    clock.advance(1000);
  }
  assert.equal(evictTo(store, 0.5, "allkeys-lrm"), "ok");
  assertFirstWent(alive(store, KEYS));
  await store.close();
});

testOnDrivers("allkeys-lfu evicts the keys that were read least", async (driver) => {
  const clock = new ManualClock();
  const store = withSeed(memoryStore(driver, clock));
  store.eviction.configure({ policy: "allkeys-lfu" });
  fill(store, clock, KEYS);
  // The first fifth is read a hundred times, and all the others once later on.
  for (let i = 0; i < 200; i++) {
    for (let n = 0; n < 100; n++) get(store, name(i));
    store.endTurn();
  }
  for (let i = 200; i < KEYS; i++) get(store, name(i));
  store.endTurn();
  assert.equal(evictTo(store, 0.3, "allkeys-lfu"), "ok");
  assert.equal(countOf(alive(store, 200)), 200);
  await store.close();
});

testOnDrivers("the counter of uses falls with time", async (driver) => {
  const clock = new ManualClock();
  const store = withSeed(memoryStore(driver, clock));
  store.eviction.configure({ policy: "allkeys-lfu", lfuDecayTime: 2 });
  put(store, "k", "value");
  assert.equal(store.keyspace.use.frequency(0, slice("k")), 5);
  for (let i = 0; i < 1000; i++) get(store, "k");
  const high = store.keyspace.use.frequency(0, slice("k"));
  assert.ok(high > 10 && high < 30, `${high}`);
  put(store, "k", "other");
  assert.ok(store.keyspace.use.frequency(0, slice("k")) >= high);
  store.endTurn();
  const before = store.keyspace.use.frequency(0, slice("k"));
  store.endTurn();
  clock.advance(6 * 60_000);
  store.engine.begin();
  assert.equal(store.keyspace.use.frequency(0, slice("k")), before - 3);
  store.endTurn();
  clock.advance(1000 * 60_000);
  store.engine.begin();
  assert.equal(store.keyspace.use.frequency(0, slice("k")), 0);
  store.eviction.configure({ lfuDecayTime: 0 });
  assert.equal(store.keyspace.use.frequency(0, slice("k")), before);
  await store.close();
});

testOnDrivers("a long string that is set anew keeps its counter of uses", async (driver) => {
  const store = withSeed(memoryStore(driver));
  store.eviction.configure({ policy: "allkeys-lfu", lfuLogFactor: 0 });
  put(store, "k", new Uint8Array(1000));
  for (let i = 0; i < 20; i++) get(store, "k");
  put(store, "k", new Uint8Array(1001));
  assert.equal(store.keyspace.use.frequency(0, slice("k")), 26);
  await store.close();
});

/** The chi-square statistic of how many keys of each tenth are left. */
function chiSquare(counts: readonly number[]): number {
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0);
}

/** Nine degrees of freedom; one seed in a thousand would fail. */
const UNLIKELY = 27.9;

testOnDrivers("allkeys-random takes keys from everywhere alike", async (driver) => {
  for (const keys of [400, 4000]) {
    const clock = new ManualClock();
    const store = withSeed(memoryStore(driver, clock), keys);
    fill(store, clock, keys);
    assert.equal(evictTo(store, 0.5, "allkeys-random"), "ok");
    const flags = alive(store, keys);
    assert.ok(chiSquare(tenths(flags)) < UNLIKELY, tenths(flags).join(" "));
    // By the order of bytes, too.
    const sorted = flags.map((flag, i) => ({ flag, key: name(i) }))
      .sort((a, b) => a.key < b.key ? -1 : 1).map(({ flag }) => flag);
    assert.ok(chiSquare(tenths(sorted)) < UNLIKELY, tenths(sorted).join(" "));
    await store.close();
  }
});

testOnDrivers("volatile-random takes volatile keys from everywhere alike", async (driver) => {
  for (const keys of [400, 4000]) {
    const clock = new ManualClock();
    const store = withSeed(memoryStore(driver, clock), keys);
    fill(store, clock, keys, { ttlMs: (i) => 10_000_000 + i });
    assert.equal(evictTo(store, 0.5, "volatile-random"), "ok");
    const flags = alive(store, keys);
    assert.ok(chiSquare(tenths(flags)) < UNLIKELY, tenths(flags).join(" "));
    await store.close();
  }
});

testOnDrivers("keys that all expire at the same time are drawn alike", async (driver) => {
  const store = withSeed(memoryStore(driver));
  const expiresAtMs = store.engine.nowMs + 1_000_000;
  for (let i = 0; i < 2000; i++) put(store, name(i), "value", { expiresAtMs });
  store.endTurn();
  assert.equal(evictTo(store, 0.5, "volatile-random"), "ok");
  const flags = alive(store, 2000);
  assert.ok(chiSquare(tenths(flags)) < UNLIKELY, tenths(flags).join(" "));
  await store.close();
});

testOnDrivers("volatile-ttl evicts in the order of expiry", async (driver) => {
  const clock = new ManualClock();
  const store = withSeed(memoryStore(driver, clock));
  const ttlMs = (i: number) => 10_000_000 + (i * 7919 % KEYS) * 10_000;
  fill(store, clock, KEYS, { ttlMs });
  const evicted: number[] = [];
  store.engine.changes.subscribe((changes) => {
    for (const change of changes) {
      if (change.event !== "evicted" || !("key" in change)) continue;
      evicted.push(Number(/\d+/.exec(new TextDecoder().decode(change.key))?.[0]));
    }
  });
  assert.equal(evictTo(store, 0.5, "volatile-ttl"), "ok");
  assert.ok(evicted.length >= KEYS / 2);
  assert.equal(store.keyspace.statistics.evicted, evicted.length);
  const expiry = (i: number) => i * 1000 + ttlMs(i);
  assert.deepEqual(evicted, evicted.toSorted((a, b) => expiry(a) - expiry(b)));
  await store.close();
});

testOnDrivers("no volatile policy evicts a persistent key", async (driver) => {
  const policies = ["lru", "lrm", "lfu", "random", "ttl"] as const;
  for (const policy of policies) {
    for (const keys of [100, 1200]) {
      const clock = new ManualClock();
      const store = withSeed(memoryStore(driver, clock));
      fill(store, clock, keys, { ttlMs: (i) => i % 2 === 0 ? 10_000_000 : 0 });
      assert.equal(evictTo(store, 0.1, `volatile-${policy}`), "memory", policy);
      alive(store, keys).forEach((there, i) => assert.equal(there, i % 2 === 1, `${policy} ${i}`));
      await store.close();
    }
  }
});

testOnDrivers(
  "a candidate that was used or made persistent since is passed over",
  async (driver) => {
    const clock = new ManualClock();
    const store = withSeed(memoryStore(driver, clock));
    fill(store, clock, 100, { ttlMs: () => 10_000_000 });
    // The first eviction draws all it can: the oldest keys wait in the pool.
    store.eviction.configure({ samples: 64 });
    evictTo(store, 0.99, "volatile-lru");
    const candidates = alive(store, 20).map((there, i) => there ? i : -1).filter((i) => i !== -1);
    for (const i of candidates.slice(0, 8)) get(store, name(i));
    for (const i of candidates.slice(8)) {
      store.engine.write();
      store.keyspace.find(0, slice(name(i)));
      store.keyspace.setExpiry(0, slice(name(i)), 0);
    }
    store.endTurn();
    const maxmemory = Math.floor(store.eviction.usedBytes * 0.7);
    store.eviction.makeRoom();
    store.eviction.configure({ maxmemory });
    assert.equal(store.eviction.makeRoom(), "ok");
    store.endTurn();
    for (const i of candidates) assert.ok(alive(store, 20)[i], `${i}`);
    await store.close();
  },
);

testOnDrivers("noeviction refuses, and frees nothing", async (driver) => {
  const clock = new ManualClock();
  const store = memoryStore(driver, clock);
  fill(store, clock, 100);
  assert.equal(evictTo(store, 0.5, "noeviction"), "memory");
  assert.equal(countOf(alive(store, 100)), 100);
  assert.equal(store.keyspace.statistics.evicted, 0);
  await store.close();
});

testOnDrivers("keys of all databases are evicted", async (driver) => {
  const clock = new ManualClock();
  const store = withSeed(memoryStore(driver, clock));
  fill(store, clock, 600, { db: 3 });
  fill(store, clock, 100, { db: 0 });
  assert.equal(evictTo(store, 0.5, "allkeys-random"), "ok");
  const left = [countOf(alive(store, 600, 3)), countOf(alive(store, 100, 0))];
  assert.ok(left[0]! > 240 && left[0]! < 360 && left[1]! > 20 && left[1]! < 80, left.join(" "));
  await store.close();
});

testOnDrivers("the limit holds while keys are written", async (driver) => {
  const store = withSeed(memoryStore(driver));
  const maxmemory = 500_000;
  store.eviction.configure({ maxmemory, policy: "allkeys-lru", tenacity: 100 });
  const random = seeded(7);
  const keys = driver.info.name === "ffi" ? 50_000 : 10_000;
  for (let i = 0; i < keys; i++) {
    assert.equal(store.eviction.makeRoom(), "ok");
    assert.ok(store.eviction.usedBytes <= maxmemory);
    put(store, `key:${Math.floor(random() * 1e9)}`, new Uint8Array(32));
    if (i % 50 === 49) store.endTurn();
  }
  assert.ok(store.eviction.usedBytes > 0.9 * maxmemory);
  store.endTurn();
  assert.equal(
    number(store.engine.connection, "SELECT count(*) FROM keys"),
    store.keyspace.facts.size(0),
  );
  await store.close();
});

testOnDrivers("what a turn adds to collections counts before it ends", async (driver) => {
  const store = withSeed(memoryStore(driver));
  store.eviction.configure({ maxmemory: 100_000, policy: "allkeys-lru", tenacity: 100 });
  store.engine.write();
  for (let i = 0; i < 500; i++) {
    assert.equal(store.eviction.makeRoom(), "ok");
    const key = slice(`set:${i}`);
    const set = store.keyspace.createCollection(0, key, TYPE.SET);
    store.sets.add(set, slice(new Uint8Array(1000)));
    assert.ok(store.eviction.usedBytes < 102_000);
  }
  assert.ok(store.keyspace.statistics.evicted > 350);
  await store.close();
});

testOnDrivers(
  "evicting a large collection frees its bytes at once, its rows bit by bit",
  async (driver) => {
    const store = withSeed(memoryStore(driver));
    store.engine.write();
    const list = store.keyspace.createCollection(0, slice("list"), TYPE.LIST);
    for (let i = 0; i < 5000; i++) store.lists.push(list, slice(new Uint8Array(100)), false);
    store.endTurn();
    assert.equal(evictTo(store, 0.5, "allkeys-lru"), "ok");
    assert.equal(store.eviction.usedBytes, 0);
    assert.equal(store.keyspace.statistics.evicted, 1);
    const rows = () => number(store.engine.connection, "SELECT count(*) FROM lists");
    const left = rows();
    assert.ok(left > 0 && left < 5000, `${left}`);
    while (store.sweeper.sweep());
    assert.equal(rows(), 0);
    await store.close();
  },
);

testOnDrivers("a call without time evicts a few, and the background goes on", async (driver) => {
  const clock = new ManualClock();
  const store = withSeed(memoryStore(driver, clock));
  fill(store, clock, 200);
  const maxmemory = Math.floor(store.eviction.usedBytes / 2);
  store.eviction.configure({ maxmemory, policy: "allkeys-lru", tenacity: 0 });
  assert.equal(store.eviction.makeRoom(), "ok");
  assert.ok(store.eviction.behind);
  assert.equal(store.keyspace.statistics.evicted, 8);
  store.endTurn();
  while (store.sweeper.sweep());
  assert.ok(!store.eviction.behind && store.eviction.usedBytes <= maxmemory);
  await store.close();
});

testOnDrivers("within the limits nothing is written", async (driver) => {
  const store = memoryStore(driver);
  put(store, "key", "value");
  store.endTurn();
  store.eviction.configure({ maxmemory: 1000, policy: "allkeys-lru", maxdisk: 1_000_000 });
  assert.equal(store.eviction.makeRoom(), "ok");
  assert.ok(!store.engine.writing);
  await store.close();
});

testOnDrivers("the time above the limit is told", async (driver) => {
  const clock = new ManualClock();
  const store = memoryStore(driver, clock);
  put(store, "key", "value");
  store.endTurn();
  store.eviction.configure({ maxmemory: 10 });
  assert.equal(store.eviction.makeRoom(), "memory");
  store.endTurn();
  clock.advance(1500);
  assert.deepEqual([store.eviction.exceededMs, store.eviction.totalExceededMs], [1500, 1500]);
  remove(store, "key");
  assert.equal(store.eviction.makeRoom(), "ok");
  store.endTurn();
  clock.advance(500);
  assert.deepEqual([store.eviction.exceededMs, store.eviction.totalExceededMs], [0, 1500]);
  await store.close();
});

testOnDrivers("two processes keep one limit", async (driver) => {
  await using file = new DatabaseFile(driver);
  const stores = [withSeed(file.open()), withSeed(file.open(), 2)];
  const maxmemory = 50_000;
  for (const { eviction } of stores) {
    eviction.configure({ maxmemory, policy: "allkeys-lru", tenacity: 100 });
  }
  for (let i = 0; i < 2000; i++) {
    const store = stores[i % 2]!;
    assert.equal(store.eviction.makeRoom(), "ok");
    put(store, name(i), "value");
    store.endTurn();
    file.clock.advance(100);
  }
  for (const store of stores) {
    const { usedBytes } = store.eviction;
    assert.ok(usedBytes > 0.9 * maxmemory && usedBytes < 1.01 * maxmemory, `${usedBytes}`);
    store.endTurn();
  }
  const left = alive(stores[0]!, 2000);
  assert.ok(countOf(left.slice(1800)) > 195);
  assert.equal(countOf(left), number(file.connect(), "SELECT count(*) FROM keys"));
});

testOnDrivers("maxdisk holds the file, expired keys first, then the oldest", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = withSeed(file.open());
  const maxdisk = 1_000_000;
  store.eviction.configure({ maxdisk, tenacity: 100 });
  const random = seeded(3);
  const value = new Uint8Array(100);
  const keys = Array.from({ length: 8000 }, () => `key:${Math.floor(random() * 1e9)}`);
  for (let i = 0; i < 200; i++) {
    put(store, `brief:${i}`, value, { expiresAtMs: file.clock.now() + 1000 });
  }
  store.endTurn();
  file.clock.advance(2000);
  let expiredAtFirst: number | undefined;
  for (const [i, key] of keys.entries()) {
    assert.equal(store.eviction.makeRoom(), "ok");
    const { evicted, expired } = store.keyspace.statistics;
    if (evicted > 0) expiredAtFirst ??= expired;
    put(store, key, value);
    if (i % 20 !== 19) continue;
    store.endTurn();
    file.clock.advance(1000);
  }
  store.endTurn();
  assert.equal(expiredAtFirst, 200);
  assert.ok(number(store.engine.connection, "PRAGMA page_count") * 2048 < maxdisk);
  const left = keys.map((key) => get(store, key) !== undefined);
  assert.ok(countOf(left) > 3000, `${countOf(left)}`);
  assert.ok(countOf(left.slice(0, 2000)) < 100, `${countOf(left.slice(0, 2000))}`);
  assert.ok(countOf(left.slice(7500)) > 495, `${countOf(left.slice(7500))}`);
});

testOnDrivers("maxdisk takes garbage before any key", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = withSeed(file.open());
  store.engine.write();
  const list = store.keyspace.createCollection(0, slice("list"), TYPE.LIST);
  for (let i = 0; i < 5000; i++) store.lists.push(list, slice(new Uint8Array(100)), false);
  put(store, "key", "value");
  store.endTurn();
  remove(store, "list");
  store.endTurn();
  store.eviction.configure({ maxdisk: 400_000, tenacity: 100 });
  assert.equal(store.eviction.makeRoom(), "ok");
  assert.equal(store.keyspace.statistics.evicted, 0);
  assert.equal(get(store, "key"), "value");
});

testOnDrivers("maxdisk refuses where nothing is left to delete", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = withSeed(file.open());
  put(store, "key", "value");
  store.endTurn();
  store.eviction.configure({ maxdisk: 10_000, tenacity: 100 });
  assert.equal(store.eviction.makeRoom(), "disk");
  assert.equal(store.keyspace.facts.size(0), 0);
  store.eviction.configure({ maxdisk: 0 });
  assert.ok(!store.eviction.active);
});
