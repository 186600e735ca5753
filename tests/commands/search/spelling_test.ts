import { format, type Reply } from "../../harness/resp_client.ts";
import { type Choice, testSameAsStack, type Words } from "./same_as_stack.ts";

/** A reply whose lists are in the order of their texts: what is equally frequent comes in any. */
function shown(reply: Reply): string {
  if (reply.type === "array" || reply.type === "set") {
    return `${reply.type}[${reply.items.map(shown).sort().join()}]`;
  }
  if (reply.type === "map") {
    return `{${reply.entries.map(([name, value]) => `${shown(name)}: ${shown(value)}`).join()}}`;
  }
  return format(reply);
}

const WORDS = "hello help held hero hallo hall world word wort running fast cat cut".split(" ");

function nearly(choice: Choice): string {
  const word = choice.of(WORDS);
  const at = choice.below(word.length);
  return choice.of([
    word,
    word.slice(0, at) + word.slice(at + 1),
    word.slice(0, at) + choice.of(["x", "l", "é"]) + word.slice(at),
    word.slice(0, at) + "o" + word.slice(at + 1),
  ]);
}

testSameAsStack("random misspelt queries are corrected as by Redis Stack", (choice) => {
  const made: Words[] = [
    ["FT.CREATE", "i", "ON", "HASH", "SCHEMA", "t", "TEXT", "u", "TEXT", "NOSTEM", "g", "TAG"],
  ];
  for (let i = 0; i < 40; i++) {
    const text = () => `${choice.of(WORDS)} ${choice.of(WORDS)} ${choice.of(WORDS)}`;
    made.push(["HSET", `d${i}`, "t", text(), "u", text()]);
  }
  made.push(["FT.DICTADD", "more", "hellx", "caterpillar", "cot", "worms", "hell"]);
  made.push(["FT.DICTADD", "known", "wrld", "helo", "haldo"]);
  for (let i = 0; i < 150; i++) {
    const a = nearly(choice), b = nearly(choice);
    const query = choice.of([
      a,
      `${a} ${b}`,
      `@t:${a}`,
      `@u:(${a} ${b})`,
      `${a}|${b}`,
      `-${a}`,
      `the ${a}`,
      `"${a} ${b}"`,
    ]);
    const options: string[] = [];
    if (choice.chance(0.4)) options.push("DISTANCE", choice.of(["1", "2", "3", "0", "5", "x"]));
    if (choice.chance(0.3)) options.push("TERMS", "INCLUDE", choice.of(["more", "more", "none"]));
    if (choice.chance(0.3)) options.push("TERMS", "EXCLUDE", "known");
    made.push(["FT.SPELLCHECK", "i", query, ...options]);
  }
  return made;
}, shown);

testSameAsStack("dictionaries are kept and refused as by Redis Stack", () => [
  ["FT.DICTADD", "d", "foo", "bar", "foo", "Baz"],
  ["FT.DICTADD", "d"],
  ["FT.DICTADD", "d", ""],
  ["FT.DICTDUMP", "d"],
  ["FT.DICTDEL", "d", "foo", "nope"],
  ["FT.DICTDUMP", "absent"],
  ["FT.DICTDEL", "made", "foo"],
  ["FT.DICTDUMP", "made"],
  ["FT.DICTDUMP"],
  ["FT.DICTDEL", "d"],
  ["FT.DICTADD", "d", "Ünï", "a b", "x".repeat(255), "x".repeat(256)],
  ["FT.DICTDUMP", "d"],
  ["SET", "d", "1"],
  ["FLUSHALL"],
  ["FT.DICTDUMP", "d"],
  ["FT.DICTADD", "d", "again"],
  ["FT.DICTDUMP", "d"],
  ["FT.SPELLCHECK", "none", "x"],
  ["FT.CREATE", "i", "ON", "HASH", "SCHEMA", "t", "TEXT"],
  ["FT.SPELLCHECK", "i"],
  ["FT.SPELLCHECK", "i", "x", "DISTANCE"],
  ["FT.SPELLCHECK", "i", "x", "TERMS"],
  ["FT.SPELLCHECK", "i", "x", "TERMS", "INCLUDE"],
  ["FT.SPELLCHECK", "i", "x", "TERMS", "FOO", "d"],
], shown);
