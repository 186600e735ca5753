/** A script that runs for long is part of one turn all the same, and nobody comes between. */

import { strict as assert } from "node:assert";
import { type Command, format, type RespClient } from "../harness/resp_client.ts";
import { startRedlite, temporaryDirectory, type TestServer } from "../harness/servers.ts";
import { ENDLESS, LongCommand, untilBusy, WRITES } from "./busy.ts";

/** Works for some hundred milliseconds, in each of the ways in which a script is suspended. */
const SLOW = [
  "for i = 1, 1e7 do end",
  "pcall(function() for i = 1, 1e7 do end end)",
  "coroutine.wrap(function() pcall(function() for i = 1, 1e7 do end end) end)()",
  "string.gsub('abc', '.', function() for i = 1, 3e6 do end end)",
];

async function asked(client: RespClient, ...command: string[]): Promise<string> {
  return format(await client.send(...command));
}

for (const slow of SLOW) {
  Deno.test(`a script goes on after others were served: ${slow}`, async () => {
    await using server = await startRedlite();
    await using other = await server.connect();
    const script = `local a = redis.call('incr', KEYS[1]) ${slow}
      return {a, redis.call('incr', KEYS[1]), ARGV[1]}`;
    await using running = await LongCommand.begin(server, other, "EVAL", script, "1", "k", "arg");
    assert.equal(await running.reply, '[:1, :2, "arg"]');
    assert.equal(await asked(other, "GET", "k"), '"2"');
    assert.equal(await asked(other, "EVAL", "return 1", "0"), ":1");
  });
}

Deno.test("the commands around a long script keep their order", async () => {
  await using server = await startRedlite();
  await using other = await server.connect();
  await using client = await server.connect();
  await other.send("CONFIG", "SET", "busy-reply-threshold", "20");
  const replies = client.pipeline([
    ["SET", "k", "1"],
    ["EVAL", `${SLOW[0]} return redis.call('incr', 'k')`, "0"],
    ["INCR", "k"],
    ["EVAL", `${SLOW[1]} return redis.call('incr', 'k')`, "0"],
    ["INCR", "k"],
  ]);
  await untilBusy(other);
  assert.deepEqual((await replies).map(format), ["+OK", ":2", ":3", ":4", ":5"]);
});

Deno.test("what others did in a script's turn is answered before it is over", async () => {
  await using server = await startRedlite();
  await using other = await server.connect();
  await other.send("CONFIG", "SET", "busy-reply-threshold", "20");
  const clients = await Promise.all(Array.from({ length: 20 }, () => server.connect()));
  // All write before the server reads, so that some of them are in the turn of the script.
  const sets = clients.map((client, i) => client.send("SET", `k${i}`, "v").then(format));
  await using long = await server.connect();
  const script = long.send("EVAL", ENDLESS, "0").then(format);
  await untilBusy(other);
  assert.deepEqual(await Promise.all(sets), sets.map(() => "+OK"));
  assert.equal(await asked(other, "SCRIPT", "KILL"), "+OK");
  assert.match(await script, /Script killed/);
  for (const client of clients) await client[Symbol.asyncDispose]();
});

for (const transaction of [false, true]) {
  const where = transaction ? "in a transaction" : "outside of one";
  Deno.test(`what others read in the turn of a script that writes is answered at once: ${where}`, async () => {
    await using server = await startRedlite();
    await using other = await server.connect();
    await other.send("SET", "k", "v");
    // With the interpreter loaded the script begins in the turn in which it comes.
    await other.send("EVAL", "return 1", "0");
    await other.send("CONFIG", "SET", "busy-reply-threshold", "20");
    const clients = await Promise.all(Array.from({ length: 20 }, () => server.connect()));
    await using long = await server.connect();
    // What comes meanwhile is of one turn.
    const sleeping = other.send("DEBUG", "SLEEP", "0.3");
    const gets = clients.map((client) => client.send("GET", "k").then(format));
    const script: Command = ["EVAL", WRITES, "1", "k"];
    const commands = transaction ? [["MULTI"], ["SET", "a", "b"], script, ["EXEC"]] : [script];
    const running = assert.rejects(long.pipeline(commands));
    await sleeping;
    await untilBusy(other);
    // One that came late is refused.
    for (const reply of await Promise.all(gets)) assert.match(reply, /^("v"$|-BUSY )/);
    await assert.rejects(other.send("SHUTDOWN", "NOSAVE"));
    await running;
    for (const client of clients) await client[Symbol.asyncDispose]();
  });
}

Deno.test("EXEC goes on after a script that ran for long, and after one that was killed", async () => {
  await using server = await startRedlite();
  await using other = await server.connect();
  await using client = await server.connect();
  await other.send("CONFIG", "SET", "busy-reply-threshold", "20");
  await client.send("MULTI");
  await client.send("SET", "k", "1");
  await client.send("EVAL", `local n = redis.call('incr', 'k') ${SLOW[0]} return n`, "0");
  await client.send("INCR", "k");
  await client.send("EVAL", ENDLESS, "0");
  await client.send("EVAL", "redis.error('x')", "0");
  await client.send("EVAL", `${SLOW[1]} return redis.call('incr', 'k')`, "0");
  const exec = client.send("EXEC").then(format);
  await untilBusy(other);
  // The first script has written; the next one that is busy has not.
  let killed = await asked(other, "SCRIPT", "KILL");
  while (killed !== "+OK") killed = await asked(other, "SCRIPT", "KILL");
  assert.match(await exec, /^\[\+OK, :2, :3, -ERR Script killed .*, -ERR .*, :4\]$/);
  assert.equal(await asked(other, "GET", "k"), '"4"');
  assert.equal(await asked(client, "GET", "k"), '"4"');
});

Deno.test("who waits is served by a long script when it is over", async () => {
  await using server = await startRedlite();
  await using other = await server.connect();
  await using waiting = await server.connect();
  const popped = waiting.send("BLPOP", "list", "0").then(format);
  while (!/blocked_clients:1/.test(await asked(other, "INFO", "clients")));
  const script = `redis.call('rpush', 'list', 'a') ${SLOW[0]}
    redis.call('lpush', 'list', 'b') return redis.call('llen', 'list')`;
  await using running = await LongCommand.begin(server, other, "EVAL", script, "0");
  assert.equal(await asked(other, "MULTI"), "+OK");
  assert.equal(await asked(other, "DISCARD"), "+OK");
  assert.equal(await running.reply, ":2");
  assert.equal(await popped, '["list", "b"]');
});

Deno.test("a script goes on when its client is gone", async () => {
  await using server = await startRedlite();
  await using other = await server.connect();
  const script = `${SLOW[0]} redis.call('set', 'k', 'v')`;
  const running = await LongCommand.begin(server, other, "EVAL", script, "0");
  running.client.close();
  while ((await asked(other, "GET", "k")).startsWith("-BUSY"));
  assert.equal(await asked(other, "GET", "k"), '"v"');
});

Deno.test("nothing expires in the middle of a script", async () => {
  await using server = await startRedlite();
  await using other = await server.connect();
  const script = `redis.call('set', 'k', 'v', 'px', 1) ${SLOW[0]}
    return {redis.call('get', 'k'), redis.call('dbsize')}`;
  await using running = await LongCommand.begin(server, other, "EVAL", script, "0");
  assert.equal(await running.reply, '["v", :1]');
  assert.equal(await asked(other, "GET", "k"), "$-1");
});

Deno.test("what a long script changes is changed for who watches it", async () => {
  await using server = await startRedlite();
  await using other = await server.connect();
  await using watching = await server.connect();
  await watching.send("WATCH", "k");
  const script = `redis.call('set', 'k', 'v') ${SLOW[0]}`;
  await using running = await LongCommand.begin(server, other, "EVAL", script, "0");
  await running.reply;
  await watching.send("MULTI");
  await watching.send("PING");
  assert.equal(await asked(watching, "EXEC"), "*-1");
});

/** A server on a directory, ended in the middle of a script. @returns What is kept of the script's key. */
async function keptAfter(
  end: (server: TestServer, other: RespClient) => Promise<unknown>,
): Promise<string[]> {
  await using directory = await temporaryDirectory();
  const options = { directory: directory.path };
  {
    await using server = await startRedlite(options);
    await using other = await server.connect();
    await other.send("SET", "before", "whole");
    await using running = await LongCommand.begin(server, other, "EVAL", WRITES, "1", "k");
    await end(server, other);
    await assert.rejects(running.reply);
    assert.equal((await server.stop()).code, 0);
  }
  await using server = await startRedlite(options);
  await using client = await server.connect();
  return [await asked(client, "GET", "before"), await asked(client, "GET", "k")];
}

Deno.test("SHUTDOWN NOSAVE in the middle of a script leaves nothing of it", async () => {
  const kept = await keptAfter((_server, other) =>
    assert.rejects(other.send("SHUTDOWN", "NOSAVE"))
  );
  assert.deepEqual(kept, ['"whole"', "$-1"]);
});

Deno.test("a signal in the middle of a script ends the server, and leaves nothing of it", async () => {
  const kept = await keptAfter((server) => server.stop());
  assert.deepEqual(kept, ['"whole"', "$-1"]);
});

Deno.test("a disk that is full fails the turn of a long script, and the server goes on", async () => {
  await using server = await startRedlite({ maxFileKib: 1024 });
  await using other = await server.connect();
  const script = `${SLOW[0]} redis.call('set', 'k', string.rep('x', 3e6))`;
  await using running = await LongCommand.begin(server, other, "EVAL", script, "0");
  assert.match(await running.reply, /^-(MISCONF|IOERR)/);
  assert.equal(await asked(other, "GET", "k"), "$-1");
  assert.equal(await asked(other, "EVAL", "return redis.call('set', 'a', 'b')", "0"), "+OK");
});

Deno.test("another process writes when a long script is over", async () => {
  await using directory = await temporaryDirectory();
  const options = { directory: directory.path };
  await using server = await startRedlite(options);
  await using neighbour = await startRedlite(options);
  await using other = await server.connect();
  await using far = await neighbour.connect();
  const script = `local n = redis.call('incr', 'n') ${SLOW[0]} return {n, redis.call('incr', 'n')}`;
  await using running = await LongCommand.begin(server, other, "EVAL", script, "0");
  // It is told to try again when it has waited for long.
  const increment = async (): Promise<string> => {
    const reply = await asked(far, "INCR", "n");
    return reply.startsWith("-BUSY") ? await increment() : reply;
  };
  const incremented = increment();
  assert.equal(await running.reply, "[:1, :2]");
  assert.equal(await incremented, ":3");
});

Deno.test("who waits for another process's lock is told that a script runs", async () => {
  await using directory = await temporaryDirectory();
  const options = { directory: directory.path };
  await using server = await startRedlite(options);
  await using neighbour = await startRedlite(options);
  await using far = await neighbour.connect();
  await using near = await server.connect();
  await using other = await server.connect();
  // With the interpreter loaded it waits for nothing.
  await other.send("EVAL_RO", "return 1", "0");
  await using locking = await LongCommand.begin(neighbour, far, "EVAL", WRITES, "1", "k");
  const waiting = asked(near, "SET", "a", "b");
  await using reading = await LongCommand.begin(server, other, "EVAL_RO", ENDLESS, "0");
  assert.match(await waiting, /^-BUSY /);
  assert.equal(await asked(other, "SCRIPT", "KILL"), "+OK");
  assert.match(await reading.reply, /Script killed/);
  await assert.rejects(far.send("SHUTDOWN", "NOSAVE"));
  await assert.rejects(locking.reply);
});

Deno.test("messages and lines of MONITOR come when a long script is over, in their order", async () => {
  await using server = await startRedlite();
  await using other = await server.connect();
  await using subscriber = await server.connect();
  await using monitor = await server.connect();
  await subscriber.send("SUBSCRIBE", "c");
  await monitor.send("MONITOR");
  const script = `redis.call('publish', 'c', 'first') ${
    SLOW[1]
  } redis.call('publish', 'c', 'second')`;
  await using running = await LongCommand.begin(server, other, "EVAL", script, "0");
  assert.equal(await running.reply, "$-1");
  assert.equal(format(await subscriber.readReply()), '["message", "c", "first"]');
  assert.equal(format(await subscriber.readReply()), '["message", "c", "second"]');
  let lines = "";
  while (!lines.includes('second\\"')) lines += format(await monitor.readReply());
  assert.match(lines, /EVAL.*publish.*first.*publish.*second/);
});

Deno.test("background work waits for the end of a long script, and then goes on", async () => {
  await using server = await startRedlite();
  await using other = await server.connect();
  await using sweeper = await server.connect();
  for (let i = 0; i < 300; i++) await other.send("SET", `k${i}`, "v", "PX", "1");
  const vacuum = asked(sweeper, "VACUUM");
  const script = `${SLOW[0]} redis.call('set', 'a', 'b') ${SLOW[1]} return redis.call('dbsize')`;
  await using running = await LongCommand.begin(server, other, "EVAL", script, "0");
  assert.match(await running.reply, /^:\d+$/);
  assert.doesNotMatch(await vacuum, /^-/);
  while (await asked(other, "DBSIZE") !== ":1");
});

Deno.test("what nobody could suspend is stopped, and suspended the next time", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await using other = await server.connect();
  await client.send("CONFIG", "SET", "busy-reply-threshold", "20");
  const script = "string['gs' .. 'ub']('a', 'a', function() while true do end end)";
  assert.match(
    await asked(client, "EVAL", script, "0"),
    /^-ERR .*the script was stopped, for it could not be interrupted for 5000 ms/,
  );
  await using running = await LongCommand.begin(server, other, "EVAL", script, "0");
  assert.equal(await asked(other, "SCRIPT", "KILL"), "+OK");
  assert.match(await running.reply, /Script killed/);
});

Deno.test("a script goes on when its process stood still for longer than one may hold others up", async () => {
  await using server = await startRedlite();
  await using other = await server.connect();
  await using running = await LongCommand.begin(server, other, "EVAL", ENDLESS, "0");
  Deno.kill(server.pid, "SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, 5100));
  Deno.kill(server.pid, "SIGCONT");
  assert.equal(await asked(other, "SCRIPT", "KILL"), "+OK");
  assert.match(await running.reply, /Script killed/);
});

Deno.test("nobody ever sees half of what long scripts do", async () => {
  await using server = await startRedlite();
  await using admin = await server.connect();
  await admin.send("CONFIG", "SET", "busy-reply-threshold", "5");
  let over = false;
  const writing = [0, 1, 2].map(async (i) => {
    await using client = await server.connect();
    const work = ["for i = 1, 5e5 do end", "pcall(function() for i = 1, 5e5 do end end)"][i % 2];
    const script = `redis.call('incr', 'a') ${work} return redis.call('incr', 'b')`;
    let done = 0;
    while (done < 10) {
      if (i === 2) await client.send("MULTI");
      let reply = await asked(client, "EVAL", script, "0");
      if (i === 2) reply = await asked(client, "EXEC");
      if (/^\[?:\d+\]?$/.test(reply)) done++;
      else assert.match(reply, /BUSY|EXECABORT|Script killed/);
    }
  });
  const reading = Array.from({ length: 4 }, async (_, i) => {
    await using client = await server.connect();
    while (!over) {
      const reply = await client.send("MGET", "a", "b");
      if (reply.type === "array") {
        const [a, b] = reply.items.map(format);
        assert.equal(a, b);
      }
      if (i === 0) await client.send("SET", "other", "x");
      if (i === 1) {
        assert.match(await asked(client, "SCRIPT", "KILL"), /^(\+OK|-(NOTBUSY|UNKILLABLE) .*)$/);
      }
    }
  });
  await Promise.all(writing);
  over = true;
  await Promise.all(reading);
  assert.equal(await asked(admin, "MGET", "a", "b"), '["30", "30"]');
});
