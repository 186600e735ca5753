/** Generated scripts do on Redlite what they do on real servers: replies, errors with their places, and data. */

import { strict as assert } from "node:assert";
import fc from "../harness/properties.ts";
import { named } from "../harness/lacking.ts";
import { type Command, format } from "../harness/resp_client.ts";
import { startRedlite } from "../harness/servers.ts";
import { REAL_SERVERS } from "./real_servers.ts";

const one = (...texts: string[]) => fc.constantFrom(...texts);
const VARIABLES = ["a", "b", "c"];
const KEYS = ["s", "h", "l", "z", "n"];

const key = one(...KEYS.map((name) => `'${name}'`), "KEYS[1]", "KEYS[2]");
const literal = one(
  ...["nil", "true", "false", "0", "1", "-1", "2.5", "1e15", "2^53", "''", "'x'", "'10'", "'0x10'"],
  ...["{}", "{1, 2, 3}", "{x = 1}", "{1, nil, 3}", "ARGV[1]", "ARGV[3]", "#KEYS", "'a b'", "1/0"],
);

/** Commands, right and wrong ones. */
const command = fc.oneof(
  key.map((k) => `'get', ${k}`),
  fc.tuple(key, one("1", "'x'", "2.5", "'10'", "1e15")).map(([k, v]) => `'SET', ${k}, ${v}`),
  fc.tuple(one("incr", "del", "type", "exists", "strlen", "hgetall", "llen", "zcard"), key)
    .map(([name, k]) => `'${name}', ${k}`),
  fc.tuple(key, one("1", "'x'", "2.5")).map(([k, v]) => `'incrby', ${k}, ${v}`),
  fc.tuple(key, one("0.5", "'1e3'", "'x'")).map(([k, v]) => `'incrbyfloat', ${k}, ${v}`),
  fc.tuple(key, one("'f'", "1"), one("1", "'v'")).map(([k, f, v]) => `'hset', ${k}, ${f}, ${v}`),
  fc.tuple(key, one("'f'", "1")).map(([k, f]) => `'hget', ${k}, ${f}`),
  fc.tuple(key, one("1", "'v'")).map(([k, v]) => `'rpush', ${k}, ${v}, ${v}`),
  key.map((k) => `'lrange', ${k}, 0, -1`),
  key.map((k) => `'lpop', ${k}`),
  fc.tuple(key, one("1", "2.5", "'x'", "'inf'")).map(([k, v]) => `'zadd', ${k}, ${v}, 'm'`),
  key.map((k) => `'zrange', ${k}, 0, -1, 'withscores'`),
  key.map((k) => `'zscore', ${k}, 'm'`),
  key.map((k) => `'mget', ${k}, 'none', ${k}`),
  one("'ping'", "'echo', 'x'", "'nosuch'", "'get'", "'set', 'k'", "'subscribe', 'x'", "'multi'"),
  one(
    "",
    "nil",
    "{}",
    "'get', {}",
    "'get', nil",
    "'select', 1",
    "'select', 99",
    "'dbsize'",
    "true",
  ),
);

/** What is raised as an error. Tables without a message are left out: Redis ends by them. */
const raised = one(
  "'x'",
  "1",
  "nil",
  "true",
  "{err = 'CODE text'}",
  "{err = 5}",
  "redis.error_reply('x')",
);

interface Grammar {
  expression: string;
  statement: string;
  block: string;
}
const { block, expression } = fc.letrec<Grammar>((tie) => {
  const inner = tie("expression"), statements = tie("block");
  return {
    expression: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      literal,
      one(...VARIABLES),
      command.map((args) => `redis.call(${args})`),
      command.map((args) => `redis.pcall(${args})`),
      fc.tuple(inner, one("+", "-", "*", "/", "%", "..", "==", "<", "and", "or"), inner)
        .map(([a, op, b]) => `(${a} ${op} ${b})`),
      fc.tuple(one("#", "-", "not "), inner).map(([op, a]) => `(${op}${a})`),
      fc.tuple(one("a", "b", "c"), one("x", "err", "ok", "[1]", "foo.bar")).map(([a, f]) =>
        f.startsWith("[") ? a + f : `${a}.${f}`
      ),
      fc.tuple(
        one("text", "tonumber", "type", "math.floor", "string.upper", "redis.sha1hex"),
        inner,
      )
        .map(([f, a]) => `${f}(${a})`),
      inner.map((a) => `{pcall(function() return ${a} end)}`),
      fc.tuple(statements, inner).map(([s, a]) => `{pcall(function() ${s} return ${a} end)}`),
      inner.map((a) => `(function(...) return ... end)(${a}, 2)`),
      inner.map((a) => `coroutine.wrap(function() return coroutine.yield(${a}) end)()`),
      fc.tuple(inner, inner).map(([a, b]) => `{${a}, ${b}}`),
      inner.map((a) => `{ok = ${a}}`),
      inner.map((a) => `{err = ${a}}`),
      inner.map((a) => `redis.status_reply(${a})`),
      inner.map((a) => `redis.error_reply(${a})`),
      inner.map((a) => `cjson.encode(${a})`),
      inner.map((a) => `cmsgpack.unpack(cmsgpack.pack(${a}))`),
      fc.tuple(inner, inner).map(([a, b]) => `string.format('%s %d', ${a}, ${b})`),
      fc.tuple(inner, one("'%d+'", "'(.)%1'", "'x*'", "'['", "'^.'"), inner).map(([a, p, b]) =>
        `string.gsub(${a}, ${p}, ${b})`
      ),
      fc.tuple(inner, inner).map(([a, b]) => `table.concat({${a}, ${b}}, ',')`),
      fc.tuple(inner, inner).map(([a, b]) =>
        `setmetatable({}, {__index = function(t, k) return ${a} end, __call = function() return ${b} end})`
      ),
      inner.map((a) => `${a}()`).map((text) =>
        text.startsWith("(") ? text : `(${text.slice(0, -2)})()`
      ),
      inner.map((a) => `select('#', ${a})`),
      inner.map((a) => `bit.band(${a}, 255)`),
    ),
    statement: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.tuple(one(...VARIABLES), inner).map(([name, a]) => `${name} = ${a}`),
      fc.tuple(one("a.x", "b[1]", "c[2.5]", "a[nil]"), inner).map(([name, a]) => `${name} = ${a}`),
      command.map((args) => `redis.call(${args})`),
      command.map((args) => `redis.pcall(${args})`),
      fc.tuple(inner, statements).map(([a, s]) => `if ${a} then ${s} end`),
      statements.map((s) => `for i = 1, 2 do ${s} end`),
      fc.tuple(one(...VARIABLES), statements).map(([a, s]) =>
        `for i, v in ipairs(${a}) do ${s} end`
      ),
      fc.tuple(raised, one("", ", 0", ", 2", ", 3")).map(([a, level]) => `error(${a}${level})`),
      inner.map((a) => `error({err = text(${a})})`),
      inner.map((a) => `assert(${a}, text(${a}))`),
      fc.tuple(one("pcall", "assert"), inner).map(([f, a]) => `${f}(${a})`),
      one("redis.setresp(3)", "redis.setresp(2)", "undefined = 1", "local d = undefined"),
      one("a = b", "b, c = c, b", "local a = 1", "redis.log(redis.LOG_DEBUG, 'x')"),
      statements.map((s) => `pcall(function()\n${s} end)`),
    ),
    block: fc.array(tie("statement"), { maxLength: 3 }).map((all) => all.join("\n")),
  };
});

/** `tostring`, but of what has an address. */
const TEXT = " local function text(v) local t = type(v) " +
  "if t == 'table' or t == 'function' or t == 'thread' then return t end return tostring(v) end";

const script = fc.tuple(block, block, expression).map(([first, second, result]) =>
  `local a, b, c = ARGV[1], {1, 'x', x = 2}, 3${TEXT}\n${first}\n${second}\nreturn ${result}`
);

/** What is looked at after each script. */
const STATE: Command[] = KEYS.map((name) => ["TYPE", name]);

for (const { name, lacking, start, plain } of REAL_SERVERS) {
  for (const resp of [2, 3] as const) {
    Deno.test({
      ...named(`generated scripts are answered as by ${name}, in RESP${resp}`, lacking),
      async fn() {
        await using redlite = await startRedlite({ appendfsync: "no" });
        await using real = await start();
        await using ours = await redlite.connect({ resp });
        await using theirs = await real.connect({ resp });
        const run = fc.asyncProperty(
          fc.array(script, { minLength: 20, maxLength: 20 }),
          async (all) => {
            const commands = all.flatMap((code): Command[] => [
              ["EVAL", code, "2", "s", "l", "10", "x"],
              ...STATE,
            ]);
            const [answers, wanted] = await Promise.all([
              ours.pipeline([["FLUSHALL"], ...commands]),
              theirs.pipeline([["FLUSHALL"], ...commands]),
            ]);
            for (const [i, command] of commands.entries()) {
              const [got, want] = [answers[i + 1]!, wanted[i + 1]!];
              assert.equal(plain(format(got)), plain(format(want)), command.join(" "));
            }
          },
        );
        await fc.assert(run, { numRuns: 60 });
      },
    });
  }
}
