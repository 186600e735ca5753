import { strict as assert } from "node:assert";
import { Redlite } from "../../../mod.ts";
import { HeldLocks } from "../../../src/store/place/descriptors.ts";
import { named, notLinux } from "../../harness/lacking.ts";
import { temporaryDirectory } from "../../harness/servers.ts";

Deno.test({
  ...named("locks are found whichever of a file's descriptors they were taken by", notLinux()),
  async fn() {
    await using directory = await temporaryDirectory();
    const path = `${await Deno.realPath(directory.path)}/app.db`;
    const lower = Array.from({ length: 8 }, () => Deno.openSync("/dev/null"));
    await using db = Redlite.open(path);
    db.set("k", "v");
    for (const each of lower) each.close();
    assert.equal(new HeldLocks(path).held(), true);
    await using other = Redlite.open(path);
    assert.equal(other.get("k"), "v");
    // What was opened last has the lowest descriptor, and the locks are those of the first.
    assert.equal(new HeldLocks(path).held(), true);
  },
});
