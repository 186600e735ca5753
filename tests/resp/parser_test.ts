import { strict as assert } from "node:assert";
import fc from "../harness/properties.ts";
import { Arguments } from "../../src/resp/arguments.ts";
import { Parser, type ParserLimits, ProtocolError } from "../../src/resp/parser.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("latin1");
const NO_LIMITS: ParserLimits = { maxBulkLength: 512 * 1024 * 1024, authenticated: true };

const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** Feeds a parser bytes as a session does: into one buffer that is compacted and grown. */
class Feed {
  readonly args = new Arguments();
  readonly parser: Parser;
  #bytes = new Uint8Array(8);
  #end = 0;

  constructor(limits: ParserLimits = NO_LIMITS) {
    this.parser = new Parser(this.args, limits);
  }

  /** The commands that are complete with these bytes. */
  push(piece: Uint8Array): string[][] {
    const from = this.parser.commandStart;
    if (from > 0) {
      this.#bytes.copyWithin(0, from, this.#end);
      this.#end -= from;
      this.parser.moved(this.#bytes, -from);
    }
    if (this.#end + piece.length > this.#bytes.length) {
      const grown = new Uint8Array(2 * (this.#end + piece.length));
      grown.set(this.#bytes.subarray(0, this.#end));
      this.#bytes = grown;
      this.parser.moved(grown, 0);
    }
    this.#bytes.set(piece, this.#end);
    this.#end += piece.length;
    const commands: string[][] = [];
    while (this.parser.next(this.#bytes, this.#end)) {
      const { args } = this;
      commands.push(
        Array.from({ length: args.count }, (_, i) => decoder.decode(args.at(i).view())),
      );
    }
    return commands;
  }
}

const parse = (text: string, limits = NO_LIMITS) => new Feed(limits).push(latin1(text));

function encode(command: readonly string[]): string {
  return `*${command.length}\r\n${
    command.map((word) => `$${word.length}\r\n${word}\r\n`).join("")
  }`;
}

const refused = (text: string, message: string | RegExp, limits?: ParserLimits) =>
  assert.throws(() => parse(text, limits), (error: unknown) => {
    assert.ok(error instanceof ProtocolError);
    if (typeof message === "string") assert.equal(error.message, message);
    else assert.match(error.message, message);
    return true;
  });

Deno.test("an array of bulk strings is a command", () => {
  assert.deepEqual(parse("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"), [["GET", "k"]]);
});

Deno.test("commands in one piece come one after the other", () => {
  const commands = [["SET", "k", "v"], ["GET", "k"], ["PING"]];
  assert.deepEqual(parse(commands.map(encode).join("")), commands);
});

Deno.test("arguments are any bytes, line ends and headers among them", () => {
  const commands = [["SET", "\r\n$3\r\n", "*1\r\n\0\xff"], ["", "", ""]];
  assert.deepEqual(parse(commands.map(encode).join("")), commands);
});

Deno.test("lengths of one, two and more digits are read", () => {
  const command = [0, 9, 10, 99, 100, 999, 1000, 70_000].map((size) => "x".repeat(size));
  assert.deepEqual(parse(encode(command)), [command]);
});

Deno.test("a command with more than ten arguments is read", () => {
  const command = Array.from({ length: 12_345 }, (_, i) => `${i}`);
  assert.deepEqual(parse(encode(command)), [command]);
});

Deno.test("empty arrays, null arrays and empty lines are passed over", () => {
  assert.deepEqual(parse("*0\r\n*-1\r\n\r\n\n  \r\n*1\r\n$4\r\nPING\r\n"), [["PING"]]);
});

const STREAM = [
  encode(["SET", "key", "value with\r\nlines"]),
  "PING\r\n",
  "*0\r\n",
  encode(["MSET", "a", "", "b", "x".repeat(123)]),
  "SET \"quo ted\" 'single'\r\n",
  encode(["PING"]),
].join("");

const COMMANDS = [
  ["SET", "key", "value with\r\nlines"],
  ["PING"],
  ["MSET", "a", "", "b", "x".repeat(123)],
  ["SET", "quo ted", "single"],
  ["PING"],
];

Deno.test("a stream cut in two anywhere gives the same commands", () => {
  for (let cut = 0; cut <= STREAM.length; cut++) {
    const feed = new Feed();
    const commands = [
      ...feed.push(latin1(STREAM.slice(0, cut))),
      ...feed.push(latin1(STREAM.slice(cut))),
    ];
    assert.deepEqual(commands, COMMANDS, `cut at ${cut}`);
  }
});

Deno.test("a stream that comes byte by byte gives the same commands", () => {
  const feed = new Feed();
  const commands = [...STREAM].flatMap((character) => feed.push(latin1(character)));
  assert.deepEqual(commands, COMMANDS);
});

Deno.test("any commands cut anywhere come out whole", () => {
  const word = fc.uint8Array({ maxLength: 120 }).map((bytes) => decoder.decode(bytes));
  const latin = word.map((text) => [...text].map((c) => c.charCodeAt(0) < 256 ? c : "?").join(""));
  const command = fc.array(latin, { minLength: 1, maxLength: 14 });
  fc.assert(
    fc.property(
      fc.array(command, { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
      (commands, sizes) => {
        const stream = commands.map(encode).join("");
        const feed = new Feed();
        const found: string[][] = [];
        for (let at = 0, i = 0; at < stream.length; i++) {
          const size = sizes[i % sizes.length]!;
          found.push(...feed.push(latin1(stream.slice(at, at + size))));
          at += size;
        }
        // latin1 in the browser's sense is windows-1252: compare what the decoder gives.
        const expected = commands.map((words) => words.map((w) => decoder.decode(latin1(w))));
        assert.deepEqual(found, expected);
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("an argument half read follows its bytes to another buffer", () => {
  const args = new Arguments();
  const parser = new Parser(args, NO_LIMITS);
  const first = encoder.encode("....*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nhe");
  parser.position = 4;
  assert.equal(parser.next(first, first.length), false);
  assert.equal(parser.commandStart, 4);
  const second = new Uint8Array(100);
  second.set(first.subarray(4));
  parser.moved(second, -4);
  first.fill(0);
  second.set(encoder.encode("llo\r\n"), first.length - 4);
  assert.equal(parser.next(second, first.length + 1), true);
  assert.deepEqual([0, 1, 2].map((i) => args.text(i)), ["SET", "k", "hello"]);
  assert.equal(args.at(0).bytes, second);
});

Deno.test("what a long argument still wants is told", () => {
  const args = new Arguments();
  const parser = new Parser(args, NO_LIMITS);
  const bytes = encoder.encode("*1\r\n$1000\r\nabc");
  parser.next(bytes, bytes.length);
  assert.equal(parser.wanted, 1000 + 2 - 3);
});

Deno.test("bytes past the end that is named are not looked at", () => {
  const bytes = encoder.encode("*1\r\n$4\r\nPING\r\n");
  const parser = new Parser(new Arguments(), NO_LIMITS);
  for (let end = 0; end < bytes.length; end++) assert.equal(parser.next(bytes, end), false);
  assert.equal(parser.next(bytes, bytes.length), true);
});

Deno.test("what is no length is refused in Redis's words", () => {
  for (
    const count of [
      "x",
      "",
      "01",
      "+1",
      "-",
      "1 ",
      "1x",
      "12:",
      "123/",
      "99999999999999999999",
      "2147483648",
    ]
  ) {
    refused(`*${count}\r\n`, "invalid multibulk length");
  }
  for (
    const length of [
      "x",
      "",
      "-1",
      "+1",
      "01",
      "001",
      "1x",
      "12:",
      "1:2",
      "123/",
      "99999999999999999999",
      "536870913",
    ]
  ) {
    refused(`*1\r\n$${length}\r\n`, "invalid bulk length");
  }
});

Deno.test("an argument that is no bulk string is refused", () => {
  refused("*1\r\n+PING\r\n", "expected '$', got '+'");
  refused("*1\r\n:1\r\n", "expected '$', got ':'");
});

Deno.test("a header that never ends is refused", () => {
  refused("*" + "1".repeat(70_000), "too big mbulk count string");
  refused("*1\r\n$" + "1".repeat(70_000), "too big bulk count string");
  refused("x".repeat(70_000), "too big inline request");
});

Deno.test("a bulk string may be as long as the limit and no longer", () => {
  const limits = { maxBulkLength: 1000, authenticated: true };
  assert.equal(parse(encode(["x".repeat(1000)]), limits).length, 1);
  refused(encode(["x".repeat(1001)]), "invalid bulk length", limits);
});

Deno.test("before authentication a client may announce ten arguments of 16 KiB", () => {
  const limits = { maxBulkLength: 512 * 1024 * 1024, authenticated: false };
  const most = Array.from({ length: 10 }, () => "x");
  assert.deepEqual(parse(encode(most), limits), [most]);
  refused("*11\r\n", "unauthenticated multibulk length", limits);
  assert.equal(parse(encode(["x".repeat(16384)]), limits).length, 1);
  refused("*1\r\n$16385\r\n", "unauthenticated bulk length", limits);
});

Deno.test("authentication lifts the limits of the next command", () => {
  const limits = { maxBulkLength: 512 * 1024 * 1024, authenticated: false };
  const feed = new Feed(limits);
  feed.push(latin1(encode(["AUTH", "secret"])));
  limits.authenticated = true;
  const command = Array.from({ length: 11 }, () => "x");
  assert.deepEqual(feed.push(latin1(encode(command))), [command]);
});

Deno.test("no bytes crash the parser", () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.constantFrom("*3\r\n", "$3\r\n", "$-1\r\n", "*-5\r\n", "\r\n", "\n", '"', "\\x", "GET k")
      .map(latin1),
  );
  fc.assert(fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
    const feed = new Feed();
    try {
      for (const bytes of pieces) feed.push(bytes);
    } catch (error) {
      assert.ok(error instanceof ProtocolError, String(error));
    }
  }));
});
