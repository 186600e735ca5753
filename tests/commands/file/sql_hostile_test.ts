/** Statements made to overflow a stack, fill the memory or never end: each gets a reply, and the server goes on. */

import { strict as assert } from "node:assert";
import fc from "../../harness/properties.ts";
import { unfolded } from "../../../src/store/sql/expansion.ts";
import { format, type RespClient } from "../../harness/resp_client.ts";
import { startRedlite } from "../../harness/servers.ts";

const times = (text: string, count: number) => text.repeat(count);
const chain = (count: number, body: (i: number) => string) =>
  `WITH t0 AS (SELECT 1)${
    Array.from({ length: count }, (_, i) => `, t${i + 1} AS (${body(i)})`).join("")
  } SELECT count(*) FROM t${count}`;

/** Statements, and what their errors begin with. */
const HOSTILE: readonly (readonly [RegExp, string, ...string[]])[] = [
  [/pattern too complex/, "SELECT ? LIKE ?", times("a", 100), times("%a", 9000) + "b"],
  [/pattern too complex/, "SELECT ? GLOB ?", times("a", 100), times("*a", 9000) + "b"],
  [/levels of parentheses/, `SELECT ${times("(", 50_000)}1${times(")", 50_000)}`],
  [/levels of parentheses/, `${times("SELECT * FROM (", 5000)}SELECT 1${times(")", 5000)}`],
  [/overflow|Recursion limit|too large/, `SELECT ${times("- ", 50_000)}1`],
  [/overflow|Recursion limit|too large/, `SELECT ${times("NOT ", 50_000)}1`],
  [
    /overflow|Recursion limit|too large/,
    `SELECT ${times("CASE WHEN 1 THEN ", 5000)}1${times(" END", 5000)}`,
  ],
  [/too large/, `SELECT 1${times("+1", 50_000)}`],
  [/too many terms/, `SELECT 1${times(" UNION SELECT 1", 10_000)}`],
  [/too many columns/, `SELECT ${times("1,", 5000)}1`],
  [/too long here/, `SELECT '${times("x", 300_000)}'`],
  [
    /mention each other too often/,
    chain(50, (i) => `SELECT * FROM t${i} UNION ALL SELECT * FROM t${i}`),
  ],
  [/mention each other too often/, chain(50, (i) => `SELECT 1 FROM "T${i}" a, [t${i}] b`)],
  [/too big/, "SELECT hex(zeroblob(1000000000))"],
  [/too big/, "SELECT length(randomblob(1000000000))"],
  [/malformed JSON/, "SELECT json(?)", times("[", 100_000)],
  [/not authorized|no such function/, "SELECT load_extension('/tmp/x.so')"],
];

async function answered(client: RespClient, words: readonly string[]): Promise<string> {
  const text = format(await client.send("SQL", ...words));
  assert.equal(format(await client.send("PING")), "+PONG");
  return text;
}

for (const driver of ["ffi", "builtin"]) {
  Deno.test(`statements that would overflow a stack or fill the memory get an error, by the driver ${driver}`, async () => {
    await using server = await startRedlite({
      args: ["--sqlite-driver", driver, "--sql-timeout-ms", driver === "builtin" ? "0" : "1000"],
    });
    await using client = await server.connect();
    for (const [error, ...words] of HOSTILE) {
      const reply = await answered(client, words);
      assert.match(reply, /^-ERR /, words[0]?.slice(0, 80));
      assert.match(reply, error, words[0]?.slice(0, 80));
    }
    assert.match(await answered(client, ["SELECT ? LIKE ?", "abc", "a%"]), /:1/);
    assert.match(await answered(client, ["SELECT count(*) FROM redlite_keys"]), /:0/);
  });
}

/** Expressions of SQL, some of them large. */
const { statement } = fc.letrec<{ expression: string; statement: string }>((tie) => ({
  expression: fc.oneof(
    { depthSize: "large", withCrossShrink: true },
    fc.constantFrom("1", "NULL", "'x'", "x'00'", "key", "value", "1e308", "-9223372036854775808"),
    fc.tuple(tie("expression"), fc.constantFrom("+", "||", "LIKE", "GLOB", "IS", "<<", "->>", ","))
      .map(([a, operator]) => `(${a} ${operator} ${a})`),
    fc.tuple(
      fc.constantFrom("hex", "zeroblob", "randomblob", "length", "json", "quote", "max", "printf"),
      tie("expression"),
    ).map(([name, a]) => `${name}(${a})`),
    fc.tuple(
      fc.integer({ min: 1, max: 3000 }),
      fc.constantFrom("NOT ", "- ", "~ "),
      tie("expression"),
    )
      .map(([count, operator, a]) => operator.repeat(count) + a),
    tie("statement").map((statement) => `(${statement})`),
    tie("statement").map((statement) => `EXISTS(${statement})`),
  ),
  statement: fc.oneof(
    { depthSize: "small" },
    tie("expression").map((a) => `SELECT ${a}`),
    fc.tuple(
      tie("expression"),
      fc.constantFrom("redlite_keys", "sqlite_schema", "json_each('[1]')"),
    )
      .map(([a, table]) => `SELECT ${a} FROM ${table} LIMIT 5`),
    fc.tuple(tie("statement"), fc.integer({ min: 1, max: 200 }))
      .map(([a, count]) => `SELECT 1 ${` UNION ${a}`.repeat(count)}`),
    fc.tuple(tie("statement"), tie("expression"))
      .map(([a, b]) => `WITH t(x) AS (${a}) SELECT ${b} FROM t, t u, t v LIMIT 5`),
  ),
}));

Deno.test("statements made at random get a reply or an error", async () => {
  await using server = await startRedlite({ args: ["--sql-timeout-ms", "200"] });
  await using client = await server.connect();
  await client.send("MSET", "a", "1", "b", "2");
  await fc.assert(
    fc.asyncProperty(statement, async (text) => {
      const reply = await answered(client, [text]);
      assert.match(reply, /^(?:\[|-)/);
    }),
    { seed: 20, numRuns: 100, endOnFailure: true },
  );
});

Deno.test("mentions of common tables are counted with what they unfold to", () => {
  const count = (text: string) => unfolded(text.match(/"[^"]*"|\[[^\]]*\]|\w+|\S/g) ?? []);
  assert.equal(count("SELECT a FROM b"), 0);
  assert.equal(count("WITH a AS (SELECT 1) SELECT * FROM a"), 2);
  // The name that is defined counts too, and what stands in a definition as well as what it unfolds to.
  assert.equal(
    count(
      "WITH a AS (SELECT 1), b(x) AS NOT MATERIALIZED (SELECT 1 FROM a, [A]) SELECT 1 FROM b, b",
    ),
    12,
  );
  assert.ok(count("WITH RECURSIVE a AS (SELECT 1 UNION ALL SELECT x FROM a) SELECT * FROM a") < 10);
  assert.ok(count(chain(100, (i) => `SELECT * FROM t${i}, t${i}`)) > 1e8);
});
