/** FUNCTION and FCALL. */

import { strict as assert } from "node:assert";
import { named, noRedis, standIn } from "../../harness/lacking.ts";
import { format, type RespClient } from "../../harness/resp_client.ts";
import { startRedis, startRedlite, temporaryDirectory } from "../../harness/servers.ts";
import { testSameAsRedis } from "../same_as_redis.ts";

/** A line that loads a library, with `_` for spaces. */
const library = (name: string, code: string, replace = "") =>
  `FUNCTION LOAD ${replace}#!lua_name=${name}\n${code.replaceAll(" ", "_")}`;

const CALLED = library(
  "called",
  [
    "redis.register_function('echo', function(k, a) return {k, a} end)",
    "redis.register_function('fails', function() error('boom') end)",
    "redis.register_function('replies', function() return redis.error_reply('MY error') end)",
    "redis.register_function('nosuch', function() return redis.call('nosuch') end)",
    "redis.register_function('writes', function(k) return redis.call('incr', k[1]) end)",
  ].join("\n"),
);

testSameAsRedis("functions that are called", [
  CALLED,
  "FCALL echo 1 k a b",
  "FCALL echo 0",
  "FCALL fails 0",
  "FCALL replies 0",
  "FCALL writes 1 n",
  "FCALL ECHO 0",
  "FCALL nothere 0",
  "FCALL nothere x",
  "FCALL echo 2 a",
  "FCALL echo x",
  "FCALL echo",
  "MULTI",
  "FCALL writes 1 n",
  "FCALL nothere 0",
  "EXEC",
  "EVAL return_redis.call('fcall','writes',1,'n') 0",
  "COMMAND GETKEYS FCALL echo 2 a b c",
  "FLUSHALL",
  "FCALL writes 1 n",
]);

const LOADS = [
  "redis.register_function()",
  "redis.register_function('a')",
  "redis.register_function('a', 1)",
  "redis.register_function({}, function() end)",
  "redis.register_function('a', function() end, 1)",
  "redis.register_function{}",
  "redis.register_function{callback=function() end}",
  "redis.register_function{[true]=1}",
  "redis.register_function(function() end)",
  "redis.register_function('a', function() end) redis.register_function('a', function() end)",
  "redis.register_function(1, function() end)",
  "return redis.call('get', 'x')",
  "x = 1",
  "redis.x = 1",
  "return KEYS",
  "return string.rep('a', 3)",
  "error('x')",
  "return syntax error",
  "local a",
  "redis.log(redis.LOG_NOTICE, 'x')",
  "return redis.REDIS_VERSION_NUM",
  "while true do end",
];

testSameAsRedis("libraries that register functions, or fail to", [
  ...LOADS.flatMap((code) => [library("lib", code), "FUNCTION DELETE lib"]),
  "FUNCTION LOAD local_a",
  "FUNCTION LOAD #!lua_name=a",
  "FUNCTION LOAD #!lua\nlocal_a",
  "FUNCTION LOAD #!lua_name=a-b\nlocal_a",
  "FUNCTION LOAD #!lua_name=a_name=b\nlocal_a",
  "FUNCTION LOAD #!lua_name=a_x=b\nlocal_a",
  "FUNCTION LOAD #!python_name=a\nlocal_a",
  "FUNCTION LOAD SOON #!lua_name=a\nlocal_a",
]);

testSameAsRedis("libraries that are replaced, listed and deleted", [
  "FUNCTION LIST",
  library("one", "redis.register_function('f', function() return 1 end)"),
  library("one", "redis.register_function('f', function() return 2 end)"),
  library("two", "redis.register_function('f', function() return 2 end)"),
  "FCALL f 0",
  "FUNCTION LOAD REPLACE #!lua_name=one\nredis.register_function('g',function()_return_3_end)",
  "FCALL f 0",
  "FCALL g 0",
  "FUNCTION LIST",
  "FUNCTION LIST WITHCODE LIBRARYNAME ON*",
  "FUNCTION LIST LIBRARYNAME x*",
  "FUNCTION LIST NONSENSE",
  "FUNCTION LIST LIBRARYNAME",
  "FUNCTION LIST WITHCODE WITHCODE",
  "FUNCTION STATS",
  "FUNCTION DELETE nothere",
  "FUNCTION DELETE one",
  "FUNCTION LIST",
  "FUNCTION FLUSH SOON",
  "FUNCTION FLUSH ASYNC",
  "FUNCTION KILL",
  "SCRIPT KILL",
  "FUNCTION NOSUCH",
  "FUNCTION",
  "FUNCTION RESTORE abc",
  "FUNCTION RESTORE abc SOON",
]);

const NAMED = "#!lua name=named\n" +
  "redis.register_function{function_name='f', description='tells', flags={'no-writes'}, " +
  "callback=function(k, a) return redis.call('get', k[1]) or a[1] end}";

Deno.test("a function has a description and flags, and its flags bind it", async () => {
  await using server = await startRedlite();
  await using client = await server.connect({ resp: 3 });
  await client.send("FUNCTION", "LOAD", NAMED);
  assert.equal(format(await client.send("FCALL_RO", "f", "1", "k", "a")), '"a"');
  assert.match(
    format(await client.send("FUNCTION", "LIST")),
    /"description" => "tells", "flags" => ~\[\+no-writes\]|"description": "tells", "flags": ~.*no-writes/,
  );
});

/** What a client sees of the libraries. */
const seen = async (client: RespClient) =>
  format(await client.send("FUNCTION", "LIST", "WITHCODE")) +
  format(await client.send("FCALL", "f", "1", "k", "a"));

Deno.test({
  ...named(
    "functions are in the file: they outlive the server, and other servers see them",
    standIn(),
  ),
  async fn() {
    await using directory = await temporaryDirectory();
    const options = { directory: directory.path };
    let before: string;
    {
      await using server = await startRedlite(options);
      await using client = await server.connect();
      await client.send("FUNCTION", "LOAD", NAMED);
      before = await seen(client);
    }
    await using server = await startRedlite(options);
    await using other = await startRedlite(options);
    await using client = await server.connect();
    await using theirs = await other.connect();
    assert.equal(await seen(client), before);
    assert.equal(await seen(theirs), before);
    assert.match(format(await client.send("INFO", "memory")), /number_of_libraries:1/);
    const changed = NAMED.replace("or a[1]", "or 'changed'");
    await client.send("FUNCTION", "LOAD", "REPLACE", changed);
    assert.equal(format(await theirs.send("FCALL", "f", "1", "k", "a")), '"changed"');
    await theirs.send("FUNCTION", "FLUSH");
    assert.equal(format(await client.send("FCALL", "f", "1", "k")), "-ERR Function not found");
    assert.match(format(await client.send("INFO", "memory")), /number_of_functions:0/);
  },
});

Deno.test({
  ...named("libraries go to a Redis and come back", noRedis(7)),
  async fn() {
    await using redlite = await startRedlite();
    await using redis = await startRedis();
    await using ours = await redlite.connect();
    await using theirs = await redis.connect();
    const move = async (from: RespClient, to: RespClient, policy: string) => {
      const dump = await from.send("FUNCTION", "DUMP");
      assert.ok(dump.type === "bulk");
      assert.equal(format(await to.send("FUNCTION", "RESTORE", dump.value, policy)), "+OK");
    };
    await ours.send("FUNCTION", "LOAD", NAMED);
    await ours.send(
      "FUNCTION",
      "LOAD",
      `#!lua name=other\n${" ".repeat(1000)}
      redis.register_function('other', function() return 1 end)`,
    );
    await move(ours, theirs, "APPEND");
    assert.equal(await seen(theirs).then((text) => text.length), (await seen(ours)).length);
    assert.equal(format(await theirs.send("FCALL", "other", "0")), ":1");
    await theirs.send("FUNCTION", "DELETE", "other");
    await move(theirs, ours, "FLUSH");
    assert.equal(await seen(ours), await seen(theirs));
  },
});

Deno.test("libraries are restored all or none", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  const load = (name: string, f: string) =>
    client.send(
      "FUNCTION",
      "LOAD",
      `#!lua name=${name}\nredis.register_function('${f}', function() return '${name}' end)`,
    );
  await load("a", "fa");
  await load("b", "fb");
  const dump = await client.send("FUNCTION", "DUMP");
  assert.ok(dump.type === "bulk");
  await client.send("FUNCTION", "FLUSH");
  await load("c", "fb");
  for (const policy of ["APPEND", "REPLACE"]) {
    const refused = await client.send("FUNCTION", "RESTORE", dump.value, policy);
    assert.equal(format(refused), "-ERR Function fb already exists");
    assert.equal(format(await client.send("FCALL", "fa", "0")), "-ERR Function not found");
    assert.equal(format(await client.send("FCALL", "fb", "0")), '"c"');
  }
  assert.equal(format(await client.send("FUNCTION", "RESTORE", dump.value, "FLUSH")), "+OK");
  assert.equal(format(await client.send("FCALL", "fb", "0")), '"b"');
});

Deno.test("a library that EXEC loads is there after it", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await client.pipeline([["MULTI"], ["FUNCTION", "LOAD", NAMED], ["DISCARD"]]);
  assert.equal(format(await client.send("FCALL", "f", "1", "k")), "-ERR Function not found");
  await client.pipeline([["MULTI"], ["FUNCTION", "LOAD", NAMED], ["EXEC"]]);
  assert.equal(format(await client.send("FCALL", "f", "1", "k", "a")), '"a"');
});
