import { strict as assert } from "node:assert";
import { DatabaseFile, testOnDrivers } from "../store/open.ts";
import { entriesOf, operationsOf, Process, snapshot } from "./databases.ts";

/** Registers a test that gets a database in memory whose history is on everywhere. */
function testRecorded(name: string, body: (process: Process) => void): void {
  testOnDrivers(name, (driver) => {
    using process = Process.inMemory(driver);
    process.ask("HISTORY ENABLE GLOBAL");
    process.advance();
    body(process);
  });
}

const dataOf = (process: Process, key: string) =>
  entriesOf(process, key).map(({ data }) => data).reverse();

testRecorded("entries of a stream's history tell ids and fields", (process) => {
  process.ask("XADD s 1-1 name value");
  process.ask("XADD s 1-2 name other more 2");
  process.ask("XDEL s 1-1");
  process.ask("XADD s MAXLEN 1 1-3 name last");
  process.ask("XTRIM s MAXLEN 0");
  assert.equal(operationsOf(process, "s"), "xadd xadd xdel xadd xtrim xtrim");
  const [first, second, deleted, ...rest] = dataOf(process, "s");
  assert.deepEqual(first, ["1-1", ["name", "value"]]);
  assert.deepEqual(second, ["1-2", ["name", "other", "more", "2"]]);
  assert.deepEqual(deleted, ["1-1"]);
  assert.match(JSON.stringify(rest), /"1-3",\["name","last"\]/);
});

testRecorded("entries tell fields after their stream is gone", (process) => {
  process.ask("XADD s 1-1 name value");
  process.advance();
  process.ask("DEL s");
  process.sweep();
  assert.deepEqual(dataOf(process, "s"), [["1-1", ["name", "value"]], null]);
});

testRecorded("DIFF tells entries and groups of a stream", (process) => {
  process.ask("XADD s 1-1 a b");
  process.ask("XGROUP CREATE s g 0");
  const before = process.advance();
  process.ask("XADD s 1-2 a c");
  process.ask("XDEL s 1-1");
  process.ask("XREADGROUP GROUP g alice STREAMS s >");
  process.ask("XGROUP CREATE s h $");
  const after = process.advance();
  const difference = process.ask(`HISTORY DIFF s ${before} ${after}`);
  assert.ok(difference instanceof Map);
  const facts = (
    id: string,
    read: string,
    pending: string,
  ) => ["last-delivered-id", id, "entries-read", read, "pending", pending];
  assert.deepEqual(difference.get("added"), [
    ...[["group", "h"], facts("1-2", "-1", "0")],
    ...["1-2", ["a", "c"]],
  ]);
  assert.deepEqual(difference.get("removed"), ["1-1", ["a", "b"]]);
  const [group, was, is] = difference.get("changed") as string[][];
  assert.deepEqual([group, was], [["group", "g"], facts("0-0", "-1", "0")]);
  assert.deepEqual([is?.[1], is?.[5]], ["1-2", "1"]);
});

testRecorded("HISTORY AT runs the commands of streams on what was", (process) => {
  for (let i = 1; i <= 5; i++) process.ask(`XADD s ${i}-0 n ${i}`);
  process.ask("XGROUP CREATE s g 0");
  process.ask("XREADGROUP GROUP g alice COUNT 3 STREAMS s >");
  process.ask("XGROUP CREATECONSUMER s g idle");
  const lines = [
    "XLEN s",
    "XRANGE s - + COUNT 2",
    "XREVRANGE s + - COUNT 2",
    "XREAD STREAMS s 3",
    "XPENDING s g",
    "XPENDING s g - + 10",
    "XINFO STREAM s FULL",
    "XINFO GROUPS s",
    "XINFO CONSUMERS s g",
  ];
  const wanted = lines.map((line) => Deno.inspect(process.ask(line), { depth: 9 }));
  const at = process.advance();
  process.ask("XREADGROUP GROUP g bob STREAMS s >");
  process.ask("XACK s g 1-0 2-0");
  process.ask("XCLAIM s g bob 0 3-0");
  process.ask("XGROUP DELCONSUMER s g alice");
  process.ask("XTRIM s MAXLEN 1");
  process.ask("XADD s 9-0 n 9");
  process.advance();
  process.ask("XGROUP DESTROY s g");
  process.sweep();
  process.advance();
  const told = lines.map((line) =>
    Deno.inspect(process.ask(`HISTORY AT ${at} ${line}`), { depth: 9 })
  );
  assert.deepEqual(told, wanted);
  process.ask(`HISTORY REVERT s ${at}`);
  assert.equal(
    Deno.inspect(process.ask("XINFO CONSUMERS s g")).match(/"inactive" => -1/g)?.length,
    1,
  );
  const reverted = ["XRANGE s - +", "XPENDING s g - + 10"].map((line) => process.ask(line));
  assert.equal(JSON.stringify(reverted[0]).match(/-0/g)?.length, 5);
  assert.equal(JSON.stringify(reverted[1]).match(/alice/g)?.length, 3);
});

testOnDrivers(
  "what a long trim takes is known before it, whoever deletes the rows",
  async (driver) => {
    await using file = new DatabaseFile(driver);
    let at = 0, wanted: Record<string, string> = {};
    {
      using first = new Process(file.open(), file.clock);
      first.ask("HISTORY ENABLE GLOBAL");
      first.advance();
      for (let i = 1; i <= 400; i++) first.ask(`XADD s ${i}-0 n ${i}`);
      first.ask("XGROUP CREATE s g 0");
      first.ask("XREADGROUP GROUP g alice COUNT 200 STREAMS s >");
      first.store.endTurn();
      wanted = snapshot(first);
      at = first.advance();
      first.ask("XTRIM s MAXLEN 10");
      first.ask("XGROUP DESTROY s g");
      const then = first.advance();
      assert.equal(first.ask(`HISTORY AT ${then} XLEN s`), 10);
      assert.deepEqual(snapshot(first, `HISTORY AT ${at} `), wanted);
    }
    using second = new Process(file.open(), file.clock);
    second.advance();
    second.sweep();
    assert.equal(second.number("SELECT count(*) FROM streams"), 10);
    assert.deepEqual(snapshot(second, `HISTORY AT ${at} `), wanted);
    second.ask("XTRIM s MAXLEN 0");
    second.ask("DEL s");
    second.advance();
    second.sweep();
    assert.deepEqual(snapshot(second, `HISTORY AT ${at} `), wanted);
  },
);

testRecorded("what is recorded of a stream goes with retention", (process) => {
  for (let i = 1; i <= 200; i++) process.ask(`XADD s ${i}-0 n ${i}`);
  process.ask("XGROUP CREATE s g 0");
  process.ask("XREADGROUP GROUP g alice STREAMS s >");
  process.advance();
  process.ask("XTRIM s MAXLEN 1");
  process.advance();
  process.ask("DEL s");
  process.advance(2000);
  process.ask(`HISTORY PRUNE BEFORE ${process.now}`);
  for (let i = 0; i < 2; i++) {
    process.advance(2000);
    process.sweep();
  }
  for (
    const table of [
      ...["streams", "stream_groups", "stream_consumers", "stream_pending", "stream_garbage"],
      ...["history_elements", "history_ids", "history_holders"],
    ]
  ) assert.equal(process.number(`SELECT count(*) FROM ${table}`), 0, table);
});
