/** Subscriptions and MONITOR as server-sent events. */

import { strict as assert } from "node:assert";
import type { Redlite } from "@redlite/redlite";
import { ask } from "./rest_requests.ts";
import { serve } from "./served.ts";

/** Reads the events of an answer, one at a time. */
class EventReader implements AsyncDisposable {
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  private constructor(body: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#reader = body.pipeThrough(new TextDecoderStream()).getReader();
  }

  static async open(url: string): Promise<EventReader> {
    const response = await fetch(url, { method: "POST", headers: { Accept: "text/event-stream" } });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-type"), "text/event-stream");
    return new EventReader(response.body!);
  }

  /** The next event as it was sent; undefined after the last. */
  async next(): Promise<string | undefined> {
    while (true) {
      const end = this.#text.indexOf("\n\n");
      if (end >= 0) {
        const event = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        return event;
      }
      const { done, value } = await this.#reader.read();
      if (done) return undefined;
      this.#text += value;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.cancel();
  }
}

const channels = (db: Redlite) => db.call("PUBSUB", "CHANNELS") as unknown[];

Deno.test("SUBSCRIBE tells each message as an event", async () => {
  await using server = await serve();
  const { url, db } = server;
  await using events = await EventReader.open(`${url}/subscribe/news/weather`);
  assert.equal(await events.next(), "data: subscribe,news,1");
  assert.equal(await events.next(), "data: subscribe,weather,2");
  assert.deepEqual(await ask(url, "/publish/news/hello, world"), [200, { result: 1 }]);
  assert.equal(await events.next(), "data: message,news,hello, world");
  db.publish("weather", "two\nlines");
  assert.equal(await events.next(), "data: message,weather,two\ndata: lines");
});

Deno.test("PSUBSCRIBE tells the pattern as well", async () => {
  await using server = await serve();
  const { url, db } = server;
  await using events = await EventReader.open(`${url}/psubscribe/news:*`);
  assert.equal(await events.next(), "data: psubscribe,news:*,1");
  db.publish("news:a", "x");
  assert.equal(await events.next(), "data: pmessage,news:*,news:a,x");
});

Deno.test("MONITOR tells each command", async () => {
  await using server = await serve();
  const { url } = server;
  await using events = await EventReader.open(`${url}/monitor`);
  assert.equal(await events.next(), 'data: "OK"');
  await ask(url, "/set/a/1");
  assert.match(await events.next() ?? "", /^data: \d+\.\d+ \[0 127\.0\.0\.1:\d+\] "set" "a" "1"$/);
});

Deno.test("who is not let hear gets an error, and no events", async () => {
  await using server = await serve({
    password: "secret",
    users: ["deaf on >hidden +@all ~* resetchannels"],
  });
  const headers = { Authorization: `Basic ${btoa("deaf:hidden")}` };
  const [status, body] = await ask(server.url, "/subscribe/news", undefined, { headers });
  assert.equal(status, 400);
  assert.match((body as { error: string }).error, /^NOPERM/);
});

Deno.test("a subscription ends with its reader, and with the place", async () => {
  await using server = await serve();
  const { url, db, http } = server;
  {
    await using events = await EventReader.open(`${url}/subscribe/news`);
    await events.next();
    assert.deepEqual(channels(db), ["news"]);
  }
  while (channels(db).length > 0) await ask(url, "/ping");
  const other = await db.http();
  await using events = await EventReader.open(`${url}/subscribe/news`);
  await events.next();
  const closed = http.close();
  assert.equal(await events.next(), undefined);
  await closed;
  assert.deepEqual(await ask(other.url, "/ping"), [200, { result: "PONG" }]);
});

Deno.test("a subscriber that does not read is disconnected past its limit", async () => {
  await using server = await serve();
  const { url, db } = server;
  db.config.set("client-output-buffer-limit", "pubsub 1mb 0 0");
  const response = await fetch(`${url}/subscribe/news`);
  const message = "x".repeat(1024 * 1024);
  while (db.publish("news", message) > 0) await new Promise((resolve) => setTimeout(resolve, 0));
  await response.body?.cancel();
});
