/** No statement walks all keys: one of them did, and stopped everybody for 50 ms ten times a second. */

import { strict as assert } from "node:assert";
import type { Driver } from "../../../src/sqlite/sqlite.ts";
import { builtinDriver } from "../../../src/sqlite/builtin.ts";
import { MEMORY, Store } from "../../../src/store/store.ts";

/** A driver that notes every statement its connections compile. */
function recording(driver: Driver): { driver: Driver; statements: string[] } {
  const statements: string[] = [];
  return {
    statements,
    driver: {
      info: driver.info,
      open(path, options) {
        const connection = driver.open(path, options);
        const prepare = connection.prepare.bind(connection);
        connection.prepare = (sql) => {
          statements.push(sql);
          return prepare(sql);
        };
        return connection;
      },
    },
  };
}

Deno.test("every statement of the store finds its keys by an index", async () => {
  const { driver, statements } = recording(builtinDriver());
  const store = new Store(driver, MEMORY);
  const compiled = statements.filter((sql) => /^\s*(SELECT|INSERT|UPDATE|DELETE)/.test(sql));
  assert.ok(compiled.some((sql) => sql.includes("expires_at <")));
  for (const sql of compiled) {
    const plan = store.engine.connection.prepare(`EXPLAIN QUERY PLAN ${sql}`);
    while (plan.step()) {
      const detail = plan.columnText(3);
      assert.doesNotMatch(detail, /SCAN keys/, sql);
      // A whole space is walked only in the order of its keys and up to a limit.
      const wholeSpace = /SEARCH keys USING PRIMARY KEY \(space=\?\)$/.test(detail);
      assert.ok(!wholeSpace || /ORDER BY key LIMIT/.test(sql), `${detail}: ${sql}`);
    }
    plan.finalize();
  }
  await store.close();
});
