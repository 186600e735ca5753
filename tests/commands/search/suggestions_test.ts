import { strict as assert } from "node:assert";
import { named, noOracle } from "../../harness/lacking.ts";
import { format, type Reply } from "../../harness/resp_client.ts";
import { Redlite } from "../../../mod.ts";
import { startOracle, startRedlite } from "../../harness/servers.ts";
import { testReplies } from "../replies.ts";
import { type Choice, testSameAsStack, type Words } from "./same_as_stack.ts";

/** Commands on two dictionaries of words that are near each other, no two of which weigh the same. */
function commands(choice: Choice): Words[] {
  const made: Words[] = [];
  const word = () => {
    let text = choice.of(["", "", "a", "Ha", "hel", "üb", "foo "]);
    for (let i = choice.below(3); i >= -1; i--) {
      text += choice.of(["a", "b", "l", "lo", "E", "é", " x"]);
    }
    return text;
  };
  const key = () => choice.of(["dict", "dict", "other", "absent"]);
  for (let i = 0; i < 400; i++) {
    const score = choice.chance(0.1)
      ? choice.of(["0", "-3", `${choice.next()}e1`, "x", "nan"])
      : String(choice.next() * 20);
    const add: string[] = ["FT.SUGADD", choice.of(["dict", "other"]), word(), score];
    if (choice.chance(0.2)) add.push(choice.chance(0.5) ? "INCR" : "incr");
    if (choice.chance(0.2)) add.push("PAYLOAD", choice.of(["p", "payload", "", "q"]));
    made.push(add);
    if (choice.chance(0.3)) made.push(["FT.SUGDEL", key(), word()]);
    if (choice.chance(0.2)) made.push(["FT.SUGLEN", key()]);
    if (choice.chance(0.5)) {
      // The real one overlooks the whole of what was typed where MAX others weigh more.
      const short = choice.chance(0.4);
      const typed = short ? choice.of(["a", "h", "F", "ü"]) : word().slice(0, choice.below(4));
      const get = ["FT.SUGGET", key(), typed, "WITHSCORES"];
      if (choice.chance(0.4)) get.push("FUZZY");
      if (choice.chance(0.3)) get.push("WITHPAYLOADS");
      get.push("MAX", short ? choice.of(["1", "3", "5", "0", "x"]) : "1000");
      made.push(get);
    }
  }
  return made;
}

/**
 * A reply with scores of six digits, for doubles of 32 bits are printed with all that 64 bits show,
 * and with what is equally good in one order.
 */
function rounded(reply: Reply, command: Words): string {
  const show = (item: Reply) =>
    format(item).replace(/\d+\.\d+|\d{7,}/g, (digits) => Number(digits).toPrecision(6));
  if (reply.type !== "array") return show(reply);
  const size = command.includes("WITHPAYLOADS") ? 3 : 2;
  const found = reply.items.map(show);
  const groups = Array.from(
    { length: found.length / size },
    (_, i) => found.slice(i * size, (i + 1) * size),
  );
  const same = (a: string[], b: string[]) => a[1] === b[1] && a[0]! < b[0]! ? -1 : 0;
  for (let i = 1; i < groups.length; i++) {
    for (let j = i; j > 0 && same(groups[j]!, groups[j - 1]!) < 0; j--) {
      [groups[j], groups[j - 1]] = [groups[j - 1]!, groups[j]!];
    }
  }
  return JSON.stringify(groups);
}

testSameAsStack("random commands on suggestions get Redis Stack's replies", commands, rounded);

testSameAsStack("scores are numbers as C reads them", () => {
  const scores = [
    "0x10",
    "-0x1p4",
    "0X1.8P1",
    "0x.8",
    "0x",
    "0x1p",
    "0x1p4000",
    "1e400",
    " 1",
    "1 ",
  ];
  return ["inf", "-inf", "nan", ".5", "5.", "+1e2", "", ...scores].flatMap((score, i) => [
    ["FT.SUGADD", "s", `term${i}`, score],
    ["FT.SUGADD", "s", `shared${i}`, score, "INCR"],
    ["FT.SUGADD", "s", `shared${i} more`, "3"],
    ["FT.SUGGET", "s", `shared${i}`, "WITHSCORES"],
  ]);
}, rounded);

testSameAsStack("suggestions are refused in Redis Stack's words", () => [
  ["SET", "text", "1"],
  ["FT.SUGADD"],
  ["FT.SUGADD", "k", "a"],
  ["FT.SUGADD", "text", "a", "1"],
  ["FT.SUGADD", "text", "a", "x"],
  ["FT.SUGADD", "text", "a", "1", "FOO"],
  ["FT.SUGADD", "k", "a", "1", "PAYLOAD"],
  ["FT.SUGADD", "k", "x".repeat(255), "1"],
  ["FT.SUGADD", "k", "x".repeat(256), "1"],
  ["FT.SUGADD", "k", "", "1"],
  ["FT.SUGADD", "zero", "a", "0"],
  ["EXISTS", "zero"],
  ["TYPE", "zero"],
  ["OBJECT", "ENCODING", "k"],
  ["FT.SUGLEN", "k", "l"],
  ["FT.SUGLEN", "text"],
  ["FT.SUGDEL", "text", "a"],
  ["FT.SUGDEL", "k"],
  ["FT.SUGGET", "k"],
  ["FT.SUGGET", "text", "a"],
  ["FT.SUGGET", "text", "a", "FOO"],
  ["FT.SUGGET", "k", "a", "MAX"],
  ["FT.SUGGET", "k", "a", "MAX", "x"],
  ["FT.SUGGET", "k", "a", "MAX", "-1"],
  ["FT.SUGGET", "k", "a".repeat(99)],
  ["FT.SUGGET", "k", "a".repeat(100)],
  ["FT.SUGGET", "k", "é".repeat(99)],
  ["FT.SUGGET", "k", "a".repeat(199)],
  ["FT.SUGGET", "k", "a".repeat(200)],
  ["GET", "zero"],
]);

testReplies("equally good suggestions come in the order of their bytes", [
  ["FT.SUGADD k bc 1", ":1"],
  ["FT.SUGADD k ba 1", ":2"],
  ["FT.SUGADD k bb 1", ":3"],
  ["FT.SUGGET k b", '["ba", "bb", "bc"]'],
  ["FT.SUGGET k b MAX 2", '["ba", "bb"]'],
]);

testReplies("a dictionary is a key like any other", [
  ["FT.SUGADD k hello 2 PAYLOAD p", ":1"],
  ["FT.SUGADD k help 1", ":2"],
  ["TYPE k", "+trietype0"],
  ["COPY k copy", ":1"],
  ["FT.SUGADD copy helium 3", ":3"],
  ["RENAME k renamed", "+OK"],
  ["FT.SUGGET renamed hel WITHPAYLOADS", '["hello", "p", "help", $-1]'],
  ["FT.SUGGET copy hel", '["helium", "hello", "help"]'],
  ["SCAN 0 TYPE trietype0 COUNT 100", '["0", ["copy", "renamed"]]'],
  ["EXPIRE copy 0", ":1"],
  ["FT.SUGLEN copy", ":0"],
  ["DEL renamed", ":1"],
  ["FT.SUGLEN renamed", ":0"],
]);

testReplies("a dictionary is there when its last suggestion is gone", [
  ["FT.SUGADD k a 1", ":1"],
  ["FT.SUGDEL k a", ":1"],
  ["EXISTS k", ":1"],
  ["FT.SUGGET k a", "[]"],
  ["FT.SUGLEN k", ":0"],
]);

testReplies("the past of a dictionary is kept, and its elements are told", [
  ["HISTORY ENABLE KEY k", "+OK"],
  ["FT.SUGADD k hello 2", ":1"],
  ["FT.SUGADD k help 1", ":2"],
  ["FT.SUGDEL k hello", ":1"],
  ["FT.SUGGET k h", '["help"]'],
  ["INTEGRITY", "+OK"],
]);

Deno.test({
  ...named(
    "dictionaries travel to Redis Stack and back by DUMP and RESTORE",
    noOracle("redis-stack"),
  ),
  async fn() {
    await using redlite = await startRedlite();
    await using stack = await startOracle("redis-stack");
    await using ours = await redlite.connect();
    await using theirs = await stack.connect();
    const fill = [
      ["FT.SUGADD", "k", "hello", "2.5", "PAYLOAD", "p"],
      ["FT.SUGADD", "k", "Hélp", "-1"],
      ["FT.SUGADD", "empty", "a", "1"],
      ["FT.SUGDEL", "empty", "a"],
    ];
    await ours.pipeline(fill);
    await theirs.pipeline(fill);
    for (const [from, to] of [[ours, theirs], [theirs, ours]] as const) {
      for (const key of ["k", "empty"]) {
        const dump = await from.send("DUMP", key);
        assert.ok(dump.type === "bulk");
        assert.equal(format(await to.send("RESTORE", key, "0", dump.value, "REPLACE")), "+OK");
        const get = ["FT.SUGGET", key, "h", "WITHSCORES", "WITHPAYLOADS"];
        assert.equal(format(await to.send(...get)), format(await from.send(...get)));
        assert.equal(format(await to.send("TYPE", key)), "+trietype0");
      }
    }
  },
});

Deno.test("INTEGRITY finds nothing wrong with a dictionary whose last suggestion is gone", async () => {
  await using db = Redlite.open(":memory:");
  db.ft.sugadd("titles", "dune", 1);
  db.ft.sugdel("titles", "dune");
  assert.equal(db.exists("titles"), 1);
  assert.deepEqual(await db.integrity(), []);
});
