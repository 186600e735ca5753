/** Reading commands in JSON: what JSON.stringify writes, in any form that JSON may have. */

import { strict as assert } from "node:assert";
import { Arguments } from "../../../src/resp/arguments.ts";
import { HttpRefusal } from "../../../src/server/http/refusal.ts";
import { JsonCommands } from "../../../src/server/http/json_commands.ts";
import fc from "../../harness/properties.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Bytes that a command may take. */
const LIMIT = 64 * 1024 * 1024;

function read(text: string): string[][] {
  const args = new Arguments();
  const commands: string[][] = [];
  const body = new JsonCommands(encoder.encode(text), LIMIT);
  while (body.next(args)) {
    commands.push(Array.from({ length: args.count }, (_, i) => decoder.decode(args.at(i).copy())));
  }
  return commands;
}

const anyText = fc.string({ unit: "binary" });

Deno.test("texts, numbers and words are read as JSON.parse reads them", () => {
  const argument = fc.oneof(
    anyText,
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
  );
  const commands = fc.array(fc.array(argument, { minLength: 1 }));
  const spaces = fc.constantFrom(undefined, 1, "\t");
  fc.assert(fc.property(commands, spaces, (commands, space) => {
    const shown = (value: string | number | boolean) =>
      typeof value === "string" ? value : JSON.stringify(value);
    assert.deepEqual(
      read(JSON.stringify(commands, undefined, space)),
      commands.map((command) => command.map(shown)),
    );
  }));
});

Deno.test("escapes of every kind are read as JSON.parse reads them", () => {
  fc.assert(fc.property(anyText, (text) => {
    const escaped = Array.from(
      { length: text.length },
      (_, i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, "0")}`,
    ).join("");
    assert.deepEqual(read(`[["${escaped}"]]`), [[text.toWellFormed()]]);
  }));
});

Deno.test("an object or array stands for its own text", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    const text = JSON.stringify({ value });
    assert.deepEqual(read(`[["x", ${text} , [${text}]]]`), [["x", text, `[${text}]`]]);
  }));
});

Deno.test("what is no JSON is refused, wherever it breaks off", () => {
  const whole = '[["SET","a\\"b\\u00e9",{"c":["}"]},-1.5e3,null]]';
  assert.equal(read(whole).length, 1);
  for (let length = 0; length < whole.length; length++) {
    assert.throws(() => read(whole.slice(0, length)), /^HttpRefusal: ERR /, whole.slice(0, length));
  }
  for (const text of ["[[1]]x", "[[01]]", "[[1.]]", "[[tru]]", '[["\\u12g4"]]', "[[,]]", "[1]"]) {
    assert.throws(() => read(text), /^HttpRefusal: ERR /, text);
  }
});

Deno.test("whatever comes is commands or refused", () => {
  const pieces = fc.array(fc.constantFrom(
    ...["[", "]", "{", "}", ",", ":", '"', "\\", "\\u", "d83d", "00", "1", "-", ".", "e", "true"],
    ...[" ", "\n", "a", "é", "null", '"a"', "[[", "]]"],
  )).map((parts) => encoder.encode(parts.join("")));
  fc.assert(fc.property(fc.oneof(pieces, fc.uint8Array({ maxLength: 60 })), (bytes) => {
    const args = new Arguments();
    let length = 0;
    try {
      const body = new JsonCommands(bytes, LIMIT);
      while (body.next(args)) {
        for (let i = 0; i < args.count; i++) length += args.at(i).length;
      }
    } catch (error) {
      assert.ok(error instanceof HttpRefusal, String(error));
    }
    assert.ok(length <= bytes.length);
  }));
});

Deno.test("nesting of any depth is read without a stack", () => {
  const depth = 1_000_000;
  assert.equal(read(`[[${"[".repeat(depth)}${"]".repeat(depth)}]]`)[0]?.[0]?.length, 2 * depth);
});
