import { strict as assert } from "node:assert";
import { checkIntegrity } from "../../../src/store/file/integrity.ts";
import { repair } from "../../../src/store/rescue/repair.ts";
import { DatabaseFile, slice, testOnDrivers } from "../open.ts";

testOnDrivers(
  "filters of which rows are lost are told of, and blocks without a key go",
  async (driver) => {
    await using file = new DatabaseFile(driver);
    const store = file.open();
    store.engine.write();
    for (const key of ["whole", "key"]) {
      const filter = store.bloomFilters.create(0, slice(key), {
        ...{ error: 0.01, capacity: 10_000, expansion: 2, isFixed: false },
      });
      for (let i = 0; i < 1000; i++) filter.add(slice(`item${i}`));
      store.bloomFilters.changed(filter);
    }
    store.endTurn();
    assert.deepEqual(await store.checkIntegrity("full"), []);
    await store.close();
    const connection = file.connect();
    connection.exec("DELETE FROM keys WHERE key = CAST('key' AS BLOB)");
    assert.match(
      checkIntegrity(connection, "full").join("\n"),
      /rows of bloom_blocks belong to no key/,
    );
    const losses: string[] = [];
    connection.begin(true);
    repair(
      connection,
      [{ name: "bloom_blocks", gaps: [{ after: undefined, before: undefined }] }],
      losses,
    );
    connection.commit();
    assert.deepEqual(checkIntegrity(connection, "full"), []);
    assert.match(losses.join("\n"), /\d+ blocks of bloom_blocks are not kept/);
    assert.match(losses.join("\n"), /'whole' of database 0 may have forgotten items/);
    const again = file.open();
    again.engine.begin();
    assert.equal(again.bloomFilters.read(0, slice("whole"))?.has(slice("item7")), true);
    again.endTurn();
  },
);
