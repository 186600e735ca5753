/** Values in the form of Redis's modules: what is written comes back, and nothing else is read. */

import { strict as assert } from "node:assert";
import {
  isModuleId,
  type ModuleId,
  type ModuleInput,
  ModuleWriter,
} from "../../../src/store/extensions/module_value.ts";
import { Crc64 } from "../../../src/store/rdb/crc64.ts";
import { readDump } from "../../../src/store/rdb/reader.ts";
import type { DumpVisitor } from "../../../src/store/rdb/visitor.ts";
import { Slice } from "../../../src/store/values/slice.ts";

function refuse(): never {
  throw new TypeError("it is of a module");
}

/** Takes a module's value, and refuses all others. */
function visitorOf(module: (id: ModuleId, input: ModuleInput) => void): DumpVisitor {
  return {
    module,
    begin: refuse,
    string: refuse,
    element: refuse,
    member: refuse,
    scored: refuse,
    field: refuse,
    insertedLast: refuse,
    indexed: refuse,
    indexedDouble: refuse,
    streamEntry: refuse,
    streamFacts: refuse,
    streamGroup: refuse,
    streamConsumer: refuse,
    streamPending: refuse,
  };
}

/** Reads a payload. @returns The id, and what `read` makes of the parts. */
function readBack<T>(payload: Slice, read: (input: ModuleInput) => T): { id: ModuleId; value: T } {
  let found: { id: ModuleId; value: T } | undefined;
  readDump(payload, visitorOf((id, input) => found = { id, value: read(input) }));
  assert.ok(found !== undefined);
  return found;
}

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("every part of a value comes back as it was written", () => {
  const writer = new ModuleWriter({ id: "top-list_", version: 1023 });
  const long = bytes("a long text ".repeat(50));
  for (const number of [0, 63, 64, 16384, 2 ** 32, 2n ** 64n - 1n]) writer.unsigned(number);
  for (const number of [0, -1, 2n ** 63n - 1n, -(2n ** 63n)]) writer.signed(number);
  for (const number of [1.5, -0]) writer.float(number);
  for (const number of [Math.PI, -Infinity]) writer.double(number);
  for (const text of [bytes(""), bytes("12"), bytes("text"), long]) writer.string(text);
  const { id, value } = readBack(writer.finish(), (input) => ({
    unsigned: Array.from({ length: 6 }, () => input.unsigned()),
    signed: Array.from({ length: 4 }, () => input.signed()),
    float: [input.float(), input.float()],
    double: [input.double(), input.double()],
    strings: Array.from({ length: 4 }, () => input.string()),
  }));
  assert.deepEqual(id, { id: "top-list_", version: 1023 });
  assert.deepEqual(value, {
    unsigned: [0, 63, 64, 16384, 2 ** 32, 2n ** 64n - 1n],
    signed: [0, -1, 2n ** 63n - 1n, -(2n ** 63n)],
    float: [1.5, -0],
    double: [Math.PI, -Infinity],
    strings: [bytes(""), bytes("12"), bytes("text"), long],
  });
});

/** What Redis 8 dumps of a vector set of one element. */
const VECTOR_SET =
  "0781bde72da2bb1eb40002020201025001020005016505023f7f02090201028001000001020002" +
  "20020002000210020002813f64f92e400f1bbd000c0048156e2d78f696fb";

/** The bytes of hexadecimal digits. */
const fromHex = (hex: string) =>
  Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));

Deno.test("a value that a module of Redis has dumped is read part by part", () => {
  const { id, value } = readBack(new Slice(fromHex(VECTOR_SET)), (input) => ({
    numbers: [input.unsigned(), input.unsigned(), input.unsigned(), input.unsigned()],
    element: input.string(),
    vector: input.string(),
  }));
  assert.deepEqual(id, { id: "vectorset", version: 0 });
  assert.deepEqual(value.numbers, [2, 1, 0x1001, 0]);
  assert.deepEqual([value.element, value.vector], [bytes("e"), Uint8Array.of(0x3f, 0x7f)]);
});

Deno.test("a payload that is cut, or is of another form, is refused before anybody is told of it", () => {
  const whole = fromHex(VECTOR_SET);
  const told = visitorOf(() => assert.fail("it was told of"));
  for (let size = 1; size < whole.length - 10; size++) {
    const cut = new Uint8Array(size + 10);
    cut.set(whole.subarray(0, size));
    cut[size] = 12;
    new Crc64().update(cut, 0, size + 2).writeTo(cut, size + 2);
    assert.throws(() => readDump(new Slice(cut), told), /Bad data format/, `${size} bytes`);
  }
});

Deno.test("a part is read as what it was written as only", () => {
  const writer = new ModuleWriter({ id: "toplist-1", version: 0 });
  writer.double(1);
  const payload = writer.finish();
  for (const kind of ["unsigned", "signed", "float", "string", "end"] as const) {
    assert.throws(() => readBack(payload, (input) => input[kind]()), /Bad data format/);
  }
});

Deno.test("ids have nine characters of sixty-four", () => {
  assert.ok(isModuleId("vectorset") && isModuleId("ReJSON-RL") && isModuleId("a_0-Z9zzz"));
  assert.ok(!isModuleId("toplist") && !isModuleId("toplist.1") && !isModuleId("toplist-12"));
});
