import { strict as assert } from "node:assert";
import type { Command, Reply } from "../harness/resp_client.ts";
import { MEMBERS } from "./pools.ts";
import { sameButForDoubles } from "./replies.ts";
import { firstDifference, isSame, sideBySide } from "./same.ts";

const encoder = new TextEncoder();
const bulk = (text: string): Reply => ({ type: "bulk", value: encoder.encode(text) });
const double = (value: string): Reply => ({ type: "double", value });
const integer = (value: bigint): Reply => ({ type: "integer", value });
const array = (...items: Reply[]): Reply => ({ type: "array", items });
const bulks = (...texts: string[]): Reply => array(...texts.map(bulk));
const set = (...texts: string[]): Reply => ({ type: "set", items: texts.map(bulk) });
const map = (...entries: [string, string][]): Reply => ({
  type: "map",
  entries: entries.map(([name, value]) => [bulk(name), bulk(value)]),
});

Deno.test("two replies that differ in type, text or length are told apart", () => {
  assert(isSame(["GET", "k"], bulk("v"), bulk("v")));
  assert(!isSame(["GET", "k"], bulk("v"), { type: "simple", value: "v" }));
  assert(!isSame(["GET", "k"], { type: "null-bulk" }, { type: "null" }));
  assert(!isSame(["LRANGE", "k", "0", "-1"], bulks("a", "b"), bulks("a")));
});

Deno.test("times may lie a little apart, but not on two sides of zero", () => {
  assert(!isSame(["TTL", "k"], integer(-1n), integer(0n)));
  assert(!isSame(["TTL", "k"], integer(9n), integer(12n)));
  assert(isSame(["TTL", "k"], integer(9n), integer(10n)));
  assert(isSame(["OBJECT", "IDLETIME", "k"], integer(0n), integer(1n)));
  assert(!isSame(["STRLEN", "k"], integer(9n), integer(10n)));
});

Deno.test("only where the order is unspecified may items come in another order", () => {
  for (const command of ["SMEMBERS", "sinter", "SUNION", "SDIFF", "HKEYS", "HVALS", "KEYS"]) {
    assert(isSame([command, "k"], bulks("a", "b", "b"), bulks("b", "a", "b")), command);
    assert(!isSame([command, "k"], bulks("a", "b", "b"), bulks("a", "a", "b")), command);
    assert(!isSame([command, "k"], bulks("a", "b"), set("a", "b")), command);
  }
  assert(isSame(["SMEMBERS", "k"], set("a", "b"), set("b", "a")));
  assert(!isSame(["LRANGE", "k", "0", "-1"], bulks("a", "b"), bulks("b", "a")));
  assert(!isSame(["HMGET", "k", "a", "b"], bulks("a", "b"), bulks("b", "a")));
});

Deno.test("HGETALL may list its pairs, but not their halves, in another order", () => {
  const command = ["HGETALL", "k"];
  assert(isSame(command, bulks("f", "1", "g", "2"), bulks("g", "2", "f", "1")));
  assert(!isSame(command, bulks("f", "1", "g", "2"), bulks("f", "2", "g", "1")));
  assert(!isSame(command, bulks("f", "g"), bulks("g", "f")));
  assert(isSame(command, map(["f", "1"], ["g", "2"]), map(["g", "2"], ["f", "1"])));
  assert(!isSame(command, map(["f", "1"], ["g", "2"]), map(["f", "2"], ["g", "1"])));
});

const isSameBefore8 = (command: Command, redis: Reply, ours: Reply) =>
  isSame(command, redis, ours, true);

Deno.test("before Redis 8 a score is the same number however many digits it has", () => {
  const long = "0.10000000000000001";
  assert(isSameBefore8(["ZSCORE", "k", "m"], bulk(long), bulk("0.1")));
  assert(isSameBefore8(["ZSCORE", "k", "m"], double(long), double("0.1")));
  assert(isSameBefore8(["ZSCORE", "k", "m"], bulk("1.0000000000000001e-05"), bulk("1e-5")));
  assert(!isSameBefore8(["ZSCORE", "k", "m"], double(long), bulk("0.1")));
  assert(!isSameBefore8(["ZSCORE", "k", "m"], bulk(long), bulk("0.10000000000000002")));
  assert(!isSameBefore8(["ZSCORE", "k", "m"], bulk("-0"), bulk("0")));
  assert(!isSameBefore8(["ZSCORE", "k", "m"], bulk("inf"), bulk("-inf")));
  assert(!isSameBefore8(["ZSCORE", "k", "m"], bulk("nan"), bulk("x")));
  assert(!isSameBefore8(["HINCRBYFLOAT", "k", "f", "1"], bulk(long), bulk("0.1")));
  assert(!isSameBefore8(["GET", "k"], bulk(long), bulk("0.1")));
});

Deno.test("scores are compared at any depth, and their members to the byte", () => {
  const range = ["ZRANGE", "k", "0", "-1", "WITHSCORES"];
  const long = "0.10000000000000001";
  assert(isSameBefore8(range, bulks("m", long), bulks("m", "0.1")));
  assert(!isSameBefore8(range, bulks("m", long), bulks("n", "0.1")));
  assert(!isSameBefore8(range, bulks("m", long), bulks("m", "0.1", "n")));
  const nested = (member: string, score: string) => array(array(bulk(member), double(score)));
  assert(isSameBefore8(range, nested("m", long), nested("m", "0.1")));
  assert(!isSameBefore8(range, nested("m", long), nested("m", "0.2")));
  const popped = (score: string) => array(bulk("k"), array(array(bulk("m"), bulk(score))));
  assert(isSameBefore8(["ZMPOP", "1", "k", "MIN"], popped(long), popped("0.1")));
});

Deno.test("Redis 8 prints scores as Redlite does", () => {
  assert(!isSame(["ZSCORE", "k", "m"], bulk("0.10000000000000001"), bulk("0.1"), false));
  assert(isSame(["ZSCORE", "k", "m"], bulk("0.1"), bulk("0.1"), false));
  assert(!isSame(["ZSCORE", "k", "m"], bulk("100000000000000000000"), bulk("1e+20"), false));
  const [theirs, ours] = ["767056277423168.3", "767056277423168.2"];
  assert(isSame(["ZSCORE", "k", "m"], double(theirs), double(ours), false), "the same number");
  assert(!isSame(["ZSCORE", "k", "m"], double(theirs), double("767056277423168.5"), false));
  assert(
    isSame(["ZSCORE", "k", "m"], bulk("0.41391096595436627"), bulk("0.4139109659543663"), false),
  );
  assert(!isSame(["ZSCORE", "k", "m"], bulk("0.0000001"), bulk("1e-7"), false));
});

Deno.test("no member in the pool can be taken for another by the rule on scores", () => {
  for (const [i, a] of MEMBERS.entries()) {
    for (const b of MEMBERS.slice(i + 1)) {
      const [x, y] = [a, b].map((member): Reply =>
        typeof member === "string" ? bulk(member) : { type: "bulk", value: member }
      );
      assert(!sameButForDoubles(x!, y!), `${a} and ${b}`);
    }
  }
});

Deno.test("one call of an iteration may return any part, but no error in its place", () => {
  const part = (...keys: string[]) => array(bulk("17"), bulks(...keys));
  const error: Reply = { type: "error", value: "ERR invalid cursor" };
  for (const command of [["SCAN", "0"], ["HSCAN", "k", "0"], ["SSCAN", "k", "0"]]) {
    assert(isSame(command, part("a"), part("b", "c")));
    assert(!isSame(command, part("a"), error));
    assert(!isSame(command, set("a"), set("b")), "whole iterations are compared in full");
  }
});

Deno.test("an empty or negative cursor may be refused as by Redis 8, by every scan", () => {
  const found = array(bulk("0"), array());
  const refused: Reply = { type: "error", value: "ERR invalid cursor" };
  assert(isSameBefore8(["SCAN", ""], found, refused));
  assert(isSameBefore8(["HSCAN", "k", "-1"], found, refused));
  assert(!isSameBefore8(["HSCAN", "", "0"], found, refused));
  assert(!isSameBefore8(["SCAN", "0", ""], found, refused));
});

Deno.test("what was otherwise before Redis 8 is no excuse against it, and the other way round", () => {
  const refused: Reply = { type: "error", value: "ERR invalid cursor" };
  assert(!isSame(["SCAN", ""], array(bulk("0"), array()), refused, false));
  const encoding = ["OBJECT", "ENCODING", "k"];
  assert(isSame(encoding, bulk("raw"), bulk("embstr"), false));
  assert(!isSame(encoding, bulk("raw"), bulk("embstr"), true));
});

Deno.test("times in an array may lie as far apart as alone", () => {
  const times = (...values: bigint[]) => array(...values.map(integer));
  const command = ["HTTL", "k", "FIELDS", "2", "a", "b"];
  assert(isSame(command, times(-1n, 9n), times(-1n, 10n)));
  assert(!isSame(command, times(-1n, 9n), times(-1n, 12n)));
  assert(!isSame(command, times(-1n, 9n), times(-2n, 9n)));
  assert(!isSame(command, times(9n), times(9n, 9n)));
});

Deno.test("the first of several answers that differs is found", () => {
  const answers = (...texts: string[]) =>
    texts.map((text) => ({ command: ["GET", text], reply: bulk(text.toLowerCase()) }));
  const expected = answers("a", "b", "c");
  assert.equal(firstDifference(sideBySide(expected, expected)), undefined);
  const actual = expected.with(1, { command: ["GET", "b"], reply: bulk("x") });
  assert.deepEqual(firstDifference(sideBySide(expected, actual)), {
    command: ["GET", "b"],
    redis: bulk("b"),
    ours: bulk("x"),
  });
});
