/** What becomes of a call that waits: its rights, its time, the keys that it waits for. */

import { strict as assert } from "node:assert";
import { type Command, format, latin1, type RespClient } from "../../harness/resp_client.ts";
import { startRedlite } from "../../harness/servers.ts";

/** Waits until so many clients wait. */
async function blocked(client: RespClient, count: number): Promise<void> {
  for (;;) {
    const info = await client.send("INFO", "clients");
    assert.ok(info.type === "bulk");
    if (latin1(info.value).includes(`blocked_clients:${count}\r`)) return;
  }
}

/** Each blocking command on `k`, what fills the key, and what it holds then. */
const CALLS: readonly (readonly [call: string, fill: string, rest: string])[] = [
  ["BLPOP k 0", "RPUSH k secret", "LLEN k"],
  ["BRPOP other k 0", "RPUSH k secret", "LLEN k"],
  ["BLMPOP 0 2 other k LEFT", "RPUSH k secret", "LLEN k"],
  ["BLMOVE k other LEFT LEFT 0", "RPUSH k secret", "LLEN k"],
  ["BLMOVEM k other LEFT LEFT 0", "RPUSH k secret", "LLEN k"],
  ["BRPOPLPUSH k other 0", "RPUSH k secret", "LLEN k"],
  ["BZPOPMIN k 0", "ZADD k 1 secret", "ZCARD k"],
  ["BZPOPMAX other k 0", "ZADD k 1 secret", "ZCARD k"],
  ["BZMPOP 0 1 k MIN", "ZADD k 1 secret", "ZCARD k"],
];

/** The same of those that only read. */
const READS: typeof CALLS = [
  ["XREAD BLOCK 0 STREAMS k $", "XADD k * field secret", "XLEN k"],
  ["XREADGROUP GROUP g me BLOCK 0 STREAMS k >", "XADD k * field secret", "XLEN k"],
];

const words = (line: string): Command => line.split(" ");

for (
  const [name, granted, taken] of [
    ["its keys", "~*", "resetkeys"],
    ["its keys, which a selector allowed", "(~* +@all)", "clearselectors"],
    ["its command", "~*", "-@blocking"],
    ["the right to write, but not to read", "~*", "resetkeys %R~*"],
  ] as const
) {
  Deno.test(`a call that waits when its user loses ${name} gets nothing`, async () => {
    await using server = await startRedlite({ appendfsync: "no" });
    await using admin = await server.connect();
    const calls = taken.includes("%R~*") ? CALLS : [...CALLS, ...READS];
    for (const [call, fill, rest] of calls) {
      await admin.send("DEL", "k");
      if (call.includes("GROUP")) await admin.send(...words("XGROUP CREATE k g $ MKSTREAM"));
      await admin.send(...words(`ACL SETUSER bob reset on nopass +@all ${granted}`));
      await using client = await server.connect();
      await client.send("AUTH", "bob", "any");
      const answer = client.send(...words(call));
      await blocked(admin, 1);
      await admin.send(...words(`ACL SETUSER bob ${taken}`));
      await admin.send(...words(fill));
      assert.match(format(await answer), /^-NOPERM /, call);
      assert.equal(format(await admin.send(...words(rest))), ":1", call);
      await blocked(admin, 0);
    }
    const log = format(await admin.send("ACL", "LOG"));
    assert.ok(log.includes('"toplevel"') && log.includes('"bob"'), log);
  });
}

Deno.test("a call that waits on is served with the rights that its user was given meanwhile", async () => {
  await using server = await startRedlite({ appendfsync: "no" });
  await using admin = await server.connect();
  await admin.send(...words("ACL SETUSER bob on nopass +@all ~*"));
  await using client = await server.connect();
  await client.send("AUTH", "bob", "any");
  const answer = client.send("BLPOP", "k", "0");
  await blocked(admin, 1);
  await admin.send(...words("ACL SETUSER bob resetkeys ~k"));
  await admin.send("RPUSH", "k", "x");
  assert.equal(format(await answer), '["k", "x"]');
});

Deno.test("a timeout too small for the clock is some time, and not for ever", async () => {
  await using server = await startRedlite({ appendfsync: "no" });
  await using client = await server.connect();
  for (const timeout of ["5e-324", "1e-308", "1e-400", "0.0000001"]) {
    for (
      const call of [
        `BLPOP k ${timeout}`,
        `BRPOP k ${timeout}`,
        `BLMPOP ${timeout} 1 k LEFT`,
        `BLMOVE k l LEFT LEFT ${timeout}`,
        `BLMOVEM k l LEFT LEFT ${timeout}`,
        `BRPOPLPUSH k l ${timeout}`,
        `BZPOPMIN k ${timeout}`,
        `BZPOPMAX k ${timeout}`,
        `BZMPOP ${timeout} 1 k MAX`,
      ]
    ) assert.match(format(await client.send(...words(call))), /^[*$_]/, call);
  }
});

Deno.test("a key whose time ran out within a transaction serves nobody", async () => {
  await using server = await startRedlite({ appendfsync: "no" });
  await using client = await server.connect();
  await using one = await server.connect();
  await using two = await server.connect();
  const first = one.send("BLPOP", "k", "0");
  await blocked(client, 1);
  const second = two.send("BLPOP", "k", "other", "0");
  await blocked(client, 2);
  await client.pipeline([
    ["MULTI"],
    ["RPUSH", "k", "old"],
    ["PEXPIRE", "k", "5"],
    ["RPUSH", "other", "x"],
    ["DEBUG", "SLEEP", "0.03"],
    ["EXEC"],
  ]);
  // The second call has another key to be served from, when the first one is seen to be gone.
  assert.equal(format(await second), '["other", "x"]');
  await blocked(client, 1);
  await client.send("RPUSH", "k", "new");
  assert.equal(format(await first), '["k", "new"]');
});

Deno.test("a client whose command CLIENT PAUSE holds back counts as blocked", async () => {
  await using server = await startRedlite({ appendfsync: "no" });
  await using admin = await server.connect();
  await using client = await server.connect();
  await admin.send("CLIENT", "PAUSE", "1000000", "WRITE");
  const answer = client.send("SET", "k", "v");
  await blocked(admin, 1);
  assert.match(format(await admin.send("CLIENT", "LIST")), / flags=b .* cmd=set /);
  await admin.send("CLIENT", "UNPAUSE");
  assert.equal(format(await answer), "+OK");
  await blocked(admin, 0);
});
