import { strict as assert } from "node:assert";
import { named, noOracle, noRedis } from "../../harness/lacking.ts";
import { format, type RespClient } from "../../harness/resp_client.ts";
import { startOracle, startRedis, startRedlite, type TestServer } from "../../harness/servers.ts";
import { populate } from "../../store/rdb/file/populate.ts";

/** Two servers, with a client of each. */
async function between(
  from: Promise<TestServer>,
  to: Promise<TestServer>,
  run: (ask: Ask, there: Ask, target: TestServer, source: TestServer) => Promise<void>,
): Promise<void> {
  await using source = await from;
  await using target = await to;
  await using client = await source.connect();
  await using other = await target.connect();
  await run(asking(client), asking(other), target, source);
}

type Ask = (...words: string[]) => Promise<string>;

const asking = (client: RespClient): Ask => async (...words) => format(await client.send(...words));

/** MIGRATE of keys to a server. */
function migrate(ask: Ask, { port }: TestServer, ...options: string[]): Promise<string> {
  return ask("MIGRATE", "127.0.0.1", String(port), "", "0", "5000", ...options);
}

const KEYS = ["text", "lists", "sets", "zsets", "hashes", "streams", "expiring", "compressed"];

/** Checks that all types get there, and only there. */
async function assertMoves(ask: Ask, there: Ask, target: TestServer): Promise<void> {
  const expected: string[] = [];
  for (const key of KEYS) expected.push(await ask("TYPE", key), await ask("PEXPIRETIME", key));
  const length = await ask("XLEN", "streams");
  assert.equal(await migrate(ask, target, "COPY", "KEYS", ...KEYS), "+OK");
  assert.equal(await ask("EXISTS", ...KEYS), `:${KEYS.length}`);
  assert.match(
    await migrate(ask, target, "KEYS", ...KEYS),
    /^-ERR Target instance replied with error: BUSYKEY Target key name already exists\.$/,
  );
  assert.equal(await ask("EXISTS", ...KEYS), `:${KEYS.length}`);
  assert.equal(await migrate(ask, target, "REPLACE", "KEYS", ...KEYS), "+OK");
  assert.equal(await ask("EXISTS", ...KEYS), ":0");
  const moved: string[] = [];
  for (const key of KEYS) moved.push(await there("TYPE", key), await there("PEXPIRETIME", key));
  const shown = (times: readonly string[]) => times.map((time) => time.replace(/\d{4}$/, ""));
  assert.deepEqual(shown(moved), shown(expected));
  assert.equal(await there("XLEN", "streams"), length);
  assert.equal(await migrate(ask, target, "KEYS", ...KEYS), "+NOKEY");
}

async function fill(server: TestServer): Promise<void> {
  await using client = await server.connect();
  await populate(client, 300);
}

for (const name of ["redis-server", "redis-8", "valkey-9"] as const) {
  const lacking = name === "redis-server" ? noRedis(7) : noOracle(name);
  const start = () => name === "redis-server" ? startRedis() : startOracle(name);
  Deno.test({
    ...named(`keys of all types move to ${name}`, lacking),
    fn: () =>
      between(startRedlite(), start(), async (ask, there, target, source) => {
        await fill(source);
        await assertMoves(ask, there, target);
      }),
  });
  Deno.test({
    ...named(`keys of all types move from ${name}`, lacking),
    fn: () =>
      between(start(), startRedlite(), async (ask, there, target, source) => {
        await fill(source);
        await assertMoves(ask, there, target);
      }),
  });
}

/** Says the same to Redlite and to redis-server, each with the same target. */
async function sameAsRedis(said: (port: string) => readonly string[][]): Promise<void> {
  await using target = await startRedis();
  await using redis = await startRedis();
  await using redlite = await startRedlite();
  await using theirs = await redis.connect();
  await using ours = await redlite.connect();
  for (const words of said(String(target.port))) {
    const wanted = await asking(theirs)(...words);
    assert.equal(await asking(ours)(...words), wanted, words.join(" "));
  }
}

Deno.test({
  ...named("what is refused is refused in Redis's words", noRedis(7)),
  fn: () =>
    sameAsRedis((port) => {
      const to = (...words: string[]) => ["MIGRATE", "127.0.0.1", port, ...words];
      return [
        ["SET", "k", "v"],
        ["SET", "l", "v"],
        to("none", "0", "1000"),
        to("k", "0", "x"),
        to("k", "x", "1000"),
        to("k", "0", "1000", "WHAT"),
        to("k", "0", "1000", "AUTH"),
        to("k", "0", "1000", "AUTH2", "user"),
        to("k", "0", "1000", "KEYS", "k"),
        to("k", "99", "1000"),
        to("k", "0", "1000", "AUTH", "secret"),
        to("k", "0", "1000", "AUTH2", "nobody", "secret"),
        to("k", "0"),
        ["MIGRATE", "127.0.0.1", "1", "k", "0", "1000"],
        ["EXISTS", "k"],
        to("k", "2", "0", "REPLACE"),
        ["EXISTS", "k", "l"],
        to("", "2", "-5", "REPLACE", "KEYS", "none", "l", "k"),
        ["EXISTS", "k", "l"],
        ["COMMAND", "GETKEYS", ...to("k", "0", "1000")],
        ["COMMAND", "GETKEYS", ...to("", "0", "1000", "AUTH", "KEYS", "COPY", "KEYS", "a", "b")],
      ];
    }),
});

Deno.test({
  ...named("a password opens the target, and is shown to nobody", noRedis(7)),
  fn: () =>
    between(startRedlite(), startRedis({ password: "secret" }), async (ask, there, target) => {
      await there("ACL", "SETUSER", "mover", "on", ">pw", "~*", "+@all");
      for (const auth of [["AUTH", "secret"], ["AUTH2", "mover", "pw"]]) {
        await ask("SET", "k", "v");
        assert.match(
          await migrate(ask, target, "KEYS", "k"),
          /^-ERR Target instance replied with error: NOAUTH/,
        );
        await ask("CONFIG", "SET", "slowlog-log-slower-than", "0");
        assert.equal(await migrate(ask, target, "REPLACE", ...auth, "KEYS", "k"), "+OK");
        assert.equal(await there("GET", "k"), '"v"');
        assert.doesNotMatch(await ask("SLOWLOG", "GET", "3"), /secret|pw/);
      }
    }),
});

Deno.test("a target that says nothing is given up after the timeout", async () => {
  using deaf = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted = deaf.accept();
  await using server = await startRedlite();
  await using client = await server.connect();
  const ask = asking(client);
  await ask("SET", "k", "v");
  assert.equal(
    await ask("MIGRATE", "127.0.0.1", String(deaf.addr.port), "k", "0", "50"),
    "-IOERR error or timeout reading to target instance",
  );
  assert.equal(await ask("GET", "k"), '"v"');
  (await accepted).close();
});

Deno.test("a key that changes on its way is sent again, and goes when the target has what it is", async () => {
  using target = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using server = await startRedlite();
  await using client = await server.connect();
  await using writer = await server.connect();
  await client.send("SET", "k", "before");
  const sent: string[] = [];
  const serving = (async () => {
    using connection = await target.accept();
    const buffer = new Uint8Array(4096);
    const ok = new TextEncoder().encode("+OK\r\n");
    for (let round = 0;; round++) {
      const size = await connection.read(buffer);
      if (size === null) return;
      const text = new TextDecoder().decode(buffer.subarray(0, size));
      sent.push(/before|after/.exec(text)?.[0] + (/REPLACE/.test(text) ? " REPLACE" : ""));
      if (round === 0) await writer.send("SET", "k", "after");
      await connection.write(ok);
      if (round === 0) await connection.write(ok);
    }
  })();
  const reply = await client.send(
    "MIGRATE",
    "127.0.0.1",
    String(target.addr.port),
    "k",
    "0",
    "5000",
  );
  assert.equal(format(reply), "+OK");
  await serving;
  assert.deepEqual(sent, ["before", "after REPLACE"]);
  assert.equal(format(await client.send("EXISTS", "k")), ":0");
});

Deno.test({
  ...named("who follows is told of a DEL, and watchers of an event", noRedis(7)),
  fn: () =>
    between(startRedlite(), startRedis(), async (ask, _there, target, source) => {
      await using follower = await startRedis({
        args: ["--replicaof", `127.0.0.1 ${source.port}`],
      });
      await using client = await follower.connect();
      await ask("CONFIG", "SET", "notify-keyspace-events", "Kg");
      await using watcher = await source.connect();
      await watcher.send("SUBSCRIBE", "__keyspace@0__:k");
      await ask("SET", "k", "v");
      assert.equal(await ask("WAIT", "1", "10000"), ":1");
      assert.equal(format(await client.send("EXISTS", "k")), ":1");
      assert.equal(await migrate(ask, target, "KEYS", "k"), "+OK");
      assert.equal(await ask("WAIT", "1", "10000"), ":1");
      assert.equal(format(await client.send("EXISTS", "k")), ":0");
      assert.match(format(await watcher.readReply()), /"del"/);
    }),
});

Deno.test("in a transaction, where nobody waits, it is refused", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  const ask = asking(client);
  await ask("SET", "k", "v");
  await ask("MULTI");
  await ask("MIGRATE", "127.0.0.1", "1", "k", "0", "100");
  assert.match(await ask("EXEC"), /^\[-ERR this takes its time/);
});
