/** Lua's functions that take long are done in steps, with the results of the interpreter's own. */

import { strict as assert } from "node:assert";
import fc from "../harness/properties.ts";
import { loadLua } from "../../src/runtime/lua_wasm.ts";
import { GLOBALS, STATUS } from "../../src/lua/constants.ts";
import { Lua } from "../../src/lua/state.ts";
import { mostSteps } from "../../src/lua/patterns/cost.ts";
import { InterruptibleFunctions } from "../../src/scripting/interruptible/functions.ts";
import { PatternCalls } from "../../src/scripting/interruptible/pattern_calls.ts";
import { format } from "../harness/resp_client.ts";
import { startRedlite } from "../harness/servers.ts";
import { LongCommand, runOrKill } from "./busy.ts";

const compiled = await loadLua();
const encoder = new TextEncoder();

/** Compares the interpreter's functions, in `native`, with those in steps. */
const COMPARE = `
local function show(...)
  local all = {}
  for i = 1, select('#', ...) do
    local value = select(i, ...)
    all[i] = type(value) .. ':' .. tostring(value)
  end
  return table.concat(all, ' ')
end
local function words(library, s, p, init)
  local all = {}
  local ok, message = pcall(function()
    for a, b, c in library.gmatch(s, p) do
      all[#all + 1] = show(a, b, c)
      if #all > 50 then break end
    end
  end)
  return show(ok, message, table.concat(all, '|'))
end
local table_ = setmetatable({a = 'x', b = false, ['1'] = 7, ab = {}}, {__index = function(_, k)
  if #k > 1 then return k:upper() end
end})
local function calls(a, b) if b then return b .. a end if a == 'b' then return nil end return 1 end
local function all(library, s, p, init)
  return {
    show(pcall(library.find, s, p, init)),
    show(pcall(library.match, s, p, init)),
    show(pcall(library.gsub, s, p, '<%1%0%%>')),
    show(pcall(library.gsub, s, p, '[%2]', init)),
    show(pcall(library.gsub, s, p, table_)),
    show(pcall(library.gsub, s, p, calls, init)),
    words(library, s, p),
    show(pcall(library.find, s, p, init, true)),
  }
end
local s, p, init = ...
local theirs, ours = all(native, s, p, init), all(string, s, p, init)
for i, wanted in ipairs(theirs) do
  if ours[i] ~= wanted then return i .. ': ' .. ours[i] .. ' instead of ' .. wanted end
end
return ''`;

/** An interpreter whose functions are all done in steps, of so many at once. */
function inSteps(stepsAtOnce: number): Lua {
  const lua = new Lua(compiled, 64 * 1024 * 1024);
  lua.openLibraries();
  lua.pushValue(GLOBALS);
  lua.pushTable();
  for (const name of ["find", "match", "gmatch", "gsub"]) {
    lua.field(1, "string");
    lua.field(-1, name);
    lua.remove(-2);
    lua.setField(2, name);
  }
  lua.setField(1, "native");
  new InterruptibleFunctions(lua, new PatternCalls(-1, stepsAtOnce)).install(1);
  lua.top = 0;
  return lua;
}

function differing(lua: Lua, subject: string, pattern: string, init: number): string {
  assert.equal(lua.load(encoder.encode(COMPARE), "@compare"), STATUS.OK);
  lua.pushLatin1(subject);
  lua.pushLatin1(pattern);
  lua.pushNumber(init);
  const status = lua.call(3, 1);
  const difference = lua.latin1(-1);
  lua.pop();
  assert.equal(status, STATUS.OK, difference);
  return difference;
}

const item = fc.oneof(
  fc.constantFrom("a", "b", "1", ".", "%a", "%d", "%s", "%w", "%p", "%A", "%x", "%u", "%z", "%%"),
  fc.constantFrom(
    "[ab]",
    "[^a]",
    "[a-c]",
    "[%d_]",
    "[]]",
    "[^]a]",
    "[a-]",
    "[%a-z]",
    "[",
    "%",
    "%Q",
  ),
  fc.constantFrom(
    "%1",
    "%2",
    "%b()",
    "%bab",
    "%f[%a]",
    "%f[%A]",
    "%f",
    "%b",
    "^",
    "$",
    "\xe4",
    "%0",
  ),
);
const piece: fc.Arbitrary<string> = fc.oneof(
  item,
  fc.tuple(item, fc.constantFrom("*", "+", "-", "?")).map(([a, b]) => a + b),
  fc.constantFrom("(", ")", "()", "(a)", "(.-)", "(%w+)", "(a*", "\0"),
);
const pattern = fc.tuple(fc.constantFrom("", "", "^"), fc.array(piece, { maxLength: 6 }))
  .map(([anchor, pieces]) => anchor + pieces.join(""));
const subject = fc.array(
  fc.constantFrom("a", "b", "ab", "aa", "1", "12", " ", "(", ")", "_", "A", "\xe4", "\0", "]", "-"),
  { maxLength: 12 },
).map((parts) => parts.join(""));

for (const stepsAtOnce of [1, 7, 100_000]) {
  Deno.test(`patterns match in steps of ${stepsAtOnce} as the interpreter matches them`, () => {
    const lua = inSteps(stepsAtOnce);
    fc.assert(
      fc.property(subject, pattern, fc.integer({ min: -14, max: 14 }), (s, p, init) => {
        assert.equal(differing(lua, s, p, init), "");
      }),
      { numRuns: 4000 },
    );
  });
}

Deno.test("every byte is in the classes that the interpreter has it in", () => {
  const lua = inSteps(100_000);
  const bytes = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join("");
  const letters = Array.from({ length: 255 }, (_, i) => `%${String.fromCharCode(i + 1)}`);
  const brackets = Array.from({ length: 255 }, (_, i) => `[${String.fromCharCode(i + 1)}-z%]]`);
  for (const one of [...letters.filter((name) => !/%[bf0-9]/.test(name)), ...brackets]) {
    assert.equal(differing(lua, bytes, one, 1), "", one);
  }
});

Deno.test("what steps a pattern takes at most is told by its repetitions", () => {
  const most = (size: number, pattern: string) =>
    mostSteps(size, encoder.encode(pattern), 0, pattern.length);
  assert.ok(most(1000, "^%w+:%d+$") < 1e7);
  assert.ok(most(30, "^(%w+)%-(%w+)%-(%w+)$") < 1e7);
  assert.ok(most(1e6, "abc") < 1e8);
  assert.ok(most(1e5, "a*b") > 1e8);
  assert.ok(most(100, ".-.-.-.-.-b") > 1e8);
  assert.ok(most(50, "a?".repeat(50)) > 1e8);
  assert.ok(most(1e5, "%b()") > 1e8);
  assert.equal(most(9, "[*+-]%*"), most(9, "[abc]%x"));
});

const BOMBS = [
  "return string.find(string.rep('a', 1e4), string.rep('.-', 20) .. 'b')",
  "return string.match(string.rep('a', 40), '^' .. string.rep('a?', 40) .. string.rep('a', 40) .. 'b')",
  "return string.gsub(string.rep('a', 1e5), string.rep('a*', 8) .. 'b', '')",
  "return (string.gsub(string.rep('(', 3e6), '%b()', ''))",
  "for w in string.gmatch(string.rep('a', 1e5), string.rep('a-', 9) .. 'b') do end",
  "return string.find(string.rep('a', 4e7), string.rep('a', 2e7) .. 'b', 1, true)",
  "return pcall(string.rep, '', 2 ^ 31 - 1) and string.find(1e15, string.rep('.-', 40) .. 'x')",
  "string.gsub('a', 'a', function() table.insert({}, -2 ^ 31, 1) end)",
  "local t = {} for i = 1, 2e6 do t[i] = i % 1000 end while true do table.sort(t) end",
  "local t = {} for i = 1, 4e6 do t[i] = {} end while true do collectgarbage() end",
];

for (const bomb of BOMBS) {
  Deno.test(`others are served beside ${bomb}`, async () => {
    await using server = await startRedlite();
    await using other = await server.connect();
    await using running = await LongCommand.begin(server, other, "EVAL", bomb, "0");
    assert.equal(format(await other.send("SCRIPT", "KILL")), "+OK");
    assert.match(await running.reply, /^-ERR .*Script killed by user/);
    assert.equal(format(await other.send("EVAL", "return string.rep('ab', 2)", "0")), '"abab"');
  });
}

Deno.test("a long pattern comes to its end", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await using killer = await server.connect();
  await client.send("CONFIG", "SET", "busy-reply-threshold", "20000");
  const script = `local s = string.rep('a', 20000)
    return {string.find(s, 'a*b') == false, #string.gsub(s .. 'b', 'a-b', 'c'),
      string.match(s .. 'b', '(a*)b$') == s, string.find(s, 'a-$'),
      string.rep('', 1e9), select('#', string.find(s, string.rep('a?', 1e4)))}`;
  const reply = await runOrKill(client, killer, "EVAL", script, "0");
  assert.equal(reply, '[$-1, :1, :1, :1, "", :2]');
});
