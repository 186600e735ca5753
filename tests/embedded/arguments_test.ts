import { strict as assert } from "node:assert";
import { Redlite, type RedliteOptions } from "../../mod.ts";
import { bytes, testInMemory } from "./open.ts";

/** Calls a method as JavaScript may, whatever its types say. */
const loose = <T>(db: T) => db as { [Name in keyof T]: (...args: unknown[]) => unknown };

const typeError = (message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof TypeError, String(error));
  assert.match(error.message, message);
  return true;
};

testInMemory("a wrong type is a TypeError that names the argument", (db) => {
  const js = loose(db);
  const cases: [call: () => unknown, message: RegExp][] = [
    [() => js.get(5), /^GET: key must be a string or bytes, not a number$/],
    [() => js.get(undefined), /^GET: key must be a string or bytes, not undefined$/],
    [
      () => js.set("k", null),
      /^SET: value must be a string, bytes, a number or a bigint, not null$/,
    ],
    [() => js.set("k", undefined), /^SET: value must be .*, not undefined$/],
    [() => js.set("k", {}), /^SET: value must be .*, not an object$/],
    [() => js.set("k", true), /^SET: value must be .*, not a boolean$/],
    [() => js.set("k", NaN), /^SET: value must be .*, not NaN$/],
    [() => js.set(1, "v", { ex: 1 }), /^SET: key must be a string or bytes, not a number$/],
    [() => js.call("SET", "k", undefined), /^SET: value must be .*, not undefined$/],
    [() => js.call("set", "k"), /wrong number of arguments/],
    [() => js.call(undefined), /^the command's name must be a string, not undefined$/],
    [() => js.del("a", 5), /^DEL: key must be a string or bytes, not a number$/],
    [() => js.mget(["a", null]), /^MGET: key must be a string or bytes, not null$/],
    [() => js.lpush(null, "a"), /^LPUSH: key must be a string or bytes, not null$/],
    [() => js.hset("h", "f", undefined), /^HSET: value must be .*, not undefined$/],
    [() => js.hset("h", { f: null }), /^HSET: value must be .*, not null$/],
    [() => js.hset("h", 5), /^entries must be an object, or pairs, not a number$/],
    [() => js.mset([["a"]]), /^each of entries must be a pair, not an array$/],
    [() => js.rpush("l", ["a", undefined]), /^RPUSH: element must be .*, not undefined$/],
    [() => js.zadd("z", [[1, null]]), /^ZADD: member must be .*, not null$/],
    [() => js.zadd("z", [[null, "m"]]), /^ZADD: score must be .*, not null$/],
    [() => js.linsert("l", "before", null, "x"), /^LINSERT: pivot must be .*, not null$/],
    [() => js.expire("k", null), /^EXPIRE: seconds must be .*, not null$/],
    [() => js.expire("k", new Date()), /^EXPIRE: seconds must be .*, not a Date$/],
    [() => js.expireat("k", new Date(NaN)), /^the moment must be a valid Date .*, not a Date$/],
    [() => js.at("yesterday"), /^the moment must be a valid Date .*, not a string$/],
    [() => js.set("k", "v", "ex"), /^options must be an object, not a string$/],
    [() => js.set("k", "v", { EX: 5 }), /^there is no option EX, but ex, px, exat, pxat, /],
    [() => js.set("k", "v", { nx: "yes" }), /^option nx must be true or false, not "yes"$/],
    [() => js.set("k", "v", { exat: null }), /^option exat must be a valid Date .*, not null$/],
    [
      () => js.zrange("z", 0, 1, { by: "rank" }),
      /^option by must be one of score, lex, not "rank"$/,
    ],
    [() => js.sort("k", { limit: 5 }), /^option limit must be .*offset and count, not a number$/],
    [() => js.zunion(5), /^keys must be a string, bytes or an array of them, not a number$/],
    [
      () => js.bitfield("k", { offset: 0 }),
      /^an operation must be an object with get, set or incrby/,
    ],
    [() => js.subscribe(5), /^channels must be .*, not a number$/],
    [() => js.subscribe("c", { signal: "x" }), /^option signal must be an AbortSignal, not "x"$/],
    [() => js.sql("SELECT ?", undefined), /^argument 1 must be null, .*, not undefined$/],
    [() => js.sql(5), /^the statement must be a string, not a number$/],
    [() => js.transaction(5), /^the transaction must be a function, not a number$/],
  ];
  for (const [call, message] of cases) {
    assert.throws(call, (error: unknown) => {
      if (message.source.startsWith("wrong number")) return message.test(String(error));
      return typeError(message)(error);
    });
  }
  assert.equal(db.dbsize(), 0);
});

testInMemory("the methods on the past and on history check what they are given too", (db) => {
  db.history.enable();
  const js = loose(db.at(Date.now())), history = loose(db.history);
  assert.throws(() => js.get(5), typeError(/^GET: key must be a string or bytes, not a number$/));
  assert.throws(() => js.hget("h", null), typeError(/^HGET: field must be .*, not null$/));
  assert.throws(() => history.get("k", { since: "x" }), typeError(/^option since must be a valid/));
  assert.throws(() => history.enable({ keep: 5 }), typeError(/^there is no option keep, but key/));
  assert.throws(() => history.getAt("k", {}), typeError(/^the moment must be .*, not an object$/));
});

testInMemory("methods that give promises reject them", async (db) => {
  const js = loose(db);
  await assert.rejects(js.blpop(5) as Promise<unknown>, typeError(/^keys must be /));
  await assert.rejects(
    js.blpop("l", { timeout: null }) as Promise<unknown>,
    typeError(/^option timeout must be a number, not null$/),
  );
  await assert.rejects(js.backup(undefined) as Promise<unknown>, typeError(/^path must be /));
  await assert.rejects(js.integrity("some") as Promise<unknown>, typeError(/^mode must be /));
  await assert.rejects(js.vacuum({ all: true }) as Promise<unknown>, typeError(/^there is no /));
});

Deno.test("what a database is opened with is checked", () => {
  const open = (path: unknown, options?: unknown) =>
    Redlite.open(path as string, options as RedliteOptions)[Symbol.dispose]();
  const cases: [options: unknown, message: RegExp][] = [
    [{ cache: -1 }, /^option cache must be more than 0 megabytes, not -1$/],
    [{ cache: "64" }, /^option cache must be more than 0 megabytes, not "64"$/],
    [{ cache: NaN }, /^option cache must be a number, not NaN$/],
    [{ driver: "x" }, /^option driver must be one of ffi, db-sqlite, builtin, wasm, not "x"$/],
    [{ databases: 0 }, /^option databases must be a whole number from 1 on, not 0$/],
    [{ databases: 1.5 }, /^option databases must be a whole number from 1 on, not 1.5$/],
    [{ busyTimeout: -1 }, /^option busyTimeout must be whole milliseconds, 0 or more, not -1$/],
    [{ appendfsync: "sometimes" }, /^option appendfsync must be one of always, everysec, no, not /],
    [{ readonly: "yes" }, /^option readonly must be true or false, not "yes"$/],
    [{ notifyKeyspaceEvents: "?" }, /^option notifyKeyspaceEvents must be letters/],
    [{ foo: 1 }, /^there is no option foo, but cache, databases, /],
    [null, /^options must be an object, not null$/],
    ["memory", /^options must be an object, not a string$/],
  ];
  for (const [options, message] of cases) {
    assert.throws(() => open(":memory:", options), typeError(message));
  }
  for (const path of [undefined, null, 5, ""]) {
    assert.throws(() => open(path), typeError(/^path must be a file's name, not /));
  }
  open(":memory:", { cache: 0.5, databases: 1, busyTimeout: 0, notifyKeyspaceEvents: "KEA" });
});

testInMemory("numbers and bigints are values, as their digits", (db) => {
  db.set("n", 5);
  assert.equal(db.get("n"), "5");
  db.set("n", 2n ** 70n);
  assert.equal(db.get("n"), "1180591620717411303424");
  db.set("n", -1.5, { ex: 10 });
  assert.equal(db.get("n"), "-1.5");
  db.hset("h", { a: 1, b: 2n });
  db.hset("h", [["c", 3], [4, "d"]]);
  assert.deepEqual(db.hmget("h", "a", "b", "c", 4), ["1", "2", "3", "d"]);
  db.sadd("s", 1, "2");
  assert.deepEqual(db.smismember("s", 1, 2n, 3), [true, true, false]);
  db.rpush("l", 1, 2n, "3");
  assert.deepEqual(db.lrange("l", 0, -1), ["1", "2", "3"]);
  db.mset({ x: 1, y: "2" });
  assert.deepEqual(db.mget("x", "y"), ["1", "2"]);
});

testInMemory("the bytes of any view of a buffer are stored, and of a whole buffer", (db) => {
  const { buffer } = new Uint8Array([0, 1, 2, 3, 255, 254, 253, 252]);
  const stored = (value: ArrayBufferView | ArrayBuffer) => {
    db.set("k", value);
    db.set("with options", value, { keepttl: true });
    assert.deepEqual(db.bytes.get("with options"), db.bytes.get("k"));
    return [...db.bytes.get("k") ?? []];
  };
  assert.deepEqual(stored(buffer), [0, 1, 2, 3, 255, 254, 253, 252]);
  assert.deepEqual(stored(new Uint16Array(buffer, 4, 1)), [255, 254]);
  assert.deepEqual(stored(new DataView(buffer, 3, 2)), [3, 255]);
  assert.deepEqual(stored(new Float64Array(buffer)).length, 8);
  assert.deepEqual(stored(new Uint8ClampedArray(buffer, 6)), [253, 252]);
  assert.deepEqual(stored(new Uint8Array(new SharedArrayBuffer(2)).fill(7)), [7, 7]);
  db.set(new Uint16Array([0x6161]), "by view");
  assert.equal(db.get("aa"), "by view");
  assert.deepEqual(db.sql("SELECT length(?) AS length", new Uint32Array(3)), [{ length: 12 }]);
});

testInMemory("bytes that were given away are refused, and none are not", (db) => {
  const buffer = new ArrayBuffer(4);
  const views = [new Uint8Array(buffer), new Uint16Array(buffer), new DataView(buffer)];
  buffer.transfer();
  for (const value of [...views, buffer]) {
    const detached = typeError(/ must be .*, not a detached buffer$/);
    assert.throws(() => db.get(value), detached);
    assert.throws(() => db.set("k", value), detached);
    assert.throws(() => db.rpush("k", value), detached);
    assert.throws(() => db.sql("SELECT ?", value), detached);
  }
  db.set(new Uint8Array(0), new Uint8Array(0));
  assert.equal(db.get(""), "");
});

testInMemory("a list of values is one array, of any length, as well", (db) => {
  const many = Array.from({ length: 200_000 }, (_, i) => i);
  assert.equal(db.rpush("l", many), 200_000);
  assert.equal(db.sadd("s", many.slice(0, 10)), 10);
  assert.equal(db.lrange("l", 199_999, -1)[0], "199999");
  const keys = many.map((i) => `key:${i}`);
  assert.equal(db.exists(keys), 0);
  assert.equal(db.mget(keys).length, 200_000);
  assert.equal(db.del(["l", "s"]), 2);
  assert.equal(db.call("RPUSH", ["l", "a", "b"]), 2);
  assert.equal(db.hset("h", many.slice(0, 10).map((i) => [i, i])), 10);
  assert.equal(db.hdel("h", many), 10);
  assert.equal(db.armset("a", [[0, "x"], [1, "y"]]), 2);
  assert.equal(db.armset("a", [2, "z"]), 1);
  assert.equal(db.ardelrange("a", [[0, 0], [2, 2]]), 2);
  assert.deepEqual(db.zdiff(["no", "none"]), []);
  assert.deepEqual(db.bitfield("b", [{ get: "u8", offset: 0 }]), [0]);
  assert.deepEqual(db.sql("SELECT ?1 + ?2 AS sum", [1, 2]), [{ sum: 3 }]);
});

testInMemory("an empty list is refused as the command refuses it", (db) => {
  assert.throws(() => db.rpush("l", []), /wrong number of arguments for 'rpush' command/);
  assert.throws(() => db.mset({}), /wrong number of arguments for 'mset' command/);
});

testInMemory("a date is a time wherever one is asked for", (db) => {
  const at = new Date(4102444800123);
  db.mset({ a: 1, b: 1 });
  db.hset("h", { f: 1, g: 1 });
  assert.equal(db.expireat("a", at), true);
  assert.equal(db.pexpireat("b", at), true);
  db.set("c", 1, { exat: at });
  db.set("d", 1, { pxat: at });
  assert.deepEqual(["a", "b", "c", "d"].map((key) => db.pexpiretime(key)), Array(4).fill(+at));
  assert.deepEqual(db.hexpireat("h", at, ["f"]), [1]);
  assert.deepEqual(db.hpexpireat("h", at, ["g"]), [1]);
  assert.deepEqual(db.hpexpiretime("h", "f", "g"), [+at, +at]);
  db.getex("a", { exat: new Date(4102444801000) });
  assert.equal(db.expiretime("a"), 4102444801);
  assert.equal(db.expireat("b", new Date(0)), true);
  assert.equal(db.exists("b"), 0);
});

testInMemory("a key that is a view is the same key as its bytes", (db) => {
  db.set(bytes("k"), "v");
  assert.equal(db.get(bytes("k").buffer), "v");
});
