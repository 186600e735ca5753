import { strict as assert } from "node:assert";
import { Redlite } from "../../../mod.ts";
import { Moment } from "../../../src/server/export/moment.ts";
import { rdbPieces } from "../../../src/server/export/rdb.ts";
import { chooseDriver } from "../../../src/sqlite/drivers.ts";
import { RdbFileReader } from "../../../src/store/rdb/file/reader.ts";
import { Store } from "../../../src/store/store.ts";
import { latin1 } from "../../harness/resp_client.ts";
import { temporaryDirectory } from "../../harness/servers.ts";

Deno.test("what is written while a file is made is not in it", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/app.db`;
  using db = Redlite.open(path);
  for (let i = 0; i < 1000; i++) db.set(`k${i}`, crypto.getRandomValues(new Uint8Array(1000)));
  const store = new Store(chooseDriver(), path, { readonly: true });
  try {
    const reader = new RdbFileReader();
    const keys: string[] = [];
    let pieces = 0;
    for (const piece of rdbPieces(new Moment(store), false)) {
      for (const record of reader.push(piece)) {
        if (record.kind === "key") keys.push(latin1(record.key.view()));
      }
      if (pieces++ > 0) continue;
      db.del("k999");
      db.set("later", "1");
    }
    reader.end();
    assert.ok(pieces > 2);
    assert.equal(keys.length, 1000);
    assert.ok(keys.includes("k999") && !keys.includes("later"));
  } finally {
    store.closeNow();
  }
});
