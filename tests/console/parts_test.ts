/** What the console is made of and needs no browser: bytes, RESP, the tree of keys, areas, words. */

import { strict as assert } from "node:assert";
import {
  bytesOf,
  byteString,
  byteStringOf,
  encoded,
  fromHex,
  keyLine,
  line,
  toHex,
} from "../../src/console/data/bytes.ts";
import { decodeReplies, encodeCommands, ServerError } from "../../src/console/data/resp.ts";
import { treeRows } from "../../src/console/keys/key_list.ts";
import { treemap } from "../../src/console/server/treemap.ts";
import { dangerOf } from "../../src/console/tools/dangers.ts";
import { wordsOf } from "../../src/console/tools/words.ts";
import { Digits, parseJson, pathOf } from "../../src/console/values/json_text.ts";

Deno.test("a line shows every byte, and what would not be seen as escapes", () => {
  assert.equal(line(encoded("a\n\u202eb\u0000é😀")), "a\\n\\u202eb\\x00é😀");
  assert.equal(line(new Uint8Array([0x41, 0xff, 0x0a])), "A\\xff\\x0a");
  assert.equal(line(encoded("😀".repeat(500)), 10), `${"😀".repeat(5)}…`);
  assert.equal(line(encoded("x".repeat(10)), 10), "x".repeat(10));
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  assert.deepEqual(bytesOf(byteString(bytes)), bytes);
  assert.deepEqual(fromHex(toHex(bytes)), bytes);
  assert.equal(fromHex("abc"), undefined);
  assert.equal(keyLine(byteStringOf("größe")), "größe");
});

Deno.test("commands and replies keep every byte and digit", () => {
  const sent = encodeCommands([["GET", new Uint8Array([0, 255])], ["DEL", "é", 1]]);
  assert.equal(
    byteString(sent),
    "*2\r\n$3\r\nGET\r\n$2\r\n\0\xff\r\n*3\r\n$3\r\nDEL\r\n$2\r\n\xc3\xa9\r\n$1\r\n1\r\n",
  );
  const told =
    "+OK\r\n-ERR no\r\n:12\r\n:9223372036854775807\r\n$-1\r\n*2\r\n$2\r\na\n\r\n*-1\r\n*0\r\n";
  assert.deepEqual(decodeReplies(encoded(told)), [
    encoded("OK"),
    new ServerError("ERR no"),
    12,
    9223372036854775807n,
    null,
    [encoded("a\n"), null],
    [],
  ]);
});

Deno.test("keys are a tree as far as it is open, and a folder of one key is that key", () => {
  const keys = ["a", "a:", "a:1", "a:2:x", "a:2:y", "b:1", "b\xff"].map((key) =>
    byteString(bytesOf(byteStringOf(key)))
  ).sort();
  const rows = (...open: string[]) =>
    treeRows(keys, ":", (folder) => open.includes(folder)).map(({ kind, label, depth, count }) =>
      kind === "folder" ? `${depth} ${label} ${count}` : `${depth} ${label}`
    );
  assert.deepEqual(rows(), ["0 a", "0 a: 4", "0 b:1", `0 ${byteStringOf("b\xff")}`]);
  assert.deepEqual(rows("a:", "a:2:").slice(1, 7), ["0 a: 4", "1 ", "1 1", "1 2: 2", "2 x", "2 y"]);
  assert.equal(treeRows(keys, "", () => true).length, keys.length);
});

Deno.test("areas are as large as what they stand for, and fill the whole", () => {
  const items = [6, 6, 4, 3, 2, 2, 1].map((size) => ({ size }));
  const boxes = treemap(items, 1.5);
  const total = 24;
  for (const { item, x, y, width, height } of boxes) {
    assert.ok(Math.abs(width * height / 10_000 - item.size / total) < 1e-9);
    assert.ok(x >= -1e-9 && y >= -1e-9 && x + width <= 100 + 1e-6 && y + height <= 100 + 1e-6);
  }
  assert.equal(boxes.length, items.length);
  assert.deepEqual(treemap([], 2), []);
});

Deno.test("a line of words is read as redis-cli reads it", () => {
  const read = (line: string) => wordsOf(line)?.map(byteString);
  assert.deepEqual(read(`  set "a b"  'c"d\\'' \\x "\\x41\\n\\"" `), [
    "set",
    "a b",
    `c"d'`,
    "\\x",
    'A\n"',
  ]);
  assert.deepEqual(read(""), []);
  assert.deepEqual(read('""'), [""]);
  for (const wrong of ['"a', "'a", 'a"b"', '"a"b']) assert.equal(wordsOf(wrong), undefined, wrong);
});

Deno.test("one is asked about what cannot be taken back", () => {
  for (const words of [["FlushAll"], ["config", "SET"], ["KEYS", "*"], ["shutdown"]]) {
    assert.ok(dangerOf(words) !== undefined, words.join(" "));
  }
  for (const words of [["get", "k"], ["config", "get"], ["constructor"], []]) {
    assert.equal(dangerOf(words), undefined, words.join(" "));
  }
});

Deno.test("documents keep their digits, and paths their names", () => {
  const document = parseJson('{"a":[12345678901234567890,1.0]}');
  assert.deepEqual(document, { a: [new Digits("12345678901234567890"), new Digits("1.0")] });
  assert.equal(pathOf(pathOf("$", 'a"b'), 0), '$["a\\"b"][0]');
});
