/** Indexes of many fields: as many text fields as Redis Stack has, and their sets in postings. */

import { strict as assert } from "node:assert";
import { Redlite } from "../../../mod.ts";
import { format } from "../../harness/resp_client.ts";
import { startRedlite, temporaryDirectory } from "../../harness/servers.ts";
import { type Choice, testSameAsStack, type Words } from "./same_as_stack.ts";

const fieldsOf = (count: number, ...type: string[]) =>
  Array.from({ length: count }, (_, i) => [`f${i}`, ...type]).flat();

testSameAsStack("indexes of too many fields are refused in Redis Stack's words", () => [
  ...[32, 33, 52, 53, 128, 129].map((count) => {
    return ["FT.CREATE", `t${count}`, "SCHEMA", ...fieldsOf(count, "TEXT")];
  }),
  ["FT.CREATE", "unindexed", "SCHEMA", ...fieldsOf(130, "TEXT", "NOINDEX")],
  ["FT.CREATE", "most", "SCHEMA", ...fieldsOf(1024, "TAG")],
  ["FT.CREATE", "more", "SCHEMA", ...fieldsOf(1025, "TAG")],
  ["FT.CREATE", "both", "SCHEMA", ...fieldsOf(128, "TEXT"), ...fieldsOf(897, "TAG")],
  ["FT.ALTER", "t32", "SCHEMA", "ADD", "x", "TEXT"],
  ["FT.ALTER", "t32", "SCHEMA", "ADD", "x", "TEXT", "NOINDEX"],
  ["FT.ALTER", "t32", "SCHEMA", "ADD", "y", "TAG"],
  ["FT.ALTER", "t33", "SCHEMA", "ADD", "x", "TEXT"],
  ["FT.ALTER", "t128", "SCHEMA", "ADD", "x", "TEXT"],
  ["FT.ALTER", "most", "SCHEMA", "ADD", "x", "TAG"],
  ["FT.CREATE", "wide", "MAXTEXTFIELDS", "SCHEMA", "x", "TEXT"],
  ["FT.ALTER", "wide", "SCHEMA", "ADD", ...fieldsOf(127, "TEXT")],
  ["FT.ALTER", "wide", "SCHEMA", "ADD", "y", "TEXT"],
]);

/** Documents with words in some of 128 fields, and queries that are limited to some of them. */
function commands(choice: Choice): Words[] {
  const word = () => choice.of(["red", "green", "blue", "running", "runs"]);
  const field = () => `f${choice.below(128)}`;
  const made: Words[] = [
    [
      "FT.CREATE",
      "i",
      "PREFIX",
      "1",
      "d:",
      "SCHEMA",
      ...fieldsOf(128, "TEXT"),
      "n",
      "TEXT",
      "NOINDEX",
    ],
  ];
  for (let i = 0; i < 60; i++) {
    const fields: string[] = ["n", word()];
    for (let k = choice.below(12); k >= 0; k--) fields.push(field(), `${word()} ${word()}`);
    made.push(["HSET", `d:${i}`, ...fields]);
  }
  for (let i = 0; i < 150; i++) {
    const names = Array.from({ length: 1 + choice.below(20) }, field).join("|");
    const query = choice.of([
      `@${names}:${word()}`,
      `@${names}:(${word()} ${word()})`,
      `-@${names}:${word()}`,
      word(),
      `@n:${word()}`,
      `@n|${names}:${word()}`,
    ]);
    const search = ["FT.SEARCH", "i", query, "NOCONTENT", "LIMIT", "0", "50"];
    if (choice.chance(0.3)) search.push("INFIELDS", "3", field(), field(), field());
    if (choice.chance(0.3)) search.push("WITHSCORES");
    made.push(search);
  }
  return made;
}

testSameAsStack("words are found in the fields that have them, of 128", commands);

Deno.test("128 text fields are in the file as in memory", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/db`;
  const schema = Object.fromEntries(
    Array.from({ length: 128 }, (_, i) => [`f${i}`, "text"] as const),
  );
  {
    using db = Redlite.open(path);
    db.ft.create("i", { schema });
    for (let i = 0; i < 128; i++) {
      db.hset(`d${i}`, { [`f${i}`]: "word", [`f${127 - i}`]: "other", f0: "zero" });
    }
  }
  using db = Redlite.open(path);
  for (let i = 1; i < 127; i++) {
    const found = db.ft.search("i", `@f${i}:word`);
    assert.deepEqual(found.documents.map(({ key }) => key), [`d${i}`]);
  }
});

Deno.test("fields of an index that is wide already may be added to", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await client.send("FT.CREATE", "i", "SCHEMA", ...fieldsOf(40, "TEXT"));
  assert.equal(format(await client.send("FT.ALTER", "i", "SCHEMA", "ADD", "g", "TEXT")), "+OK");
});
