import { strict as assert } from "node:assert";
import { PubSubHub } from "../../../src/clients/pubsub.ts";
import type { Subscriber, Subscriptions } from "../../../src/commands/sessions/pubsub_host.ts";
import { named, noRedis } from "../../harness/lacking.ts";
import { encode, format, latin1, type Reply, type RespClient } from "../../harness/resp_client.ts";
import { startRedis, startRedlite, type TestServer } from "../../harness/servers.ts";
import { slice, text } from "../../store/open.ts";

/** A client that keeps what it is sent. */
class Mailbox implements Subscriber {
  readonly received: Uint8Array[] = [];
  subscriptions: Subscriptions | undefined;

  constructor(readonly protocol: 2 | 3 = 2) {}

  pushBytes(bytes: Uint8Array): void {
    this.received.push(bytes);
  }

  get texts(): string[] {
    return this.received.map(latin1);
  }
}

const MESSAGE = "3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n";

Deno.test("a message is encoded once for each protocol", () => {
  const hub = new PubSubHub();
  const clients = Array.from({ length: 6 }, (_, i) => new Mailbox(i % 2 === 0 ? 2 : 3));
  for (const client of clients) hub.subscribe(client, "channel", slice("news"));
  assert.equal(hub.publish(slice("news"), slice("hello")), 6);
  assert.deepEqual(clients[0]!.texts, [`*${MESSAGE}`]);
  assert.deepEqual(clients[1]!.texts, [`>${MESSAGE}`]);
  const distinct = new Set(clients.map(({ received }) => received[0]));
  assert.equal(distinct.size, 2);
});

Deno.test("a message comes by the channel first, then once by each pattern", () => {
  const hub = new PubSubHub();
  const client = new Mailbox();
  hub.subscribe(client, "pattern", slice("n*"));
  hub.subscribe(client, "channel", slice("news"));
  hub.subscribe(client, "pattern", slice("*s"));
  assert.equal(hub.publish(slice("news"), slice("hello")), 3);
  const byPattern = (pattern: string) =>
    `*4\r\n$8\r\npmessage\r\n$2\r\n${pattern}\r\n$4\r\nnews\r\n$5\r\nhello\r\n`;
  assert.deepEqual(client.texts, [`*${MESSAGE}`, byPattern("n*"), byPattern("*s")]);
});

Deno.test("names and messages are bytes", () => {
  const hub = new PubSubHub();
  const client = new Mailbox();
  const name = Uint8Array.of(0, 0xff, 13, 10);
  hub.subscribe(client, "channel", slice(name));
  assert.equal(hub.publish(slice(Uint8Array.of(0, 0xfe, 13, 10)), slice("x")), 0);
  assert.equal(hub.publish(slice(name), slice(Uint8Array.of(0x80, 0))), 1);
  assert.deepEqual(client.texts, [
    "*3\r\n$7\r\nmessage\r\n$4\r\n\0\xff\r\n\r\n$2\r\n\x80\0\r\n",
  ]);
});

Deno.test("names outlive the buffers they came in", () => {
  const hub = new PubSubHub();
  const client = new Mailbox();
  const name = slice("news"), pattern = slice("n*");
  hub.subscribe(client, "channel", name);
  hub.subscribe(client, "pattern", pattern);
  name.bytes.fill(0);
  pattern.bytes.fill(0);
  assert.equal(hub.publish(slice("news"), slice("hello")), 2);
  assert.deepEqual(hub.names("pattern").map(text), ["n*"]);
});

Deno.test("channels, patterns and shard channels are apart", () => {
  const hub = new PubSubHub();
  const [a, b, c] = [new Mailbox(), new Mailbox(), new Mailbox()];
  hub.subscribe(a, "channel", slice("x"));
  hub.subscribe(b, "shard", slice("x"));
  hub.subscribe(c, "pattern", slice("x*"));
  assert.equal(hub.publish(slice("x"), slice("1")), 2);
  assert.equal(hub.publishToShard(slice("x"), slice("2")), 1);
  assert.equal(hub.publishToShard(slice("y"), slice("2")), 0);
  assert.deepEqual(b.texts, ["*3\r\n$8\r\nsmessage\r\n$1\r\nx\r\n$1\r\n2\r\n"]);
  assert.deepEqual([a.received.length, c.received.length], [1, 1]);
});

Deno.test("what a client is subscribed to is counted, and nothing is left of it afterwards", () => {
  const hub = new PubSubHub();
  const client = new Mailbox();
  assert.equal(hub.subscribe(client, "channel", slice("a")), 1);
  assert.equal(hub.subscribe(client, "channel", slice("a")), 1);
  assert.equal(hub.subscribe(client, "pattern", slice("a*")), 2);
  assert.equal(hub.subscribe(client, "shard", slice("a")), 1);
  const { subscriptions } = client;
  assert.ok(subscriptions !== undefined && subscriptions.isSubscribed);
  assert.deepEqual(
    [subscriptions.channels.size, subscriptions.patterns.size, subscriptions.shardChannels.size],
    [1, 1, 1],
  );
  assert.equal(hub.clients, 1);
  assert.equal(hub.unsubscribe(client, "channel", slice("nothing")), 2);
  assert.equal(hub.unsubscribe(client, "channel", slice("a")), 1);
  assert.equal(hub.unsubscribe(client, "pattern", slice("a*")), 0);
  assert.ok(subscriptions.isSubscribed);
  assert.equal(hub.unsubscribe(client, "shard", slice("a")), 0);
  assert.equal(client.subscriptions, undefined);
  assert.equal(hub.clients, 0);
  assert.equal(hub.hasSubscribers, false);
});

Deno.test("a client that goes is subscribed to nothing, and is told nothing", () => {
  const hub = new PubSubHub();
  const leaving = new Mailbox(), staying = new Mailbox();
  for (const client of [leaving, staying]) hub.subscribe(client, "channel", slice("both"));
  hub.subscribe(leaving, "channel", slice("own"));
  hub.subscribe(leaving, "pattern", slice("*"));
  hub.subscribe(leaving, "shard", slice("s"));
  hub.unsubscribeAll(leaving);
  hub.unsubscribeAll(leaving);
  assert.deepEqual(hub.names("channel").map(text), ["both"]);
  assert.deepEqual([hub.count("pattern"), hub.count("shard"), hub.clients], [0, 0, 1]);
  assert.equal(hub.publish(slice("both"), slice("x")), 1);
  assert.deepEqual([leaving.received.length, staying.received.length], [0, 1]);
});

Deno.test("a client that is closed by a message does not keep others from theirs", () => {
  const hub = new PubSubHub();
  const full = new Mailbox(), other = new Mailbox();
  full.pushBytes = () => hub.unsubscribeAll(full);
  for (const client of [full, other]) {
    hub.subscribe(client, "channel", slice("news"));
    hub.subscribe(client, "pattern", slice("new?"));
  }
  hub.publish(slice("news"), slice("hello"));
  assert.equal(other.received.length, 2);
  assert.equal(hub.publish(slice("news"), slice("hello")), 2);
});

/** Ends what {@linkcode transcript} reads. */
const END = "end of the transcript";

/** Sends lines in one write, and gives everything that comes back, replies and messages. */
async function transcript(client: RespClient, lines: readonly string[]): Promise<string[]> {
  const commands = lines.map((line) => line.split(" ").map((word) => word === "''" ? "" : word));
  await client.raw(encode(...commands, ["PING", END]));
  const all: string[] = [];
  for (let reply = await client.readReply(); !isEnd(reply); reply = await client.readReply()) {
    all.push(format(reply));
  }
  return all;
}

/** PING's reply, which is another in RESP2 while the client is subscribed to anything. */
function isEnd(reply: Reply): boolean {
  const last = reply.type === "array" ? reply.items.at(-1) : reply;
  return last?.type === "bulk" && latin1(last.value) === END;
}

/** What a publisher and a subscriber hear after their lines, in that order. */
async function heard(
  server: TestServer,
  resp: 2 | 3,
  subscribes: readonly string[],
  publishes: readonly string[],
): Promise<string[][]> {
  await using subscriber = await server.connect({ resp });
  await using publisher = await server.connect({ resp: 3 });
  const confirmed = await transcript(subscriber, subscribes);
  const replies = await transcript(publisher, publishes);
  return [confirmed, replies, await transcript(subscriber, [])];
}

/**
 * Registers a test that two clients hear the same of Redlite as of Redis, in RESP2 and RESP3.
 *
 * @param since8 Earlier versions send a client its own messages before the reply to PUBLISH.
 */
function testHeardAsOfRedis(
  name: string,
  subscribes: readonly string[],
  publishes: readonly string[] = [],
  since8 = false,
): void {
  for (const resp of [2, 3] as const) {
    Deno.test({
      ...named(`${name}, in RESP${resp}`, noRedis(since8 ? 8 : 0)),
      async fn() {
        await using redlite = await startRedlite();
        await using redis = await startRedis();
        const ours = await heard(redlite, resp, subscribes, publishes);
        assert.deepEqual(ours, await heard(redis, resp, subscribes, publishes));
      },
    });
  }
}

testHeardAsOfRedis("subscriptions are confirmed one by one, with their number", [
  "SUBSCRIBE a b a",
  "PSUBSCRIBE a* b*",
  "SSUBSCRIBE a s",
  "SUBSCRIBE c",
  "UNSUBSCRIBE b nothing",
  "PUNSUBSCRIBE nothing b*",
  "SUNSUBSCRIBE s nothing",
  "UNSUBSCRIBE a",
  "UNSUBSCRIBE",
  "PUNSUBSCRIBE",
  "SUNSUBSCRIBE",
  "UNSUBSCRIBE",
  "PUNSUBSCRIBE",
  "SUNSUBSCRIBE",
  "UNSUBSCRIBE a b",
]);

testHeardAsOfRedis("UNSUBSCRIBE without channels counts the patterns that are left", [
  "PSUBSCRIBE a*",
  "UNSUBSCRIBE",
  "SUNSUBSCRIBE",
]);

testHeardAsOfRedis(
  "messages come to who is subscribed to their channel or a pattern",
  ["SUBSCRIBE news", "PSUBSCRIBE n[aeo]ws", "SSUBSCRIBE news shard"],
  [
    "PUBLISH news hello",
    "PUBLISH nows ''",
    "PUBLISH niws x",
    "SPUBLISH shard inside",
    "SPUBLISH news inside",
    "SPUBLISH nobody inside",
    "PUBSUB NUMSUB news nows",
    "PUBSUB SHARDNUMSUB news nothing",
    "PUBSUB CHANNELS",
    "PUBSUB CHANNELS n*",
    "PUBSUB CHANNELS x*",
    "PUBSUB NUMPAT",
    "PUBSUB SHARDCHANNELS s*",
    "PUBSUB NUMSUB",
  ],
);

testHeardAsOfRedis(
  "a publisher that is subscribed gets its message after the reply",
  [
    "SUBSCRIBE a",
    "PSUBSCRIBE a*",
    "PUBLISH a one",
    "PUBLISH b none",
    "SSUBSCRIBE s",
    "SPUBLISH s two",
    "ECHO last",
  ],
  [],
  true,
);

testHeardAsOfRedis(
  "inside MULTI, subscriptions are confirmed in EXEC's reply and messages follow it",
  [
    "MULTI",
    "SUBSCRIBE a",
    "PUBLISH a one",
    "PSUBSCRIBE a*",
    "PUBLISH a two",
    "EXEC",
    "UNSUBSCRIBE a",
  ],
  ["PUBLISH a three"],
  true,
);

testHeardAsOfRedis("confirmations come to a client that wants no replies", [
  "CLIENT REPLY OFF",
  "SUBSCRIBE a b",
  "PING",
  "UNSUBSCRIBE b a",
  "CLIENT REPLY ON",
  "CLIENT REPLY SKIP",
  "PSUBSCRIBE x*",
]);

testHeardAsOfRedis(
  "while it is subscribed in RESP2 a client may do little else",
  [
    "SUBSCRIBE a",
    "GET x",
    "PUBLISH b 1",
    "PUBSUB CHANNELS",
    "MULTI",
    "DISCARD",
    "PING",
    "PING hello",
    "UNSUBSCRIBE",
    "PING",
    "GET x",
    "SSUBSCRIBE s",
    "GET x",
    "SUNSUBSCRIBE",
    "GET x",
  ],
);

testHeardAsOfRedis("RESET ends all subscriptions without a word", [
  "SUBSCRIBE a",
  "PSUBSCRIBE *",
  "SSUBSCRIBE s",
  "RESET",
  "PUBSUB NUMSUB a",
  "PUBSUB NUMPAT",
  "PUBSUB SHARDNUMSUB s",
  "UNSUBSCRIBE",
]);

testHeardAsOfRedis("wrong arguments are refused", [
  "SUBSCRIBE",
  "PSUBSCRIBE",
  "SSUBSCRIBE",
  "PUBLISH a",
  "PUBLISH a b c",
  "SPUBLISH a",
  "PUBSUB",
  "PUBSUB nonsense",
  "PUBSUB channels a b",
  "PUBSUB ShardChannels a b",
  "PUBSUB NUMPAT x",
  "PUBSUB HELP x",
]);

Deno.test("a client that disconnects leaves no subscription behind", async () => {
  await using server = await startRedlite();
  await using watcher = await server.connect();
  const subscriber = await server.connect();
  await transcript(subscriber, ["SUBSCRIBE a", "PSUBSCRIBE a*", "SSUBSCRIBE s"]);
  const counts = () =>
    transcript(watcher, ["PUBSUB NUMSUB a", "PUBSUB NUMPAT", "PUBSUB SHARDNUMSUB s"]);
  assert.deepEqual(await counts(), ['["a", :1]', ":1", '["s", :1]']);
  await transcript(subscriber, ["QUIT"]).catch(() => {});
  subscriber.close();
  while ((await counts())[1] !== ":0");
  assert.deepEqual(await counts(), ['["a", :0]', ":0", '["s", :0]']);
});

Deno.test("a hundred subscribers get the messages of one pipeline in order", async () => {
  await using server = await startRedlite();
  await using publisher = await server.connect();
  const subscribers = await Promise.all(Array.from({ length: 100 }, () => server.connect()));
  try {
    for (const subscriber of subscribers) await transcript(subscriber, ["SUBSCRIBE news"]);
    const numbers = Array.from({ length: 10 }, (_, i) => String(i));
    const replies = await transcript(publisher, numbers.map((number) => `PUBLISH news ${number}`));
    assert.deepEqual(replies, numbers.map(() => `:${subscribers.length}`));
    const expected = numbers.map((number) => `["message", "news", "${number}"]`);
    for (const subscriber of subscribers) {
      assert.deepEqual(await transcript(subscriber, []), expected);
    }
  } finally {
    for (const subscriber of subscribers) subscriber.close();
  }
});
