/** EVAL and its kin as commands: what they are refused for, and how they fit in with others. */

import { strict as assert } from "node:assert";
import { format, type RespClient } from "../../harness/resp_client.ts";
import { startRedlite } from "../../harness/servers.ts";
import { LongCommand } from "../../scripting/busy.ts";
import { testReplies } from "../replies.ts";
import { testSameAsRedis } from "../same_as_redis.ts";

testSameAsRedis("scripts by their SHA-1", [
  "EVALSHA ffffffffffffffffffffffffffffffffffffffff 0",
  "EVALSHA short 0",
  "SCRIPT LOAD return_1",
  "EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0",
  "EVALSHA E0E1F9FABFC9D4800C877A703B823AC0578FF8DB 0",
  "SCRIPT EXISTS e0e1f9fabfc9d4800c877a703b823ac0578ff8db x",
  "EVAL return_2 0",
  "EVALSHA 7f923f79fe76194c868d7e1d0820de36700eb649 0",
  "SCRIPT FLUSH ASYNC",
  "SCRIPT EXISTS e0e1f9fabfc9d4800c877a703b823ac0578ff8db",
  "SCRIPT FLUSH SOON",
  "SCRIPT LOAD return_return",
  "SCRIPT NOSUCH",
  "EVAL return_KEYS 2 a b c",
  "EVAL return_ARGV 2 a b c",
  "EVAL return_1 3 a b",
  "EVAL return_1 -1",
  "EVAL return_1 x",
  "EVAL",
]);

testSameAsRedis("scripts in transactions", [
  "MULTI",
  "EVAL return_redis.call('incr','n') 0",
  "EVALSHA ffffffffffffffffffffffffffffffffffffffff 0",
  "EVAL error('x') 0",
  "SCRIPT LOAD return_1",
  "INCR n",
  "EXEC",
  "WATCH n",
  "EVAL redis.call('incr','n') 0",
  "MULTI",
  "EVAL return_redis.call('get','n') 0",
  "EXEC",
  "EVAL return_redis.call('multi') 0",
  "EVAL return_redis.call('subscribe','c') 0",
]);

testSameAsRedis("what a script selects its caller does not", [
  "EVAL redis.call('select',3)_redis.call('set','k','v')_return_redis.call('get','k') 0",
  "GET k",
  "SELECT 3",
  "GET k",
]);

testSameAsRedis("scripts with flags", [
  "EVAL #!lua_flags=no-writes\nreturn_redis.call('set','k','v') 0",
  "EVAL #!lua_flags=nonsense\nreturn_1 0",
  "EVAL #!lua_flag=no-writes\nreturn_1 0",
  "EVAL #!python\nreturn_1 0",
  "EVAL #!lua 0",
  "GET k",
]);

testSameAsRedis("scripts where there is no room", [
  "SET something there",
  "CONFIG SET maxmemory 1",
  "EVAL return_redis.call('set','k','v') 0",
  "EVAL return_redis.call('get','k') 0",
  "EVAL redis.call('del','k')_return_redis.call('set','k','v') 0",
  "EVAL #!lua\nreturn_1 0",
  "EVAL #!lua_flags=allow-oom\nreturn_redis.call('set','k','v') 0",
  "EVAL #!lua_flags=no-writes\nreturn_redis.call('get','k') 0",
]);

const SET_USER = "ACL SETUSER u on nopass ~a:* +eval +get +set +script|load resetchannels +publish";

testReplies("scripts of users who may not do everything", [
  [SET_USER, "+OK"],
  ["AUTH u p", "+OK"],
  ["EVAL return_redis.call('set',KEYS[1],1) 1 b", "-NOPERM No permissions to access a key"],
  ["EVAL return_redis.call('set','a:1',1) 0", "+OK"],
  [
    "EVAL return_redis.call('set','b',1) 0",
    "-ERR ACL failure in script: No permissions to access a key " +
    "script: 46bb8f52ed050f797115e1bedfe8f01e9a23e1bd, on @user_script:1.",
  ],
  [
    "EVAL return_redis.pcall('del','a:1') 0",
    "-ERR ACL failure in script: User u has no permissions to run the 'del' command",
  ],
  [
    "EVAL return_redis.call('publish','c','m') 0",
    "-ERR ACL failure in script: No permissions to access a channel " +
    "script: 3a955b6d325623c001913b7b9046420fd9d06fc8, on @user_script:1.",
  ],
  [
    "EVALSHA ffffffffffffffffffffffffffffffffffffffff 0",
    "-NOPERM User u has no permissions to run the 'evalsha' command",
  ],
  ["SCRIPT FLUSH", "-NOPERM User u has no permissions to run the 'script|flush' command"],
]);

testSameAsRedis("where the keys of scripts are", [
  "COMMAND GETKEYS EVAL return_1 2 a b c",
  "COMMAND GETKEYS EVALSHA sha 0 a",
  "COMMAND GETKEYSANDFLAGS EVAL return_1 1 a",
  "COMMAND GETKEYS EVAL return_1 3 a",
]);

const STUBBORN = [
  "while true do end",
  "while true do pcall(function() while true do end end) end",
  "return string.gsub('abc', '.', function() while true do end end)",
  "table.sort({1, 2, 3}, function() while true do end end)",
  "return setmetatable({}, {__index = function() while true do end end}).x",
  "local function f() while true do pcall(coroutine.wrap(function() while true do end end)) end end while true do pcall(coroutine.wrap(f)) end",
  "while true do pcall(coroutine.wrap(function() while true do end end)) end",
  "local c = coroutine.create(function() while true do coroutine.yield() end end) while true do coroutine.resume(c) end",
  "while true do redis.pcall('get', 'x') end",
];

Deno.test("a script that runs too long is killed, whatever it catches", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  for (const script of STUBBORN) {
    await using running = await LongCommand.begin(server, client, "EVAL", script, "0");
    assert.equal(format(await client.send("SCRIPT", "KILL")), "+OK", script);
    assert.match(await running.reply, /-ERR .*Script killed by user with SCRIPT KILL/, script);
  }
});

Deno.test("with a threshold of 0 nobody else is served meanwhile", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await using other = await server.connect();
  await client.send("CONFIG", "SET", "lua-time-limit", "0");
  const script = client.send("EVAL", "for i = 1, 1e7 do end return 1", "0");
  assert.equal(format(await other.send("PING")), "+PONG");
  assert.equal(format(await script), ":1");
});

Deno.test("scripts come before the interpreter is loaded, in a pipeline and in a transaction", async () => {
  await using server = await startRedlite();
  const queued = async (client: RespClient) =>
    (await client.pipeline([
      ["MULTI"],
      ["SET", "k", "v"],
      ["EVAL", "return redis.call('get', 'k')", "0"],
      ["EXEC"],
      ["GET", "k"],
    ])).map(format);
  await using one = await server.connect();
  await using other = await server.connect();
  const [first, second] = await Promise.all([
    queued(one),
    other.pipeline([["INCR", "n"], ["EVAL", "return redis.call('incr', 'n')", "0"], ["INCR", "n"]]),
  ]);
  assert.deepEqual(first, ["+OK", "+QUEUED", "+QUEUED", '[+OK, "v"]', '"v"']);
  assert.deepEqual(second.map(format), [":1", ":2", ":3"]);
});

Deno.test("a parked script counts as one call", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await client.send("EVAL", "return redis.call('set', 'k', 'v')", "0");
  const stats = format(await client.send("INFO", "commandstats"));
  assert.match(stats, /cmdstat_eval:calls=1,/);
  assert.match(stats, /cmdstat_set:calls=1,/);
});

Deno.test("what a script sends and changes reaches others after its reply", async () => {
  await using server = await startRedlite();
  await using subscriber = await server.connect({ resp: 3 });
  await using client = await server.connect();
  await subscriber.send("SUBSCRIBE", "c");
  await client.send("CONFIG", "SET", "notify-keyspace-events", "KEA");
  await subscriber.send("PSUBSCRIBE", "__keyspace*__:k");
  await client.send("EVAL", "redis.call('publish', 'c', 'm') redis.call('set', 'k', 'v')", "0");
  assert.match(format(await subscriber.readReply()), /"message".*"m"/);
  assert.match(format(await subscriber.readReply()), /"pmessage".*"set"/);
});

Deno.test("a script that pushes wakes who waits", async () => {
  await using server = await startRedlite();
  await using waiting = await server.connect();
  await using client = await server.connect();
  const popped = waiting.send("BLPOP", "list", "0");
  while (!/blocked_clients:1/.test(format(await client.send("INFO", "clients"))));
  await client.send("EVAL", "redis.call('rpush', 'list', 'a')", "0");
  assert.equal(format(await popped), '["list", "a"]');
});

Deno.test("MONITOR shows a script before its commands", async () => {
  await using server = await startRedlite();
  await using monitor = await server.connect();
  await using client = await server.connect();
  await monitor.send("MONITOR");
  await client.send("EVAL", "return redis.call('get', 'k')", "0");
  assert.match(format(await monitor.readReply()), /0 127.0.0.1:\d+\] \\+"EVAL/);
  assert.match(format(await monitor.readReply()), /0 lua\] \\+"get/);
});

Deno.test("INFO tells of scripts and their memory", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  const field = async (name: string) =>
    Number(new RegExp(`${name}:(\\d+)`).exec(format(await client.send("INFO", "memory")))?.[1]);
  assert.equal(await field("used_memory_vm_eval"), 0);
  await client.send("SCRIPT", "LOAD", "return 1");
  await client.send("EVAL", "return 22", "0");
  assert.equal(await field("number_of_cached_scripts"), 2);
  assert.equal(await field("used_memory_scripts_eval"), 17);
  assert.ok(await field("used_memory_vm_eval") > 10_000);
});

Deno.test("of scripts that EVAL brought the last 500 are kept, and all of SCRIPT LOAD", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  const sha = format(await client.send("SCRIPT", "LOAD", "return 'kept'")).slice(1, -1);
  const first = "e0e1f9fabfc9d4800c877a703b823ac0578ff8db";
  await client.send("EVAL", "return 1", "0");
  await client.pipeline(Array.from({ length: 500 }, (_, i) => ["EVAL", `return -${i}`, "0"]));
  assert.equal(format(await client.send("SCRIPT", "EXISTS", sha, first)), "[:1, :0]");
});
