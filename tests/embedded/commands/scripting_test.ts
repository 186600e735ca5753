import { strict as assert } from "node:assert";
import { Redlite, RedliteError } from "../../../mod.ts";
import { temporaryDirectory } from "../../harness/servers.ts";

const open = () => Redlite.open(":memory:");

Deno.test("eval runs a script with keys and arguments, and gives its reply as a value", async () => {
  using db = open();
  const add = "return redis.call('INCRBY', KEYS[1], ARGV[1])";
  assert.equal(await db.eval(add, { keys: ["n"], args: [5] }), 5);
  assert.deepEqual(await db.eval("return {1, 'a', false, {ok = 'OK'}}"), [1, "a", null, "OK"]);
  assert.deepEqual(await db.bytes.eval("return 'a'"), new Uint8Array([97]));
  const map = await db.eval<Map<string, string>>(
    "redis.call('HSET', 'h', 'f', 'v') redis.setresp(3) return redis.call('HGETALL', 'h')",
  );
  assert.deepEqual(map, new Map([["f", "v"]]));
});

Deno.test("a script that fails throws, and what it did before stays", async () => {
  using db = open();
  await assert.rejects(db.eval("redis.call('SET', 'k', 'v') error('boom')"), (error) => {
    assert.ok(error instanceof RedliteError);
    assert.match(error.message, /boom/);
    return true;
  });
  assert.equal(db.get("k"), "v");
  await assert.rejects(db.eval("return ("), RedliteError);
  await assert.rejects(db.eval("redis.call('SET', 'k', 1)", { readonly: true }), RedliteError);
  // @ts-expect-error: there is no such option.
  await assert.rejects(db.eval("return 1", { key: ["k"] }), TypeError);
});

Deno.test("a script that was got ready runs at once, in a transaction too", async () => {
  using db = open();
  const append = await db.script<number>("return redis.call('RPUSH', KEYS[1], unpack(ARGV))");
  assert.equal(append({ keys: ["list"], args: ["a", "b"] }), 2);
  assert.throws(() =>
    db.transaction(() => {
      append({ keys: ["list"], args: ["c"] });
      throw new Error("no");
    })
  );
  assert.deepEqual(db.lrange("list", 0, -1), ["a", "b"]);
  db.transaction(() => append({ keys: ["list"], args: ["c"] }));
  assert.equal(db.llen("list"), 3);
  await assert.rejects(db.script("return ("), RedliteError);
});

Deno.test("a script before the interpreter is there is refused, and leaves everything as it was", () => {
  using db = open();
  db.transaction(() => {
    db.set("k", "v");
    assert.throws(() => db.call("EVAL", "return 1", 0), /await db\.eval/);
  });
  assert.equal(db.get("k"), "v");
});

Deno.test("a script that runs too long is stopped after scriptTimeout", async () => {
  using db = Redlite.open(":memory:", { scriptTimeout: 50 });
  await assert.rejects(db.eval("while true do end"), /longer than 50 ms/);
  assert.throws(() => Redlite.open(":memory:", { scriptTimeout: -1 }), TypeError);
});

Deno.test("functions are kept in the file, and go through dump and restore", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/app.db`;
  const code = "#!lua name=lib\nredis.register_function{function_name='f', flags={'no-writes'}, " +
    "callback=function(keys, args) return redis.call('GET', keys[1]) or args[1] end}";
  {
    await using db = Redlite.open(path);
    assert.equal(await db.function.load(code), "lib");
    await assert.rejects(db.function.load(code), /already exists/);
    assert.equal(await db.function.load(code, { replace: true }), "lib");
  }
  await using db = Redlite.open(path);
  assert.equal(
    await db.function.call("f", { keys: ["k"], args: ["none"], readonly: true }),
    "none",
  );
  assert.deepEqual(await db.function.list(), [
    { name: "lib", functions: [{ name: "f", description: null, flags: ["no-writes"] }], code },
  ]);
  const dump = await db.function.dump();
  await db.function.delete("lib");
  await assert.rejects(db.function.call("f"), /Function not found/);
  await db.function.restore(dump);
  assert.equal(await db.bytes.function.call("f", { keys: ["k"], args: ["a"] }).then(String), "97");
  await db.function.flush();
  assert.deepEqual(await db.function.list(), []);
});

Deno.test("scripts read a file that is only read", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/app.db`;
  {
    await using db = Redlite.open(path);
    db.set("k", "v");
  }
  using db = Redlite.open(path, { readonly: true });
  assert.equal(await db.eval("return redis.call('GET', 'k')"), "v");
  await assert.rejects(db.eval("return redis.call('SET', 'k', 1)"), /read only replica/);
});
