import { strict as assert } from "node:assert";
import { format } from "../../harness/resp_client.ts";
import { startRedlite } from "../../harness/servers.ts";
import { OnClock } from "../on_clock.ts";

Deno.test("HIMPORT SET makes hashes of a fieldset's fields", () => {
  using on = new OnClock();
  assert.equal(on.ask("HIMPORT PREPARE u name email age"), "OK");
  assert.equal(on.ask("HIMPORT SET user:1 u Ada ada@example.com 36"), "OK");
  assert.equal(on.ask("himport set user:2 u Bob bob@example.com 25"), "OK");
  assert.deepEqual(on.ask("HMGET user:1 name email age"), ["Ada", "ada@example.com", "36"]);
  assert.deepEqual(on.ask("HMGET user:2 name email age"), ["Bob", "bob@example.com", "25"]);
});

Deno.test("a hash made by HIMPORT has its fields in the order of their bytes", () => {
  using on = new OnClock();
  on.ask("HIMPORT PREPARE fs c a '' b");
  on.ask("HIMPORT SET h fs 3 1 0 2");
  assert.deepEqual([...on.ask("HGETALL h") as Map<string, string>], [
    ["", "0"],
    ["a", "1"],
    ["b", "2"],
    ["c", "3"],
  ]);
});

Deno.test("HIMPORT SET replaces a hash and its expiries, and refuses other types", () => {
  using on = new OnClock();
  on.ask("HIMPORT PREPARE fs a b");
  on.ask("HSETEX h EX 10 FIELDS 2 a 1 old 1");
  assert.deepEqual(on.told("HIMPORT SET h fs x y"), ["hset"]);
  assert.deepEqual(on.ask("HGETALL h"), new Map([["a", "x"], ["b", "y"]]));
  assert.deepEqual(on.ask("HTTL h FIELDS 1 a"), [-1]);
  on.ask("SET s v");
  assert.match(String(on.ask("HIMPORT SET s fs x y")), /^WRONGTYPE/);
  assert.equal(on.ask("GET s"), "v");
});

Deno.test("HIMPORT refuses repeated fields, unknown fieldsets and too few or many values", () => {
  using on = new OnClock();
  for (const fields of ["a a b", "a b a", "x x"]) {
    assert.equal(on.ask(`HIMPORT PREPARE fs ${fields}`), "ERR duplicate field name in fieldset");
  }
  assert.equal(on.ask("HIMPORT SET h fs 1 2"), "ERR no such fieldset");
  on.ask("HIMPORT PREPARE fs a b");
  for (const values of ["1", "1 2 3"]) {
    assert.equal(
      on.ask(`HIMPORT SET h fs ${values}`),
      "ERR value count does not match fieldset field count",
    );
  }
  assert.equal(
    on.ask("HIMPORT SET h fs"),
    "ERR wrong number of arguments for 'himport|set' command",
  );
  assert.equal(on.ask("EXISTS h"), 0);
});

Deno.test("a fieldset is replaced by one of the same name, and a failed one leaves it alone", () => {
  using on = new OnClock();
  on.ask("HIMPORT PREPARE fs a b");
  on.ask("HIMPORT PREPARE fs x x");
  assert.equal(on.ask("HIMPORT SET h fs 1 2"), "OK");
  on.ask("HIMPORT PREPARE fs x");
  on.ask("HIMPORT SET h fs 1");
  assert.deepEqual(on.ask("HKEYS h"), ["x"]);
});

Deno.test("fieldsets are discarded one by one or all at once, and their hashes stay", () => {
  using on = new OnClock();
  for (const name of ["a", "b", "c", "''"]) on.ask(`HIMPORT PREPARE ${name} f`);
  on.ask("HIMPORT SET h a 1");
  assert.equal(on.ask("HIMPORT DISCARD a"), 1);
  assert.equal(on.ask("HIMPORT DISCARD a"), 0);
  assert.equal(on.ask("HGET h f"), "1");
  assert.equal(on.ask("HIMPORT DISCARDALL"), 3);
  assert.equal(on.ask("HIMPORT DISCARDALL"), 0);
  assert.equal(on.ask("HIMPORT SET h b 1"), "ERR no such fieldset");
});

Deno.test("a connection's fieldsets are its own and go with RESET", async () => {
  await using server = await startRedlite();
  await using first = await server.connect();
  await using second = await server.connect();
  assert.equal(format(await first.send("HIMPORT", "PREPARE", "fs", "a")), "+OK");
  assert.equal(
    format(await second.send("HIMPORT", "SET", "h", "fs", "1")),
    "-ERR no such fieldset",
  );
  assert.equal(format(await first.send("HIMPORT", "SET", "h", "fs", "1")), "+OK");
  await first.send("RESET");
  assert.equal(format(await first.send("HIMPORT", "SET", "h", "fs", "1")), "-ERR no such fieldset");
});
