import { strict as assert } from "node:assert";
import type { DenialContext } from "../../src/commands/table/access.ts";
import { argumentsOf, commandOf, TestUsers } from "./users.ts";

function deny(users: TestUsers, line: string, context: DenialContext = "toplevel"): void {
  const user = users.access.user("u") ?? users.set("u", "+mget +subscribe");
  const denial = users.access.check(user, commandOf(line), argumentsOf(line));
  assert.ok(denial !== undefined, line);
  users.access.logDenied(users.client(user), denial, context);
}

/** The entries in short: `id count reason context object username`. */
function told(users: TestUsers): string[] {
  return users.access.log().map(({ id, count, reason, context, object, username }) =>
    [id, count, reason, context, object, username].join(" ")
  );
}

Deno.test("refusals and failed authentications are logged, the latest first", () => {
  using users = new TestUsers();
  deny(users, "config get x");
  deny(users, "mget k");
  deny(users, "subscribe c", "multi");
  users.access.logFailedAuth(users.client(), "who", "auth");
  assert.deepEqual(told(users), [
    "3 1 auth toplevel auth who",
    "2 1 channel multi c u",
    "1 1 key toplevel k u",
    "0 1 command toplevel config|get u",
  ]);
  assert.deepEqual(users.access.denials, { auth: 1, command: 1, key: 1, channel: 1 });
});

Deno.test("refusals alike within a minute of the last are one entry, which comes first again", () => {
  using users = new TestUsers();
  const start = users.clock.now();
  deny(users, "get k");
  users.clock.advance(60_000);
  deny(users, "set k v");
  deny(users, "get k");
  users.clock.advance(60_000);
  deny(users, "get k");
  assert.deepEqual(told(users), ["0 3 command toplevel get u", "1 1 command toplevel set u"]);
  const { createdAtMs, updatedAtMs } = users.access.log()[0]!;
  assert.deepEqual([createdAtMs, updatedAtMs], [start, start + 120_000]);
  users.clock.advance(60_001);
  deny(users, "get k");
  assert.equal(told(users)[0], "2 1 command toplevel get u");
});

Deno.test("refusals that differ in anything told are entries of their own", () => {
  using users = new TestUsers();
  deny(users, "mget a");
  deny(users, "mget b");
  deny(users, "mget a", "multi");
  deny(users, "subscribe a");
  users.access.logFailedAuth(users.client(), "a");
  users.access.logFailedAuth(users.client(), "b");
  users.access.logFailedAuth(users.client(), "b", "HELLO");
  assert.equal(users.access.log().length, 7);
  assert.ok(users.access.log().every(({ count }) => count === 1));
});

Deno.test("an entry tells of the last client", () => {
  using users = new TestUsers();
  deny(users, "get k");
  const first = users.access.log()[0]!.clientInfo;
  assert.match(first, /^id=\d+ .* user=u /);
  users.clock.advance(3000);
  const user = users.user("u");
  const denial = users.access.check(user, commandOf("get k"), argumentsOf("get k"));
  assert.ok(denial !== undefined);
  const client = users.client(user);
  client.name = "second";
  users.access.logDenied(client, denial, "toplevel");
  assert.match(users.access.log()[0]!.clientInfo, / name=second /);
});

Deno.test("the log keeps as many entries as it may", () => {
  using users = new TestUsers();
  users.logMaxLength = 2;
  for (const key of ["a", "b", "c"]) deny(users, `mget ${key}`);
  assert.deepEqual(told(users), ["2 1 key toplevel c u", "1 1 key toplevel b u"]);
  users.logMaxLength = 0;
  deny(users, "mget d");
  assert.deepEqual(told(users), []);
  users.logMaxLength = 10;
  deny(users, "mget e");
  assert.deepEqual(told(users), ["3 1 key toplevel e u"]);
});

Deno.test("only the ten latest entries are looked at for one alike", () => {
  using users = new TestUsers();
  for (let i = 0; i < 10; i++) deny(users, `mget k${i}`);
  deny(users, "mget k0");
  assert.equal(users.access.log().length, 10);
  deny(users, "mget k10");
  deny(users, "mget k1");
  assert.equal(users.access.log().length, 12);
});

Deno.test("resetting the log forgets the entries but gives no id twice", () => {
  using users = new TestUsers();
  deny(users, "get k");
  users.access.resetLog();
  assert.deepEqual(told(users), []);
  deny(users, "get k");
  assert.deepEqual(told(users), ["1 1 command toplevel get u"]);
  assert.equal(users.access.denials.command, 2);
});
