import { strict as assert } from "node:assert";
import { slice, testOnDrivers } from "../store/open.ts";
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

testRecorded("an entry tells the version, operation, time, type and value", (process) => {
  process.ask("SET k one");
  process.advance(5);
  process.ask("APPEND k two");
  assert.deepEqual(entriesOf(process, "k"), [
    {
      version: 2,
      operation: "append",
      timestamp: process.now,
      type: "string",
      data: "onetwo",
    },
    { version: 1, operation: "set", timestamp: process.now - 5, type: "string", data: "one" },
  ]);
});

testRecorded("the entry of a collection's change tells the elements it was about", (process) => {
  const lines = {
    h: ["HSET h a 1 b 2", "HSET h b 3 c 4", "HDEL h a c", "HINCRBY h b 2"],
    l: ["RPUSH l a b c", "LPUSH l z", "LPOP l 2", "LSET l 0 B", "LINSERT l BEFORE c x"],
    s: ["SADD s a b", "SREM s a", "SADD s c"],
    z: ["ZADD z 1 a 2 b", "ZADD z 1.5 b", "ZREM z a"],
    ar: ["ARSET ar 0 a b", "ARSET ar 1 c", "ARDEL ar 0"],
  };
  for (const line of Object.values(lines).flat()) process.ask(line);
  assert.deepEqual(dataOf(process, "h"), [
    ["a", "1", "b", "2"],
    ["b", "3", "c", "4"],
    ["a", "c"],
    ["b", "5"],
  ]);
  assert.deepEqual(dataOf(process, "l"), [["a", "b", "c"], ["z"], ["z", "a"], ["B"], ["x"]]);
  assert.deepEqual(dataOf(process, "s"), [["a", "b"], ["a"], ["c"]]);
  assert.deepEqual(dataOf(process, "z"), [["a", 1, "b", 2], ["b", 1.5], ["a"]]);
  assert.deepEqual(dataOf(process, "ar"), [["0", "a", "1", "b"], ["1", "c"], ["0"]]);
});

testRecorded("changes of one transaction are entries each with its own data", (process) => {
  process.core.transaction(() => {
    process.ask("SET k 1");
    process.ask("SET k 2");
    process.ask("HSET h f 1");
    process.ask("HSET h f 2");
    process.ask("HDEL h f");
  });
  assert.deepEqual(dataOf(process, "k"), ["1", "2"]);
  assert.deepEqual(dataOf(process, "h"), [["f", "1"], ["f", "2"], ["f"], null]);
  assert.equal(operationsOf(process, "h"), "hset hset hdel del");
});

testRecorded("a long string's entry tells its value at the end of the moment", (process) => {
  const long = "x".repeat(40_000);
  process.ask(`SET k ${long}`);
  process.advance();
  process.ask("APPEND k y");
  process.advance();
  process.ask("SETRANGE k 1 Z");
  const values = dataOf(process, "k").map(String);
  assert.deepEqual(values, [long, `${long}y`, `xZ${long.slice(2)}y`]);
});

testRecorded("LIMIT, SINCE and UNTIL choose entries, the latest first", (process) => {
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    process.ask(`SET k ${i}`);
    times.push(process.advance());
  }
  const values = (options: string) => entriesOf(process, "k", options).map(({ data }) => data);
  assert.deepEqual(values(" LIMIT 2"), ["4", "3"]);
  assert.deepEqual(values(` SINCE ${times[3]}`), ["4", "3"]);
  assert.deepEqual(values(` UNTIL ${times[1]}`), ["1", "0"]);
  assert.deepEqual(values(` SINCE ${times[1]} UNTIL ${times[3]} LIMIT 1`), ["3"]);
  assert.deepEqual(values(" LIMIT 0"), []);
});

testRecorded("deletes, expiry, renames, moves and copies are changes", (process) => {
  process.ask("SET a 1");
  process.ask("RENAME a b");
  process.ask("COPY b c");
  process.ask("MOVE c 1");
  process.ask("PEXPIRE b 5");
  process.advance(20);
  assert.equal(process.ask("GET b"), null);
  process.sweep();
  process.ask("SET d 1");
  process.ask("DEL d");
  assert.equal(operationsOf(process, "a"), "set rename_from");
  assert.equal(operationsOf(process, "b"), "rename_to expire expired");
  assert.equal(operationsOf(process, "c"), "copy_to move_from");
  assert.equal(operationsOf(process, "d"), "set del");
  assert.equal(entriesOf(process, "b")[0]!.type, "none");
  process.ask("SELECT 1");
  assert.equal(operationsOf(process, "c"), "move_to");
});

testRecorded("a key that expires when it is come upon is recorded as expired", (process) => {
  process.ask("SET k 1 PX 5");
  process.advance(20);
  process.ask("SET k 2");
  assert.equal(operationsOf(process, "k"), "set expire expired set");
});

testRecorded("an eviction is a change", (process) => {
  process.ask("SET k 1");
  process.store.engine.write();
  process.store.keyspace.evict(0, slice("k"));
  process.store.endTurn();
  assert.equal(operationsOf(process, "k"), "set evicted");
});

testRecorded("GETAT gives each type as its commands do, null where it was absent", (process) => {
  for (
    const line of [
      "SET k v",
      "HSET h a 1",
      "RPUSH l a b",
      "SADD s a",
      "ZADD z 1 a",
      "ARSET ar 7 x",
    ]
  ) process.ask(line);
  const then = process.advance();
  process.ask("FLUSHALL");
  process.advance();
  const at = (key: string, moment = then) => process.ask(`HISTORY GETAT ${key} ${moment}`);
  assert.equal(at("k"), "v");
  assert.deepEqual(at("h"), new Map([["a", "1"]]));
  assert.deepEqual(at("l"), ["a", "b"]);
  assert.deepEqual(at("s"), new Set(["a"]));
  assert.deepEqual(at("z"), [["a", 1]]);
  assert.deepEqual(at("ar"), [[7, "x"]]);
  assert.equal(at("k", process.now), null);
  assert.equal(at("other"), null);
});

testRecorded("a moment is after everything of its millisecond", (process) => {
  process.ask("SET k 1");
  process.ask("SET k 2");
  const then = process.advance(1);
  process.ask("SET k 3");
  assert.equal(process.ask(`HISTORY GETAT k ${then}`), "2");
  assert.equal(process.ask(`HISTORY GETAT k ${then - 1}`), null);
  assert.equal(process.ask(`HISTORY GETAT k ${then + 1}`), "3");
});

testRecorded("AT judges expiry by the moment", (process) => {
  process.ask("SET k v PX 100");
  process.ask("HSET h a 1 b 2");
  process.ask("HPEXPIRE h 100 FIELDS 1 a");
  const then = process.advance(50);
  const later = process.advance(200);
  process.sweep();
  assert.equal(process.ask(`HISTORY AT ${then} PTTL k`), 100);
  assert.equal(process.ask(`HISTORY AT ${later} PTTL k`), 50);
  assert.equal(process.ask(`HISTORY AT ${then} HLEN h`), 2);
  assert.equal(process.ask("HLEN h"), 1);
  assert.equal(process.ask(`HISTORY AT ${process.now} EXISTS k`), 0);
  assert.equal(process.ask(`HISTORY AT ${then} DBSIZE`), 2);
  assert.equal(process.ask(`HISTORY AT ${process.now} DBSIZE`), 1);
});

testRecorded("AT runs what reads and refuses the rest", (process) => {
  process.ask("RPUSH l 2 1 3");
  process.ask("SET w1 3");
  process.ask("SET w2 2");
  process.ask("SET w3 1");
  const then = process.advance();
  process.ask("SET w3 9");
  const at = (line: string) => process.ask(`HISTORY AT ${then} ${line}`);
  assert.deepEqual(at("SORT_RO l BY w*"), ["3", "2", "1"]);
  assert.deepEqual(at("SORT_RO l GET w*"), ["3", "2", "1"]);
  assert.deepEqual(at("KEYS w*"), ["w1", "w2", "w3"]);
  assert.equal(at("OBJECT ENCODING l"), "listpack");
  assert.deepEqual(at("MGET w1 w3 nothing"), ["3", "1", null]);
  assert.match(
    String(at("SET a b")),
    /^ERR HISTORY AT runs commands that only read the keyspace, not 'set'/,
  );
  assert.match(String(at("NOSUCH a")), /^ERR unknown command 'NOSUCH'/);
  assert.match(String(at("GET")), /^ERR wrong number of arguments for 'get' command/);
  assert.match(String(at("HISTORY GET l")), /^ERR HISTORY AT runs commands that only read/);
  assert.match(String(at("LLEN w1")), /^WRONGTYPE/);
  assert.equal(process.ask("GET w3"), "9");
});

testRecorded("SCAN goes through a database as it was", (process) => {
  for (let i = 0; i < 200; i++) process.ask(`SET key:${i} ${i}`);
  const then = process.advance();
  for (let i = 0; i < 200; i += 2) process.ask(`DEL key:${i}`);
  process.ask("SET another 1");
  const keys = new Set<unknown>();
  let cursor = "0";
  do {
    const [next, page] = process.ask(`HISTORY AT ${then} SCAN ${cursor} COUNT 30`) as [
      string,
      string[],
    ];
    for (const key of page) keys.add(key);
    cursor = next;
  } while (cursor !== "0");
  assert.equal(keys.size, 200);
  assert.equal(process.ask(`HISTORY AT ${then} DBSIZE`), 200);
  assert.ok(keys.has(process.ask(`HISTORY AT ${then} RANDOMKEY`)));
});

testRecorded("FLUSHDB, FLUSHALL and SWAPDB are changes that the past is seen behind", (process) => {
  process.ask("SET k zero");
  process.ask("SELECT 1");
  process.ask("SET k one");
  const filled = process.advance();
  process.ask("SWAPDB 0 1");
  const swapped = process.advance();
  process.ask("FLUSHALL");
  const flushed = process.advance();
  process.ask("SET k new");
  const value = (moment: number) => process.ask(`HISTORY GETAT k ${moment}`);
  assert.deepEqual([filled, swapped, flushed].map(value), ["one", "zero", null]);
  assert.deepEqual(
    entriesOf(process, "k").map(({ operation, version }) => [operation, version]),
    [["set", 1], ["flushdb", 0], ["swapdb", 0], ["set", 1]],
  );
  process.ask("SELECT 0");
  assert.deepEqual([filled, swapped, flushed].map(value), ["zero", "one", null]);
  assert.deepEqual(process.ask("HISTORY LIST"), ["k"]);
});

testRecorded("REVERT brings a key back, as a change, with the time it had left", (process) => {
  process.ask("HSET h a 1 b 2");
  process.ask("PEXPIRE h 1000");
  process.ask("HPEXPIRE h 500 FIELDS 1 a");
  const then = process.advance(100);
  process.ask("DEL h");
  process.ask("SET h other");
  process.advance(5000);
  const events: string[] = [];
  process.store.engine.changes.subscribe((changes) => {
    for (const { event } of changes) events.push(event);
  });
  assert.equal(process.ask(`HISTORY REVERT h ${then}`), "OK");
  assert.deepEqual(process.ask("HGETALL h"), new Map([["a", "1"], ["b", "2"]]));
  assert.equal(process.ask("PTTL h"), 1000);
  assert.deepEqual(process.ask("HPTTL h FIELDS 2 a b"), [500, -1]);
  assert.deepEqual(events, ["restore"]);
  assert.equal(entriesOf(process, "h")[0]!.operation, "revert");
  assert.equal(process.ask(`HISTORY GETAT h ${process.now - 1}`), "other");
});

testRecorded("REVERT deletes a key that was absent", (process) => {
  const then = process.advance();
  process.ask("SET k v");
  process.advance();
  assert.equal(process.ask(`HISTORY REVERT k ${then}`), "OK");
  assert.equal(process.ask("EXISTS k"), 0);
  assert.equal(operationsOf(process, "k"), "set revert");
});

testRecorded("DIFF tells what came, went and changed", (process) => {
  const diff = (key: string, from: number, to: number) => {
    const reply = process.ask(`HISTORY DIFF ${key} ${from} ${to}`) as Map<string, unknown>;
    return Object.fromEntries(reply);
  };
  for (
    const line of [
      "SET k v",
      "HSET h a 1 b 2 c 3",
      "RPUSH l a b c",
      "SADD s a b",
      "ZADD z 1 a 2 b",
      "ARSET ar 0 x y",
    ]
  ) process.ask(line);
  const from = process.advance();
  for (
    const line of [
      "SET k w",
      "HSET h a 9 d 4",
      "HDEL h b",
      "HSET h c 5",
      "HSET h c 3",
      "LPOP l",
      "RPUSH l d",
      "SREM s a",
      "SADD s c",
      "ZADD z 5 a 3 c",
      "ZREM z b",
      "ARSET ar 1 Y",
      "PEXPIRE k 1000",
    ]
  ) process.ask(line);
  const to = process.advance();
  const none = { expires_at: [null, null] };
  assert.deepEqual(diff("k", from, to), {
    type: ["string", "string"],
    expires_at: [null, to + 1000],
    added: [],
    removed: [],
    changed: ["v", "w"],
  });
  assert.deepEqual(diff("h", from, to), {
    ...none,
    type: ["hash", "hash"],
    added: ["d", "4"],
    removed: ["b", "2"],
    changed: ["a", "1", "9"],
  });
  assert.deepEqual(diff("l", from, to), {
    ...none,
    type: ["list", "list"],
    added: ["d"],
    removed: ["a"],
    changed: [],
  });
  assert.deepEqual(diff("s", from, to), {
    ...none,
    type: ["set", "set"],
    added: ["c"],
    removed: ["a"],
    changed: [],
  });
  assert.deepEqual(diff("z", from, to), {
    ...none,
    type: ["zset", "zset"],
    added: ["c", 3],
    removed: ["b", 2],
    changed: ["a", 1, 5],
  });
  assert.deepEqual(diff("ar", from, to), {
    ...none,
    type: ["array", "array"],
    added: [],
    removed: [],
    changed: ["1", "y", "Y"],
  });
  process.ask("DEL h");
  process.ask("SADD h x");
  assert.deepEqual(diff("h", to, process.now), {
    ...none,
    type: ["hash", "set"],
    added: ["x"],
    removed: ["a", "9", "c", "3", "d", "4"],
    changed: [],
  });
});

testRecorded("LIST gives the keys that have a history, those that are gone too", (process) => {
  process.ask("SET a 1");
  process.ask("SET b 1");
  process.ask("DEL b");
  process.ask("SET user:1 1");
  assert.deepEqual(process.ask("HISTORY LIST"), ["a", "b", "user:1"]);
  assert.deepEqual(process.ask("HISTORY LIST PATTERN user:*"), ["user:1"]);
});

testRecorded("STATS counts entries and bytes, of one key or all", (process) => {
  process.ask("SET a 1");
  const first = process.advance();
  process.ask("HSET h f v");
  const second = process.now;
  const stats = (key = "") =>
    Object.fromEntries(process.ask(`HISTORY STATS${key}`) as Map<string, number>);
  const all = stats();
  assert.deepEqual([all["total_entries"], all["oldest_timestamp"], all["newest_timestamp"]], [
    2,
    first,
    second,
  ]);
  const one = stats(" h");
  assert.deepEqual([one["total_entries"], one["oldest_timestamp"]], [1, second]);
  assert.ok(one["storage_bytes"]! > 0 && all["storage_bytes"]! > one["storage_bytes"]!);
  assert.deepEqual(stats(" KEY h"), one);
  assert.equal(process.ask("HISTORY STATS KEY h a"), "ERR syntax error");
  assert.deepEqual(stats(" nothing"), {
    total_entries: 0,
    oldest_timestamp: null,
    newest_timestamp: null,
    storage_bytes: 0,
  });
});

testRecorded("a turn that is rolled back leaves nothing recorded", (process) => {
  process.ask("HSET h a 1");
  process.advance();
  assert.throws(() =>
    process.core.transaction(() => {
      process.ask("HSET h a 2 b 3");
      process.ask("SET k 1");
      process.ask("DEL h");
      throw new Error("stop");
    })
  );
  assert.equal(operationsOf(process, "h"), "hset");
  assert.deepEqual(entriesOf(process, "k"), []);
  const before = process.advance();
  process.ask("HSET h a 5");
  assert.deepEqual(process.ask(`HISTORY GETAT h ${before}`), new Map([["a", "1"]]));
  assert.equal(operationsOf(process, "h"), "hset hset");
});

testRecorded("a look at the past in the middle of a transaction sees what it wrote", (process) => {
  process.ask("HSET h a 1");
  const then = process.advance();
  process.core.transaction(() => {
    process.ask("HSET h a 2");
    assert.deepEqual(process.ask(`HISTORY AT ${then} HGETALL h`), new Map([["a", "1"]]));
    assert.equal(process.ask(`HISTORY AT ${process.now} HGET h a`), "2");
    process.ask("HSET h a 3");
    assert.equal(process.ask("HGET h a"), "3");
  });
  assert.deepEqual(snapshot(process, `HISTORY AT ${process.now} `), snapshot(process));
});

testRecorded("large values are deleted and flushed without touching their elements", (process) => {
  const fields = Array.from({ length: 3000 }, (_, i) => [`f${i}`, "v"]).flat();
  process.run(["HSET", "h", ...fields]);
  const then = process.advance();
  const rows = process.number("SELECT count(*) FROM hashes");
  process.ask("DEL h");
  process.sweep();
  assert.equal(process.number("SELECT count(*) FROM hashes"), rows);
  assert.equal(process.ask(`HISTORY AT ${then} HLEN h`), 3000);
  process.run(["HSET", "h", ...fields]);
  process.ask("FLUSHDB");
  process.sweep();
  assert.equal(process.number("SELECT count(*) FROM hashes"), 2 * rows);
});

testRecorded("every command that reads can be run in the past", (process) => {
  for (
    const line of [
      "SET k 12",
      "HSET h a 1",
      "RPUSH l a",
      "SADD s a",
      "ZADD z 1 a",
      "ARSET ar 0 1",
      "PFADD p a",
    ]
  ) {
    process.ask(line);
  }
  const then = process.advance();
  process.ask("FLUSHALL");
  const lines: Record<string, unknown> = {
    "STRLEN k": 2,
    "GETRANGE k 0 0": "1",
    "BITCOUNT k": 6,
    "GETBIT k 2": 1,
    "PFCOUNT p": 1,
    "HGET h a": "1",
    "HRANDFIELD h": "a",
    "HSTRLEN h a": 1,
    "HTTL h FIELDS 1 a": [-1],
    "LINDEX l 0": "a",
    "LPOS l a": 0,
    "SISMEMBER s a": 1,
    "SRANDMEMBER s": "a",
    "SCARD s": 1,
    "SINTER s s": new Set(["a"]),
    "ZSCORE z a": 1,
    "ZRANK z a": 0,
    "ZCOUNT z 0 5": 1,
    "ZRANGE z 0 -1 REV": ["a"],
    "ZRANGEBYSCORE z 0 5": ["a"],
    "ZLEXCOUNT z - +": 1,
    "ZRANDMEMBER z": "a",
    "ZUNION 1 z": ["a"],
    "ARGET ar 0": "1",
    "ARLEN ar": 1,
    "AROP ar 0 5 SUM": "1",
    "HSCAN h 0": ["0", ["a", "1"]],
    "SSCAN s 0": ["0", ["a"]],
    "ZSCAN z 0": ["0", ["a", "1"]],
    "EXPIRETIME k": -1,
    "TOUCH k": 1,
    "MEMORY USAGE nothing": null,
  };
  for (const [line, expected] of Object.entries(lines)) {
    assert.deepEqual(process.ask(`HISTORY AT ${then} ${line}`), expected, line);
  }
});
