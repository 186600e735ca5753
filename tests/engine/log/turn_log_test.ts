/** The log's files: what is appended is read again, whatever has become of the files meanwhile. */

import { strict as assert } from "node:assert";
import { named } from "../../harness/lacking.ts";
import type { TurnEffects } from "../../../src/engine/effects.ts";
import { HEAD, headOf, UnusableLog } from "../../../src/engine/log/format.ts";
import { findLogs, hasLog, readTurns, SUFFIXES } from "../../../src/engine/log/reading.ts";
import { TurnLog } from "../../../src/engine/log/turn_log.ts";
import { Posix } from "../../../src/runtime/posix.ts";
import { randomNumbers } from "../../store/rdb/random.ts";
import { SEED } from "../../harness/seed.ts";

const posix = Posix.load();
const encoder = new TextEncoder();
const decoder = new TextDecoder();

const effectsOf = (text: string): TurnEffects => ({
  bytes: encoder.encode(text),
  count: 1,
  db: 3,
  endDb: 4,
  atMs: 1_700_000_000_123.5,
});

/** A database file with nothing in it, and its logs. */
class Place implements Disposable {
  readonly directory = Deno.makeTempDirSync({ prefix: "redlite-" });
  readonly database = `${this.directory}/test.db`;

  constructor() {
    Deno.writeFileSync(this.database, new Uint8Array());
  }

  log(identity = 7): TurnLog {
    const log = posix && TurnLog.make(posix, this.database, new Uint8Array(16).fill(identity));
    assert.ok(log);
    return log;
  }

  path(index: 0 | 1): string {
    return this.database + SUFFIXES[index];
  }

  /** What the files tell, in the order of the numbers. */
  read(): [number, string][] {
    const turns: [number, string][] = [];
    for (const log of findLogs(this.database)) {
      readTurns(log, ({ number, bytes }) => turns.push([number, decoder.decode(bytes)]));
    }
    return turns.sort(([a], [b]) => a - b);
  }

  /** Changes the bytes of a file. */
  change(index: 0 | 1, change: (bytes: Uint8Array) => Uint8Array | void): void {
    const bytes = Deno.readFileSync(this.path(index));
    Deno.writeFileSync(this.path(index), change(bytes) ?? bytes);
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.directory, { recursive: true });
  }
}

function testLog(name: string, fn: (place: Place) => void | Promise<void>): void {
  Deno.test({
    ...named(name, posix === undefined ? "no calls of a C library of Linux" : undefined),
    async fn() {
      using place = new Place();
      await fn(place);
    },
  });
}

testLog("turns are read as they were appended, with their time and databases", (place) => {
  const log = place.log();
  assert.ok(log.append(effectsOf("first")));
  assert.ok(log.append(effectsOf("x".repeat(100_000))));
  const [found] = findLogs(place.database);
  assert.ok(found);
  readTurns(found, (turn) => {
    const { atMs, db, endDb, count } = turn;
    assert.deepEqual({ atMs, db, endDb, count }, {
      atMs: 1_700_000_000_123.5,
      db: 3,
      endDb: 4,
      count: 1,
    });
  });
  assert.deepEqual(place.read(), [[1, "first"], [2, "x".repeat(100_000)]]);
  log.close();
});

testLog("a log that its owner removes while somebody looks at it has no turns", (place) => {
  const log = place.log();
  log.append(effectsOf("in the database by now"));
  const [found] = findLogs(place.database);
  assert.ok(found?.first === 1);
  log.remove();
  readTurns(found, () => assert.fail("there is nothing to read"));
});

testLog("a log whose tail is torn at any byte holds the turns before it", (place) => {
  const log = place.log();
  for (const text of ["one", "two two two", "three"]) log.append(effectsOf(text));
  log.close();
  const whole = Deno.readFileSync(place.path(0));
  for (let size = 0; size < whole.length; size++) {
    Deno.writeFileSync(place.path(0), whole.subarray(0, size));
    const found = place.read();
    assert.deepEqual(found, [[1, "one"], [2, "two two two"]].slice(0, found.length), `${size}`);
    assert.ok(found.length < 3);
  }
});

testLog("a byte that is changed anywhere takes one turn, and no turn is told wrong", (place) => {
  const log = place.log();
  const texts = ["one", "two two two", "three"];
  for (const text of texts) log.append(effectsOf(text));
  log.close();
  const whole = Deno.readFileSync(place.path(0));
  for (let at = HEAD; at < whole.length; at++) {
    const damaged = whole.slice();
    damaged[at]! ^= 0x10;
    Deno.writeFileSync(place.path(0), damaged);
    const found = place.read();
    assert.equal(found.length, 2, `at ${at}`);
    for (const [number, text] of found) assert.equal(text, texts[number - 1]);
  }
});

testLog("a file that is written to again tells no turn of its earlier use", (place) => {
  const log = place.log();
  log.fileBytes = 8_000_000;
  const large = "y".repeat(3_000_000);
  for (let i = 0; i < 4; i++) log.append(effectsOf(`${i}${large}`));
  assert.ok(log.rotate());
  assert.ok(log.append(effectsOf("in the other")));
  assert.deepEqual(place.read().map(([number]) => number), [1, 2, 3, 4, 5]);
  // The first is still needed, as far as anybody knows.
  for (let i = 0; i < 3; i++) log.append(effectsOf(large));
  assert.equal(log.rotate(), false);
  return log.sync().then((synced) => {
    assert.ok(synced);
    log.free(8);
    assert.ok(log.rotate());
    log.append(effectsOf("again"));
    const numbers = place.read().map(([number]) => number);
    assert.equal(Math.max(...numbers), 9);
    const turns: number[] = [];
    log.turnsAfter(4, ({ number }) => turns.push(number));
    assert.deepEqual(turns, [5, 6, 7, 8, 9]);
    log.remove();
    assert.equal(hasLog(place.database), false);
  });
});

testLog("what is not a log, or a newer one's, is told with its name", (place) => {
  Deno.writeFileSync(
    place.path(0),
    encoder.encode("something else, of more than sixty-four bytes".repeat(4)),
  );
  assert.throws(
    () => findLogs(place.database),
    (error) =>
      error instanceof UnusableLog && error.message === `${place.path(0)} is no log of Redlite's`,
  );
  const head = headOf(new Uint8Array(16));
  head[8] = 2;
  Deno.writeFileSync(place.path(0), head);
  assert.throws(
    () => findLogs(place.database),
    /-log is of version 2, which a newer Redlite has written/,
  );
  Deno.removeSync(place.path(0));
  Deno.mkdirSync(place.path(0));
  assert.throws(() => findLogs(place.database), /-log cannot be read: /);
});

testLog("any damage of any bytes tells no turn wrong", (place) => {
  const random = randomNumbers(SEED);
  const log = place.log();
  const texts: string[] = [];
  for (let i = 0; i < 60; i++) {
    texts.push(String.fromCharCode(97 + random(26)).repeat(random(400)));
    log.append(effectsOf(texts[i]!));
  }
  log.close();
  const whole = Deno.readFileSync(place.path(0));
  for (let round = 0; round < 300; round++) {
    let damaged = whole.slice();
    const from = HEAD + random(whole.length - HEAD);
    const kind = random(3);
    if (kind === 0) damaged.fill(0, from, from + random(2000));
    else if (kind === 1) damaged = damaged.slice(0, from);
    else damaged.copyWithin(from, HEAD + random(whole.length - HEAD), whole.length);
    Deno.writeFileSync(place.path(0), damaged);
    for (const [number, text] of place.read()) assert.equal(text, texts[number - 1]);
  }
});
