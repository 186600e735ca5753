import { strict as assert } from "node:assert";
import { Redlite, RedliteError, SlowSubscriberError, type Subscription } from "../../../mod.ts";
import { bytes, testInMemory, testOnFile } from "../open.ts";

/** The messages of a subscription up to its end, or to the message `end`. */
async function textsOf(subscription: Subscription<string>): Promise<string[]> {
  const texts: string[] = [];
  for await (const { message } of subscription) {
    if (message === "end") break;
    texts.push(message);
  }
  return texts;
}

testInMemory("messages come in the order they were published", async (db) => {
  await using news = db.subscribe("news");
  assert.equal(db.publish("news", "one"), 1);
  assert.equal(db.publish("weather", "none"), 0);
  assert.equal(db.publish("news", "two"), 1);
  assert.deepEqual(await news.next(), {
    value: { channel: "news", message: "one" },
    done: false,
  });
  assert.deepEqual((await news.next()).value, { channel: "news", message: "two" });
});

testInMemory("a message comes to who waits for it", async (db) => {
  await using news = db.subscribe(["news", "weather"]);
  const first = news.next(), second = news.next();
  db.publish("weather", "sunny");
  db.publish("news", "none");
  assert.deepEqual((await first).value, { channel: "weather", message: "sunny" });
  assert.deepEqual((await second).value, { channel: "news", message: "none" });
});

testInMemory("a pattern's messages name it, and come once for each pattern", async (db) => {
  await using orders = db.psubscribe(["order:*", "*:7"]);
  assert.equal(db.publish("order:7", "paid"), 2);
  const patterns = [(await orders.next()).value, (await orders.next()).value];
  assert.deepEqual(patterns, [
    { channel: "order:7", message: "paid", pattern: "order:*" },
    { channel: "order:7", message: "paid", pattern: "*:7" },
  ]);
});

testInMemory("names and messages may be any bytes", async (db) => {
  const name = Uint8Array.of(0xff, 0), message = Uint8Array.of(0, 0xfe);
  await using raw = db.bytes.subscribe(name);
  await using patterns = db.bytes.psubscribe("*");
  db.publish(name, message);
  // The caller may use its array for something else at once.
  message.fill(7);
  const sent = Uint8Array.of(0, 0xfe);
  assert.deepEqual((await raw.next()).value, { channel: name, message: sent });
  const value = (await patterns.next()).value;
  assert.deepEqual(value, { channel: name, message: sent, pattern: bytes("*") });
});

testInMemory("leaving the loop ends the subscription", async (db) => {
  const news = db.subscribe("news");
  db.publish("news", "one");
  db.publish("news", "two");
  for await (const { message } of news) {
    assert.equal(message, "one");
    break;
  }
  assert.equal(db.publish("news", "three"), 0);
  assert.deepEqual(await news.next(), { value: undefined, done: true });
  assert.deepEqual(db.call("PUBSUB", "CHANNELS"), []);
});

testInMemory("the end of an `await using` block ends the subscription", async (db) => {
  let next: Promise<IteratorResult<unknown>>;
  {
    await using news = db.subscribe("news");
    next = news.next();
    assert.deepEqual(db.call("PUBSUB", "NUMSUB", "news"), ["news", 1]);
  }
  assert.deepEqual(await next, { value: undefined, done: true });
  assert.deepEqual(db.call("PUBSUB", "NUMSUB", "news"), ["news", 0]);
});

testInMemory("a signal ends the subscription with its reason", async (db) => {
  const controller = new AbortController();
  const news = db.subscribe("news", { signal: controller.signal });
  const waiting = news.next();
  controller.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
  assert.deepEqual(await news.next(), { value: undefined, done: true });
  assert.equal(db.publish("news", "x"), 0);

  const later = new AbortController();
  const other = db.subscribe("news", { signal: later.signal });
  db.publish("news", "dropped");
  later.abort(new Error("enough"));
  await assert.rejects(other.next(), /enough/);
});

testInMemory("a signal that is aborted already lets nothing begin", async (db) => {
  const news = db.psubscribe("*", { signal: AbortSignal.abort(new Error("too late")) });
  assert.equal(db.publish("news", "x"), 0);
  await assert.rejects(news.next(), /too late/);
  assert.deepEqual(db.call("PUBSUB", "NUMPAT"), 0);
});

testInMemory("a subscriber that is too slow ends after what its limit allows", async (db) => {
  const slow = db.subscribe("news", { limit: 2 });
  await using quick = db.subscribe("news");
  assert.equal(db.publish("news", "1"), 2);
  assert.equal(db.publish("news", "2"), 2);
  assert.equal(db.publish("news", "3"), 2);
  assert.equal(db.publish("news", "4"), 1);
  db.publish("news", "end");
  const read: string[] = [];
  await assert.rejects(async () => {
    for await (const { message } of slow) read.push(message);
  }, SlowSubscriberError);
  assert.deepEqual(read, ["1", "2"]);
  assert.deepEqual(await textsOf(quick), ["1", "2", "3", "4"]);
});

testInMemory("messages that wait are bounded in bytes too", async (db) => {
  const slow = db.bytes.subscribe("news");
  const large = new Uint8Array(12 * 1024 * 1024);
  for (let i = 0; i < 3; i++) db.publish("news", large);
  assert.equal((await slow.next()).value?.message.length, large.length);
  await slow.next();
  await assert.rejects(slow.next(), SlowSubscriberError);
});

testInMemory("reading makes room for more messages", async (db) => {
  await using news = db.subscribe("news", { limit: 1 });
  for (let i = 0; i < 5; i++) {
    db.publish("news", String(i));
    assert.equal((await news.next()).value?.message, String(i));
  }
});

testInMemory("a transaction's messages come with its commit, and after it", async (db) => {
  await using news = db.subscribe("news");
  db.transaction(() => {
    db.set("key", "value");
    assert.equal(db.publish("news", "inside"), 1);
  });
  db.publish("news", "after");
  db.publish("news", "end");
  assert.deepEqual(await textsOf(news), ["inside", "after"]);
});

testInMemory("a reader sees what a message is about", async (db) => {
  await using news = db.subscribe("news");
  const read = news.next().then(() => db.get("key"));
  db.transaction(() => {
    db.publish("news", "changed");
    db.set("key", "value");
  });
  assert.equal(await read, "value");
});

testInMemory("what a transaction has published vanishes with it", async (db) => {
  await using news = db.subscribe("news");
  db.publish("news", "before");
  assert.throws(() =>
    db.transaction(() => {
      db.set("key", "value");
      db.publish("news", "inside");
      throw new Error("no");
    }), /no/);
  db.transaction(() => {
    db.publish("news", "again");
  });
  db.publish("news", "after");
  db.publish("news", "end");
  assert.deepEqual(await textsOf(news), ["before", "again", "after"]);
});

testInMemory("options and names are checked", (db) => {
  assert.throws(() => db.subscribe([]), RedliteError);
  assert.throws(() => db.psubscribe([]), /wrong number of arguments for 'psubscribe'/);
  assert.throws(() => db.subscribe("a", { limit: 0 }), RangeError);
  assert.throws(() => db.call("SUBSCRIBE", "a"), RedliteError);
  assert.deepEqual(db.call("PUBSUB", "CHANNELS"), []);
});

testOnFile("closing the database ends its subscriptions after what has come", async (file) => {
  const db = file.open();
  const news = db.subscribe("news"), idle = db.psubscribe("*");
  await idle.return();
  const waiting = db.subscribe("weather").next();
  db.publish("news", "last");
  await db.close();
  assert.deepEqual(await textsOf(news), ["last"]);
  assert.deepEqual(await waiting, { value: undefined, done: true });
  assert.throws(() => db.subscribe("news"), /closed/);
});

Deno.test("changes of keys are told on the channels of keyspace notifications", async () => {
  using db = Redlite.open(":memory:", { notifyKeyspaceEvents: "KEA" });
  await using events = db.psubscribe("__key*__:*");
  db.transaction(() => {
    db.set("k", "v");
    db.del("k");
  });
  const heard: string[] = [];
  for await (const { channel, message } of events) {
    heard.push(`${channel} ${message}`);
    if (heard.length === 4) break;
  }
  assert.deepEqual(heard, [
    "__keyspace@0__:k set",
    "__keyevent@0__:set k",
    "__keyspace@0__:k del",
    "__keyevent@0__:del k",
  ]);
});
