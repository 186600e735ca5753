/** FT.CONFIG: which settings there are, and which values they take. */

import { strict as assert } from "node:assert";
import { format, type Reply } from "../../harness/resp_client.ts";
import { startRedlite } from "../../harness/servers.ts";
import { testSameAsStack, type Words } from "./same_as_stack.ts";

const NAMES = [
  ...["EXTLOAD", "NOGC", "MINPREFIX", "MINSTEMLEN", "FORKGC_SLEEP_BEFORE_EXIT", "MAXDOCTABLESIZE"],
  ...["MAXSEARCHRESULTS", "MAXAGGREGATERESULTS", "MAXEXPANSIONS", "MAXPREFIXEXPANSIONS", "TIMEOUT"],
  ...["FRISOINI", "ON_TIMEOUT", "GCSCANSIZE", "MIN_PHONETIC_TERM_LEN", "GC_POLICY"],
  ...["FORK_GC_RUN_INTERVAL", "FORK_GC_CLEAN_THRESHOLD", "FORK_GC_RETRY_INTERVAL"],
  ...["FORK_GC_CLEAN_NUMERIC_EMPTY_NODES", "_FORK_GC_CLEAN_NUMERIC_EMPTY_NODES"],
  ...["UNION_ITERATOR_HEAP", "CURSOR_MAX_IDLE", "NO_MEM_POOLS", "PARTIAL_INDEXED_DOCS"],
  ...["UPGRADE_INDEX", "_NUMERIC_COMPRESS", "_FREE_RESOURCE_ON_THREAD", "_PRINT_PROFILE_CLOCK"],
  ...["RAW_DOCID_ENCODING", "_NUMERIC_RANGES_PARENTS", "DEFAULT_DIALECT", "VSS_MAX_RESIZE"],
  ...["MULTI_TEXT_SLOP", "BG_INDEX_SLEEP_GAP", "_PRIORITIZE_INTERSECT_UNION_CHILDREN"],
];

const VALUES = [
  ...["5", "0", "1", "-1", "-2", "abc", "true", "FALSE", "1.5", "99999999999999999999", "2"],
  ...["4294967296", "2147483648", "", "200000000", "fail", "RETURN"],
];

/** Settings of which the real one may keep what it has refused, or what was in memory. */
const UNSURE = ["_NUMERIC_RANGES_PARENTS", "DEFAULT_DIALECT", "VSS_MAX_RESIZE"];

/** A reply without descriptions, which are in other words. */
function shown(reply: Reply, [, action]: Words): string {
  const text = format(reply);
  return action === "HELP"
    ? text.replace(/(\+Description[,:]) \+[^]*?, (\+Value)/g, "$1 $2")
    : text;
}

testSameAsStack("settings are told and set as in Redis Stack", () => [
  ["FT.CONFIG", "GET", "*"],
  ["FT.CONFIG", "HELP", "*"],
  ...NAMES.flatMap((name) => [
    ...VALUES.flatMap((value) => {
      const set = ["FT.CONFIG", "SET", name, value];
      if (!UNSURE.includes(name)) return [set, ["FT.CONFIG", "GET", name.toLowerCase()]];
      return /^[0-5]$/.test(value) ? [set] : [];
    }),
    ...UNSURE.includes(name) ? [] : [["FT.CONFIG", "SET", name]],
    ["FT.CONFIG", "SET", name, "1", "2"],
  ]),
  ["FT.CONFIG", "GET", "T*"],
  ["FT.CONFIG", "GET", "TIMEOUT", "NOGC"],
  ["FT.CONFIG", "GET", "nope"],
  ["FT.CONFIG", "SET", "nope", "1"],
  ["FT.CONFIG", "SET"],
  ["FT.CONFIG", "GET"],
  ["FT.CONFIG"],
], shown);

testSameAsStack("words have stems and sounds from the lengths on that are set", () => {
  const words = ["ads", "as", "runs", "running", "no", "nose", "knows"];
  return [
    ["FT.CREATE", "i", "STOPWORDS", "0", "SCHEMA", "t", "TEXT", "PHONETIC", "dm:en"],
    ...[["4", "3"], ["2", "1"], ["6", "5"]].flatMap(([stemmed, sounding], i) => [
      ["FT.CONFIG", "SET", "MINSTEMLEN", stemmed!],
      ["FT.CONFIG", "SET", "MIN_PHONETIC_TERM_LEN", sounding!],
      ...words.map((word) => ["HSET", `${i}-${word}`, "t", word]),
      ...["ad", "a", "run", "know", "nos", "running", "knose"].map((word) => {
        return ["FT.SEARCH", "i", word, "NOCONTENT", "LIMIT", "0", "30"];
      }),
    ]),
  ];
});

Deno.test("INDEXALL is taken and told", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  const ask = async (line: string) => format(await client.send(...line.split(" ")));
  assert.equal(await ask("FT.CREATE i INDEXALL ENABLE SCHEMA t TEXT"), "+OK");
  assert.match(await ask("FT.INFO i"), /indexes_all, \+true/);
  assert.equal(await ask("FT.CREATE j INDEXALL disable SCHEMA t TEXT"), "+OK");
  assert.match(await ask("FT.INFO j"), /indexes_all, \+false/);
  assert.equal(
    await ask("FT.CREATE k INDEXALL maybe SCHEMA t TEXT"),
    "-Invalid argument for `INDEXALL`, use ENABLE/DISABLE",
  );
});
