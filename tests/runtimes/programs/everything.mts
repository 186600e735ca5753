/** A program in ECMAScript modules that uses each part of the package; prints `whole` at its end. */

import { strict as assert } from "node:assert";
import { Redlite, RedliteError, type RedliteOptions, type Value } from "@redlite/redlite";
import { geo } from "@redlite/redlite/ext/geo";
import { vec } from "@redlite/redlite/ext/vec";
import { commandsOf, type Extension } from "@redlite/redlite/extension";

const [path = ""] = process.argv.slice(2);
const options = { appendfsync: "always" } satisfies RedliteOptions;

const twice: Extension = {
  name: "twice",
  commands: [
    commandsOf("module")(
      "TWICE value",
      { since: "1.0.0", arity: 2, flags: "fast", summary: "Repeats a value." },
      ({ args, reply }) => reply.text(args.text(1) + args.text(1)),
    ),
  ],
};

{
  await using db = Redlite.open(path, { ...options, extensions: [geo(), vec(), twice] });
  assert.equal(db.info().driver, "builtin");
  db.set("greeting", "hello");
  const greeting: string | null = db.get("greeting");
  assert.equal(greeting, "hello");
  assert.deepEqual(db.bytes.get("greeting"), new TextEncoder().encode("hello"));
  assert.throws(() => db.lpush("greeting", "x"), RedliteError);
  assert.equal(db.call("TWICE", "ab"), "abab");

  const popped = db.blpop("queue", { timeout: 5 });
  db.rpush("queue", "job");
  assert.deepEqual(await popped, ["queue", "job"]);
  assert.equal(await db.blpop("queue", { timeout: 0.01 }), null);

  const received: string[] = [];
  const subscription = db.subscribe("news");
  db.publish("news", "one");
  for await (const { message } of subscription) {
    received.push(message);
    break;
  }
  assert.deepEqual(received, ["one"]);

  db.history.enable();
  db.set("price", "1");
  await new Promise((resolve) => setTimeout(resolve, 10));
  const before = Date.now();
  await new Promise((resolve) => setTimeout(resolve, 10));
  db.set("price", "2");
  assert.equal(db.at(before).get("price"), "1");

  db.transaction(() => {
    db.hset("user:1", { name: "Ann", age: 41 });
    db.hset("user:2", { name: "Bob", age: 23 });
  });
  assert.deepEqual(db.sql("SELECT count(*) AS n FROM redlite_hashes"), [{ n: 4 }]);
  const script = "return redis.call('HGET', KEYS[1], 'age') + 1";
  const sum: Value = await db.eval(script, { keys: ["user:1"] });
  assert.equal(sum, 42);
  const users = db.ft.create("users", {
    prefix: "user:",
    schema: { name: "text", age: "numeric" },
  });
  assert.equal(users.search("ann @age:[40 50]").total, 1);

  db.geoadd("towns", [[13.361389, 38.115556, "Palermo"], [15.087269, 37.502669, "Catania"]]);
  assert.equal(db.geodist("towns", "Palermo", "Catania", "km"), 166.2742);
  db.vadd("vectors", "x", [1, 0, 0]);
  db.vadd("vectors", "y", [0, 1, 0]);
  assert.deepEqual(db.vsim("vectors", [1, 0.1, 0], { count: 1 }), ["x"]);

  const { bytes } = await db.backup(`${path}.backup`);
  assert.ok(bytes > 0);
  await db.sync();
  assert.deepEqual(await db.integrity(), []);
  assert.throws(() => Redlite.open(path, { driver: "ffi" }), /(?:Node|Bun) loads none/);
}
{
  await using db = Redlite.open(`${path}.backup`, { readonly: true });
  assert.equal(db.get("price"), "2");
}
console.log("whole");
