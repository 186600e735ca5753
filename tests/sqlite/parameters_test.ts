import { strict as assert } from "node:assert";
import { named } from "../harness/lacking.ts";
import fc from "../harness/properties.ts";
import { chooseDriver } from "../../src/sqlite/drivers.ts";
import { parametersOf } from "../../src/sqlite/parameters.ts";
import { DRIVERS } from "../store/open.ts";

const hasNative = DRIVERS.some(({ info }) => info.name === "ffi");

Deno.test("parameters are numbered as SQLite numbers them", () => {
  assert.deepEqual(parametersOf("SELECT 1"), []);
  assert.deepEqual(parametersOf("SELECT ?, ?"), [undefined, undefined]);
  assert.equal(parametersOf("SELECT ?3, ?").length, 4);
  assert.deepEqual(parametersOf("SELECT :a, ?, @b, $c, :a, ?2"), [":a", undefined, "@b", "$c"]);
  assert.deepEqual(parametersOf("SELECT '?', \"?\", `?`, [?], x'00' -- ?\n, /* ? */ 5"), []);
  assert.deepEqual(parametersOf("SELECT a$b, $c::d(e) FROM t"), ["$c::d(e)"]);
  assert.deepEqual(parametersOf("SELECT ? /* no end ?"), [undefined]);
});

Deno.test({
  ...named(
    "a text has as many parameters as SQLite finds in it",
    hasNative ? undefined : "no native SQLite library",
  ),
  fn() {
    using stack = new DisposableStack();
    const connection = chooseDriver({ driver: "ffi" }).open(":memory:");
    stack.defer(() => connection.close());
    const part = fc.constantFrom(
      ...[
        "?",
        "?1",
        "?7",
        ":a",
        "@a",
        "$a",
        "$a::b",
        ":é",
        "'?'",
        "'it''s ?'",
        '"?"',
        "1",
        "x'3f'",
      ],
      ...["/* ? */ 1", "1 -- :a\n", "1", "?2", "$a(x)", "1$b", "'a' || :a", "-?", "(?)", "?==?"],
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 8 }), (parts) => {
        const sql = `SELECT ${parts.join(", ")}`;
        let statement;
        try {
          statement = connection.prepare(sql);
        } catch {
          return;
        }
        assert.equal(parametersOf(sql).length, statement.parameterCount(), sql);
        statement.finalize();
      }),
      { numRuns: 500 },
    );
  },
});
