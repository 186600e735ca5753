/** Replies of RESP2 become the JSON of what they are, in whatever pieces they come. */

import { strict as assert } from "node:assert";
import { RespWriter } from "../../../src/resp/writer.ts";
import { JsonReplies } from "../../../src/server/http/json_replies.ts";
import { ReplyScanner } from "../../../src/server/http/reply_scanner.ts";
import fc from "../../harness/properties.ts";

type Value = string | number | null | readonly Value[] | Uint8Array;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

const { value: anyValue } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.string({ unit: "binary" }),
    fc.uint8Array(),
    fc.integer(),
    fc.constant(null),
    fc.array(tie("value")),
  ),
}));

function write(writer: RespWriter, value: Value): void {
  if (value === null) writer.null();
  else if (typeof value === "string") writer.text(value);
  else if (typeof value === "number") writer.integer(value);
  else if (value instanceof Uint8Array) writer.bulk(value);
  else {
    writer.array(value.length);
    for (const element of value) write(writer, element);
  }
}

/** What a value is in JSON. */
function shown(value: Value): unknown {
  if (value instanceof Uint8Array) return decoder.decode(value);
  if (typeof value === "string") return value.toWellFormed();
  return Array.isArray(value) ? value.map(shown) : value;
}

function repliesOf(values: readonly Value[]): Uint8Array {
  const writer = new RespWriter();
  for (const value of values) write(writer, value);
  return writer.bytes.subarray(0, writer.end);
}

Deno.test("replies of every kind are the JSON of what they are", () => {
  fc.assert(fc.property(fc.array(anyValue), (values) => {
    const replies = new JsonReplies(repliesOf(values), "text");
    replies.all();
    assert.deepEqual(
      JSON.parse(decoder.decode(replies.json)),
      values.map((value) => ({ result: shown(value) })),
    );
  }));
});

Deno.test("a long text is written in pieces, and no character is lost between them", () => {
  for (const unit of ["a", "é", "😀", "a\u0000é", '"', "\\"]) {
    for (const length of [49_150, 49_151, 49_152, 49_153, 147_457]) {
      const text = unit.repeat(length / unit.length) + "end";
      const replies = new JsonReplies(repliesOf(["x" + text]), "text");
      replies.next();
      assert.equal(JSON.parse(decoder.decode(replies.json)).result, "x" + text);
    }
  }
  // Bytes that begin a character and break off where a piece ends.
  const broken = new Uint8Array(100_000).fill(0x61);
  broken.set([0xf0, 0x9f], 48 * 1024 - 2);
  const replies = new JsonReplies(repliesOf([broken]), "text");
  replies.next();
  assert.equal(JSON.parse(decoder.decode(replies.json)).result, decoder.decode(broken));
});

Deno.test("base64 keeps bytes of any length", () => {
  for (const length of [0, 1, 2, 3, 49_151, 49_152, 49_153, 200_000]) {
    const bytes = Uint8Array.from({ length }, (_, i) => i % 251);
    const replies = new JsonReplies(repliesOf([bytes]), "base64");
    replies.next();
    assert.deepEqual(Uint8Array.fromBase64(JSON.parse(decoder.decode(replies.json)).result), bytes);
  }
});

Deno.test("the end of replies is found wherever they are cut", () => {
  fc.assert(fc.property(fc.array(anyValue), fc.array(fc.nat()), (values, cuts) => {
    const bytes = repliesOf(values);
    const ends = values.map((_, i) => repliesOf(values.slice(0, i + 1)).length);
    const scanner = new ReplyScanner();
    const sizes = cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b);
    for (const size of [...sizes, bytes.length]) {
      scanner.scan(bytes, size);
      const whole = ends.filter((end) => end <= size);
      assert.equal(scanner.count, whole.length);
      assert.equal(scanner.end, whole.at(-1) ?? 0);
    }
  }));
});
