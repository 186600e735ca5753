/** The REST API: commands in addresses and bodies, pipelines, transactions, forms of answers. */

import { strict as assert } from "node:assert";
import { ask } from "./rest_requests.ts";
import { serve } from "./served.ts";

Deno.test("a command is the parts of the path", async () => {
  await using server = await serve();
  const { url, db } = server;
  assert.deepEqual(await ask(url, "/set/foo/bar"), [200, { result: "OK" }]);
  assert.deepEqual(await ask(url, "/GET/foo"), [200, { result: "bar" }]);
  assert.deepEqual(await ask(url, "/set/a%2Fb%20c/1+1"), [200, { result: "OK" }]);
  assert.equal(db.get("a/b c"), "1+1");
  assert.deepEqual(await ask(url, "/set/empty/"), [200, { result: "OK" }]);
  assert.equal(db.get("empty"), "");
  assert.deepEqual(await ask(url, "/set/bytes/%ff%00"), [200, { result: "OK" }]);
  assert.deepEqual(db.bytes.get("bytes"), new Uint8Array([255, 0]));
});

Deno.test("a body is the last argument of the path, and the query follows it", async () => {
  await using server = await serve();
  const { url, db } = server;
  const bytes = new Uint8Array([0, 255, 13, 10]);
  assert.deepEqual(await ask(url, "/set/foo?EX=100&NX", bytes), [200, { result: "OK" }]);
  assert.deepEqual(db.bytes.get("foo"), bytes);
  assert.equal(db.ttl("foo"), 100);
  assert.deepEqual(await ask(url, "/set/foo?NX", "x"), [200, { result: null }]);
  assert.deepEqual(await ask(url, "/set/put", "x", { method: "PUT" }), [200, { result: "OK" }]);
  assert.deepEqual(await ask(url, "/set/spaced?PX=100000", "a b"), [200, { result: "OK" }]);
  assert.deepEqual(await ask(url, "/set/q/1?get=&ex=5"), [200, { result: null }]);
});

Deno.test("a command is a JSON array", async () => {
  await using server = await serve();
  const { url, db } = server;
  assert.deepEqual(await ask(url, "/", ["SET", "n", 1.5, "EX", 100]), [200, { result: "OK" }]);
  assert.equal(db.get("n"), "1.5");
  const text = 'line\n"quoted" \\ é 😀 \u0000 \ud83d';
  assert.deepEqual(await ask(url, "/", ["SET", text, true]), [200, { result: "OK" }]);
  assert.equal(db.get('line\n"quoted" \\ é 😀 \u0000 \ufffd'), "true");
  assert.deepEqual(await ask(url, "/", '["SET", "big", 12345678901234567890]'), [
    200,
    { result: "OK" },
  ]);
  assert.equal(db.get("big"), "12345678901234567890");
  await ask(url, "/", '["SET", "nested", {"a": ["]", "\\\\\\"", {}]} ]');
  assert.equal(db.get("nested"), '{"a": ["]", "\\\\\\"", {}]}');
});

Deno.test("replies are JSON of their kinds", async () => {
  await using server = await serve();
  const { url, db } = server;
  db.hset("h", { a: 1, b: "two" });
  assert.deepEqual(await ask(url, "/hgetall/h"), [200, { result: ["a", "1", "b", "two"] }]);
  assert.deepEqual(await ask(url, "/hlen/h"), [200, { result: 2 }]);
  assert.deepEqual(await ask(url, "/mget/h/x"), [200, { result: [null, null] }]);
  assert.deepEqual(await ask(url, "/ping"), [200, { result: "PONG" }]);
  const script = "return {1, 'two', {3.7, false}, {ok = 'OK'}}";
  assert.deepEqual(await ask(url, "/", ["EVAL", script, 0]), [
    200,
    { result: [1, "two", [3, null], "OK"] },
  ]);
  const huge = "/incrby/n/9007199254740993";
  const response = await fetch(url + huge);
  assert.equal(await response.text(), '{"result":9007199254740993}');
});

Deno.test("an error is an object with its message, and the status 400", async () => {
  await using server = await serve();
  const { url, db } = server;
  db.set("text", "x");
  assert.deepEqual(await ask(url, "/incr/text"), [
    400,
    { error: "ERR value is not an integer or out of range" },
  ]);
  assert.deepEqual(await ask(url, "/get"), [
    400,
    { error: "ERR wrong number of arguments for 'get' command" },
  ]);
  for (
    const body of ["", "[", '["GET"', '["GET",]', "{}", "[]", '["GET" "a"]', '["\\x"]', "[1e]"]
  ) {
    const [status, answer] = await ask(url, "/", body, { method: "POST" });
    assert.equal(status, 400, body);
    assert.match((answer as { error: string }).error, /^ERR /, body);
  }
  assert.equal((await ask(url, "/%zz"))[0], 400);
});

Deno.test("methods that commands do not come by are refused", async () => {
  await using server = await serve();
  const { url } = server;
  for (const method of ["DELETE", "PATCH"]) {
    assert.deepEqual(await ask(url, "/get/a", undefined, { method }), [
      405,
      { error: "ERR method not allowed" },
    ]);
  }
  const head = await fetch(`${url}/ping`, { method: "HEAD" });
  assert.equal(head.status, 200);
  await head.body?.cancel();
});

Deno.test("a pipeline answers each command", async () => {
  await using server = await serve();
  const { url } = server;
  const commands = [["SET", "a", "x"], ["INCR", "a"], ["GET", "a"], ["NOSUCH"], ["INCR", "b"]];
  assert.deepEqual(await ask(url, "/pipeline", commands), [200, [
    { result: "OK" },
    { error: "ERR value is not an integer or out of range" },
    { result: "x" },
    { error: "ERR unknown command 'NOSUCH', with args beginning with: " },
    { result: 1 },
  ]]);
  assert.equal((await ask(url, "/pipeline", []))[0], 400);
  const many = Array.from({ length: 5000 }, (_, i) => ["SET", `k${i}`, "v".repeat(100)]);
  const [status, results] = await ask(url, "/pipeline", many);
  assert.equal(status, 200);
  assert.equal((results as unknown[]).length, 5000);
});

Deno.test("a transaction runs as one, or not at all", async () => {
  await using server = await serve();
  const { url, db } = server;
  assert.deepEqual(
    await ask(url, "/multi-exec", [["SET", "a", "x"], ["INCR", "a"], ["GET", "a"]]),
    [200, [
      { result: "OK" },
      { error: "ERR value is not an integer or out of range" },
      { result: "x" },
    ]],
  );
  assert.deepEqual(await ask(url, "/multi-exec", [["SET", "a", "y"], ["GET"]]), [
    400,
    { error: "ERR wrong number of arguments for 'get' command" },
  ]);
  assert.equal(db.get("a"), "x");
  const resp2 = { headers: { "Upstash-Response-Format": "resp2" } };
  assert.equal(
    (await ask(url, "/multi-exec", [["GET", "a"]], { method: "POST", ...resp2 }))[0],
    400,
  );
});

Deno.test("base64 keeps every byte, and leaves OK as it is", async () => {
  await using server = await serve();
  const { url, db } = server;
  const base64 = { headers: { "Upstash-Encoding": "base64" } };
  assert.deepEqual(await ask(url, "/set/a/%ff", undefined, base64), [200, { result: "OK" }]);
  assert.deepEqual(await ask(url, "/get/a", undefined, base64), [200, { result: "/w==" }]);
  db.set("ok", "OK");
  assert.deepEqual(await ask(url, "/mget/ok/x", undefined, base64), [
    200,
    { result: ["T0s=", null] },
  ]);
  assert.deepEqual(await ask(url, "/incr/a", undefined, base64), [
    400,
    { error: "ERR value is not an integer or out of range" },
  ]);
});

Deno.test("replies come in RESP2 where that is asked for", async () => {
  await using server = await serve();
  const { url } = server;
  const resp2 = { headers: { "Upstash-Response-Format": "resp2" } };
  assert.deepEqual(await ask(url, "/set/a/b", undefined, resp2), [200, "+OK\r\n"]);
  assert.deepEqual(await ask(url, "/get/a", undefined, resp2), [200, "$1\r\nb\r\n"]);
  const both = { headers: { ...resp2.headers, "Upstash-Encoding": "base64" } };
  assert.equal((await ask(url, "/get/a", undefined, both))[0], 400);
  const other = { headers: { "Upstash-Response-Format": "resp3" } };
  assert.equal((await ask(url, "/get/a", undefined, other))[0], 400);
});

Deno.test("commands that need a connection that stays are refused", async () => {
  await using server = await serve();
  const { url } = server;
  for (
    const command of [["SUBSCRIBE", "a"], ["MONITOR"], ["CLIENT", "REPLY", "OFF"], ["HELLO", 3]]
  ) {
    const [status, body] = await ask(url, "/", command);
    assert.equal(status, 400);
    assert.match((body as { error: string }).error, /^ERR Command is not available: /);
  }
});

Deno.test("a command may wait, and its client is gone with the request", async () => {
  await using server = await serve();
  const { url, db } = server;
  const popped = ask(url, "/blpop/queue/0");
  await ask(url, "/ping");
  while (!String(db.call("CLIENT", "LIST")).includes("cmd=blpop")) await ask(url, "/ping");
  db.rpush("queue", "job");
  assert.deepEqual(await popped, [200, { result: ["queue", "job"] }]);

  const leaving = new AbortController();
  const waiting = fetch(`${url}/blpop/queue/0`, { signal: leaving.signal }).catch(() => "left");
  while (!String(db.call("CLIENT", "LIST")).includes("cmd=blpop")) await ask(url, "/ping");
  leaving.abort();
  assert.equal(await waiting, "left");
  while (String(db.call("CLIENT", "LIST")).includes("cmd=blpop")) await ask(url, "/ping");
});

Deno.test("a sync token is answered with one", async () => {
  await using server = await serve();
  const response = await fetch(`${server.url}/ping`, { headers: { "Upstash-Sync-Token": "" } });
  await response.body?.cancel();
  assert.match(response.headers.get("upstash-sync-token") ?? "", /^\d+$/);
  assert.equal(response.headers.get("access-control-allow-origin"), "*");
});

Deno.test("a script may have the flag that serverless clients send", async () => {
  await using server = await serve();
  const script = "#!lua flags=allow-key-locking\nreturn 1";
  assert.deepEqual(await ask(server.url, "/", ["EVAL", script, 0]), [200, { result: 1 }]);
});
