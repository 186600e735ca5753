/** The expressions of FILTER, and the attributes that they are about. */

import { strict as assert } from "node:assert";
import { fieldOf } from "../../../ext/vec/filter/attributes.ts";
import { parseFilter } from "../../../ext/vec/filter/expression.ts";
import type { Value } from "../../../ext/vec/filter/values.ts";
import { named, noOracle } from "../../harness/lacking.ts";
import { fromLatin1 } from "../../harness/resp_client.ts";
import { startOracle } from "../../harness/servers.ts";

/** What an expression says of attributes, or its error. */
function outcome(expression: string, attributes: string): string {
  try {
    const { fields, holds } = parseFilter(expression);
    const row = fields.map((field) => fieldOf(attributes, field));
    return String(row.every((value) => value !== undefined) && holds(row as Value[]));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const ATTRIBUTES =
  String.raw`{"n":5,"z":0,"f":1.5,"neg":-3,"s":"abc","es":"","num":"12","t":true,` +
  String.raw`"fa":false,"nu":null,"arr":[1,"a",2.5,true,null],"ea":[],"o":{"x":1},"nest":[[1]],` +
  String
    .raw`"q":"a\"b","bs":"a\\b","nl":"a\nb","u":"\u00e9","a-b":1,"a_b":2,"dup":1,"dup":2,"last":"z"}`;

const MALFORMED = [
  '{"n":5',
  '{"n":5,}',
  "[1]",
  "5",
  '{"n":5} x',
  "{n:5}",
  '{"n":05}',
  '{"a":}',
  '{"n" : 5 }',
  '{"n":5, "b":tru}',
  '{"b":tru,"n":5}',
  '{"b":"un,"n":5}',
  ' {"n":5}',
  '{"n":[1,2}',
  '{"n":"x","n":5}',
  '{"b":{"n":1},"n":5}',
  '{"b":[{"n":1}],"n":5}',
  '{"n":+5}',
  '{"n":"5"}',
  '{"n":0x5}',
  "{'n':5}",
  '{"b":"\\u12","n":5}',
  '{,"n":5}',
  '{"b":1 "n":5}',
  '{"n":[5,]}',
  '{"n":[{"a":1},5]}',
];

const OPERANDS = [
  ".n",
  ".z",
  ".s",
  ".num",
  ".nu",
  ".arr",
  ".missing",
  ".t",
  "1",
  "0",
  "-2",
  '"a"',
  "'12'",
  "[1,'a']",
  "2.5e1",
];
const OPERATORS = [
  "+",
  "-",
  "*",
  "/",
  "%",
  "**",
  "==",
  "!=",
  "<",
  "<=",
  ">",
  ">=",
  "in",
  "and",
  "or",
  "&&",
  "||",
];

const SINGLE = [
  ...[
    "",
    " ",
    ".",
    "..n",
    ". n",
    ".n.n",
    ".n-1 == 4",
    ".n -1 == 4",
    ".n- 1",
    "5-3 == 2",
    "(5)-3 == 2",
  ],
  ...[
    "--1",
    "- 1",
    "-.n",
    "!!1",
    "not not 1",
    "!0",
    "!(0)",
    "not(0)",
    "not-1",
    "not1",
    "notx",
    "! .n == 5",
  ],
  ...[
    "2 ** 3 ** 2 == 512",
    "-2 ** 2 == 4",
    "!0 ** 2 == 1",
    "1 < 2 < 3",
    "3 > 2 > 1",
    "10-2-3 == 5",
  ],
  ...[
    "1 or 0 and 0",
    "(1 or 0) and 0",
    "not 0 and 0",
    "1and1",
    "1&&1",
    ".n>4and.n<6",
    "1 in[1]",
    "1 inx",
  ],
  ...[
    "1 in [1 2]",
    "1 in [1, 2,]",
    "1 in [,1]",
    "1 in [[1],2]",
    "1 in [.n]",
    "1 in [- 1]",
    "[1",
    "[",
    "[ ]",
  ],
  ...[
    "()",
    "(",
    ")",
    ")(",
    "((1))",
    "(1)(1)",
    "1 ()",
    "1 1",
    "1 , 2",
    "1;",
    "@n",
    "#",
    "$n",
    "1 =! 1",
  ],
  ...[
    ".n=5",
    ".n = 5",
    ".n === 5",
    ".n <> 5",
    "1 & 1",
    "1 | 1",
    "1 &| 1",
    "abc",
    "1 and n == 5",
    "e1",
  ],
  ...[
    "1e3 == 1000",
    "1.5e-3 == 0.0015",
    "0x10 == 16",
    "1. == 1",
    "1.2.3",
    "1e",
    "+1",
    "1 +",
    "* 1",
  ],
  ...[
    '"abc',
    "'abc",
    '"a\\"b" == .q',
    ".q == 'a\"b'",
    ".bs == 'a\\b'",
    ".nl == 'a\nb'",
    ".u == 'u00e9'",
  ],
  ...[
    "null",
    "1 null",
    "null == null",
    "true",
    "1 AND 1",
    ".n in (1)",
    '"12abc" == 12',
    '" 12" == 12',
  ],
  ...[
    ".dup == 1",
    ".a-b == 1",
    ".a_b == 2",
    ".o",
    ".nest",
    "1 in .nest",
    ".é == 3",
    "1 == .é",
    "10/0",
    "0/0",
  ],
];

const PAIRS = OPERANDS.flatMap((a) =>
  OPERATORS.flatMap((operator) => OPERANDS.map((b) => `${a} ${operator} ${b}`))
);

Deno.test("an expression is true of attributes that fulfil it", () => {
  for (
    const expression of [
      ".n > 4",
      ".n == 5 and not .z",
      "'a' in .arr",
      ".num - 2 == 10",
      "(.n + 1) ** 2 == 36",
    ]
  ) {
    assert.equal(outcome(expression, ATTRIBUTES), "true", expression);
  }
  for (const expression of [".n > 5", ".missing or 1", "not .s", ".s > 'abb'", "2 in .arr"]) {
    assert.equal(outcome(expression, ATTRIBUTES), "false", expression);
  }
});

Deno.test("an expression that is none is refused with what was not understood", () => {
  const near = (text: string) => `ERR syntax error in FILTER expression near: ${text}`;
  assert.equal(outcome(".n = 5", "{}"), near(" 5"));
  assert.equal(outcome("1 in [1 2]", "{}"), near("2]"));
  assert.equal(outcome(".n >", "{}"), near(".n >"));
  assert.equal(outcome("", "{}"), near(""));
});

Deno.test({
  ...named("expressions and attributes mean what they mean to Redis 8", noOracle("redis-8")),
  async fn() {
    await using redis = await startOracle("redis-8");
    await using client = await redis.connect();
    const compare = async (attributes: string, expressions: readonly string[]) => {
      await client.send(
        ...["VADD", "k", "VALUES", "1", "1", "e", "SETATTR"],
        fromLatin1(attributes),
      );
      const replies = await client.pipeline(
        expressions.map((text) => ["VSIM", "k", "ELE", "e", "FILTER", fromLatin1(text)]),
      );
      for (const [i, text] of expressions.entries()) {
        const reply = replies[i]!;
        const theirs = reply.type === "error"
          ? reply.value
          : String(reply.type === "array" && reply.items.length > 0);
        // An error is one line.
        assert.equal(
          outcome(text, attributes).replaceAll("\n", " "),
          theirs,
          `${text} of ${attributes}`,
        );
      }
    };
    await compare(ATTRIBUTES, [...SINGLE, ...PAIRS]);
    for (const attributes of MALFORMED) await compare(attributes, [".n", ".n == 5", "5 in .n"]);
  },
});
