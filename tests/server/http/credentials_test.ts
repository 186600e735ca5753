/** Who gets in by HTTP: tokens, passwords, protected mode, and what users may do. */

import { strict as assert } from "node:assert";
import { ask } from "./rest_requests.ts";
import { serve } from "./served.ts";

const UNAUTHORIZED = [401, { error: "WRONGPASS invalid or missing auth token" }];

const bearer = (token: unknown) => ({ headers: { Authorization: `Bearer ${token}` } });

Deno.test("with a password there is nobody without a token, and the password is one", async () => {
  await using server = await serve({ password: "secret" });
  const { url } = server;
  assert.deepEqual(await ask(url, "/ping"), UNAUTHORIZED);
  assert.deepEqual(await ask(url, "/ping", undefined, bearer("wrong")), UNAUTHORIZED);
  assert.deepEqual(await ask(url, "/ping?_token=wrong"), UNAUTHORIZED);
  assert.deepEqual(await ask(url, "/ping", undefined, bearer("secret")), [200, { result: "PONG" }]);
  assert.deepEqual(await ask(url, "/ping?_token=secret"), [200, { result: "PONG" }]);
  const basic = (text: string) => ({ headers: { Authorization: `Basic ${btoa(text)}` } });
  assert.deepEqual(await ask(url, "/ping", undefined, basic(":secret")), [200, { result: "PONG" }]);
  assert.deepEqual(await ask(url, "/ping", undefined, basic("default:wrong")), UNAUTHORIZED);
  assert.deepEqual(await ask(url, "/ping", undefined, basic("nobody:secret")), UNAUTHORIZED);
});

Deno.test("who has no token is told so before the body is read", async () => {
  await using server = await serve({ password: "secret" });
  const { port } = server.http;
  using connection = await Deno.connect({ port });
  const request = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n";
  await connection.write(new TextEncoder().encode(request));
  const answer = new Uint8Array(1024);
  const size = await connection.read(answer);
  assert.match(new TextDecoder().decode(answer.subarray(0, size!)), /^HTTP\/1\.1 401 /);
});

Deno.test("a failed authentication is in ACL LOG", async () => {
  await using server = await serve({ password: "secret" });
  await ask(server.url, "/ping", undefined, bearer("wrong"));
  const log = JSON.stringify(
    server.db.call("ACL", "LOG"),
    (_key, value) =>
      value instanceof Map
        ? Object.fromEntries(value)
        : typeof value === "bigint"
        ? String(value)
        : value,
  );
  assert.match(log, /"auth"/);
});

Deno.test("ACL RESTTOKEN makes a token with the rights of its user", async () => {
  await using server = await serve({
    password: "secret",
    users: ["reports on >hidden ~stats:* +@read +set"],
  });
  const { url, db } = server;
  db.set("stats:a", "1");
  const admin = bearer("secret");
  assert.deepEqual(await ask(url, "/acl/resttoken/reports/wrong", undefined, admin), [
    400,
    { error: 'ERR Wrong password or user "reports" does not exist' },
  ]);
  const [, made] = await ask(url, "/acl/resttoken/reports/hidden", undefined, admin);
  const token = (made as { result: string }).result;
  assert.match(token, /^[\w-]{40,}$/);
  const own = bearer(token);
  assert.deepEqual(await ask(url, "/acl/whoami", undefined, own), [
    400,
    { error: "NOPERM User reports has no permissions to run the 'acl|whoami' command" },
  ]);
  assert.deepEqual(await ask(url, "/get/stats:a", undefined, own), [200, { result: "1" }]);
  assert.equal((await ask(url, "/get/other", undefined, own))[0], 400);
  assert.deepEqual(await ask(url, "/set/stats:a/2", undefined, own), [200, { result: "OK" }]);

  // It is a password, and goes with those of its user.
  db.call("ACL", "SETUSER", "reports", "resetpass", ">new");
  assert.deepEqual(await ask(url, "/get/stats:a", undefined, own), UNAUTHORIZED);
});

Deno.test("a read-only token reads", async () => {
  await using server = await serve({ password: "secret" });
  const { url, db } = server;
  db.set("a", "1");
  const [, made] = await ask(
    url,
    "/acl/resttoken/default/secret/readonly",
    undefined,
    bearer("secret"),
  );
  const own = bearer((made as { result: string }).result);
  assert.deepEqual(await ask(url, "/get/a", undefined, own), [200, { result: "1" }]);
  assert.deepEqual(await ask(url, "/ping", undefined, own), [200, { result: "PONG" }]);
  for (const command of ["set/a/2", "keys/*", "scan/0", "eval/x/0", "config/get/x", "acl/list"]) {
    const [status, body] = await ask(url, `/${command}`, undefined, own);
    assert.equal(status, 400, command);
    assert.match((body as { error: string }).error, /^NOPERM this token may only read/, command);
  }
  const pipeline = [["GET", "a"], ["DEL", "a"]];
  assert.equal((await ask(url, "/pipeline", pipeline, { method: "POST", ...own }))[0], 400);
  assert.equal(db.get("a"), "1");
});

Deno.test("without a password any token will do", async () => {
  await using server = await serve();
  assert.deepEqual(await ask(server.url, "/ping", undefined, bearer("any")), [
    200,
    { result: "PONG" },
  ]);
  assert.deepEqual(await ask(server.url, "/acl/resttoken/default/x"), [
    400,
    { error: "ERR User 'default' needs no password: any token will do" },
  ]);
});

Deno.test("without a password no page from elsewhere gets in, and no foreign name", async () => {
  await using server = await serve();
  const { url } = server;
  const from = async (headers: Record<string, string>) =>
    (await ask(url, "/ping", undefined, { headers }))[0];
  assert.equal(await from({ Origin: "https://elsewhere.example" }), 403);
  assert.equal(await from({ Origin: "null" }), 403);
  assert.equal(await from({ "Sec-Fetch-Site": "cross-site" }), 403);
  assert.equal(await from({ Origin: "http://localhost:3000" }), 200);
  using connection = await Deno.connect({ port: server.http.port });
  const request = "GET /ping HTTP/1.1\r\nHost: rebound.example\r\n\r\n";
  await connection.write(new TextEncoder().encode(request));
  const answer = new Uint8Array(1024);
  const size = await connection.read(answer);
  assert.match(new TextDecoder().decode(answer.subarray(0, size!)), /^HTTP\/1\.1 403 /);
});

Deno.test("with a password pages from anywhere may send a token", async () => {
  await using server = await serve({ password: "secret" });
  const preflight = await fetch(server.url, {
    method: "OPTIONS",
    headers: { Origin: "https://app.example", "Access-Control-Request-Headers": "authorization" },
  });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers.get("access-control-allow-origin"), "*");
  assert.equal(preflight.headers.get("access-control-allow-headers"), "authorization");
  const headers = { ...bearer("secret").headers, Origin: "https://app.example" };
  assert.deepEqual(await ask(server.url, "/ping", undefined, { headers }), [
    200,
    { result: "PONG" },
  ]);
});

Deno.test("listening where other machines get in takes a password", async () => {
  await assert.rejects(serve({ hostname: "0.0.0.0" }), /lets other machines in/);
});
