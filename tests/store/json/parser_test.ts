import { strict as assert } from "node:assert";
import { parseJson } from "../../../src/store/json/parser.ts";
import { jsonText, spacedText } from "../../../src/store/json/text.ts";
import { isSame, typeName } from "../../../src/store/json/values.ts";

/** What is refused, and in which words: serde_json's. */
const REFUSED: Readonly<Record<string, string>> = {
  "": "EOF while parsing a value at line 1 column 0",
  NaN: "expected value at line 1 column 1",
  nul: "EOF while parsing a value at line 1 column 3",
  nulx: "expected ident at line 1 column 4",
  "-": "EOF while parsing a value at line 1 column 1",
  "-x": "invalid number at line 1 column 2",
  "01": "invalid number at line 1 column 2",
  "1.": "EOF while parsing a value at line 1 column 2",
  "1ex": "invalid number at line 1 column 3",
  "1e400": "number out of range at line 1 column 5",
  "1e99999999999": "number out of range at line 1 column 12",
  '"abc': "EOF while parsing a string at line 1 column 4",
  '"a\tb"': "control character (\\u0000-\\u001F) found while parsing a string at line 1 column 3",
  '"é\n"': "control character (\\u0000-\\u001F) found while parsing a string at line 2 column 0",
  '"\\x"': "invalid escape at line 1 column 3",
  '"\\u12': "EOF while parsing a string at line 1 column 5",
  '"\\u12g4"': "invalid escape at line 1 column 6",
  '"\\udc00"': "lone leading surrogate in hex escape at line 1 column 7",
  '"\\ud83d"': "unexpected end of hex escape at line 1 column 8",
  '"\\ud83d\\u0041"': "lone leading surrogate in hex escape at line 1 column 13",
  "[1,]": "trailing comma at line 1 column 4",
  "[1 2]": "expected `,` or `]` at line 1 column 4",
  "[,1]": "expected value at line 1 column 2",
  "[1,": "EOF while parsing a value at line 1 column 3",
  '{"a" 1}': "expected `:` at line 1 column 6",
  '{"a":1,}': "trailing comma at line 1 column 8",
  '{"a":1 "b"': "expected `,` or `}` at line 1 column 8",
  "{1:2}": "key must be a string at line 1 column 2",
  "{": "EOF while parsing an object at line 1 column 1",
  "\n\n [1,\n x]": "expected value at line 4 column 2",
  "1x": "trailing characters at line 1 column 2",
};

for (const [text, message] of Object.entries(REFUSED)) {
  Deno.test(`${JSON.stringify(text)} is refused: ${message}`, () => {
    assert.throws(() => parseJson(text, true), { message });
  });
}

Deno.test("what follows a value is left alone where it may be", () => {
  assert.equal(jsonText(parseJson("1x", false)), "1");
  assert.equal(jsonText(parseJson('{"a":1}}', false)), '{"a":1}');
});

Deno.test("numbers keep what they were written as", () => {
  const written: Readonly<Record<string, string>> = {
    "1": "1",
    "1.0": "1.0",
    "-0": "-0.0",
    "1e3": "1000.0",
    "1E+16": "1e16",
    "1e15": "1000000000000000.0",
    "0.00001": "0.00001",
    "1e-6": "1e-6",
    "0.30000000000000004": "0.30000000000000004",
    "9007199254740993": "9007199254740993",
    "18446744073709551615": "18446744073709551615",
    "18446744073709551616": "1.8446744073709552e19",
    "-9223372036854775809": "-9.223372036854776e18",
    "5e-324": "5e-324",
  };
  for (const [text, again] of Object.entries(written)) {
    assert.equal(jsonText(parseJson(text, true)), again);
  }
  assert.equal(typeName(parseJson("1e0", true)), "number");
  assert.equal(typeName(parseJson("18446744073709551615", true)), "integer");
});

Deno.test("of members with one name the later one counts, in the earlier one's place", () => {
  assert.equal(jsonText(parseJson('{"a":1,"b":2,"a":3}', true)), '{"a":3,"b":2}');
  const many = Array.from({ length: 50 }, (_, i) => `"k${i % 25}":${i}`).join(",");
  const object = jsonText(parseJson(`{${many}}`, true));
  assert.match(object, /^\{"k0":25,"k1":26,/);
});

Deno.test("strings are written with the escapes that they need", () => {
  const text = '"\\u0000\\u001f\\u007f\\/\\b\\f\\n\\r\\t\\"\\\\ü\\ud83d\\ude00\u2028"';
  assert.equal(
    jsonText(parseJson(text, true)),
    '"\\u0000\\u001f\u007f/\\b\\f\\n\\r\\t\\"\\\\ü😀\u2028"',
  );
});

Deno.test("white space stands where it is asked for", () => {
  const value = parseJson('{"a":[1,{}],"b":{"c":[]}}', true);
  assert.equal(
    spacedText(value, { indent: "-", newline: "\n", space: " " }),
    '{\n-"a": [\n--1,\n--{}\n-],\n-"b": {\n--"c": []\n-}\n}',
  );
});

Deno.test("values are the same by what they hold, with integers told from doubles or not", () => {
  const same = (a: string, b: string, strict: boolean) =>
    isSame(parseJson(a, true), parseJson(b, true), strict);
  assert.equal(same('{"a":1,"b":[2]}', '{"b":[2],"a":1}', true), true);
  assert.equal(same("[1]", "[1.0]", true), false);
  assert.equal(same("[1]", "[1.0]", false), true);
  assert.equal(same("[]", "{}", false), false);
  assert.equal(same("null", "false", false), false);
});
