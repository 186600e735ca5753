import { strict as assert } from "node:assert";
import { format, type Reply } from "../../harness/resp_client.ts";
import { startRedlite } from "../../harness/servers.ts";
import { shareServer } from "../../harness/shared_servers.ts";
import { type Choice, testSameAsStack, type Words } from "./same_as_stack.ts";

// No empty texts among them: the real one takes `("", "a")` and `("a", "")` for one group.
const COLORS = ["red", "Green", "blue, red", "black", "grün"];
const WORDS = ["alpha", "Beta", "gamma delta", "running", "x-ray", "Ünï", "12", "0x1F", "3.50"];

/** An index of some hashes, of which none has all fields. */
function documents(choice: Choice): Words[] {
  const made: Words[] = [[
    ...["FT.CREATE", "i", "ON", "HASH", "PREFIX", "1", "d:", "SCHEMA"],
    ...["t", "TEXT", "SORTABLE", "u", "TEXT", "g", "TAG", "SORTABLE", "h", "TAG"],
    ...["n", "NUMERIC", "SORTABLE", "m", "NUMERIC", "loc", "GEO"],
  ]];
  for (let i = 0; i < 60; i++) {
    const words: string[] = ["HSET", `d:${i}`, "all", "1", "id", String(i)];
    const put = (name: string, value: () => string) => {
      if (choice.chance(0.8)) words.push(name, value());
    };
    put("t", () => choice.of(WORDS));
    put("u", () => `${choice.of(WORDS)} ${choice.of(WORDS)}`);
    put("g", () => choice.of(COLORS));
    put("h", () => choice.of(COLORS));
    put("n", () => String(choice.below(8) - 2));
    put("m", () => choice.of(["1.50", "2", "-3e1", "1700000123", "0.1", "7"]));
    put("loc", () => `${choice.below(100)}.5,${choice.below(60)}`);
    put("x", () => choice.of(WORDS));
    made.push(words);
  }
  return made;
}

const LEAVES = [
  ..."1 2 0 -3 1.5 1e3 7 100".split(" "),
  ...["'a'", '"b c"', "'12'", "''", "'it\\'s'"],
  ...["@n", "@m", "@t", "@g", "@u", "@x", "@id", "@id", "@id"],
];
const OPERATORS = ["+", "-", "*", "/", "^", "==", "!=", "<", "<=", ">", ">=", "&&", "||"];

/** An expression, well formed for the most part. */
function expression(choice: Choice, depth: number): string {
  const next = () => expression(choice, depth - 1);
  // Texts that functions have made go wrong in the real one where other functions take them.
  const leaf = () => choice.of(LEAVES);
  if (depth === 0 || choice.chance(0.2)) return choice.of(LEAVES);
  switch (choice.below(9)) {
    case 0:
      return `!${next()}`;
    case 1:
      return `(${next()})`;
    case 2: {
      const name = choice.of(["upper", "lower", "strlen", "to_str", "abs", "floor", "ceil"]);
      return `${name}(${leaf()})`;
    }
    case 3: {
      const name = choice.of(["hour", "day", "month", "year", "minute", "dayofweek", "timefmt"]);
      return `${name}(${leaf()})`;
    }
    case 4:
      return choice.of([
        `contains(${leaf()}, ${choice.of(["'a'", "'red'", leaf()])})`,
        `startswith(${leaf()}, ${leaf()})`,
        `substr(${leaf()}, ${choice.below(4) - 1}, ${choice.below(5) - 1})`,
        `format('%s:%s', ${leaf()}, ${leaf()})`,
        `exists(${choice.of(["@n", "@x", "@u", leaf()])})`,
        `to_number(${leaf()})`,
      ]);
    default:
      return `${next()} ${choice.of(OPERATORS)} ${next()}`;
  }
}

/** A reply whose numbers that are none have no sign. */
const shown = (reply: Reply) => format(reply).replaceAll("-nan", "nan");

testSameAsStack("random expressions come to what Redis Stack makes of them", (choice) => {
  const made = documents(choice);
  const load = ["LOAD", "6", "@m", "@u", "@x", "@id", "@h", "@loc"];
  for (let i = 0; i < 400; i++) {
    const written = expression(choice, 1 + choice.below(3));
    const query = choice.chance(0.5) ? `@n:[${choice.below(4)} 8]` : "*";
    const step = choice.chance(0.7) ? ["APPLY", written, "AS", "r"] : ["FILTER", written];
    made.push(["FT.AGGREGATE", "i", query, ...load, ...step, "LIMIT", "0", "20"]);
  }
  return made;
}, shown);

testSameAsStack("malformed expressions are refused in Redis Stack's words", (choice) => {
  const made = documents(choice);
  const pieces = ["1", "+", "-", "(", ")", "@n", "foo", "'a'", ",", "upper(", "!", "<", "==", "&&"];
  for (let i = 0; i < 300; i++) {
    let written = "";
    for (let j = choice.below(5); j >= 0; j--) written += choice.of(pieces) + choice.of(["", " "]);
    made.push(["FT.AGGREGATE", "i", "*", "APPLY", written, "AS", "r", "LIMIT", "0", "1"]);
  }
  return made;
}, shown);

const PROPERTIES = ["n", "m", "t", "g", "h", "u"];
const REDUCERS = [
  "sum",
  "min",
  "max",
  "avg",
  "stddev",
  "count_distinct",
  "count_distinctish",
  "tolist",
];

/** A GROUPBY, with what makes its rows comparable in whatever order they come. */
function grouping(choice: Choice): { words: string[]; names: string[]; sums: string[] } {
  const names = PROPERTIES.filter(() => choice.chance(0.25));
  const words = ["GROUPBY", String(names.length), ...names.map((name) => `@${name}`)];
  const sums: string[] = [];
  for (let i = choice.below(4); i > 0; i--) {
    const name = choice.of(REDUCERS);
    const as = `r${i}`;
    words.push("REDUCE", choice.chance(0.5) ? name : name.toUpperCase(), "1");
    words.push(`@${choice.of(PROPERTIES)}`, "AS", as);
    if (name !== "tolist") sums.push(as);
  }
  if (choice.chance(0.5)) words.push("REDUCE", "COUNT", "0", "AS", "c");
  if (choice.chance(0.2)) words.push("REDUCE", "quantile", "2", "@n", String(choice.next()));
  return { words, names, sums };
}

/** A value, a list as one in the order of its texts. */
function value(reply: Reply): string {
  if (reply.type !== "array") return shown(reply);
  return `[${reply.items.map(shown).sort().join()}]`;
}

/** A row's names and values. */
function row(reply: Reply): string {
  const entries: (readonly [Reply, Reply])[] = [];
  if (reply.type === "map") entries.push(...reply.entries);
  else if (reply.type === "array") {
    for (let i = 0; i + 1 < reply.items.length; i += 2) {
      entries.push([reply.items[i]!, reply.items[i + 1]!]);
    }
  }
  return `{${entries.map(([name, held]) => `${shown(name)}: ${value(held)}`).join()}}`;
}

/** The value of a name in a map. */
function entry(reply: Reply, name: string): Reply | undefined {
  if (reply.type !== "map") return undefined;
  return reply.entries.find(([key]) => shown(key) === `"${name}"` || shown(key) === `+${name}`)
    ?.[1];
}

/** A reply of FT.AGGREGATE with its rows, which come in any order, and their lists sorted. */
function unordered(reply: Reply): string {
  if (reply.type === "array") {
    const [total, ...rows] = reply.items;
    return `${total && shown(total)} ${rows.map(row).sort().join()}`;
  }
  const results = entry(reply, "results");
  if (results?.type !== "array") return shown(reply);
  const rows = results.items.map((result) => row(entry(result, "extra_attributes") ?? result));
  const rest = ["attributes", "total_results", "format", "warning"].map((name) => {
    const held = entry(reply, name);
    return held && shown(held);
  });
  return `${rest.join()} ${rows.sort().join()}`;
}

testSameAsStack("random groups come to what Redis Stack makes of them", (choice) => {
  const made = documents(choice);
  for (let i = 0; i < 300; i++) {
    const { words, names, sums } = grouping(choice);
    const query = choice.of(["*", "@n:[0 3]", "@n:[-2 0]", "alpha", "nothing"]);
    const steps: string[] = [];
    if (choice.chance(0.3)) steps.push("LOAD", "2", "@t", "@m");
    if (choice.chance(0.3)) steps.push("APPLY", "exists(@n) * 2", "AS", "e");
    if (choice.chance(0.2)) steps.push("FILTER", "exists(@n) && @n < 4");
    steps.push(...words);
    if (choice.chance(0.3) && sums.length > 0) {
      steps.push("APPLY", `@${choice.of(sums)} + 1`, "AS", "p");
    }
    if (choice.chance(0.3) && sums.length > 0) steps.push("FILTER", `@${choice.of(sums)} > 1`);
    if (choice.chance(0.3)) {
      const by = [...names, ...sums].flatMap((name) => [`@${name}`, choice.of(["ASC", "DESC"])]);
      if (by.length > 0 && by.length <= 16) {
        steps.push("SORTBY", String(by.length), ...by, "MAX", "1000");
      }
    } else if (choice.chance(0.2) && names.length > 0) {
      steps.push("GROUPBY", "1", `@${choice.of(names)}`, "REDUCE", "COUNT", "0", "AS", "again");
    }
    made.push(["FT.AGGREGATE", "i", query, ...steps]);
  }
  return made;
}, unordered);

testSameAsStack("random steps without groups come to what Redis Stack makes of them", (choice) => {
  const made = documents(choice);
  for (let i = 0; i < 300; i++) {
    const steps: string[] = [];
    for (let j = choice.below(4); j >= 0; j--) {
      switch (choice.below(5)) {
        case 0:
          if (!steps.includes("APPLY")) {
            steps.push("LOAD", "4", `@${choice.of(PROPERTIES)}`, "@x", "AS", choice.of(["y", "z"]));
          }
          break;
        case 1:
          steps.push(
            "APPLY",
            choice.of(["exists(@n) + 1", "'text'", "1 / 4"]),
            "AS",
            choice.of(["a", "b", "n"]),
          );
          break;
        case 2:
          steps.push("FILTER", choice.of(["exists(@n)", "exists(@t) && !exists(@n)", "1", "0"]));
          break;
        case 3: {
          const by = PROPERTIES.filter(() => choice.chance(0.3));
          const keys = by.flatMap((name) => [`@${name}`, ...choice.of([[], ["ASC"], ["DESC"]])]);
          if (keys.length > 0) steps.push("SORTBY", String(keys.length), ...keys);
          if (keys.length > 0 && choice.chance(0.3)) steps.push("MAX", String(choice.below(30)));
          break;
        }
        default:
          steps.push("LIMIT", String(choice.below(6)), String(choice.below(12)));
      }
    }
    const query = choice.of(["*", "@n:[0 3]", "@n:[-2 0]", "alpha", "nothing"]);
    const extra = choice.chance(0.1) ? ["VERBATIM"] : [];
    made.push(["FT.AGGREGATE", "i", query, ...extra, ...steps]);
  }
  return made;
}, shown);

/** An index of some JSON documents. */
function jsonDocuments(choice: Choice): Words[] {
  const made: Words[] = [[
    ...["FT.CREATE", "i", "ON", "JSON", "PREFIX", "1", "d:", "SCHEMA"],
    ...["$.t", "AS", "t", "TEXT", "SORTABLE", "$.u", "AS", "u", "TEXT", "$.g", "AS", "g", "TAG"],
    ...["$.n", "AS", "n", "NUMERIC", "SORTABLE", "$.m", "AS", "m", "NUMERIC"],
    ...["$.tags[*]", "AS", "tags", "TAG"],
  ]];
  for (let i = 0; i < 30; i++) {
    const document: Record<string, unknown> = { id: i };
    const put = (name: string, value: () => unknown) => {
      if (choice.chance(0.8)) document[name] = value();
    };
    put("t", () => choice.of(WORDS));
    put("u", () => `${choice.of(WORDS)} ${choice.of(WORDS)}`);
    put("g", () => choice.of(COLORS));
    put("n", () => choice.below(8) - 2);
    put("m", () => choice.of([1.5, 2, -30, 0.1, 7]));
    put("tags", () => [choice.of(COLORS), choice.of(COLORS)]);
    put("deep", () => ({ a: choice.below(3), b: [1, "x", null] }));
    made.push(["JSON.SET", `d:${i}`, "$", JSON.stringify(document)]);
  }
  return made;
}

testSameAsStack("aggregations over JSON come to what Redis Stack makes of them", (choice) => {
  const made = jsonDocuments(choice);
  const properties = ["n", "m", "t", "g", "u"];
  for (let i = 0; i < 150; i++) {
    const steps: string[] = [];
    const property = choice.of(properties);
    if (choice.chance(0.4)) steps.push("LOAD", "3", `@${choice.of(properties)}`, "$.id", "@g");
    if (choice.chance(0.3)) steps.push("LOAD", "3", "$.deep.a", "AS", "a");
    if (choice.chance(0.3)) steps.push("APPLY", "exists(@n) * 2", "AS", "e");
    if (choice.chance(0.7)) {
      steps.push("GROUPBY", "1", `@${property}`, "REDUCE", "COUNT", "0", "AS", "c");
      if (choice.chance(0.5)) steps.push("REDUCE", "sum", "1", "@m", "AS", "s");
      if (choice.chance(0.3)) steps.push("REDUCE", "tolist", "1", "@u", "AS", "l");
    } else if (choice.chance(0.5)) steps.push("SORTBY", "2", `@${property}`, "ASC", "MAX", "100");
    made.push(["FT.AGGREGATE", "i", choice.of(["*", "@n:[0 3]", "alpha"]), ...steps]);
  }
  return made;
}, unordered);

testSameAsStack("values of JSON are expanded as by Redis Stack", () => [
  [
    ...["FT.CREATE", "i", "ON", "JSON", "SCHEMA", "$.t", "AS", "t", "TEXT"],
    ...["$.n", "AS", "n", "NUMERIC", "SORTABLE", "$.tags[*]", "AS", "tags", "TAG"],
  ],
  ["FT.CREATE", "h", "ON", "HASH", "SCHEMA", "t", "TEXT"],
  ["JSON.SET", "d1", "$", '{"t":"hello","n":1.5,"tags":["a","b"],"b":true,"o":{"x":[1,null]}}'],
  ["JSON.SET", "d2", "$", '{"t":"bye","n":2,"tags":["b"],"b":false}'],
  ["FT.AGGREGATE", "i", "*", "LOAD", "5", "@t", "@n", "$.o", "@tags", "$.b", "FORMAT", "EXPAND"],
  ["FT.AGGREGATE", "i", "*", "LOAD", "*", "FORMAT", "EXPAND"],
  ["FT.AGGREGATE", "i", "*", "LOAD", "1", "@n", "APPLY", "@n/3", "AS", "x", "FORMAT", "EXPAND"],
  ["FT.AGGREGATE", "i", "*", "FORMAT", "string"],
  ["FT.AGGREGATE", "i", "*", "FORMAT", "FOO"],
  ["FT.AGGREGATE", "i", "*", "FORMAT"],
  ["FT.AGGREGATE", "h", "*", "FORMAT", "EXPAND"],
  ["FT.SEARCH", "i", "hello", "FORMAT", "EXPAND"],
  ["FT.SEARCH", "i", "hello", "RETURN", "3", "t", "n", "$.o", "FORMAT", "EXPAND"],
  ["FT.SEARCH", "i", "*", "SORTBY", "n", "FORMAT", "STRING"],
  ["FT.SEARCH", "h", "*", "FORMAT", "EXPAND"],
]);

const redlite = shareServer("redlite", startRedlite);

for (const ends of [["FT.DROPINDEX", "i"], ["FLUSHALL"], ["FLUSHDB"]] as const) {
  Deno.test(`cursors go with their index: ${ends.join(" ")}`, async () => {
    await using client = await (await redlite()).connect();
    await client.pipeline([["FT.CREATE", "i", "SCHEMA", "n", "NUMERIC"], ["HSET", "a", "n", "1"]]);
    const found = ["FT.AGGREGATE", "i", "*", "LOAD", "1", "n", "WITHCURSOR", "COUNT", "1"] as const;
    const reply = await client.send(...found);
    assert.ok(reply.type === "array");
    const id = format(reply.items[1]!).slice(1);
    assert.notEqual(id, "0");
    await client.send(...ends);
    await client.send("FT.CREATE", "i", "SCHEMA", "n", "NUMERIC");
    assert.equal(format(await client.send("FT.CURSOR", "READ", "i", id)), "-Cursor not found");
  });
}
