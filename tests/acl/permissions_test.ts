import { strict as assert } from "node:assert";
import type { Subscriptions } from "../../src/commands/sessions/pubsub_host.ts";
import { fromLatin1 } from "../harness/resp_client.ts";
import { argumentsOf, commandOf, TestUsers } from "./users.ts";

/** Registers a test that a user of some rules is answered so to some command lines. */
function testPermissions(name: string, rules: string, lines: Record<string, string>): void {
  Deno.test(name, () => {
    using users = new TestUsers();
    const user = users.set("u", rules);
    for (const [line, answer] of Object.entries(lines)) {
      assert.equal(users.check(user, line), answer, line);
    }
  });
}

testPermissions("a new user may only authenticate and leave", "", {
  "get k": "command get",
  "ping": "command ping",
  "client id": "command client|id",
  "auth u p": "ok",
  "hello": "ok",
  "quit": "ok",
  "reset": "ok",
});

testPermissions("a key must match a pattern", "+@all ~a* ~b", {
  "get a1": "ok",
  "get b": "ok",
  "get b1": "key b1",
  "get ''": "key ",
  "mget a b c d": "key c",
  "mset a 1 c 2": "key c",
  "del a b": "ok",
  "ping": "ok",
  "keys *": "ok",
});

testPermissions(
  "what a command does to a key decides which permission it takes",
  "+@all ~a* %R~r* %W~w*",
  {
    "get r": "ok",
    "get w": "key w",
    "set w v": "ok",
    "set r v": "key r",
    "set w v get": "key w",
    "getset a v": "ok",
    "incr w": "key w",
    "append w v": "ok",
    "del w": "ok",
    "del r": "key r",
    "copy r w": "ok",
    "copy w r": "key w",
    "rename a w": "ok",
    "rename r w": "key r",
    "exists w": "ok",
    "exists z": "key z",
    "strlen w": "ok",
    "bitfield r get u8 0": "ok",
    "bitfield r set u8 0 1": "key r",
    "sort a store w": "ok",
    "sort a store r": "key r",
    "lmpop 2 a w left": "key w",
    "object encoding z": "key z",
  },
);

testPermissions("permissions of two patterns do not add up on one key", "+@all %R~a* %W~*z", {
  "get az": "ok",
  "set az v": "ok",
  "incr az": "key az",
});

testPermissions("a pattern given for reading and for writing is for both", "+@all %R~a %W~a", {
  "incr a": "ok",
});

testPermissions("keys are compared as bytes", "+get ~\xff", { "get \xff": "key Ã¿" });

testPermissions("a container's rule is for all its subcommands", "+client -client|list", {
  "client id": "ok",
  "client list": "command client|list",
});

testPermissions("a subcommand can be allowed alone", "+config|get", {
  "config get x": "ok",
  "config set x y": "command config|set",
});

testPermissions("later rules win over earlier ones", "+@all -@write +set", {
  "get k": "key k",
  "set k v": "key k",
  "append k v": "command append",
});

testPermissions("a category is what COMMAND INFO says", "~* +@string -@write", {
  "get k": "ok",
  "set k v": "command set",
  "hget k f": "command hget",
});

testPermissions("a command can be allowed with a first argument only", "~* +select|0 +get|Foo", {
  "select 0": "ok",
  "select 1": "command select",
  "get foo": "ok",
  "get FOO": "ok",
  "get bar": "command get",
});

testPermissions("forbidding a command forgets its first arguments", "~* +get|foo -get", {
  "get foo": "command get",
});

testPermissions("one selector has to allow all of a command", "+get ~a (+set ~b) (+mget ~a ~b)", {
  "get a": "ok",
  "get b": "key b",
  "set b v": "ok",
  "set a v": "key a",
  "mget a b": "ok",
  "mget b c": "key c",
  "del a": "command del",
});

testPermissions("of several refusals the one that got furthest is told", "+mget ~a (+mget ~a ~b)", {
  "mget a b c": "key c",
  "mget c a": "key c",
});

testPermissions("channels must match a pattern", "+@all &c* &d", {
  "publish c1 m": "ok",
  "publish d m": "ok",
  "publish e c": "channel e",
  "subscribe c1 d": "ok",
  "subscribe c1 e": "channel e",
  "ssubscribe e": "channel e",
  "spublish e m": "channel e",
  "unsubscribe e": "ok",
  "sunsubscribe e": "ok",
  "punsubscribe e*": "ok",
  "pubsub channels": "ok",
});

testPermissions("a pattern to subscribe to must be allowed to the letter", "+@all &c* &d", {
  "psubscribe c*": "ok",
  "psubscribe d": "ok",
  "psubscribe c1*": "channel c1*",
  "psubscribe *": "channel *",
});

Deno.test("every way to allow everything makes a user unrestricted, and any limit ends it", () => {
  using users = new TestUsers();
  assert.equal(users.access.defaultUser.unrestricted, true);
  const all = "on allkeys allchannels +@all";
  assert.equal(users.fresh("~* &* allcommands").unrestricted, true);
  assert.equal(users.fresh(all + " +get (+set)").unrestricted, true);
  for (const rule of ["-get", "-@read", "-@all", "resetkeys", "resetchannels", "reset"]) {
    assert.equal(users.fresh(`${all} ${rule}`).unrestricted, false, rule);
  }
  assert.equal(users.fresh("%RW~* &* +@all").unrestricted, false);
});

Deno.test("a key's pattern matches bytes that are no text", () => {
  using users = new TestUsers();
  users.access.setUser("u", ["+get", "~\xff*"]);
  const args = argumentsOf("get k");
  const key = fromLatin1("\xff\0\n");
  args.slot(1).set(key, 0, key.length);
  assert.equal(users.access.check(users.user("u"), commandOf("get k"), args), undefined);
});

Deno.test("a refusal has Redis's texts", () => {
  using users = new TestUsers();
  const user = users.set("é", "+get ~a +publish");
  const texts = (line: string) => {
    const denial = users.access.check(user, commandOf(line), argumentsOf(line));
    return [denial?.message, denial?.explanation, denial?.reason];
  };
  assert.deepEqual(texts("config get x"), [
    "NOPERM User Ã© has no permissions to run the 'config|get' command",
    "User Ã© has no permissions to run the 'config|get' command",
    "no permission to execute the command or subcommand",
  ]);
  assert.deepEqual(texts("get b"), [
    "NOPERM No permissions to access a key",
    "User Ã© has no permissions to access the 'b' key",
    "no permission to touch the specified keys",
  ]);
  assert.deepEqual(texts("publish c m"), [
    "NOPERM No permissions to access a channel",
    "User Ã© has no permissions to access the 'c' channel",
    "no permission to access one of the channels used as arguments to the command",
  ]);
});

Deno.test("of a long key only the beginning is told", () => {
  using users = new TestUsers();
  const user = users.set("u", "+get");
  const line = "get " + "k".repeat(5000);
  const denial = users.access.check(user, commandOf(line), argumentsOf(line));
  assert.equal(denial?.object, "k".repeat(1024));
});

Deno.test("a change holds for the user that clients have", () => {
  using users = new TestUsers();
  const user = users.set("u", "~* +get");
  assert.equal(users.check(user, "set k v"), "command set");
  assert.equal(users.set("u", "+set -get"), user);
  assert.equal(users.check(user, "set k v"), "ok");
  assert.equal(users.check(user, "get k"), "command get");
});

Deno.test("the default user can be restricted but not removed", () => {
  using users = new TestUsers();
  const user = users.set("default", "-get");
  assert.equal(user, users.access.defaultUser);
  assert.equal(users.check(user, "get k"), "command get");
  users.set("u", "");
  assert.throws(() => users.access.removeUsers(["u", "default"]), {
    message: "ERR The 'default' user cannot be removed",
  });
  assert.ok(users.access.user("u") !== undefined);
});

Deno.test("removing users tells whose clients have to go", () => {
  using users = new TestUsers();
  for (const name of ["a", "b", "c"]) users.set(name, "on");
  assert.equal(users.access.removeUsers(["b", "nobody", "a", "b"]), 2);
  assert.deepEqual(users.removed, ["b", "a"]);
  assert.deepEqual(users.access.users().map(({ name }) => name), ["c", "default"]);
});

Deno.test("users come in the order of their names' bytes", () => {
  using users = new TestUsers();
  for (const name of ["\u{1f600}", "\uffee", "b", "é", "", "B"]) users.set(name, "");
  assert.deepEqual(users.access.users().map(({ name }) => name), [
    "",
    "B",
    "b",
    "default",
    "é",
    "\uffee",
    "\u{1f600}",
  ]);
});

Deno.test("taking a channel away is told, adding or keeping all is not", () => {
  using users = new TestUsers();
  users.set("u", "&a &b*");
  const reducedBy = (rules: string) => {
    users.reduced.length = 0;
    users.set("u", rules);
    return users.reduced.length === 1;
  };
  assert.equal(reducedBy("&c"), false);
  assert.equal(reducedBy("+get"), false);
  assert.equal(reducedBy("resetchannels &c &b* &a"), false);
  assert.equal(reducedBy("resetchannels &a (&b* &c)"), false);
  assert.equal(reducedBy("clearselectors"), true);
  assert.equal(reducedBy("allchannels"), false);
  assert.equal(reducedBy("resetchannels &a"), true);
  assert.equal(reducedBy("(&*)"), false);
  assert.equal(reducedBy("clearselectors"), true);
});

function subscriptions(channels: string[], patterns: string[], shard: string[]): Subscriptions {
  const named = (names: string[]) => ({
    size: names.length,
    names: () => names.map(fromLatin1),
  });
  return {
    channels: named(channels),
    patterns: named(patterns),
    shardChannels: named(shard),
    count: channels.length + patterns.length,
    memory: 0,
    isSubscribed: true,
  };
}

Deno.test("subscriptions are allowed if each of them is", () => {
  using users = new TestUsers();
  const user = users.set("u", "&c* (&d)");
  const allows = (channels: string[], patterns: string[] = [], shard: string[] = []) =>
    users.access.allowsSubscriptions(user, subscriptions(channels, patterns, shard));
  assert.equal(allows(["c1", "d"], ["c*", "d"], ["c2"]), true);
  assert.equal(allows(["c1", "e"]), false);
  assert.equal(allows([], ["c1*"]), false);
  assert.equal(allows([], [], ["e"]), false);
});

Deno.test("SORT may follow patterns if what allows it also allows to read every key", () => {
  using users = new TestUsers();
  const reads = (rules: string, line = "sort a by w*") =>
    users.access.readsAllKeys(users.fresh(rules), commandOf(line), argumentsOf(line));
  assert.equal(reads("+@all ~a*"), false);
  assert.equal(reads("+@all ~*"), true);
  assert.equal(reads("+@all %R~*"), true);
  assert.equal(reads("+@all %W~* ~a"), false);
  assert.equal(reads("+@all ~a (+sort ~*)"), true);
  assert.equal(reads("+@all ~a (+sort_ro ~*)"), false);
});
