import { format, type Reply } from "../../harness/resp_client.ts";
import { type Choice, testSameAsStack, type Words } from "./same_as_stack.ts";

const WORDS = [
  "hello",
  "world",
  "running",
  "runs",
  "the",
  "cats",
  "fast,",
  "(far)",
  "a-b",
  "über",
  "it's",
  "x_y",
];

function text(choice: Choice, length: number): string {
  let made = "";
  for (let i = 0; i < length; i++) {
    made += choice.chance(0.3) ? choice.of(WORDS) : `w${choice.below(200)}`;
    made += choice.chance(0.05) ? choice.of(["  ", ". ", " \t ", "; "]) : " ";
  }
  return choice.chance(0.7) ? made.trim() : made;
}

/** A reply with the fields of documents sorted: those that are highlighted come first in the real one. */
function shown(reply: Reply): string {
  if (reply.type === "map") {
    return `{${reply.entries.map((pair) => pair.map(shown).join(": ")).sort().join()}}`;
  }
  if (reply.type !== "array") return format(reply);
  const isFields = reply.items.every(({ type }) => type === "bulk");
  const texts = reply.items.map(shown);
  if (!isFields) return `[${texts.join()}]`;
  const pairs = texts.flatMap((name, i) => i % 2 === 0 ? [`${name}: ${texts[i + 1]}`] : []);
  return `[${pairs.sort().join()}]`;
}

testSameAsStack("random texts are highlighted and summarized as by Redis Stack", (choice) => {
  const made: Words[] = [[
    ...["FT.CREATE", "i", "ON", "HASH", "SCHEMA", "t", "TEXT", "u", "TEXT", "NOSTEM"],
    ...["g", "TAG", "n", "NUMERIC"],
  ]];
  for (let i = 0; i < 12; i++) {
    made.push([
      ...["HSET", `d${i}`, "t", text(choice, 5 + choice.below(150)), "u", text(choice, 6)],
      ...["g", `hello ${i} world`, "n", String(i), "x", text(choice, 40)],
    ]);
  }
  for (let i = 0; i < 200; i++) {
    const query = choice.of([
      ...["hello", "run", "world|cats", "@t:hello", "hello world", '"hello world"', "*"],
      ...["-hello", "@g:{hello*}", "%helo%", "cat", "@n:[1 5]", "~fast", "über", "a b", "runs far"],
    ]);
    const options: string[] = [];
    const fields = () =>
      choice.of([[], ["FIELDS", "1", "t"], ["FIELDS", "2", "u", "t"], ["FIELDS", "1", "g"]]);
    if (choice.chance(0.7)) {
      options.push("HIGHLIGHT", ...fields());
      if (choice.chance(0.4)) options.push("TAGS", "[[", "»");
    }
    if (choice.chance(0.6) || options.length === 0) {
      options.push("SUMMARIZE", ...fields());
      if (choice.chance(0.5)) options.push("FRAGS", String(choice.below(5)));
      if (choice.chance(0.5)) options.push("LEN", String(choice.below(30)));
      if (choice.chance(0.3)) options.push("SEPARATOR", " | ");
    }
    if (choice.chance(0.3)) options.push("RETURN", "2", "t", choice.of(["u", "g"]));
    made.push(["FT.SEARCH", "i", query, "SORTBY", "n", ...options]);
  }
  return made;
}, shown);

testSameAsStack("SUMMARIZE and HIGHLIGHT are refused in Redis Stack's words", () => [
  ["FT.CREATE", "i", "ON", "HASH", "SCHEMA", "t", "TEXT"],
  ["FT.CREATE", "off", "ON", "HASH", "NOOFFSETS", "SCHEMA", "t", "TEXT"],
  ["HSET", "d", "t", "hello", "x", "hello"],
  ["FT.SEARCH", "i", "hello", "HIGHLIGHT", "FIELDS", "1"],
  ["FT.SEARCH", "i", "hello", "HIGHLIGHT", "FIELDS"],
  ["FT.SEARCH", "i", "hello", "HIGHLIGHT", "TAGS", "a"],
  ["FT.SEARCH", "i", "hello", "SUMMARIZE", "FRAGS", "x"],
  ["FT.SEARCH", "i", "hello", "SUMMARIZE", "LEN"],
  ["FT.SEARCH", "i", "hello", "SUMMARIZE", "SEPARATOR"],
  ["FT.SEARCH", "i", "hello", "SUMMARIZE", "FIELDS", "1", "nope"],
  ["FT.SEARCH", "i", "hello", "RETURN", "1", "x", "HIGHLIGHT"],
  ["FT.SEARCH", "i", "hello", "NOCONTENT", "HIGHLIGHT"],
  ["FT.SEARCH", "off", "hello", "HIGHLIGHT"],
]);
