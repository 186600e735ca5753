/** Scripts that mean harm: the server lives, other scripts see nothing of it, and memory is bounded. */

import { strict as assert } from "node:assert";
import fc from "../harness/properties.ts";
import { format, type RespClient } from "../harness/resp_client.ts";
import { startRedlite } from "../harness/servers.ts";
import { runOrKill } from "./busy.ts";

/** Whether scripts run as if nothing had been. */
async function assertUnharmed(client: RespClient, after: string): Promise<void> {
  const script = `
    redis.call('set', 'k', 'v')
    local names = {}
    for name in pairs(_G) do names[#names + 1] = name end
    return {redis.call('get', 'k'), ('x'):rep(3), #names, tostring(x), cjson.encode({1}),
      tostring(getmetatable('').__index == string), math.max(1, 2), type(redis.call)}`
    .replace("tostring(x)", "tostring(rawget(_G, 'x'))");
  const reply = format(await client.send("EVAL", script, "0"));
  assert.match(reply, /^\["v", "xxx", :\d+, "nil", "\[1\]", "true", :2, "function"\]$/, after);
}

const ESCAPES = [
  "x = 1",
  "_G.x = 1",
  "rawset(_G, 'x', 1)",
  "setmetatable(_G, nil)",
  "getmetatable(_G).__newindex = nil",
  "getmetatable(_G).__index = {x = 1}",
  "getmetatable('').__index = function() return 1 end",
  "getmetatable('').__index.rep = nil",
  "string.rep = nil",
  "rawset(string, 'rep', nil)",
  "redis.call = nil",
  "rawset(redis, 'call', nil)",
  "table.insert(redis, 1)",
  "table.insert(_G, 1)",
  "table.sort(string)",
  "for k in pairs(cjson) do rawset(cjson, k, nil) end",
  "setfenv(1, {})",
  "getfenv(0).x = 1",
  "load(string.dump(function() end))",
  "loadstring('\\27Lua')()",
  "loadstring('x = 1')()",
  "load(function() return nil end)",
  "coroutine.wrap(function() x = 1 end)()",
  "pcall(function() x = 1 end)",
  "xpcall(function() x = 1 end, function() x = 2 end)",
  "require('os')",
  "os.execute('true')",
  "io.open('/etc/passwd')",
  "debug.getregistry()",
  "dofile('/etc/passwd')",
  "newproxy(true)",
  "collectgarbage('stop')",
  "module('x')",
  "package.loaded = 1",
  "KEYS = nil ARGV = nil",
  "cjson.encode_max_depth(1000000000) local t = {} t.t = t return cjson.encode(t)",
  "cjson.encode_sparse_array(true, 0, 0) return #cjson.encode({[1e8] = 1})",
  "cjson.encode_sparse_array(true, 0, 0) return #cjson.encode({[2 ^ 53] = 1})",
  "cjson.encode_sparse_array(true, 0, 0) return cjson.encode({[5] = 1, [4000] = {}})",
  "cjson.encode_sparse_array(false, 2, 10)",
  "local t = {} for i = 1, 1e5 do t[i] = i end table.sort(t, function() return true end)",
  "local t = {} t.t = t return t",
  "local t = {} t[1] = t return t",
  "local t = {} t[1] = t return cmsgpack.pack(t)",
  "return setmetatable({}, {__index = function(t, k) return t[k + 1] end})[1]",
  "local function f() return 1 + f() end return f()",
  "local function f() return pcall(f) end return f()",
  "local function f() pcall(f) error('x') end return f()",
  "local function f() return coroutine.wrap(f)() end return f()",
  "local s = '' for i = 1, 40 do s = s .. s .. 'x' end return #s",
  "return #string.rep('x', 2^30)",
  "local t = {} for i = 1, 1e9 do t[i] = {i} end",
  "local t = {} for i = 1, 1e9 do t[i] = coroutine.create(function() end) end",
  "return string.format('%' .. string.rep('9', 100) .. 'd', 1)",
  "return string.format('%99.99f', 1e308)",
  "return string.rep('(', 100000)",
  "return string.find('x', string.rep('(', 100000))",
  "return loadstring('return ' .. string.rep('(', 10000) .. '1' .. string.rep(')', 10000))",
  "return loadstring('return ' .. string.rep('{', 100000))",
  "return loadstring(string.rep('local a ', 300))",
  "return string.gsub(string.rep('a', 100000), 'a', '%0%0%0')",
  "return {unpack({}, 1, 1e7)}",
  "return string.find(string.rep('a', 1e5), string.rep('a?', 1e5))",
  "return string.gsub(string.rep('a', 1e5), string.rep('a-', 1e5) .. 'b', '')",
  "return redis.call('set', string.rep('k', 1e6), 'v')",
  "return redis.call(unpack({}, 1, 7000))",
  "error()",
  "error(nil)",
  "error({})",
  "error({err = {}})",
  "error(setmetatable({}, {__tostring = error, __index = error}))",
  "error(function() end)",
  "error(coroutine.create(function() end))",
  "return coroutine.yield()",
  "coroutine.wrap(function() coroutine.yield(redis.call('set', 'y', 1)) end)()",
  "return setmetatable({}, {__index = function() error('x') end})",
  "return {err = '\\r\\n+OK\\r\\n'}",
  "return {ok = '\\r\\n+OK\\r\\n'}",
  "redis.setresp(3) return {map = {[{}] = 1}}",
  "redis.setresp(4)",
  "redis.log(redis.LOG_WARNING, string.rep('x', 1e6))",
  "return redis.sha1hex(string.rep('x', 1e7))",
  "return struct.unpack('I999999999', 'x')",
  "return struct.pack('!99999i', 1)",
  "return struct.pack(string.rep('i', 10000), 1)",
  "return cmsgpack.unpack(string.rep('\\221', 100000))",
  "return cjson.decode(string.rep('[', 100000))",
  "return bit.tohex(1, 1e9)",
  "return math.random(0)",
  "for i = 1, 20000 do cjson.new() end return 1",
];

Deno.test("no script escapes its sandbox, or ends the server", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await using killer = await server.connect();
  await client.send("CONFIG", "SET", "busy-reply-threshold", "300");
  for (const script of ESCAPES) {
    await runOrKill(client, killer, "EVAL", script, "0");
    await runOrKill(client, killer, "EVAL", `pcall(function() ${script} end)`, "0");
    await assertUnharmed(client, script);
  }
});

const name = fc.constantFrom(
  ...["string", "table", "math", "coroutine", "os", "bit", "struct", "cjson", "cmsgpack", "redis"],
  ...["_G", "pcall", "xpcall", "error", "pairs", "ipairs", "next", "rawset", "rawget", "rawequal"],
  ...["setmetatable", "getmetatable", "loadstring", "load", "select", "unpack", "tostring", "type"],
);
const method = fc.constantFrom(
  ...[
    "rep",
    "gsub",
    "find",
    "format",
    "dump",
    "char",
    "byte",
    "sort",
    "concat",
    "insert",
    "remove",
  ],
  ...["create", "wrap", "resume", "yield", "status", "running", "random", "call", "pcall", "log"],
  ...["encode", "decode", "pack", "unpack", "new", "error_reply", "setresp", "sha1hex", "tohex"],
  ...["__index", "__newindex", "err", "ok", "map", "double"],
);
const { expression } = fc.letrec<{ expression: string }>((tie) => {
  const inner = tie("expression");
  return {
    expression: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      fc.constantFrom("nil", "true", "1", "-1", "0/0", "2^53", "1e9", "{}", "''", "'get'", "'set'"),
      fc.constantFrom("'%d%s'", "'[a-'", "'(.-)%1'", "'\\0\\255'", "KEYS", "ARGV", "..."),
      fc.constantFrom(
        ...["string.rep('a', 1e5)", "string.rep('a*', 9) .. 'b'", "string.rep('.-', 99) .. 'b'"],
        ...[
          "string.rep('a?', 1e4)",
          "string.rep('(', 1e5)",
          "('%b()'):rep(9)",
          "{unpack({}, 1, 7000)}",
        ],
        ...[
          "(function() for i = 1, 1e9 do end end)",
          "(function() while true do pcall(error) end end)",
        ],
        ...["(function() local t = {} for i = 1, 1e6 do t[i] = i % 9 end return t end)()", "2^31"],
        ...[
          "(function() return coroutine.yield() end)",
          "(function(...) return select('#', ...) end)",
        ],
      ),
      name,
      fc.tuple(name, method).map(([a, b]) => `${a}.${b}`),
      fc.tuple(name, fc.array(inner, { maxLength: 3 })).map(([a, args]) => `${a}(${args})`),
      fc.tuple(name, method, fc.array(inner, { maxLength: 3 })).map(([a, b, args]) =>
        `${a}.${b}(${args})`
      ),
      fc.tuple(inner, inner).map(([a, b]) => `{${a}, [${b} or 1] = ${a}, err = ${b}}`),
      inner.map((a) => `(function(...) return ${a} end)`),
      inner.map((a) => `setmetatable({}, {__index = ${a}, __call = ${a}, __tostring = ${a}})`),
      fc.tuple(inner, inner).map(([a, b]) => `(${a} .. ${b})`),
      fc.tuple(inner, inner).map(([a, b]) => `((${a} or 1) == ${b})`),
    ),
  };
});

Deno.test("random scripts leave the next one unharmed", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await using killer = await server.connect();
  await client.send("CONFIG", "SET", "busy-reply-threshold", "300");
  const scripts = fc.array(
    fc.tuple(expression, expression).map(([a, b]) =>
      `local a = {pcall(function(...) return ${a} end, 1)} return ${b}`
    ),
    { minLength: 40, maxLength: 40 },
  );
  const property = fc.asyncProperty(scripts, async (all) => {
    for (const script of all) await runOrKill(client, killer, "EVAL", script, "1", "k", "a");
    await assertUnharmed(client, all.join("\n"));
  });
  await fc.assert(property, { numRuns: 20, endOnFailure: true });
});

Deno.test("a script that uses the stack up fails alone, and not the turn it is part of", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  const script = "redis.call('incr', KEYS[1]) local t = {} t[1] = t return t";
  const answers = await client.pipeline([
    ["EVAL", "return 1", "0"],
    ["INCR", "n"],
    ["EVAL", script, "1", "n"],
    ["INCR", "n"],
  ]);
  assert.equal(format(answers[1]!), ":1");
  assert.match(format(answers[2]!), /^-ERR stack overflow/);
  assert.equal(format(answers[3]!), ":3");
});
