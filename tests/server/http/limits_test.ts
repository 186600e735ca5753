/** Limits of HTTP requests: their size, how many there are, how slow they may be, what they hold. */

import { strict as assert } from "node:assert";
import { ask } from "./rest_requests.ts";
import { serve } from "./served.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What is answered to bytes that are no whole request. */
async function answerTo(port: number, text: string): Promise<string> {
  using connection = await Deno.connect({ port });
  await connection.write(encoder.encode(text));
  const bytes = new Uint8Array(4096);
  const size = await connection.read(bytes);
  return decoder.decode(bytes.subarray(0, size ?? 0));
}

Deno.test("a body past client-query-buffer-limit is refused before it is read", async () => {
  await using server = await serve();
  server.db.config.set("client-query-buffer-limit", "1mb");
  const head = "POST /set/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1048577\r\n\r\n";
  const answer = await answerTo(server.http.port, head);
  assert.match(answer, /^HTTP\/1\.1 413 /);
  assert.match(answer, /ERR max request size exceeded. Limit: 1048576 bytes, Actual: 1048577/);
  // One that does not say how large it is, when it is.
  const chunk = new Uint8Array(64 * 1024);
  const body = new ReadableStream({
    pull: (controller) => controller.enqueue(chunk),
  });
  const endless = await ask(server.url, "/set/a", undefined, { method: "POST", body })
    .catch(() => [413]);
  assert.equal(endless[0], 413);
});

Deno.test("an argument past proto-max-bulk-len is refused", async () => {
  await using server = await serve();
  server.db.config.set("proto-max-bulk-len", "1mb");
  const [status, body] = await ask(server.url, "/set/a", new Uint8Array(1024 * 1024 + 1));
  assert.equal(status, 400);
  assert.deepEqual(body, { error: "ERR Protocol error: invalid bulk length" });
  assert.deepEqual(await ask(server.url, "/ping"), [200, { result: "PONG" }]);
});

Deno.test("a value of many megabytes goes and comes back as it is", async () => {
  await using server = await serve();
  const value = new Uint8Array(20 * 1024 * 1024);
  for (let i = 0; i < value.length; i += 4096) crypto.getRandomValues(value.subarray(i, i + 4096));
  assert.deepEqual(await ask(server.url, "/set/large", value), [200, { result: "OK" }]);
  const response = await fetch(`${server.url}/get/large`, {
    headers: { "Upstash-Encoding": "base64" },
  });
  const { result } = await response.json();
  assert.deepEqual(Uint8Array.fromBase64(result), value);
});

Deno.test("requests under way count as clients", async () => {
  await using server = await serve();
  const { url, db } = server;
  db.config.set("maxclients", 2);
  const waiting = [ask(url, "/blpop/queue/0"), ask(url, "/blpop/queue/0")];
  const blocked = () =>
    Number(/blocked_clients:(\d+)/.exec(String(db.call("INFO", "clients")))?.[1]);
  while (blocked() < 2) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.deepEqual(await ask(url, "/ping"), [
    503,
    { error: "ERR max number of clients reached" },
  ]);
  db.rpush("queue", "a", "b");
  await Promise.all(waiting);
  assert.deepEqual(await ask(url, "/ping"), [200, { result: "PONG" }]);
});

Deno.test("who might come again makes room for who is there", async () => {
  await using server = await serve();
  const { http: { port }, db } = server;
  db.config.set("maxclients", 1);
  const request = "GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n";
  for (let i = 0; i < 3; i++) assert.match(await answerTo(port, request), /^HTTP\/1\.1 200 /);
});

Deno.test("a body that does not come is given up after timeout", async () => {
  await using server = await serve({ timeout: 1 });
  const head = "POST /set/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n12345";
  assert.match(await answerTo(server.http.port, head), /^HTTP\/1\.1 503 /);
});

Deno.test("CLIENT LIST shows a request, and CLIENT KILL ends it", async () => {
  await using server = await serve();
  const { url, db } = server;
  const waiting = ask(url, "/blpop/queue/0");
  const waits = () =>
    /id=(\d+) addr=127\.0\.0\.1:\d+ .* cmd=blpop/.exec(String(db.call("CLIENT", "LIST")));
  while (waits() === null) await new Promise((resolve) => setTimeout(resolve, 1));
  db.call("CLIENT", "KILL", "ID", waits()![1]!);
  assert.deepEqual(await waiting, [503, { error: "ERR the connection was closed" }]);
});

Deno.test("requests one after the other are one client, unless a command has changed it", async () => {
  await using server = await serve();
  using connection = await Deno.connect({ port: server.http.port });
  const idOf = async (path: string) => {
    await connection.write(encoder.encode(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`));
    const bytes = new Uint8Array(4096);
    const text = decoder.decode(bytes.subarray(0, await connection.read(bytes) ?? 0));
    return text.slice(text.indexOf("\r\n\r\n") + 4);
  };
  const clients = () => server.db.call("CLIENT", "LIST");
  await idOf("/get/a");
  const first = /id=(\d+) addr=127/.exec(String(clients()))?.[1];
  await idOf("/get/a");
  assert.equal(/id=(\d+) addr=127/.exec(String(clients()))?.[1], first);
  assert.equal(await idOf("/select/3"), '{"result":"OK"}');
  assert.equal(await idOf("/set/k/v"), '{"result":"OK"}');
  assert.equal(server.db.get("k"), "v");
});

Deno.test("many requests at once, some of them malformed, are each answered", async () => {
  await using server = await serve();
  const { url } = server;
  const answers = await Promise.all(
    Array.from(
      { length: 300 },
      (_, i) =>
        i % 10 === 0 ? ask(url, "/", '["INCR"', { method: "POST" }) : ask(url, "/", ["INCR", "n"]),
    ),
  );
  assert.equal(answers.filter(([status]) => status === 400).length, 30);
  assert.deepEqual(await ask(url, "/get/n"), [200, { result: "270" }]);
});

Deno.test("a large answer is its client's until it is read, or given up", async () => {
  await using server = await serve();
  const { url, db } = server;
  db.set("large", "x".repeat(20 * 1024 * 1024));
  const held = () => /cmd=get .*/.exec(String(db.call("CLIENT", "LIST")));
  const unread = await fetch(`${url}/get/large`);
  const memory = / tot-mem=(\d+)/.exec(String(db.call("CLIENT", "LIST")))?.[1];
  assert.ok(Number(memory) > 20 * 1024 * 1024);
  await unread.body?.cancel();
  while (held() !== null) await new Promise((resolve) => setTimeout(resolve, 1));

  const killed = await fetch(`${url}/get/large`);
  db.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
  await assert.rejects(killed.bytes());

  const { result } = await (await fetch(`${url}/get/large`)).json();
  assert.equal(result.length, 20 * 1024 * 1024);
  while (held() !== null) await new Promise((resolve) => setTimeout(resolve, 1));
});

Deno.test("no address or header is a fault of the server's", async () => {
  await using server = await serve();
  const { http: { port } } = server;
  const addresses = [
    "//",
    "/%",
    "/%f",
    "/a/%00/%ff",
    "/?",
    "/?&&=",
    "/get?_token",
    "/get/a?_token=%",
  ];
  addresses.push(
    "/" + "a/".repeat(3000),
    "/pipeline/",
    "/multi-exec/x",
    "/subscribe",
    "/monitor/x",
  );
  const headers = ["Authorization: Bearer", "Authorization: Basic %%", "Authorization: x", "Host:"];
  headers.push("Upstash-Encoding: x", "Content-Length: 1", "Authorization: Basic " + btoa("a"));
  for (const address of addresses) {
    for (const header of headers) {
      const host = header === "Host:" ? "" : "Host: localhost\r\n";
      const answer = await answerTo(port, `GET ${address} HTTP/1.1\r\n${host}${header}\r\n\r\n`);
      assert.match(answer, /^HTTP\/1\.1 [234]|^$/, `${address} ${header}`);
    }
  }
});

Deno.test("many small arguments and commands take what they hold, and not the time of others", async () => {
  await using server = await serve();
  const { url, db } = server;
  db.config.set("client-query-buffer-limit", "4mb");
  const numbers = `["DEL"${",1".repeat(500_000)}]`;
  const [status, body] = await ask(url, "/", numbers);
  assert.equal(status, 413, JSON.stringify(body));
  const commands = `[${'["PING"],'.repeat(300_000)}["PING"]]`;
  const answers: string[] = [];
  const large = ask(url, "/pipeline", commands).then(([status]) => answers.push(`large ${status}`));
  const small = ask(url, "/ping").then(([status]) => answers.push(`small ${status}`));
  await Promise.all([large, small]);
  assert.ok(answers.includes("large 413") && answers.includes("small 200"), String(answers));
  db.config.set("client-query-buffer-limit", "1gb");
  const [, results] = await ask(url, "/pipeline", commands);
  assert.equal((results as unknown[]).length, 300_001);
});
