import { strict as assert } from "node:assert";
import { format } from "../harness/resp_client.ts";
import { startRedlite } from "../harness/servers.ts";

/** A moment that is over: what happens next is in a later millisecond. */
async function now(): Promise<number> {
  const at = Date.now();
  while (Date.now() <= at) await new Promise((resolve) => setTimeout(resolve, 1));
  return at;
}

Deno.test("the replies in RESP2 and RESP3", async () => {
  await using redlite = await startRedlite();
  await using client = await redlite.connect();
  const ask = async (line: string) => format(await client.send(...line.split(" ")));
  assert.equal(await ask("HISTORY ENABLE KEY z RETENTION COUNT 10"), "+OK");
  await ask("ZADD z 1 a");
  const first = await now();
  await ask("ZADD z 2.5 a");
  const at = await now();
  for (const protocol of [2, 3]) {
    await client.send("HELLO", String(protocol));
    const [entry] = JSON.parse(JSON.stringify([await ask("HISTORY GET z LIMIT 1")]));
    assert.match(
      entry,
      /^\[\["version", :2, "operation", "zadd", "timestamp", :\d+, "type", "zset", "data"/,
    );
    const value = await ask(`HISTORY GETAT z ${first}`);
    assert.equal(value, protocol === 2 ? '["a", "1"]' : '[["a", ,1]]');
    const stats = await ask("HISTORY STATS z");
    assert.match(stats, protocol === 2 ? /^\["total_entries", :2, / : /"total_entries"/);
    const difference = await ask(`HISTORY DIFF z ${first} ${at}`);
    assert.match(difference, /"type".*\["zset", "zset"\].*"changed"/);
  }
  assert.match(await ask("HISTORY HELP"), /AT milliseconds command/);
  assert.equal(await ask("HISTORY GETAT z x"), "-ERR value is not an integer or out of range");
});

Deno.test("users may look at the past of the keys they may read", async () => {
  await using redlite = await startRedlite();
  await using admin = await redlite.connect();
  await admin.send("HISTORY", "ENABLE", "GLOBAL");
  await admin.send("SET", "own", "1");
  await admin.send("SET", "other", "1");
  const then = String(await now());
  await admin.send("ACL", "SETUSER", "reader", "on", "nopass", "~own", "+@read", "-hgetall");
  await using client = await redlite.connect();
  await client.send("AUTH", "reader", "x");
  const ask = async (line: string) => format(await client.send(...line.split(" ")));
  assert.equal(await ask(`HISTORY AT ${then} GET own`), '"1"');
  assert.equal(await ask(`HISTORY GETAT own ${then}`), '"1"');
  assert.match(
    await ask(`HISTORY AT ${then} GET other`),
    /^-NOPERM No permissions to access a key/,
  );
  assert.match(await ask(`HISTORY GETAT other ${then}`), /^-NOPERM No permissions to access a key/);
  assert.match(await ask("HISTORY GET other"), /^-NOPERM/);
  assert.match(await ask("HISTORY STATS other"), /^-NOPERM/);
  assert.match(await ask("HISTORY STATS KEY other"), /^-NOPERM/);
  assert.match(await ask("HISTORY STATS KEY own"), /total_entries/);
  assert.match(await ask(`HISTORY AT ${then} HGETALL own`), /^-NOPERM/);
  assert.match(await ask(`HISTORY REVERT own ${then}`), /^-NOPERM/);
  assert.match(await ask("HISTORY ENABLE KEY own"), /^-NOPERM/);
  assert.match(await ask("HISTORY CLEAR own"), /^-NOPERM/);
});

Deno.test("who may not list keys is not told which there were", async () => {
  await using redlite = await startRedlite();
  await using admin = await redlite.connect();
  await admin.pipeline([["HISTORY", "ENABLE", "GLOBAL"], ["HISTORY", "ENABLE", "KEY", "other"]]);
  await admin.send("SET", "other", "1");
  const then = await now();
  await admin.send("ACL", "SETUSER", "bob", "on", "nopass", "~own", "+@all", "-keys", "-scan");
  await using client = await redlite.connect();
  await client.send("AUTH", "bob", "x");
  const ask = async (line: string) => format(await client.send(...line.split(" ")));
  const lines = [
    "HISTORY LIST",
    "HISTORY LIST PATTERN *",
    "HISTORY STATUS",
    `HISTORY AT ${then} KEYS *`,
    `HISTORY AT ${then} SCAN 0`,
  ];
  for (const line of lines) assert.match(await ask(line), /^-NOPERM .* '(keys|scan)'/, line);
  assert.match(format(await admin.send("ACL", "LOG")), /"keys"/);
  assert.match(await ask("HISTORY STATUS own"), /own|level|history/);
  await admin.send("ACL", "SETUSER", "bob", "+keys", "+scan");
  for (const line of lines) assert.doesNotMatch(await ask(line), /NOPERM/, line);
});

Deno.test("inside MULTI the past is seen, and a revert is a change like others", async () => {
  await using redlite = await startRedlite();
  await using client = await redlite.connect();
  await using watcher = await redlite.connect();
  const ask = async (line: string) => format(await client.send(...line.split(" ")));
  await ask("HISTORY ENABLE GLOBAL");
  await ask("SET k 1");
  const then = await now();
  await ask("SET k 2");
  await watcher.send("WATCH", "k");
  assert.equal(await ask("MULTI"), "+OK");
  await ask(`HISTORY AT ${then} GET k`);
  await ask("SET k 3");
  await ask(`HISTORY REVERT k ${then}`);
  await ask("GET k");
  assert.equal(await ask("EXEC"), '["1", +OK, +OK, "1"]');
  await watcher.send("MULTI");
  assert.match(format(await watcher.send("EXEC")), /^(nil|\$?\*?-1|null|_|\(nil\))/);
});

Deno.test("retention holds without anyone calling anything", async () => {
  await using redlite = await startRedlite();
  await using client = await redlite.connect();
  const ask = async (line: string) => format(await client.send(...line.split(" ")));
  await ask("HISTORY ENABLE GLOBAL RETENTION TIME 50");
  await ask("HSET h a 1");
  await ask("DEL h");
  const bytes = async () => /"storage_bytes", :(\d+)/.exec(await ask("HISTORY STATS"))?.[1];
  assert.notEqual(await bytes(), "0");
  const deadline = Date.now() + 120_000;
  while (await bytes() !== "0") {
    assert.ok(Date.now() < deadline, "it is gone within seconds");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});
