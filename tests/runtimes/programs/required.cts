/** A program in CommonJS; prints `whole` at its end. */

import assert = require("node:assert/strict");
import redlite = require("@redlite/redlite");
import geo = require("@redlite/redlite/ext/geo");
import vec = require("@redlite/redlite/ext/vec");
import extension = require("@redlite/redlite/extension");

async function main(): Promise<void> {
  const db = redlite.Redlite.open(":memory:", { extensions: [geo.geo(), vec.vec()] });
  db.set("greeting", "hello");
  const greeting: string | null = db.get("greeting");
  assert.equal(greeting, "hello");
  assert.throws(() => db.lpush("greeting", "x"), redlite.WrongTypeError);
  assert.equal(await db.eval("return ARGV[1] .. '!'", { args: ["hi"] }), "hi!");
  db.geoadd("towns", [[13.361389, 38.115556, "Palermo"]]);
  assert.equal(db.geopos("towns", "Palermo").length, 1);
  assert.equal(typeof extension.CommandGroup, "function");
  await db.close();
  console.log("whole");
}

void main();
