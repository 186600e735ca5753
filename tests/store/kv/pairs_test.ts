import { strict as assert } from "node:assert";
import { Buffer } from "node:buffer";
import { KV_ENCODING } from "../../../src/store/kv/arithmetic.ts";
import type { KvMutation, KvPairs } from "../../../src/store/kv/pairs.ts";
import type { Store } from "../../../src/store/store.ts";
import { applyLog } from "../../../src/embedded/log_applier.ts";
import { salvage } from "../../../src/store/rescue/salvage.ts";
import { DatabaseFile, number, testOnDrivers } from "../open.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const bytes = (text: string) => encoder.encode(text);

const set = (key: string, value: string, expiresAtMs = 0): KvMutation => ({
  kind: "set",
  key: bytes(key),
  value: { data: bytes(value), encoding: KV_ENCODING.BYTES },
  expiresAtMs,
});

function write(store: Store, ...mutations: KvMutation[]): number {
  const outcome = store.kv.write({ checks: [], mutations });
  assert.ok("version" in outcome);
  return outcome.version;
}

function all(pairs: KvPairs, limit = 100, reverse = false): string[] {
  const found: string[] = [];
  const range = { start: bytes(""), end: bytes("\x7f"), limit, reverse };
  pairs.read(range, ({ key, data, version }) => {
    found.push(`${decoder.decode(key)}=${decoder.decode(data)}@${version}`);
  });
  return found;
}

testOnDrivers("a write is of one version, and turns count on", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  assert.equal(write(store, set("a", "1"), set("b", "2")), 1);
  assert.equal(write(store, set("a", "3")), 2);
  store.endTurn();
  assert.deepEqual(all(store.kv), ["a=3@2", "b=2@1"]);
  assert.deepEqual(all(store.kv, 1, true), ["b=2@1"]);
  store.endTurn();
  assert.equal(number(file.connect(), "SELECT version FROM kv_facts"), 2);
});

testOnDrivers("what is rolled back takes its versions with it", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  write(store, set("a", "1"));
  store.endTurn();
  write(store, set("a", "2"));
  store.engine.rollback();
  assert.deepEqual(all(store.kv), ["a=1@1"]);
  assert.equal(write(store, set("b", "2")), 2);
  store.endTurn();
});

testOnDrivers("versions go on where another process has come to", async (driver) => {
  await using file = new DatabaseFile(driver);
  const [one, two] = [file.open(), file.open()];
  for (const [i, store] of [one, two, two, one, two].entries()) {
    assert.equal(write(store, set("k", String(i))), i + 1);
    store.endTurn();
  }
  assert.deepEqual(all(one.kv), ["k=4@5"]);
  one.endTurn();
  assert.equal(one.kv.databaseId, two.kv.databaseId);
});

testOnDrivers("checks are all looked at, and those that fail are told", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  const version = write(store, set("a", "1"));
  const checks = [
    { key: bytes("a"), version },
    { key: bytes("a"), version: 0 },
    { key: bytes("none"), version: 0 },
    { key: bytes("none"), version: undefined },
  ];
  assert.deepEqual(store.kv.write({ checks, mutations: [set("b", "2")] }), { failed: [1, 3] });
  assert.deepEqual(all(store.kv), ["a=1@1"]);
  store.endTurn();
});

testOnDrivers("a pair is there until its time is over, and swept then", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  let woken = 0;
  write(
    store,
    set("long", "1", file.clock.now() + 2000),
    set("short", "1", file.clock.now() + 1000),
  );
  store.endTurn();
  const stop = store.kv.watch([bytes("short")], () => woken++);
  file.clock.advance(999);
  assert.equal(all(store.kv).length, 2);
  store.endTurn();
  store.sweeper.sweep();
  assert.equal(woken, 0);
  file.clock.advance(1);
  assert.deepEqual(all(store.kv), ["long=1@1"]);
  const checks = [{ key: bytes("short"), version: 1 }];
  assert.deepEqual(store.kv.write({ checks, mutations: [] }), { failed: [0] });
  store.endTurn();
  store.sweeper.sweep();
  assert.equal(woken, 1);
  assert.equal(number(file.connect(), "SELECT count(*) FROM kv_pairs"), 1);
  // What is written again without an end has none.
  write(store, set("long", "2"));
  store.endTurn();
  file.clock.advance(10_000);
  store.sweeper.sweep();
  assert.deepEqual(all(store.kv), ["long=2@2"]);
  stop();
});

testOnDrivers("who watches is woken by the keys that it watches", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  let woken = 0;
  const stop = store.kv.watch([bytes("a"), bytes("b")], () => woken++);
  write(store, set("c", "1"));
  assert.equal(woken, 0);
  write(store, set("b", "1"));
  write(store, { kind: "delete", key: bytes("a") });
  assert.equal(woken, 2);
  store.endTurn();
  stop();
  write(store, set("a", "1"));
  assert.equal(woken, 2);
  store.endTurn();
});

testOnDrivers("a salvaged file has its pairs, and goes on with its versions", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  write(store, set("a", "1"));
  write(store, set("b", "2"));
  const id = store.kv.databaseId;
  store.endTurn();
  await store.close();
  const damaged = file.connect();
  damaged.exec("UPDATE kv_facts SET version = 0");
  damaged.close();
  const saved = `${file.directory}/saved.db`;
  await salvage(driver, file.path, saved, applyLog);
  const other = new DatabaseFile(driver);
  await using _ = other;
  Deno.copyFileSync(saved, other.path);
  const again = other.open();
  assert.deepEqual(all(again.kv), ["a=1@1", "b=2@2"]);
  assert.equal(again.kv.databaseId, id);
  assert.equal(write(again, set("c", "3")), 3);
  again.endTurn();
});

testOnDrivers("the view shows keys as programs write them", async (driver) => {
  await using file = new DatabaseFile(driver);
  file.clock.advance(Date.now() - file.clock.now());
  const store = file.open();
  const keys: [string, string][] = [
    ["", "[]"],
    ["0275736572730002616461001505", '["users", "ada", 5n]'],
    ["21c024000000000000", "[10]"],
    ["21400fffffffffffff", "[-1]"],
    ["21bfb999999999999a", "[0.1]"],
    ["21fff0000000000000", "[Infinity]"],
    ["21000fffffffffffff", "[-Infinity]"],
    ["218000000000000000", "[0]"],
    ["217fffffffffffffff", "[-0]"],
    ["21fe37e43c8800759c", "[1.0e+300]"],
    ["14", "[0n]"],
    ["1603e8", "[1000n]"],
    ["12fc17", "[-1000n]"],
    ["2627", "[false, true]"],
    ["0100ff01ff00", "[x'00FF01FF']"],
    ["02c3a92200", '["é\\""]'],
    ["7f01", "[x'7F01']"],
  ];
  const shown: [string, string][] = [];
  for (const [hex] of keys) {
    write(store, {
      kind: "set",
      key: Uint8Array.from(Buffer.from(hex, "hex")),
      value: { data: new Uint8Array([1, 0, 0, 0, 0, 0, 0, 1]), encoding: KV_ENCODING.U64 },
      expiresAtMs: 0,
    });
  }
  store.endTurn();
  const connection = file.connect();
  for (const [hex] of keys) {
    const statement = connection.prepare("SELECT key FROM redlite_kv WHERE versionstamp = ?1");
    statement.bindText(1, `${(shown.length + 1).toString(16).padStart(16, "0")}0000`);
    shown.push([hex, statement.step() ? statement.columnText(0) : "none"]);
    statement.finalize();
  }
  assert.deepEqual(shown, keys);
  assert.equal(
    number(
      connection,
      "SELECT count(*) FROM redlite_kv WHERE type = 'u64' AND value = 1 + (1 << 56)",
    ),
    keys.length,
  );
});
