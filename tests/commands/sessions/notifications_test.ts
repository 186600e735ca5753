import { strict as assert } from "node:assert";
import { KeyspaceNotifications } from "../../../src/clients/notifications.ts";
import type { Slice } from "../../../src/store/values/slice.ts";
import { named, noOracle, noRedis } from "../../harness/lacking.ts";
import { type Command, encode, format, type RespClient } from "../../harness/resp_client.ts";
import { startOracle, startRedis, startRedlite, type TestServer } from "../../harness/servers.ts";
import { NOTIFICATION_LINES } from "./notification_lines.ts";
import { OnClock } from "../on_clock.ts";

/** A store in memory, and the messages that its notifications publish. */
class Published implements Disposable {
  readonly store = new OnClock();
  readonly notifications: KeyspaceNotifications;
  hasSubscribers = true;
  #messages: string[] = [];

  constructor(classes: string) {
    const { changes } = this.store.core.store.engine;
    this.notifications = new KeyspaceNotifications(changes, this);
    this.notifications.classes = classes;
  }

  publish(channel: Slice, message: Slice): number {
    this.#messages.push(`${channel.latin1()} ${message.latin1()}`);
    return 1;
  }

  /** The messages that lines bring about. */
  by(...lines: string[]): string[] {
    return this.during(() => lines.forEach((line) => this.store.ask(line)));
  }

  /** The messages that are published while something is done. */
  during(work: () => void): string[] {
    this.#messages = [];
    work();
    return this.#messages;
  }

  [Symbol.dispose](): void {
    this.store[Symbol.dispose]();
  }
}

Deno.test("an event is told on the channel of its key and then on its own", () => {
  using published = new Published("KEA");
  assert.deepEqual(published.by("select 3", "set a 1"), [
    "__keyspace@3__:a set",
    "__keyevent@3__:set a",
  ]);
  published.notifications.classes = "KA";
  assert.deepEqual(published.by("del a"), ["__keyspace@3__:a del"]);
  published.notifications.classes = "EA";
  assert.deepEqual(published.by("set a 1"), ["__keyevent@3__:set a"]);
});

Deno.test("only events of the classes asked for are told", () => {
  const EVENTS: Record<string, [line: string, message: string]> = {
    $: ["set s 1", "__keyevent@0__:set s"],
    l: ["lpush l 1", "__keyevent@0__:lpush l"],
    s: ["sadd t 1", "__keyevent@0__:sadd t"],
    h: ["hset h f 1", "__keyevent@0__:hset h"],
    z: ["zadd z 1 m", "__keyevent@0__:zadd z"],
    a: ["arset a 0 x", "__keyevent@0__:arset a"],
    g: ["expire s 100", "__keyevent@0__:expire s"],
    n: ["setbit n 0 1", "__keyevent@0__:new n"],
    m: ["get nothing", "__keyevent@0__:keymiss nothing"],
  };
  const lines = Object.values(EVENTS).map(([line]) => line);
  for (const [letter, [, message]] of Object.entries(EVENTS)) {
    using published = new Published(`E${letter}`);
    const messages = published.by(...lines);
    // Every key of these is new, and the string commands are two.
    const others = letter === "n" ? 6 : letter === "$" ? 1 : 0;
    assert.ok(messages.includes(message), `${letter}: ${messages}`);
    assert.equal(messages.length, 1 + others, `${letter}: ${messages}`);
  }
});

Deno.test("A stands for all classes but new, overwritten and missed keys and changed types", () => {
  using published = new Published("EA");
  const lines = ["lpush a 1", "set a 1", "arset b 0 x", "get nothing", "expire a 100"];
  assert.deepEqual(published.by(...lines), [
    "__keyevent@0__:lpush a",
    "__keyevent@0__:set a",
    "__keyevent@0__:arset b",
    "__keyevent@0__:expire a",
  ]);
  published.notifications.classes = "EAnocm";
  assert.deepEqual(published.by("del a b", ...lines), [
    "__keyevent@0__:del a",
    "__keyevent@0__:del b",
    "__keyevent@0__:new a",
    "__keyevent@0__:lpush a",
    "__keyevent@0__:overwritten a",
    "__keyevent@0__:type_changed a",
    "__keyevent@0__:set a",
    "__keyevent@0__:new b",
    "__keyevent@0__:arset b",
    "__keyevent@0__:keymiss nothing",
    "__keyevent@0__:expire a",
  ]);
});

Deno.test("nothing is watched unless there is something to tell, and somebody to tell", () => {
  using published = new Published("");
  const { changes } = published.store.core.store.engine;
  assert.equal(changes.details, undefined);
  published.notifications.classes = "Anocm";
  assert.equal(changes.details, undefined);
  assert.deepEqual(published.by("set a 1"), []);
  published.notifications.classes = "Em";
  assert.equal(changes.details, published.notifications);
  published.hasSubscribers = false;
  assert.deepEqual(published.by("get nothing"), []);
  published.hasSubscribers = true;
  assert.deepEqual(published.by("get nothing"), ["__keyevent@0__:keymiss nothing"]);
  published.notifications.classes = "";
  assert.equal(changes.details, undefined);
  assert.deepEqual(published.by("get nothing", "set a 2"), []);
});

Deno.test("keys are told in bytes of any value", () => {
  using published = new Published("KE$");
  const key = Uint8Array.of(0xff, 0, 0x0a);
  assert.deepEqual(published.during(() => published.store.core.set(key, "x")), [
    "__keyspace@0__:\xff\0\n set",
    "__keyevent@0__:set \xff\0\n",
  ]);
});

/** What is told of RESTORE over nothing, over a key of the same type and of another. */
async function eventsOfRestore(server: TestServer, classes: string): Promise<string[]> {
  await using subscriber = await server.connect();
  await using client = await server.connect();
  await client.send("SET", "text", "x");
  await client.send("RPUSH", "list", "x");
  const payload = await client.send("DUMP", "text");
  assert.ok(payload.type === "bulk");
  await client.send("CONFIG", "SET", "notify-keyspace-events", classes);
  await subscriber.send("PSUBSCRIBE", "__key*__:*");
  for (const key of ["new", "text", "list"]) {
    await client.send("RESTORE", key, "0", payload.value, "REPLACE");
  }
  await client.send("RESTORE", "list", "1", payload.value, "REPLACE", "ABSTTL");
  return await messages(subscriber);
}

Deno.test("an expired key is told of when it is deleted: by the sweep, or by a write", () => {
  using published = new Published("Exn");
  published.by("set swept 1 px 10", "set written 1 px 10");
  published.store.advance(11);
  assert.deepEqual(published.by("get swept", "exists written"), []);
  assert.deepEqual(published.by("set written 2"), [
    "__keyevent@0__:expired written",
    "__keyevent@0__:new written",
  ]);
  const { sweeper } = published.store.core.store;
  assert.deepEqual(published.during(() => sweeper.sweep()), ["__keyevent@0__:expired swept"]);
});

Deno.test("the fields of a hash that were changed are told on channels of their own", () => {
  using published = new Published("STIVh");
  assert.deepEqual(published.by("hset h f1 1 f22 2"), [
    "__subkeyspace@0__:h hset|2:f1,3:f22",
    "__subkeyevent@0__:hset 1:h|2:f1,3:f22",
    "__subkeyspaceitem@0__:h\nf1 hset",
    "__subkeyspaceitem@0__:h\nf22 hset",
    "__subkeyspaceevent@0__:hset|h 2:f1,3:f22",
  ]);
  published.notifications.classes = "Vg";
  assert.deepEqual(published.by("hset h f1 1"), []);
});

Deno.test("every command on fields tells which fields it changed", () => {
  using published = new Published("Sh");
  const fields = (line: string) =>
    published.by(line).map((message) => message.replace("__subkeyspace@0__:h ", ""));
  assert.deepEqual(fields("hset h a 1 b 2 c 3 d 4"), ["hset|1:a,1:b,1:c,1:d"]);
  assert.deepEqual(fields("hmset h a 1"), ["hset|1:a"]);
  assert.deepEqual(fields("hsetnx h a 1"), []);
  assert.deepEqual(fields("hsetnx h e 1"), ["hset|1:e"]);
  assert.deepEqual(fields("hdel h e x d"), ["hdel|1:e,1:d"]);
  assert.deepEqual(fields("hincrby h n 1"), ["hincrby|1:n"]);
  assert.deepEqual(fields("hincrbyfloat h n 1.5"), ["hincrbyfloat|1:n"]);
  assert.deepEqual(fields("hexpire h 100 fields 3 a x b"), ["hexpire|1:a,1:b"]);
  assert.deepEqual(fields("hexpire h 100 nx fields 2 a c"), ["hexpire|1:c"]);
  assert.deepEqual(fields("hpersist h fields 2 a n"), ["hpersist|1:a"]);
  assert.deepEqual(fields("hgetex h persist fields 2 a b"), ["hpersist|1:b"]);
  assert.deepEqual(fields("hgetex h ex 100 fields 2 a x"), ["hexpire|1:a"]);
  assert.deepEqual(fields("hgetdel h fields 2 a x"), ["hdel|1:a"]);
  assert.deepEqual(fields("hsetex h ex 100 fields 2 p 1 q 2"), [
    "hset|1:p,1:q",
    "hexpire|1:p,1:q",
  ]);
  assert.deepEqual(fields("hsetex h pxat 1 fields 1 p 1"), ["hset|1:p", "hdel|1:p"]);
  assert.deepEqual(fields("hexpire h 0 fields 1 q"), ["hdel|1:q"]);
  published.by("del h", "hset h a 1 b 2 c 3", "hpexpire h 10 fields 2 a b");
  published.store.advance(11);
  assert.deepEqual(fields("hset h c 4"), ["hexpired|1:a,1:b", "hset|1:c"]);
});

Deno.test("a key with a line feed has no messages for single fields", () => {
  using published = new Published("ITh");
  assert.deepEqual(published.by("hset a\nb f 1"), ["__subkeyevent@0__:hset 3:a\nb|1:f"]);
});

/** What one client hears of the events that each line of another brings about. */
async function eventsOf(
  server: TestServer,
  lines: readonly string[],
  classes: string,
): Promise<string[]> {
  await using subscriber = await server.connect();
  await using client = await server.connect();
  await client.send("CONFIG", "SET", "notify-keyspace-events", classes);
  await subscriber.send("PSUBSCRIBE", "__key*__:*");
  await subscriber.send("SUBSCRIBE", "lines");
  const commands = lines.flatMap((line): Command[] => [
    line.split(" ").map((word) => word === "''" ? "" : word),
    ["PUBLISH", "lines", line],
  ]);
  await client.pipeline(commands);
  return await messages(subscriber);
}

/** The messages that have come to a subscriber. */
async function messages(subscriber: RespClient): Promise<string[]> {
  await subscriber.raw(encode(["PING", "end"]));
  const all: string[] = [];
  for (let text = ""; text !== '["pong", "end"]';) {
    text = format(await subscriber.readReply());
    all.push(text);
  }
  return all;
}

/** Who tells events as Redlite does, and of which classes. */
const TELLERS = [
  {
    teller: "the redis-server on the PATH",
    lacking: noRedis(8, 2),
    start: startRedis,
    classes: "KEAnocm",
  },
  {
    teller: "Redis 8",
    lacking: noOracle("redis-8"),
    start: () => startOracle("redis-8"),
    // Redis 8.2 was the first to tell overwritten keys and changed types.
    classes: "KEAnm",
  },
] as const;

for (const { teller, lacking, start, classes } of TELLERS) {
  for (const [group, text] of Object.entries(NOTIFICATION_LINES)) {
    Deno.test({
      ...named(`commands tell the same events in the same order as ${teller}: ${group}`, lacking),
      async fn() {
        const lines = text.split(";").map((line) => line.trim().replaceAll(/\s+/g, " "));
        await using redlite = await startRedlite();
        await using redis = await start();
        const ours = await eventsOf(redlite, lines, classes);
        assert.deepEqual(ours, await eventsOf(redis, lines, classes));
      },
    });
  }
  Deno.test({
    ...named(`RESTORE tells the same events as ${teller}, over whatever there is`, lacking),
    async fn() {
      await using redlite = await startRedlite();
      await using redis = await start();
      const ours = await eventsOfRestore(redlite, classes);
      assert.deepEqual(ours, await eventsOfRestore(redis, classes));
    },
  });
}

Deno.test("nobody hears of events before they are asked for, nor after", async () => {
  await using server = await startRedlite();
  await using subscriber = await server.connect();
  await using client = await server.connect();
  await subscriber.send("PSUBSCRIBE", "__key*__:*");
  await client.send("SET", "a", "1");
  await client.send("CONFIG", "SET", "notify-keyspace-events", "E$");
  await client.send("SET", "a", "2");
  await client.send("CONFIG", "SET", "notify-keyspace-events", "");
  await client.send("SET", "a", "3");
  assert.deepEqual(await messages(subscriber), [
    '["pmessage", "__key*__:*", "__keyevent@0__:set", "a"]',
    '["pong", "end"]',
  ]);
});
