/** Code that may have C call back into Lua is run on a stack of its own, and no other code. */

import { strict as assert } from "node:assert";
import { needsOwnStack } from "../../src/scripting/own_stack.ts";

const encoder = new TextEncoder();
const needs = (code: string) => needsOwnStack(encoder.encode(code));

const NEEDING = [
  "pcall(f)",
  "return pcall (f)",
  "x = a..pcall(f)",
  "xpcall(f, g)",
  "local p = pcall",
  "coroutine.wrap(f)()",
  "setmetatable({}, {__index = f})",
  "getmetatable('')",
  "loadstring('x')()",
  "load(f)",
  "_G['p' .. 'call'](f)",
  "table.foreach(t, f)",
  "table.sort(t)",
  "local s = string return s . find(a, b)",
  "local s = string return s. --[[ of strings ]] find(a, b)",
  "return ARGV[1]:match('x')",
  "return ('x'):gsub('x', 'y')",
  "return string['gmatch']",
  "return string[ [[find]] ]",
  'return string["gfind"]',
  "for a in f do end",
  "for a in(f) do end",
  "for a in f, pairs(t) do end",
  "for a in pairs do end",
  "local a = 'it\\'s' pcall(f)",
  "local a = 'a\\\\' pcall(f) -- '",
  "local a = \"a'b\" pcall(f) -- '",
  "-- a\npcall(f)",
  "-- a\rpcall(f)",
  "--[[ a ]] pcall(f)",
  "x = a.b --[[ . ]] pcall(f)",
  "x = a --[[ . ]] .. --[[ . ]] pcall(f)",
  "--[==[ ]] ]=] ]==] pcall(f)",
  "--[=x\npcall(f)",
  "local a = [[ ' ]] pcall(f)",
  "local a = [==[ ]] ]==] pcall(f)",
  "local a = t[t[1]] pcall(f)",
  "#!lua name=it's\npcall(f)",
  "return 1 ..pcall(f)",
];

const PLAIN = [
  "return 1",
  "return redis.pcall('GET', KEYS[1])",
  "return redis . pcall('GET', KEYS[1])",
  "return redis. --[[ a ]] --[[ b ]] pcall('GET', KEYS[1])",
  "return redis --[[ a ]] .pcall('GET', KEYS[1])",
  "local redis_pcall = redis.pcall",
  "local payload, found, matches, sorted = 1, 2, 3, 4",
  "return redis.call('HGET', KEYS[1], 'payload')",
  "return redis.call('SORT', KEYS[1])",
  "return redis.error_reply('cannot find what is in it')",
  "return \"a pcall, a 'match'\"",
  "-- pcall, and what is in it\nreturn 1",
  "--[[ pcall\n match ]] return 1",
  "--[==[ pcall ]] match ]==] return 1",
  "return [[ pcall in it ]]",
  "return [==[ string.find ]] ]==]",
  "local t = {find = 1} return t.load",
  "for k, v in pairs(t) do end",
  "for k, v in ipairs (t) do end",
  "for k, v in next, t do end",
  "#!lua name=pcall\nreturn 1",
  "'",
  "[[",
  "--[[",
];

Deno.test("code that may have C call back into Lua needs a stack of its own", () => {
  for (const code of NEEDING) assert.equal(needs(code), true, code);
});

Deno.test("names in comments and texts, and fields of other tables, need no stack of their own", () => {
  for (const code of PLAIN) assert.equal(needs(code), false, code);
});

Deno.test("code of megabytes that never closes what it opens is looked through once", () => {
  for (const piece of ['"\\', "'", "[=[", "--[[", "--[", "[", ".", "a "]) {
    assert.equal(needs("payload " + piece.repeat(1e6)), false, piece);
  }
});
