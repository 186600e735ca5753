/** The console's files and its requests, as they come over the wire. */

import { strict as assert } from "node:assert";
import { ASSETS } from "../../../src/server/http/console/assets.ts";
import { serve } from "./served.ts";

const get = (url: string, headers: HeadersInit = {}) => fetch(url, { headers });

Deno.test("the page and its files come to everybody, and run and fetch nothing from elsewhere", async () => {
  await using server = await serve({ password: "secret" });
  const page = await get(server.url);
  assert.equal(page.status, 200);
  const html = await page.text();
  const policy = page.headers.get("content-security-policy") ?? "";
  assert.match(policy, /^default-src 'none'; script-src 'self'; /);
  assert.doesNotMatch(policy, /unsafe|https?:/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.equal(page.headers.get("x-frame-options"), "DENY");
  assert.equal(page.headers.get("access-control-allow-origin"), null);
  assert.doesNotMatch(html, /<script(?![^>]*src=)|<style|\son\w+=|https?:/);
  const files = [...html.matchAll(/(?:src|href)="(console\/[^"]+)"/g)].map(([, path]) => path);
  assert.equal(files.length, 2);
  for (const path of files) {
    const file = await get(`${server.url}/${path}`);
    assert.equal(file.status, 200);
    assert.match(file.headers.get("cache-control") ?? "", /immutable/);
    assert.ok((await file.text()).length > 1000);
  }
});

Deno.test("what the first page takes is less than 150 KB", () => {
  const page = ASSETS["page.html"]!;
  const html = new TextDecoder().decode(bytesOf(page.gzip));
  assert.equal(html.length > 0, true);
  const first = Object.entries(ASSETS).filter(([name]) => /^(?:page|main)\b/.test(name));
  assert.equal(first.length, 3);
  const size = first.reduce((sum, [, { gzip }]) => sum + bytesOf(gzip).length, 0);
  assert.ok(size < 150 * 1024, `${size} bytes`);
});

const bytesOf = (base64: string) => Uint8Array.fromBase64(base64);

Deno.test("files are sent as they are to who takes no gzip, and there are no others", async () => {
  await using server = await serve();
  const plain = await get(server.url, { "accept-encoding": "identity" });
  assert.equal(plain.headers.get("content-encoding"), null);
  assert.match(await plain.text(), /^<!doctype html>/);
  for (const path of ["/console/none.js", "/console/__proto__", "/console/"]) {
    const response = await get(server.url + path);
    assert.equal(response.status, 404, path);
    await response.body?.cancel();
  }
  const rest = await fetch(server.url, { method: "POST", body: '["PING"]' });
  assert.deepEqual(await rest.json(), { result: "PONG" });
});

Deno.test("protected mode keeps the page from names that are not this machine's", async () => {
  await using server = await serve();
  const response = await get(server.url, { origin: "http://evil.example" });
  assert.equal(response.status, 403);
  await response.body?.cancel();
});

Deno.test("the console is told who its token is of, and what that user may run", async () => {
  await using server = await serve({ password: "secret" });
  const { db, url } = server;
  db.call("ACL", "SETUSER", "reader", "on", ">word", "~a:*", "+get", "+acl|whoami", "+set|x");
  const session = async (authorization?: string) => {
    const response = await get(`${url}/console/session`, authorization ? { authorization } : {});
    return [response.status, await response.json()] as const;
  };
  assert.equal((await session())[0], 401);
  assert.equal((await session("Bearer wrong"))[0], 401);
  const [, own] = await session("Bearer secret");
  assert.equal(own.user, "default");
  assert.equal(own.databases, 16);
  assert.ok(own.commands.includes("flushall") && own.commands.includes("acl|setuser"));
  assert.ok(!own.commands.includes("monitor"));
  const [, reader] = await session(`Basic ${btoa("reader:word")}`);
  assert.equal(reader.user, "reader");
  const { commands } = reader;
  assert.deepEqual(["get", "acl|whoami", "set"].filter((name) => commands.includes(name)), [
    "get",
    "acl|whoami",
    "set",
  ]);
  assert.ok(!commands.includes("del") && !commands.includes("acl|setuser"));
  const token = String(db.call("ACL", "RESTTOKEN", "reader", "word", "READONLY"));
  const [, readOnly] = await session(`Bearer ${token}`);
  assert.ok(readOnly.commands.includes("get") && !readOnly.commands.includes("set"));
});

Deno.test("commands are sent and answered as bytes, in any database", async () => {
  await using server = await serve();
  const run = async (body: string | Uint8Array<ArrayBuffer>) => {
    const response = await fetch(`${server.url}/console/commands`, { method: "POST", body });
    return [response.status, new Uint8Array(await response.arrayBuffer())] as const;
  };
  const head = "*3\r\n$3\r\nSET\r\n$2\r\n\u0000\r\r\n$3\r\n";
  const bytes = new Uint8Array([...new TextEncoder().encode(head), 0xff, 13, 10, 13, 10]);
  assert.equal((await run(bytes))[0], 200);
  assert.deepEqual(server.db.bytes.get("\u0000\r"), new Uint8Array([0xff, 13, 10]));
  const select = "*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n", size = "*1\r\n$6\r\nDBSIZE\r\n";
  const [, replies] = await run(size + select + size);
  assert.equal(new TextDecoder().decode(replies), ":1\r\n+OK\r\n:0\r\n");
  assert.equal(new TextDecoder().decode((await run(size))[1]), ":1\r\n");
  assert.equal((await run(""))[0], 400);
  assert.equal((await run("*1\r\n$6\r\nDBS"))[0], 400);
  assert.equal((await run("*1\r\n$x\r\n"))[0], 400);
  assert.equal((await run("*1\r\n$7\r\nMONITOR\r\n"))[0], 400);
});
