import { strict as assert } from "node:assert";
import { AofError, AofReader } from "../../../src/server/import/aof_reader.ts";
import { readManifest } from "../../../src/server/import/aof_manifest.ts";
import type { ImportTarget } from "../../../src/server/import/source.ts";
import { concat, encode, fromLatin1, latin1 } from "../../harness/resp_client.ts";

type Told = readonly [db: number, words: string, atMs: number | undefined];

/** What a file tells in chunks of a size, and how many bytes at its end are of something incomplete. */
function readLog(file: Uint8Array, size = file.length): { told: Told[]; lost: number | undefined } {
  const reader = new AofReader(0);
  const told: Told[] = [];
  const unexpected = () => assert.fail("there are only commands");
  const target: ImportTarget = {
    item: unexpected,
    key: unexpected,
    library: unexpected,
    command: (db, words, atMs) => {
      told.push([db, words.map((word) => latin1(word as Uint8Array)).join(" "), atMs]);
    },
  };
  for (let i = 0; i < file.length; i += size) {
    const chunk = file.slice(i, i + size);
    reader.batch(chunk)(target);
    chunk.fill(0xee);
  }
  return { told, lost: reader.end() };
}

const LOG = concat([
  encode(["SELECT", "0"], ["SET", "a", "1"]),
  fromLatin1("#TS:1700000000\r\n"),
  encode(["MULTI"], ["SET", "b", "*1\r\n"], ["SELECT", "3"], ["DEL", "c"], ["EXEC"]),
  fromLatin1("#another note\r\n"),
  encode(["SET", "d", "x".repeat(300)]),
]);

Deno.test("a log is read in chunks of any size, with its databases, times and transactions", () => {
  const expected: Told[] = [
    [0, "SET a 1", undefined],
    [0, "SET b *1\r\n", 1700000000000],
    [3, "DEL c", 1700000000000],
    [3, `SET d ${"x".repeat(300)}`, 1700000000000],
  ];
  for (const size of [1, 5, 64, LOG.length]) {
    assert.deepEqual(readLog(LOG, size), { told: expected, lost: undefined });
  }
});

Deno.test("a log without its end gives what is complete, and no part of a transaction", () => {
  const cut = (bytes: Uint8Array) => readLog(concat([encode(["SET", "a", "1"]), bytes]), 7);
  const told = [[0, "SET a 1", undefined]];
  assert.deepEqual(cut(fromLatin1("*2\r\n$3\r\nDE")), { told, lost: 10 });
  const open = encode(["MULTI"], ["SET", "b", "1"]);
  assert.deepEqual(cut(open), { told, lost: open.length });
  assert.deepEqual(cut(fromLatin1("#TS:17")), { told, lost: 6 });
});

Deno.test("what is no log is told with its byte", () => {
  const wrong = (text: string) => () => readLog(fromLatin1(text));
  const at = encode(["PING"]).length;
  assert.throws(wrong("SELECT 0\r\n"), AofError);
  assert.throws(wrong("*1\r\n$4\r\nPING\r\nx"), new RegExp(`there is no command at byte ${at} `));
  assert.throws(wrong("*1\r\n:4\r\n"), /expected '\$'.* at byte 4 /);
});

Deno.test("a manifest names the base first, then what was added, and not what is superfluous", () => {
  const text = [
    "file a.3.incr.aof seq 3 type i",
    "file a.1.base.rdb seq 1 type b",
    'file "with \\"quotes\\" \\x41.aof" seq 2 type i startoffset 5',
    "file a.1.incr.aof seq 1 type h",
    "",
  ].join("\n");
  assert.deepEqual(readManifest(text, "m"), [
    "a.1.base.rdb",
    'with "quotes" A.aof',
    "a.3.incr.aof",
  ]);
  assert.throws(() => readManifest("file a", "m"), /line 1 of m is none of a manifest/);
  assert.throws(() => readManifest("file ../a seq 1 type b", "m"), /names a file elsewhere/);
  assert.throws(() => readManifest("", "m"), /names no files/);
});
