/** Lists in memory of what is pending. */

import { strict as assert } from "node:assert";
import { ByteReader } from "../../../src/search/index/bytes.ts";
import { Pending } from "../../../src/search/index/pending.ts";

Deno.test("lists that grow beside each other keep their entries, short and long ones", () => {
  const pending = new Pending();
  const expected = new Map<string, [number, string][]>();
  const encoder = new TextEncoder();
  for (let number = 1; number <= 2000; number++) {
    for (const term of [`t${number % 3}`, `t${number % 40}`, "all"]) {
      const text = `${number}:`.padEnd(number % 17 === 0 ? 300 : number % 9, "x");
      const entry = encoder.encode(text);
      const source = new Uint8Array([255, ...entry, 255]);
      const name = encoder.encode(term);
      pending.append(pending.list(1, name, 0, name.length), number, source, 1, 1 + entry.length);
      const all = expected.get(term) ?? [];
      expected.set(term, [...all, [number, text]]);
    }
  }
  for (const [term, entries] of expected) {
    const list = pending.find(1, term)!;
    const bytes = list.copy();
    assert.equal(bytes.length, list.length);
    assert.equal(list.last, entries.at(-1)![0]);
    assert.equal(list.documents, new Set(entries.map(([number]) => number)).size);
    const reader = new ByteReader(bytes);
    let last = 0;
    for (const [number, text] of entries) {
      assert.equal(last += reader.varint(), number);
      const end = reader.at + encoder.encode(text).length;
      assert.equal(new TextDecoder().decode(bytes.subarray(reader.at, end)), text);
      reader.at = end;
    }
    assert.equal(reader.at, bytes.length);
  }
});
