/** FT.ALIASLIST, which Redis Stack does not have yet. */

import { strict as assert } from "node:assert";
import { Redlite } from "../../../mod.ts";

Deno.test("FT.ALIASLIST names the aliases of an index, asked for by its name or an alias", () => {
  using db = Redlite.open(":memory:");
  db.call("FT.CREATE", "a", "SCHEMA", "t", "TEXT");
  db.call("FT.CREATE", "b", "SCHEMA", "t", "TEXT");
  assert.deepEqual(db.call("FT.ALIASLIST", "a"), new Set());
  db.call("FT.ALIASADD", "second", "a");
  db.call("FT.ALIASADD", "first", "a");
  db.call("FT.ALIASADD", "other", "b");
  assert.deepEqual(db.call("FT.ALIASLIST", "a"), new Set(["first", "second"]));
  assert.deepEqual(db.call("FT.ALIASLIST", "other"), new Set(["other"]));
  db.call("FT.ALIASUPDATE", "first", "b");
  assert.deepEqual(db.call("FT.ALIASLIST", "a"), new Set(["second"]));
  assert.deepEqual(db.call("FT.ALIASLIST", "b"), new Set(["first", "other"]));
  db.call("FT.DROPINDEX", "b");
  assert.throws(() => db.call("FT.ALIASLIST", "first"), /Unknown index name/);
});

Deno.test("FT.ALIASLIST is refused without an index", () => {
  using db = Redlite.open(":memory:");
  assert.throws(() => db.call("FT.ALIASLIST", "none"), /Unknown index name/);
  assert.throws(() => db.call("FT.ALIASLIST"), /wrong number of arguments/);
});
