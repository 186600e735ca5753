/** A program's database by HTTP: on a port of its own, and within the program's own server. */

import { strict as assert } from "node:assert";
import { Redlite } from "@redlite/redlite";

const LOCAL = { remoteAddr: { transport: "tcp", hostname: "127.0.0.1", port: 50_000 } };

async function answer(answered: Promise<Response>): Promise<[status: number, body: unknown]> {
  const response = await answered;
  return [response.status, await response.json()];
}

Deno.test("http serves the database, whose clients share everything with the program", async () => {
  await using db = Redlite.open(":memory:", { driver: "builtin" });
  await using http = await db.http();
  assert.equal(http.url, `http://127.0.0.1:${http.port}`);
  assert.equal(db.config.get("http"), `127.0.0.1:${http.port}`);
  const subscription = db.subscribe("news");
  const heard = subscription.next();
  await answer(fetch(`${http.url}/publish/news/hello`));
  assert.equal((await heard).value?.message, "hello");
  await subscription.return?.();
  const waiting = db.blpop("queue", { timeout: 10 });
  assert.deepEqual(await answer(fetch(`${http.url}/rpush/queue/job`)), [200, { result: 1 }]);
  assert.equal((await waiting)?.[1], "job");
});

Deno.test("http beside listen: closing one leaves the other", async () => {
  await using db = Redlite.open(":memory:", { driver: "builtin" });
  await using listening = await db.listen();
  const http = await db.http();
  await http.close();
  await http.closed;
  assert.equal(db.config.get("http"), "");
  await assert.rejects(fetch(`${http.url}/ping`));
  using connection = await Deno.connect({ port: listening.port });
  await connection.write(new TextEncoder().encode("PING\r\n"));
  assert.equal(await connection.read(new Uint8Array(16)), 7);
  await using again = await db.http();
  assert.deepEqual(await answer(fetch(`${again.url}/ping`)), [200, { result: "PONG" }]);
});

Deno.test("closing the database closes its HTTP", async () => {
  const db = Redlite.open(":memory:", { driver: "builtin" });
  const http = await db.http();
  await db.close();
  await http.closed;
  await assert.rejects(fetch(`${http.url}/ping`));
});

Deno.test("a handler answers within a server of the program's own", async () => {
  await using db = Redlite.open(":memory:", { driver: "builtin" });
  const handler = db.handler();
  await using app = Deno.serve(
    { port: 0, onListen() {} },
    (request, info) =>
      new URL(request.url).pathname === "/" ? new Response("the app") : handler(request, info),
  );
  const url = `http://127.0.0.1:${app.addr.port}`;
  assert.equal(await (await fetch(url)).text(), "the app");
  assert.deepEqual(await answer(fetch(`${url}/set/a/1`)), [200, { result: "OK" }]);
  assert.equal(db.get("a"), "1");
});

Deno.test("who does not say where a request is from needs a password", async () => {
  await using db = Redlite.open(":memory:", { driver: "builtin" });
  const open = db.handler();
  const request = () => new Request("http://localhost/ping");
  assert.equal((await answer(open(request())))[0], 403);
  assert.deepEqual(await answer(open(request(), LOCAL)), [200, { result: "PONG" }]);
  const closed = db.handler({ password: "secret" });
  const headers = { Authorization: "Bearer secret" };
  assert.deepEqual(await answer(closed(new Request("http://localhost/ping", { headers }))), [
    200,
    { result: "PONG" },
  ]);
});

Deno.test("a handler of a closed database says so", async () => {
  const db = Redlite.open(":memory:", { driver: "builtin" });
  const handler = db.handler();
  await answer(handler(new Request("http://localhost/ping"), LOCAL));
  await db.close();
  const [status, body] = await answer(handler(new Request("http://localhost/ping"), LOCAL));
  assert.equal(status, 503);
  assert.match((body as { error: string }).error, /closed/);
});

Deno.test("options of HTTP are checked by name and type", async () => {
  await using db = Redlite.open(":memory:", { driver: "builtin" });
  const wrong = Object.fromEntries([["path", "/tmp/x"]]);
  await assert.rejects(db.http(wrong), TypeError);
  assert.throws(() => db.handler(Object.fromEntries([["port", 1]])), TypeError);
});
