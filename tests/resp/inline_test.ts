import { strict as assert } from "node:assert";
import { Arguments } from "../../src/resp/arguments.ts";
import { Parser, ProtocolError, splitInline } from "../../src/resp/parser.ts";

const encoder = new TextEncoder();

/** The words of a line, each byte a character. */
function words(line: string): string[] | undefined {
  const bytes = encoder.encode(line);
  return splitInline(bytes, 0, bytes.length)
    ?.map((word) => String.fromCharCode(...word.view()));
}

/** Lines and their words, as redis-server 7.0 splits them. */
const LINES: readonly (readonly [line: string, words: string[]])[] = [
  ["", []],
  ["   \t ", []],
  ["PING", ["PING"]],
  ["  SET  k\tv  ", ["SET", "k", "v"]],
  ['SET k "hello world"', ["SET", "k", "hello world"]],
  ["SET k 'hello world'", ["SET", "k", "hello world"]],
  ['SET k ""', ["SET", "k", ""]],
  ["SET k ''", ["SET", "k", ""]],
  ['"\\n\\r\\t\\b\\a"', ["\n\r\t\b\x07"]],
  ['"\\\\ \\" \\q"', ['\\ " q']],
  ['"\\x41\\xfF"', ["A\xff"]],
  ['"\\x4"', ["x4"]],
  ['"\\xzz"', ["xzz"]],
  ["'it\\'s'", ["it's"]],
  ["'a\\nb'", ["a\\nb"]],
  ['"it\'s"', ["it's"]],
  ["a\\nb", ["a\\nb"]],
  ['foo"bar"', ["foobar"]],
  ["GET k\0rest", ["GET", "k"]],
];

for (const [line, expected] of LINES) {
  Deno.test(`the line ${JSON.stringify(line)} is ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(words(line), expected);
  });
}

for (const line of ['"open', "'open", '"a"b', "'a'b", '"a\\"', 'SET k "a""b"']) {
  Deno.test(`the line ${line} has unbalanced quotes`, () => {
    assert.equal(words(line), undefined);
  });
}

/** The commands of a stream. */
function commands(stream: string): string[][] {
  const bytes = encoder.encode(stream);
  const args = new Arguments();
  const parser = new Parser(args, { maxBulkLength: 1000, authenticated: true });
  const found: string[][] = [];
  while (parser.next(bytes, bytes.length)) {
    found.push(Array.from({ length: args.count }, (_, i) => args.text(i)));
  }
  return found;
}

Deno.test("a line ends with LF, with or without CR", () => {
  assert.deepEqual(commands("PING\nPING\r\n"), [["PING"], ["PING"]]);
});

Deno.test("lines and arrays may take turns", () => {
  assert.deepEqual(commands("GET a\r\n*1\r\n$4\r\nPING\r\nGET b\r\n"), [
    ["GET", "a"],
    ["PING"],
    ["GET", "b"],
  ]);
});

Deno.test("unbalanced quotes are a protocol error", () => {
  assert.throws(
    () => commands('SET k "open\r\n'),
    (error: unknown) =>
      error instanceof ProtocolError && error.message === "unbalanced quotes in request",
  );
});
