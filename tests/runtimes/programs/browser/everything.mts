/** Uses each part of a database that a browser has. */

import { strict as assert } from "node:assert";
import { type Redlite, RedliteError } from "@redlite/redlite";
import type { GeoCommands } from "@redlite/redlite/ext/geo";

const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Fills an empty database with every type, and looks at it from all sides. */
export async function everything(db: Redlite & GeoCommands<string>): Promise<void> {
  assert.equal(db.info().driver, "wasm");
  db.set("greeting", "héllo");
  assert.equal(db.get("greeting"), "héllo");
  assert.deepEqual(db.bytes.get("greeting"), new TextEncoder().encode("héllo"));
  db.set("large", "x".repeat(5_000_000));
  assert.equal(db.getrange("large", 4_999_998, -1), "xx");
  db.setbit("bits", 70, 1);
  assert.equal(db.bitcount("bits"), 1);
  db.pfadd("visitors", "a", "b", "a");
  assert.equal(db.pfcount("visitors"), 2);
  db.hset("user:1", { name: "Ann", age: 41 });
  db.hset("user:2", { name: "Bob", age: 23 });
  db.hexpire("user:2", 100, ["age"]);
  assert.deepEqual([...db.hgetall("user:1")], [["name", "Ann"], ["age", "41"]]);
  db.rpush("list", "a", "b", "c");
  assert.deepEqual(db.lrange("list", 0, -1), ["a", "b", "c"]);
  db.sadd("set", "x", "y");
  assert.ok(db.sismember("set", "x"));
  db.zadd("scores", [[2, "two"], [1, "one"], [3, "three"]]);
  assert.deepEqual(db.zrange("scores", 0, -1), ["one", "two", "three"]);
  db.arset("array", 5, "five");
  assert.equal(db.arget("array", 5), "five");
  db.json.set("document", "$", { a: [1, 2, { b: null }] });
  assert.deepEqual(db.json.get("document", "$.a[2]"), [{ b: null }]);
  db.xadd("stream", { event: "start" });
  db.xgroup("create", "stream", "workers", "0");
  assert.equal(db.xreadgroup("workers", "me", { stream: ">" }).length, 1);
  db.geoadd("towns", [[13.361389, 38.115556, "Palermo"], [15.087269, 37.502669, "Catania"]]);
  assert.equal(db.geodist("towns", "Palermo", "Catania", "km"), 166.2742);
  assert.throws(() => db.lpush("greeting", "x"), RedliteError);

  db.transaction(() => {
    db.incrby("counter", 5);
    db.incrby("counter", 6);
  });
  assert.throws(() =>
    db.transaction(() => {
      db.set("counter", "0");
      throw new Error("no");
    }), /no/);
  assert.equal(db.get("counter"), "11");

  const script = "return redis.call('HGET', KEYS[1], 'age') + 1";
  assert.equal(await db.eval(script, { keys: ["user:1"] }), 42);
  await db.function.load(
    "#!lua name=lib\nredis.register_function('twice', function(keys, args) " +
      "return args[1] * 2 end)",
  );
  assert.equal(await db.function.call("twice", { args: ["21"] }), 42);
  const sha1 = "return redis.sha1hex(ARGV[1])";
  assert.equal(
    await db.eval(sha1, { args: ["return 1"] }),
    "e0e1f9fabfc9d4800c877a703b823ac0578ff8db",
  );

  const schema = { name: "text", age: "numeric" } as const;
  const users = db.ft.create("users", { prefix: "user:", schema });
  assert.equal(users.search("ann @age:[40 50]").total, 1);
  db.hset("user:3", { name: "running quickly", age: 1 });
  assert.equal(users.search("run").total, 1);

  db.history.enable();
  db.set("price", "1");
  await later(5);
  const before = Date.now();
  await later(5);
  db.set("price", "2");
  assert.equal(db.at(before).get("price"), "1");

  const popped = db.blpop("queue", { timeout: 5 });
  db.rpush("queue", "job");
  assert.deepEqual(await popped, ["queue", "job"]);
  assert.equal(await db.blpop("queue", { timeout: 0.01 }), null);
  const subscription = db.subscribe("news");
  db.publish("news", "one");
  for await (const { message } of subscription) {
    assert.equal(message, "one");
    break;
  }
  db.set("short", "x", { px: 1 });
  await later(5);
  assert.equal(db.get("short"), null);

  db.sql.write("CREATE TABLE orders(customer TEXT, total REAL)");
  db.sql.write("INSERT INTO orders VALUES (?, ?)", "user:1", 9.5);
  const joined = "SELECT h.value AS name, total FROM orders " +
    "JOIN redlite_hashes h ON h.key = customer AND h.field = 'name'";
  assert.deepEqual(db.sql(joined), [{ name: "Ann", total: 9.5 }]);

  const payload = db.bytes.dump("scores");
  assert.ok(payload);
  db.restore("copied", 0, payload);
  assert.equal(db.zscore("copied", "three"), 3);
  assert.match(String(db.call("INFO", "server")), /browser:Mozilla/);
  await db.sync();
  assert.deepEqual(await db.integrity(), []);
}

/** What a browser refuses, each in words that say so. */
export async function refusals(
  { Redlite }: typeof import("@redlite/redlite"),
  db: Redlite,
): Promise<void> {
  await assert.rejects(db.listen({ port: 0 }), /^\w+: A browser cannot serve clients/);
  await assert.rejects(db.backup("/backup.db"), /no file of the system: serialize\(\)/);
  const refused = (options: object, message: RegExp) =>
    assert.throws(() => Redlite.open(":memory:", options), message);
  refused({ driver: "ffi" }, /a browser has the wasm driver alone: leave out the ffi driver/);
  refused({ library: "sqlite.so" }, /leave out sqlite\.so/);
  refused({ key: "secret" }, /cannot encrypt/);
  await assert.rejects(
    Redlite.restore("/a.db", "/b.db"),
    /takes files of the system: deserialize\(\)/,
  );
}
