/**
 * Whatever is asked of search and of JSON documents, the server answers in bounded time and memory, and
 * never with an error of its own making. `REDLITE_TEST_SEED` chooses other commands.
 */

import { strict as assert } from "node:assert";
import { type Command, format, latin1, type RespClient } from "../../harness/resp_client.ts";
import { startRedlite, type TestServer } from "../../harness/servers.ts";
import { Choice, SEED } from "./same_as_stack.ts";

/** What only a mistake of the server says. */
const OWN_MISTAKE =
  /internal|TypeError|RangeError|is not a function|undefined|SQLITE|SQL logic|stack size|Invalid string/i;
/** Memory of the server, in MiB: several times what it needs. */
const MOST_MIB = 1500;
const DOCUMENTS = 500;
/** Random commands of each group. */
const COMMANDS = 1500;

const many = (text: string, times: number) => text.repeat(times);
const encoder = new TextEncoder();

/** Memory of a process in MiB, 0 where that is not known. */
function memoryOf(server: TestServer): number {
  if (Deno.build.os !== "linux") return 0;
  const status = Deno.readTextFileSync(`/proc/${server.pid}/status`);
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

async function prepare(client: RespClient): Promise<void> {
  await client.send(
    ...["FT.CREATE", "idx", "PREFIX", "1", "d:", "SCHEMA", "t", "TEXT", "u", "TEXT", "SORTABLE"],
    ...["g", "TAG", "SORTABLE", "n", "NUMERIC", "SORTABLE", "p", "GEO", "s", "GEOSHAPE", "FLAT"],
  );
  await client.send(
    ...["FT.CREATE", "jdx", "ON", "JSON", "PREFIX", "1", "j:", "SCHEMA"],
    ...["$..a", "AS", "a", "TAG", "$.t", "AS", "t", "TEXT", "$.n", "AS", "n", "NUMERIC"],
  );
  const commands: Command[] = [];
  for (let i = 0; i < DOCUMENTS; i++) {
    commands.push([
      ...["HSET", `d:${i}`, "t", `word${i} common alpha${i % 100} ${many("a", i % 150)}`],
      ...["u", `other${i} common`, "g", `tag${i},all`, "n", String(i)],
      ...["p", "1,1", "s", "POINT(1 1)"],
    ]);
    const list = i > 0
      ? []
      : Array.from({ length: 500 }, (_, n) => ({ n, s: many("a", 40) + "!" }));
    const document = { a: ["x", "y"], t: `hello word${i}`, n: i, l: list };
    commands.push(["JSON.SET", `j:${i}`, "$", JSON.stringify(document)]);
  }
  for (const reply of await client.pipeline(commands)) assert.notEqual(reply.type, "error");
  await client.send("FT.SUGADD", "sug", "hello world", "1");
  await client.send("FT.DICTADD", "dict", "hello", "common");
}

/** Asks, and checks that the answer is no mistake of the server. */
async function ask(client: RespClient, command: Command): Promise<string> {
  const shown = () =>
    command.map((word) => typeof word === "string" ? word : latin1(word)).join(" ").slice(0, 400);
  const reply = await client.send(...command).catch((error) => {
    throw new Error(`${error} after ${shown()} (REDLITE_TEST_SEED=${SEED})`);
  });
  if (reply.type === "error" || reply.type === "bulk-error") {
    // What was asked is often told in the answer.
    const own = reply.value.replaceAll(/'[^']*'|`[^`]*`/g, "");
    assert.doesNotMatch(own, OWN_MISTAKE, `${shown()} (REDLITE_TEST_SEED=${SEED})`);
  }
  return format(reply);
}

async function withServer(
  work: (client: RespClient, server: TestServer) => Promise<void>,
): Promise<void> {
  await using server = await startRedlite();
  await using client = await server.connect();
  await prepare(client);
  // What would take long need not take half a second of each run.
  await client.send("FT.CONFIG", "SET", "TIMEOUT", "20");
  await work(client, server);
  assert.equal(format(await client.send("PING")), "+PONG");
  const memory = memoryOf(server);
  assert.ok(memory < MOST_MIB, `${memory} MiB`);
  assert.doesNotMatch(server.log, / warning | error /);
}

const BOMBS: readonly (readonly [name: string, query: string])[] = [
  ["parentheses", many("(", 100_000)],
  ["parentheses with words", many("(a ", 100_000)],
  ["numbers", many("1 ", 250_000)],
  ["words", many("common ", 30_000)],
  ["minuses", many("-", 100_000) + "a"],
  ["tildes", many("~", 100_000) + "a"],
  ["prefixes", many("wo* ", 30_000)],
  ["infixes", many("*o*|", 5_000) + "a"],
  ["fuzzy words", many("%%%common%%%|", 5_000) + "a"],
  ["alternatives", many("common|", 30_000) + "a"],
  ["fields within fields", many("@t:", 50_000) + "a"],
  ["fields in a row", many("@t:common ", 10_000)],
  ["fields at once", `@${many("t|", 20_000)}t:(${many("a|", 20_000)}a)`],
  ["tags", `@g:{${many("all|", 30_000)}all}`],
  ["tags by infixes", `@g:{${many("*a*|", 5_000)}all}`],
  ["a phrase", `"${many("common ", 50_000)}"`],
  ["an open phrase", `"${many("a ", 50_000)}`],
  ["quotes", many('"', 50_001)],
  ["backslashes", many("\\", 100_001)],
  ["a long word", many("x", 500_000)],
  ["a long fuzzy word", `%%%${many("x", 500_000)}%%%`],
  ["stars", many("*", 100_000)],
  ["percent signs", many("%", 100_000)],
  ["a pattern of stars", `w'${many("*a", 1_000)}b'`],
  ["a pattern of question marks", `w'${many("*?", 1_000)}'`],
  ["attributes", `a${many("=>{$weight:1}", 20_000)}`],
  ["semicolons", `a=>{${many(";", 150_000)}}`],
  ["ranges", many("@n:[0 inf] ", 5_000)],
  ["a number of many digits", `@n:[${many("9", 100_000)} inf]`],
  ["a far place", "@p:[1e300 1e300 1e300 km]"],
  ["negations", many("-zzz ", 15_000)],
  ["negations within each other", many("(-zzz ", 400) + many(")", 400)],
  ["alternatives within each other", many("(common|", 400) + "a" + many(")", 400)],
  ["comparisons", many("@n==1 ", 5_000)],
  ["near words", many("(common common)=>{$slop:1000;$inorder:true} ", 500)],
  ["fields that miss", many("ismissing(@t) ", 10_000)],
  ["spaces", many(" ", 500_000)],
  ["zeros", many("\0", 100_000)],
];

for (const dialect of ["1", "2"]) {
  Deno.test(`queries that would take long or nest deeply are answered, dialect ${dialect}`, async () => {
    await withServer(async (client) => {
      for (const [name, query] of BOMBS) {
        const answer = await ask(client, [
          ...["FT.SEARCH", "idx", query, "NOCONTENT", "DIALECT", dialect],
        ]);
        assert.notEqual(answer, "", name);
        await ask(client, ["FT.EXPLAIN", "idx", query.slice(0, 20_000), "DIALECT", dialect]);
      }
    });
  });
}

Deno.test("expressions that would take long, nest deeply or make long texts are answered", async () => {
  const expressions = [
    many("1+", 200_000) + "1",
    many("(", 100_000),
    many("!", 60_000) + "1",
    many("1&&", 100_000) + "1",
    `format("${many("%s", 5_000)}"${many(",@u", 5_000)})`,
    `${many("upper(", 190)}@u${many(")", 190)}`,
    `split("${many(",", 50_000)}", ",")`,
    `timefmt(1e300, "${many("%c", 10_000)}")`,
    'substr("abc", 1e300, -1e300)',
    "timefmt(-1e18)",
    "day(1e999)",
    "@__proto__",
    "constructor(1)",
    "toString(1)",
    "10^10^10^10 % 0 / 0",
  ];
  await withServer(async (client) => {
    for (const expression of expressions) {
      for (const step of [["APPLY", expression, "AS", "x"], ["FILTER", expression]]) {
        await ask(client, [
          ...["FT.AGGREGATE", "idx", "common", "LOAD", "1", "u", ...step, "LIMIT", "0", "2"],
        ]);
      }
      await ask(client, ["FT.CREATE", "f", "FILTER", expression, "SCHEMA", "a", "TEXT"]);
      await ask(client, ["FT.DROPINDEX", "f"]);
    }
    const doubling: string[] = [];
    for (let i = 0; i < 40; i++) doubling.push("APPLY", 'format("%s%s",@u,@u)', "AS", "u");
    assert.match(
      await ask(client, ["FT.AGGREGATE", "idx", "@n:[0 10]", "LOAD", "1", "@u", ...doubling]),
      /^-The result of format is too long/,
    );
    const reducers: string[] = [];
    for (let i = 0; i < 300; i++) reducers.push("REDUCE", "TOLIST", "1", "@n", "AS", `x${i}`);
    await ask(client, ["FT.AGGREGATE", "idx", "*", "GROUPBY", "1", "@g", ...reducers]);
  });
});

Deno.test("paths that would take long or nest deeply are answered", async () => {
  const paths = [
    '$.l[?(@.s =~ "(a+)+$")]',
    '$.l[?(@.s =~ "^(a|a)*$")]',
    '$.l[?(@.s =~ "(a{1,1000}){1,1000}")]',
    `$.l[?(@.s =~ "${many("[a-z]*", 300)}q")]`,
    `$${many("..*", 20)}`,
    `$${many("[", 60_000)}`,
    `$.l${many("[?(@.n>0)]", 3_000)}`,
    `$.l${many("[?(@.l", 200)}${many(")]", 200)}`,
    `$.l[${many("0,", 20_000)}0]`,
    `$.l[?(${many("!", 60_000)}@.n)]`,
    `$.l[?(${many("@.n>0 && ", 1_000)}@.n)]`,
    `${many("1+", 30_000)}1`,
    "$.l[-99999999999999999999:99999999999999999999:99999999999]",
    "$.__proto__.constructor",
    ".__proto__",
    many(".", 60_000),
    "",
    "$.\0",
  ];
  await withServer(async (client) => {
    for (const path of paths) {
      await ask(client, ["JSON.GET", "j:0", path]);
      await ask(client, ["JSON.SET", "j:0", path, "1", "XX", "FORMAT"]);
      await ask(client, ["JSON.TYPE", "j:1", path]);
      await ask(client, [
        ...["FT.CREATE", "p", "ON", "JSON", "PREFIX", "1", "j:1", "SCHEMA", path, "AS", "a", "TAG"],
      ]);
      await ask(client, ["FT.DROPINDEX", "p"]);
    }
  });
});

Deno.test("names that objects have by themselves are names like any other", async () => {
  await withServer(async (client) => {
    const names = ["__proto__", "constructor", "tostring"];
    await ask(client, [
      ...["FT.CREATE", "__proto__", "PREFIX", "1", "o:", "SCHEMA", "__proto__", "TEXT"],
      ...["constructor", "TAG"],
    ]);
    await ask(client, ["HSET", "o:1", "__proto__", "hello", "constructor", "a"]);
    assert.equal(
      await ask(client, [
        ...["FT.SEARCH", "__proto__", "@__proto__:hello @constructor:{a}", "NOCONTENT"],
      ]),
      '[:1, "o:1"]',
    );
    assert.equal(
      await ask(client, ["FT.SYNUPDATE", "__proto__", "__proto__", "hello", ...names]),
      "+OK",
    );
    for (const name of names) {
      const found = await ask(client, ["FT.SEARCH", "__proto__", name, "NOCONTENT"]);
      assert.equal(found, '[:1, "o:1"]', name);
    }
    assert.equal(await ask(client, ["JSON.SET", "o", "$", '{"__proto__":{"a":1}}']), "+OK");
    assert.equal(await ask(client, ["JSON.GET", "o", "$.__proto__.a"]), '"[1]"');
    assert.equal(await ask(client, ["JSON.GET", "o", "$.constructor"]), '"[]"');
  });
});

/** Commands that are well formed. */
const SEEDS: readonly (readonly string[])[] = [
  ["FT.SEARCH", "idx", '@t:(common|"word1 common") -@g:{tag1} ~@n:[(1 +inf]', "LIMIT", "0", "5"],
  ["FT.SEARCH", "idx", "%comon% wo* *ord* w'w?rd*'", "DIALECT", "2", "NOCONTENT"],
  ["FT.SEARCH", "idx", "@p:[1 1 10 km] =>{$weight: 2; $slop: 3; $inorder: true}", "WITHSCORES"],
  ["FT.SEARCH", "idx", "@n>=$a @t:$b", "PARAMS", "4", "a", "3", "b", "common", "DIALECT", "2"],
  ["FT.SEARCH", "idx", "@s:[WITHIN $q]", "PARAMS", "2", "q", "POLYGON((0 0,0 2,2 2,2 0,0 0))"],
  ["FT.SEARCH", "idx", "common", "SORTBY", "n", "DESC", "RETURN", "3", "t", "AS", "x"],
  ["FT.SEARCH", "idx", "common", "SUMMARIZE", "FIELDS", "1", "t", "FRAGS", "3", "LEN", "5"],
  ["FT.SEARCH", "idx", "common", "HIGHLIGHT", "TAGS", "<b>", "</b>", "INKEYS", "2", "d:1", "d:2"],
  ["FT.SEARCH", "idx", "common", "FILTER", "n", "(1", "20", "GEOFILTER", "p", "1", "1", "5", "km"],
  ["FT.SEARCH", "idx", "common", "SCORER", "TFIDF", "EXPLAINSCORE", "WITHSCORES", "SLOP", "2"],
  ["FT.SEARCH", "jdx", "@a:{x} @t:hello", "RETURN", "2", "$.t", "$..a", "DIALECT", "3"],
  ["FT.AGGREGATE", "idx", "*", "GROUPBY", "1", "@g", "REDUCE", "QUANTILE", "2", "@n", "0.5"],
  ["FT.AGGREGATE", "idx", "*", "LOAD", "2", "@t", "@u", "APPLY", "upper(@t)", "AS", "x"],
  ["FT.AGGREGATE", "idx", "*", "APPLY", "(@n+1)*2 % 3", "AS", "x", "FILTER", "@x>1 && @n<50"],
  ["FT.AGGREGATE", "idx", "*", "SORTBY", "2", "@n", "DESC", "MAX", "3", "WITHCURSOR", "COUNT", "1"],
  ["FT.AGGREGATE", "idx", "*", "APPLY", 'split("a,b", ",")', "AS", "x", "LIMIT", "1", "2"],
  ["FT.CURSOR", "READ", "idx", "1", "COUNT", "5"],
  ["FT.PROFILE", "idx", "SEARCH", "LIMITED", "QUERY", "common (a|b)"],
  ["FT.EXPLAINCLI", "idx", "a|b -c ~d @t:e"],
  ["FT.SPELLCHECK", "idx", "comon alpa", "DISTANCE", "2", "TERMS", "INCLUDE", "dict"],
  ["FT.SUGADD", "sug", "hello there", "2", "INCR", "PAYLOAD", "p"],
  ["FT.SUGGET", "sug", "hel", "FUZZY", "WITHSCORES", "WITHPAYLOADS", "MAX", "3"],
  ["FT.TAGVALS", "idx", "g"],
  ["FT.INFO", "idx"],
  ["FT.SYNUPDATE", "idx", "group", "SKIPINITIALSCAN", "common", "usual"],
  ["FT.ALIASUPDATE", "alias", "idx"],
  ["FT.CONFIG", "GET", "*"],
  ["FT.DICTADD", "dict", "word", "other"],
  [
    ...["FT.CREATE", "new", "ON", "HASH", "PREFIX", "2", "x:", "y:", "FILTER", "@n > 3"],
    ...["LANGUAGE", "german", "SCORE", "0.5", "STOPWORDS", "1", "der", "SCHEMA", "a", "AS", "b"],
    ...["TEXT", "WEIGHT", "2", "PHONETIC", "dm:en", "SORTABLE", "c", "TAG", "SEPARATOR", ";"],
  ],
  ["FT.ALTER", "new", "SCHEMA", "ADD", "z", "NUMERIC", "SORTABLE"],
  ["FT.DROPINDEX", "new", "DD"],
  ["JSON.SET", "j:1", "$.l", '[1,{"a":"x"},"t"]', "NX"],
  ["JSON.GET", "j:1", "INDENT", " ", "NEWLINE", "\n", "$.l[?(@.n>1 && @.s=~'a')]", "$..a"],
  ["JSON.NUMINCRBY", "j:1", "$..n", "1.5"],
  ["JSON.ARRINSERT", "j:1", "$.a", "-1", '"z"', "null"],
  ["JSON.ARRTRIM", "j:1", "$.a", "-3", "5"],
  ["JSON.ARRPOP", "j:1", "$.a", "-1"],
  ["JSON.ARRINDEX", "j:1", "$.a", '"x"', "0", "-1"],
  ["JSON.MERGE", "j:1", "$", '{"t":null,"m":{"a":[1]}}'],
  ["JSON.STRAPPEND", "j:1", "$.t", '"more"'],
  ["JSON.MGET", "j:1", "j:2", "$..a"],
  ["JSON.DEL", "j:1", "$..[?(@>1)]"],
];

const PIECES = [
  ..."()[]{}|-~*%\"'\\@$:;=><!,.&+/^#?\0\n ".split(""),
  ...["=>", "%%%", "w'", "(((((", "))))", "[[", "..", "$.", "@t:", "@g:{", "@n:[", "inf", "-inf"],
  ...["nan", "1e308", "-1", "0", "18446744073709551616", "9223372036854775807", "null", "''"],
  ...["__proto__", "ä€😀", "ismissing(", "KNN", "$a", "?(@", "=~", "LIMIT", "AS", "PARAMS", "é"],
];

/** A word like another, with something wrong. */
function mutated(choice: Choice, word: string): string | Uint8Array {
  const at = choice.below(word.length + 1);
  switch (choice.below(9)) {
    case 0:
    case 1:
    case 2:
      return word.slice(0, at) + choice.of(PIECES) + word.slice(at);
    case 3:
      return word.slice(0, at) + word.slice(at + 1 + choice.below(3));
    case 4:
      return word.slice(0, at) + many(choice.of(PIECES), 1 + choice.below(300)) + word.slice(at);
    case 5: {
      const bytes = encoder.encode(word + "x");
      bytes[choice.below(bytes.length)] = choice.below(256);
      return bytes;
    }
    case 6:
      return Uint8Array.from({ length: choice.below(40) }, () => choice.below(256));
    case 7:
      return word + word;
    default:
      return choice.of(PIECES);
  }
}

/** A command like a well-formed one, with some of its words wrong, lacking, or there twice. */
function hostile(choice: Choice): Command {
  const words: (string | Uint8Array)[] = [...choice.of(SEEDS)];
  for (let changes = choice.below(4); changes >= 0; changes--) {
    const i = 1 + choice.below(words.length);
    const word = words[i];
    if (word === undefined) words.push(choice.of(choice.of(SEEDS)));
    else if (choice.below(10) === 0) words.splice(i, 1);
    else if (choice.chance(0.1)) words.splice(i, 0, choice.of(choice.of(SEEDS)));
    else if (typeof word === "string") words[i] = mutated(choice, word);
  }
  return words;
}

for (const resp of [2, 3] as const) {
  Deno.test(`commands with words that are wrong are refused or answered, RESP${resp}`, async () => {
    await withServer(async (_, server) => {
      await using client = await server.connect({ resp });
      const choice = new Choice(SEED + resp);
      for (let i = 0; i < COMMANDS; i++) await ask(client, hostile(choice));
      assert.equal(await ask(client, ["INTEGRITY"]), "+OK");
    });
  });
}

Deno.test("indexes of hundreds of fields, prefixes and aliases are made or refused", async () => {
  await withServer(async (client) => {
    const fields = (count: number, type: string) =>
      Array.from({ length: count }, (_, i) => [`f${i}`, type]).flat();
    for (
      const [count, type] of [[52, "TEXT"], [129, "TEXT"], [900, "TAG"], [2000, "TAG"]] as const
    ) {
      await ask(client, [
        ...["FT.CREATE", "wide", "PREFIX", "1", "d:1", "MAXTEXTFIELDS", "SCHEMA"],
        ...fields(count, type),
      ]);
      await ask(client, ["HSET", "d:1", "f0", "hello"]);
      await ask(client, ["FT.INFO", "wide"]);
      await ask(client, ["FT.DROPINDEX", "wide"]);
    }
    const prefixes = Array.from({ length: 10_000 }, (_, i) => `p${i}`);
    await ask(client, ["FT.CREATE", "p", "PREFIX", "10000", ...prefixes, "SCHEMA", "a", "TEXT"]);
    for (const count of ["0", "-1", "3", "99999999999999999999", "1e3", "x", ""]) {
      await ask(client, ["FT.CREATE", "p", "PREFIX", count, "SCHEMA", "a", "TEXT"]);
      await ask(client, ["FT.SEARCH", "idx", "common", "LIMIT", "0", count, "NOCONTENT"]);
      await ask(client, ["FT.SEARCH", "idx", "common", "LIMIT", count, count, "NOCONTENT"]);
      await ask(client, ["FT.SEARCH", "idx", "common", "SLOP", count, "NOCONTENT"]);
      await ask(client, ["FT.SEARCH", "idx", "common", "TIMEOUT", count, "NOCONTENT"]);
      await ask(client, ["FT.SEARCH", "idx", "$a", "PARAMS", count, "a", "$a", "DIALECT", "2"]);
      await ask(client, ["FT.AGGREGATE", "idx", "*", "GROUPBY", count, "@g"]);
      await ask(client, ["FT.AGGREGATE", "idx", "*", "WITHCURSOR", "COUNT", count]);
      await ask(client, ["FT.CURSOR", "READ", "idx", count]);
      await ask(client, ["FT.SUGGET", "sug", "h", "MAX", count]);
      await ask(client, ["JSON.ARRINSERT", "j:1", "$.a", count, "1"]);
      await ask(client, ["JSON.NUMINCRBY", "j:1", "$.n", count]);
    }
    const name = Uint8Array.of(0, 255, 254, 10);
    await ask(client, ["FT.CREATE", name, "PREFIX", "1", "b:", "SCHEMA", name, "TEXT"]);
    await ask(client, ["HSET", "b:1", name, "hello"]);
    await ask(client, ["FT.INFO", name]);
    await ask(client, ["FT.ALIASADD", many("a", 100_000), "idx"]);
    await ask(client, ["FT.SEARCH", many("a", 100_000), "common", "NOCONTENT"]);
    assert.equal(await ask(client, ["INTEGRITY"]), "+OK");
  });
});
