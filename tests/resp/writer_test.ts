import { strict as assert } from "node:assert";
import fc from "../harness/properties.ts";
import { RespWriter } from "../../src/resp/writer.ts";
import { Slice } from "../../src/store/values/slice.ts";
import { hexOf } from "../../src/store/values/hexadecimal.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** What a reply looks like on the wire. */
function written(protocol: 2 | 3, write: (writer: RespWriter) => void, size = 0): string {
  const writer = new RespWriter(size);
  writer.protocol = protocol;
  write(writer);
  return decoder.decode(writer.bytes.subarray(0, writer.end));
}

const bytes = (text: string) => new TextEncoder().encode(text);

/** Each reply and what it is in RESP2 and in RESP3. */
const SHAPES: readonly (readonly [
  name: string,
  write: (writer: RespWriter) => void,
  resp2: string,
  resp3: string,
])[] = [
  ["OK", (w) => w.ok(), "+OK\r\n", "+OK\r\n"],
  ["a status", (w) => w.status("QUEUED"), "+QUEUED\r\n", "+QUEUED\r\n"],
  ["an error", (w) => w.error("ERR no"), "-ERR no\r\n", "-ERR no\r\n"],
  ["an error of two lines", (w) => w.error("ERR a\r\nb"), "-ERR a  b\r\n", "-ERR a  b\r\n"],
  ["zero", (w) => w.integer(0), ":0\r\n", ":0\r\n"],
  ["an integer", (w) => w.integer(1234), ":1234\r\n", ":1234\r\n"],
  ["a negative integer", (w) => w.integer(-7), ":-7\r\n", ":-7\r\n"],
  [
    "the least integer",
    (w) => w.integer(-9223372036854775808n),
    ":-9223372036854775808\r\n",
    ":-9223372036854775808\r\n",
  ],
  ["a bulk string", (w) => w.bulk(bytes("hello")), "$5\r\nhello\r\n", "$5\r\nhello\r\n"],
  ["a part of bytes", (w) => w.bulk(bytes("hello"), 1, 3), "$2\r\nel\r\n", "$2\r\nel\r\n"],
  ["the empty string", (w) => w.bulk(bytes("")), "$0\r\n\r\n", "$0\r\n\r\n"],
  ["a source", (w) => w.value(new Slice(bytes("xyz"), 1)), "$2\r\nyz\r\n", "$2\r\nyz\r\n"],
  ["a text", (w) => w.text("é"), "$2\r\né\r\n", "$2\r\né\r\n"],
  ["null", (w) => w.null(), "$-1\r\n", "_\r\n"],
  ["the null array", (w) => w.nullArray(), "*-1\r\n", "_\r\n"],
  ["an array", (w) => w.array(2), "*2\r\n", "*2\r\n"],
  ["a map", (w) => w.map(2), "*4\r\n", "%2\r\n"],
  ["a set", (w) => w.set(3), "*3\r\n", "~3\r\n"],
  ["a push", (w) => w.push(3), "*3\r\n", ">3\r\n"],
  ["a double", (w) => w.double(1.5), "$3\r\n1.5\r\n", ",1.5\r\n"],
  ["infinity", (w) => w.double(Infinity), "$3\r\ninf\r\n", ",inf\r\n"],
  ["a decimal", (w) => w.decimal("3.0"), "$3\r\n3.0\r\n", ",3.0\r\n"],
  ["true", (w) => w.boolean(true), ":1\r\n", "#t\r\n"],
  ["false", (w) => w.boolean(false), ":0\r\n", "#f\r\n"],
  ["verbatim text", (w) => w.verbatim("txt", "hé"), "$3\r\nhé\r\n", "=7\r\ntxt:hé\r\n"],
  ["raw bytes", (w) => w.raw(bytes("+X\r\n")), "+X\r\n", "+X\r\n"],
];

for (const [name, write, resp2, resp3] of SHAPES) {
  Deno.test(`${name} in RESP2`, () => assert.equal(written(2, write), resp2));
  Deno.test(`${name} in RESP3`, () => assert.equal(written(3, write), resp3));
}

Deno.test("replies are the same whatever the size of the first buffer", () => {
  for (const protocol of [2, 3] as const) {
    const all = (writer: RespWriter) => SHAPES.forEach(([, write]) => write(writer));
    const expected = SHAPES.map(([, , resp2, resp3]) => protocol === 2 ? resp2 : resp3).join("");
    for (let size = 0; size < 600; size++) {
      assert.equal(written(protocol, all, size), expected);
    }
  }
});

Deno.test("a buffer grows to any reply and keeps what was written", () => {
  const large = new Uint8Array(5_000_000).fill(0x61);
  const writer = new RespWriter(16);
  writer.ok();
  writer.bulk(large);
  writer.ok();
  assert.equal(writer.end, 5 + 10 + large.length + 2 + 5);
  assert.equal(decoder.decode(writer.bytes.subarray(0, 18)), "+OK\r\n$5000000\r\naaa");
  assert.equal(decoder.decode(writer.bytes.subarray(writer.end - 8, writer.end)), "a\r\n+OK\r\n");
});

Deno.test("error replies are counted and the last is kept", () => {
  const writer = new RespWriter();
  writer.error("ERR first");
  writer.ok();
  writer.error("WRONGTYPE second");
  assert.equal(writer.errors, 2);
  assert.equal(writer.lastError, "WRONGTYPE second");
});

Deno.test("the characters of an error are bytes", () => {
  const writer = new RespWriter();
  writer.error("ERR \xc3\xa9\xff");
  assert.equal(hexOf(writer.bytes.subarray(0, writer.end)), hexOf(bytes("-ERR é")) + "ff0d0a");
});

Deno.test("no character of an error or status ends its line", () => {
  for (const write of ["error", "status"] as const) {
    const writer = new RespWriter();
    writer[write]("ERR \u010d\u010a+OK");
    const line = writer.bytes.subarray(0, writer.end - 2);
    assert.ok(!line.includes(0x0d) && !line.includes(0x0a), write);
  }
});

Deno.test("an array may get its length at its end", () => {
  const write = (writer: RespWriter) => {
    const mark = writer.beginArray();
    for (let i = 0; i < 12; i++) writer.integer(i % 10);
    writer.endArray(mark, 12);
    writer.ok();
  };
  const items = "012345678901".split("").map((digit) => `:${digit}\r\n`).join("");
  assert.equal(written(2, write), `*12\r\n${items}+OK\r\n`);
});

Deno.test("an array that stays empty is an empty array", () => {
  assert.equal(written(3, (writer) => writer.endArray(writer.beginArray(), 0)), "*0\r\n");
});

type Tree = number | string | Tree[];

Deno.test("arrays of unknown length nest as arrays of known length do", () => {
  const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.integer(),
      fc.string({ maxLength: 60 }),
      fc.array(tie("tree"), { maxLength: 12 }),
    ),
  }));
  const known = (writer: RespWriter, node: Tree): void => {
    if (typeof node === "number") return writer.integer(node);
    if (typeof node === "string") return writer.text(node);
    writer.array(node.length);
    for (const child of node) known(writer, child);
  };
  const unknown = (writer: RespWriter, node: Tree): void => {
    if (typeof node === "number") return writer.integer(node);
    if (typeof node === "string") return writer.text(node);
    const mark = writer.beginArray();
    for (const child of node) unknown(writer, child);
    writer.endArray(mark, node.length);
  };
  fc.assert(fc.property(tree, (node) => {
    assert.equal(
      written(2, (writer) => unknown(writer, node)),
      written(2, (writer) => known(writer, node)),
    );
  }));
});
