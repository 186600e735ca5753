/** A disk that takes no more: nothing is acknowledged that is not stored, and nothing is lost. */

import { strict as assert } from "node:assert";
import { encode, format } from "../harness/resp_client.ts";
import { startRedlite, temporaryDirectory } from "../harness/servers.ts";

const LIMIT_KIB = 2048;

Deno.test({
  name: Deno.build.os === "linux"
    ? "a write past the largest file size is an error, the turn is rolled back, reads go on"
    : "skipped: limiting a file's size takes Linux",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using server = await startRedlite({ maxFileKib: LIMIT_KIB });
    await using client = await server.connect();
    const value = "x".repeat(10_000);
    const acknowledged: string[] = [];
    let failure = "";
    for (let i = 0; failure === "" && i < 1000; i++) {
      const reply = format(await client.send("SET", `key:${i}`, value));
      if (reply === "+OK") acknowledged.push(`key:${i}`);
      else failure = reply;
    }
    assert.match(failure, /^-(IOERR|MISCONF) /);
    assert.ok(acknowledged.length > 10);
    for (const key of acknowledged) {
      assert.equal(format(await client.send("STRLEN", key)), ":10000");
    }
    assert.equal(format(await client.send("DBSIZE")), `:${acknowledged.length}`);
    // Every command of a failed turn is answered with an error, a read that saw its writes too.
    const replies = await client.pipeline([["SET", "a", value], ["GET", "a"], ["PING"]]);
    assert.ok(replies.every((reply) => format(reply).startsWith("-")));
    assert.equal(format(await client.send("EXISTS", "a")), ":0");
  },
});

Deno.test({
  name: Deno.build.os === "linux"
    ? "a client that wants no replies gets none of a failed turn, and the next ones are in order"
    : "skipped: limiting a file's size takes Linux",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    // With a log before the database the turn would not fail: it has room for the command.
    await using server = await startRedlite({
      maxFileKib: 1024,
      args: ["--write-behind", "no"],
    });
    await using client = await server.connect();
    assert.equal(format(await client.send("SET", "big", "x".repeat(900_000))), "+OK");
    // The copy finds no room, and its turn fails; only the commands that asked for a reply get one.
    await client.raw(encode(
      ["ECHO", "first"],
      ["CLIENT", "REPLY", "OFF"],
      ["COPY", "big", "large"],
      ["CLIENT", "REPLY", "ON"],
      ["ECHO", "last"],
      ["PING"],
    ));
    const replies = [];
    for (let i = 0; i < 4; i++) replies.push(format(await client.readReply()));
    const wanted = ['"first"', "+OK", '"last"', "+PONG"];
    for (const [i, reply] of replies.entries()) {
      assert.ok(reply === wanted[i] || /^-(IOERR|MISCONF) /.test(reply), replies.join(" "));
    }
    assert.equal(format(await client.send("EXISTS", "large")), ":0");
  },
});

/** Turns of a thousand commands, of which the last do not go into the log any more. */
const ROUNDS = 100;

Deno.test({
  name: Deno.build.os === "linux"
    ? "where the log takes no more turns are committed as they end, and none is lost"
    : "skipped: limiting a file's size takes Linux",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using directory = await temporaryDirectory();
    const options = { directory: directory.path, args: ["--write-behind", "yes"] };
    await using server = await startRedlite({ ...options, maxFileKib: LIMIT_KIB });
    await using client = await server.connect();
    // Much of one key: the database and its WAL stay small.
    const increments = Array.from({ length: 1000 }, (): [string, string] => ["INCR", "key"]);
    for (let i = 0; i < ROUNDS; i++) {
      const replies = await client.pipeline([["MULTI"], ...increments, ["EXEC"]]);
      assert.equal(replies.at(-1)?.type, "array");
    }
    const info = format(await client.send("INFO", "persistence"));
    assert.match(info, /write_behind_active:1/);
    assert.match(info, /write_behind_pending_turns:0/);
    const size = Number(/write_behind_log_size:(\d+)/.exec(info)?.[1]);
    assert.ok(size > 0.9 * LIMIT_KIB * 1024 && size <= LIMIT_KIB * 1024, info);
    await server.kill9();
    await using again = await startRedlite(options);
    await using reader = await again.connect();
    assert.equal(format(await reader.send("GET", "key")), `"${ROUNDS * 1000}"`);
  },
});
