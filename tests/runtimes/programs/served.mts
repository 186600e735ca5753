/** A program that serves its database; prints `served` at its end. */

import { strict as assert } from "node:assert";
import { once } from "node:events";
import { readFileSync, statSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { Redlite } from "@redlite/redlite";

const [directory = "", certFile = "", keyFile = ""] = process.argv.slice(2);

/** Sends a line and waits for so many bytes of the answer. */
async function ask(socket: Socket, line: string, answer: string): Promise<void> {
  socket.write(`${line}\r\n`);
  let got = "";
  while (got.length < answer.length) {
    const [chunk] = await once(socket, "data");
    got += String(chunk);
  }
  assert.equal(got, answer);
}

{
  await using db = Redlite.open(`${directory}/served.db`, { appendfsync: "always" });
  const server = await db.listen({ port: 0, password: "secret" });
  assert.equal(server.url, `redis://127.0.0.1:${server.port}`);
  const client = connect(server.port, "127.0.0.1");
  await ask(client, "PING", "-NOAUTH Authentication required.\r\n");
  await ask(client, "AUTH secret", "+OK\r\n");
  await ask(client, "SET greeting hello", "+OK\r\n");
  assert.equal(db.get("greeting"), "hello");
  const large = "x".repeat(3_000_000);
  db.set("large", large);
  await ask(client, "GET large", `$${large.length}\r\n${large}\r\n`);
  const popped = db.blpop("queue", { timeout: 10 });
  await ask(client, "RPUSH queue job", ":1\r\n");
  assert.deepEqual(await popped, ["queue", "job"]);
  await ask(client, "SUBSCRIBE news", "*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n");
  const message = once(client, "data");
  assert.equal(db.publish("news", "one"), 1);
  assert.match(String((await message)[0]), /news\r\n\$3\r\none/);
  await assert.rejects(db.listen({ port: server.port, password: "secret" }), /is taken already/);

  const path = `${directory}/served.sock`;
  const unix = await db.listen({ path, mode: 0o600 });
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const local = connect(path);
  await ask(local, "AUTH secret", "+OK\r\n");
  await ask(local, "STRLEN greeting", ":5\r\n");
  await unix.close();
  assert.throws(() => statSync(path), /ENOENT/);

  const tls = await db.listen({ port: 0, tls: { certFile, keyFile } });
  assert.match(tls.url, /^rediss:/);
  const secure = connectTls({ port: tls.port, host: "127.0.0.1", ca: readFileSync(certFile) });
  await once(secure, "secureConnect");
  await ask(secure, "AUTH secret", "+OK\r\n");
  await ask(secure, "GET greeting", "$5\r\nhello\r\n");

  const ended = once(client, "close");
  await server.close();
  await server.closed;
  await ended;
  // Who is closed by the client leaves the others.
  secure.destroy();
  assert.equal(db.get("greeting"), "hello");
}
{
  await using server = await Redlite.serve();
  const client = connect(server.port, "127.0.0.1");
  await ask(client, "SET k v", "+OK\r\n");
  assert.equal(server.db.get("k"), "v");
  const pipeline = "PING\r\n".repeat(1000);
  await ask(client, pipeline.slice(0, -2), "+PONG\r\n".repeat(1000));
  const ended = once(client, "close");
  client.write("SHUTDOWN NOSAVE\r\n");
  await Promise.all([ended, server.closed]);
}
{
  await using db = Redlite.open(":memory:");
  const request = new Request("http://localhost/GET/k");
  db.set("k", "v");
  const handler = db.handler({ protectedMode: false });
  const response = await handler(request, {
    remoteAddr: { transport: "tcp", hostname: "127.0.0.1", port: 1 },
  });
  assert.equal(response.status, 200);
  await assert.rejects(db.http({ port: 0 }), /cannot serve HTTP by itself: handler\(\)/);
}
console.log("served");
