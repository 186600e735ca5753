import { strict as assert } from "node:assert";
import { acl } from "../../../src/commands/sessions/acl.ts";
import type { Command } from "../../../src/commands/table/command.ts";
import { named, noRedis, standIn } from "../../harness/lacking.ts";
import { format, type Reply, type RespClient } from "../../harness/resp_client.ts";
import {
  redisMajorVersion,
  startRedis,
  startRedlite,
  temporaryDirectory,
} from "../../harness/servers.ts";
import { fields, items, oracleCommands, text } from "../oracle_commands.ts";
import { testSameAsRedis } from "../same_as_redis.ts";

const HASH = "30c952fab122c3f9759f02a6d95c3758b246b4fee239957b2d4fee46e26170c4";

/** Rules of ACL SETUSER, for a new user each. Before Redis 8 some of them were told otherwise. */
const RULES = [
  "on nopass",
  "ON >pw >pw <pw #HASH !HASH",
  "#HASH",
  ">pw nopass",
  "nopass >pw",
  ">a resetpass",
  "<a",
  "#abc",
  "!HASH",
  "sanitize-payload skip-sanitize-payload",
  "+get +set -get",
  "+@all -get +get",
  "+@read +@write -@read",
  "+get +@all -@all",
  "+@READ -GET +Config|Get",
  "+config|get +config -config|set",
  "-config",
  "+config|nope",
  "-config|nope",
  "+config|get|x",
  "+config|",
  "+get|foo +get|FOO +get|bar",
  "+get|foo +get",
  "+get|foo|bar",
  "-get|foo",
  "+get|",
  "+nope",
  "-nope",
  "+@nope",
  "+@",
  "+",
  "allcommands -@dangerous nocommands",
  "~a ~b ~a",
  "~a ~*",
  "~* ~a",
  "allkeys resetkeys ~a",
  "%R~a %W~b %RW~c %wr~d",
  "%R~a %W~a",
  "%R~* %W~*",
  "%RW~* ~a",
  "%R",
  "%",
  "%~a",
  "%X~a",
  "%RR~a",
  "&a &b &a",
  "&a &*",
  "&* &a",
  "allchannels resetchannels &a",
  "on foo",
  "''",
  "~a_b",
  "&a_b",
  "(+get ~a) (+set &b)",
  "( +get ~a )",
  "(+get_~a)",
  "()",
  "(+get ~a",
  "(+get) clearselectors",
  "((+get))",
  "(+get (~a))",
  "(on)",
  "(~* ~a)",
  ")",
  "~a(b)",
  "on >pw ~* &* +@all (+get) reset",
  // Commands that Redis has, and Redlite perhaps not.
  "+@all -eval -replicaof -script +cluster|slots -migrate -debug",
  "+script|load +script +cluster|slots -cluster|slots +function|list",
  "+@scripting -@geo +xread +xinfo|stream",
  "+eval|foo -eval|foo",
  "+eval|foo",
  "+script|foo",
  "-script|nope",
];

const RULE_LINES = RULES.flatMap((rules) => [
  `acl setuser u ${rules.replaceAll("HASH", HASH)}`,
  "acl getuser u",
  "acl list",
  "acl deluser u",
]);

const DRY_RUNS = [
  ...["get a", "get r", "get w", "get z", "set r v", "set w v", "set w v get", "mget a r z"],
  ...["incr w", "append w v", "del w", "del r", "copy r w", "copy w r", "exists w", "exists z"],
  ...["sort a store w", "sort a store r", "lmpop 1 a left", "lmpop 1 w left", "lmpop x z left"],
  ...["bitfield r get u8 0", "bitfield r set u8 0 1", "object encoding z", "touch z", "keys *"],
  ...["flushall", "config get x", "CONFIG SET x y", "publish c m", "publish d m", "spublish d m"],
  ...["subscribe c1 d", "psubscribe c*", "psubscribe c1*", "ssubscribe d", "unsubscribe d"],
  ...["auth x", "hello", "quit", "ping", "select 0", "select 1", "client id", "client list"],
  ...["get", "nope", "config nope", "config", "config|get x", "mset a 1 z", "rename a w"],
];

const USERS = [
  "+@all -flushall -config|get ~a* %R~r* %W~w* &c*",
  "+get +publish ~a (+set +mget ~r ~w) (+publish &d)",
  "+@read -@string +client +select|0 allkeys allchannels",
  "-@all +config +@pubsub &c* ~*",
  "+@all -client -@write ~z %W~*",
  "",
];

const DRY_RUN_LINES = USERS.flatMap((rules) => [
  `acl setuser d reset${rules === "" ? "" : " " + rules}`,
  ...DRY_RUNS.map((line) => `acl dryrun d ${line}`),
]);

const OTHER_LINES = [
  "acl",
  "acl nope",
  "acl whoami",
  "acl whoami x",
  "acl users",
  "acl users x",
  "acl list",
  "acl getuser default",
  "acl getuser nobody",
  "acl getuser",
  "acl setuser",
  "acl setuser a_b on",
  "acl setuser b",
  "acl setuser ''",
  "acl users",
  "acl deluser",
  "acl deluser b default",
  "acl users",
  "acl deluser b b nobody ''",
  "acl users",
  "acl dryrun nobody get k",
  "acl dryrun default get",
  "acl dryrun default get k",
  "acl cat nope",
  "acl cat @read",
  "acl cat all",
  "acl cat read write",
  "acl genpass 0",
  "acl genpass -1",
  "acl genpass 4097",
  "acl genpass x",
  "acl genpass 1 2",
  "acl log",
  "acl log 0",
  "acl log -1",
  "acl log x",
  "acl log reset",
  "acl log reset x",
  "client kill user nobody",
];

if (redisMajorVersion() >= 8) {
  testSameAsRedis("rules are read and told as Redis's", RULE_LINES);
  testSameAsRedis("ACL DRYRUN answers as Redis's", DRY_RUN_LINES);
  testSameAsRedis("the other subcommands of ACL answer as Redis's", OTHER_LINES);
}

/** The subcommand of ACL that Redis has not. */
const RESTTOKEN = "acl|resttoken";

Deno.test({
  ...named("ACL has Redis's subcommands, arity, flags and categories", noRedis()),
  async fn() {
    await using redis = await startRedis();
    await using client = await redis.connect({ resp: 3 });
    const theirs = (await oracleCommands(client)).find(({ name }) => name === "acl")!;
    const facts = ({ fullName, arity, flags, categories, tips }: Command) => ({
      fullName,
      arity,
      flags: [...flags].sort(),
      categories: [...categories].sort(),
      // Before Redis 8 no tip told that a change has to reach all nodes.
      tips: redisMajorVersion() >= 8 ? [...tips].sort() : [],
    });
    const sorted = (commands: readonly Command[] = []) =>
      commands.map(facts).sort((a, b) => a.fullName < b.fullName ? -1 : 1);
    assert.ok(theirs !== undefined);
    assert.deepEqual(facts(acl), facts(theirs));
    const ours = acl.subcommands?.filter(({ fullName }) => fullName !== RESTTOKEN);
    assert.deepEqual(sorted(ours), sorted(theirs.subcommands));
  },
});

Deno.test("ACL CAT lists the categories, and the commands of one", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  const categories = items(await client.send("ACL", "CAT")).map(text);
  for (const name of ["keyspace", "read", "geo", "scripting"]) {
    assert.ok(categories.includes(name), name);
  }
  const hash = items(await client.send("ACL", "CAT", "HASH")).map(text);
  assert.ok(hash.includes("hget") && !hash.includes("get"));
  const dangerous = items(await client.send("ACL", "CAT", "dangerous")).map(text);
  assert.ok(dangerous.includes("config|set") && !dangerous.includes("client|id"));
});

Deno.test("ACL GENPASS makes as many bits as asked for, other ones each time", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  const generate = async (...bits: string[]) => text(await client.send("ACL", "GENPASS", ...bits));
  const password = await generate();
  assert.match(password, /^[0-9a-f]{64}$/);
  assert.notEqual(await generate(), password);
  assert.match(await generate("1"), /^[0-9a-f]$/);
  assert.match(await generate("5"), /^[0-9a-f]{2}$/);
  assert.match(await generate("4096"), /^[0-9a-f]{1024}$/);
});

/** What some commands are answered, in short. */
async function answers(client: RespClient, ...lines: string[]): Promise<string[]> {
  const replies: Reply[] = [];
  for (const line of lines) replies.push(await client.send(...line.split(" ")));
  return replies.map(format);
}

const NO_KEY = "-NOPERM No permissions to access a key";

Deno.test("a client does what its user may, from the next command on", async () => {
  await using server = await startRedlite();
  await using admin = await server.connect();
  await using client = await server.connect();
  await answers(admin, "ACL SETUSER u on >pw ~a* +@all -flushall");
  assert.deepEqual(await answers(client, "AUTH u pw", "ACL WHOAMI"), ["+OK", '"u"']);
  assert.deepEqual(await answers(client, "SET a 1", "GET b", "flushALL", "MSET a 2 b 2", "GET a"), [
    "+OK",
    NO_KEY,
    "-NOPERM User u has no permissions to run the 'flushall' command",
    NO_KEY,
    '"1"',
  ]);
  await answers(admin, "ACL SETUSER u ~b -get");
  assert.deepEqual(await answers(client, "SET b 1", "GET b"), [
    "+OK",
    "-NOPERM User u has no permissions to run the 'get' command",
  ]);
});

Deno.test("EXEC does nothing if a command was refused when it was queued", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await answers(client, "ACL SETUSER u on nopass ~a +@all", "AUTH u x");
  assert.deepEqual(await answers(client, "MULTI", "SET a 1", "SET b 1", "EXEC", "GET a"), [
    "+OK",
    "+QUEUED",
    NO_KEY,
    "-EXECABORT Transaction discarded because of previous errors.",
    "$-1",
  ]);
});

Deno.test("refusals are found in ACL LOG", async () => {
  await using server = await startRedlite();
  await using admin = await server.connect({ resp: 3 });
  await using client = await server.connect();
  await answers(admin, "ACL SETUSER u on >pw ~a +@all -@admin");
  await answers(client, "AUTH u wrong", "AUTH u pw", "GET b", "GET b", "MULTI", "CONFIG GET x");
  const entries = items(await admin.send("ACL", "LOG")).map(fields);
  const told = entries.map((entry) =>
    ["count", "reason", "context", "object", "username", "entry-id"]
      .map((field) => text(entry.get(field))).join(" ")
  );
  assert.deepEqual(told, [
    "1 command multi config|get u 2",
    "2 key toplevel b u 1",
    "1 auth toplevel AUTH u 0",
  ]);
  assert.deepEqual([...entries[0]!.keys()], [
    ...["count", "reason", "context", "object", "username", "age-seconds", "client-info"],
    ...["entry-id", "timestamp-created", "timestamp-last-updated"],
  ]);
  assert.match(text(entries[1]!.get("client-info")), /^id=\d+ addr=127\.0\.0\.1:\d+ .* user=u /);
  assert.deepEqual(
    await answers(admin, "ACL LOG 1", "ACL LOG RESET", "ACL LOG").then((all) => all.slice(1)),
    ["+OK", "[]"],
  );
});

Deno.test("the clients of a removed user are disconnected, also the one that removes it", async () => {
  await using server = await startRedlite();
  await using admin = await server.connect();
  await using client = await server.connect();
  await answers(admin, "ACL SETUSER u on nopass +@all");
  await answers(client, "AUTH u x");
  assert.deepEqual(await answers(admin, "ACL DELUSER u"), [":1"]);
  await assert.rejects(client.send("PING"));
  await answers(admin, "ACL SETUSER u on nopass +@all", "AUTH u x");
  assert.deepEqual(await answers(admin, "ACL DELUSER u"), [":1"]);
  await assert.rejects(admin.send("PING"));
});

Deno.test("who is subscribed to a channel that is taken away is disconnected", async () => {
  await using server = await startRedlite();
  await using admin = await server.connect();
  await using stays = await server.connect();
  await using goes = await server.connect();
  await answers(admin, "ACL SETUSER u on nopass +@all &a &b*");
  await answers(stays, "AUTH u x", "SUBSCRIBE a");
  await answers(goes, "AUTH u x", "PSUBSCRIBE b*");
  await answers(admin, "ACL SETUSER u resetchannels &a &b1");
  await assert.rejects(goes.send("PING"));
  assert.equal(format(await stays.send("PING")), '["pong", ""]');
});

Deno.test({
  ...named("ACL SAVE keeps users for the next start, and ACL LOAD goes back to them", standIn()),
  async fn() {
    await using directory = await temporaryDirectory();
    const options = { directory: directory.path };
    {
      await using server = await startRedlite(options);
      await using client = await server.connect();
      assert.deepEqual(await answers(client, "ACL LOAD"), [
        "-ERR the database has no users: ACL SAVE writes them",
      ]);
      await answers(client, "ACL SETUSER u on >pw ~a* +get");
      assert.deepEqual(await answers(client, "ACL SAVE"), ["+OK"]);
      await answers(client, "ACL SETUSER u off", "ACL SETUSER v on");
      assert.deepEqual(await answers(client, "ACL LOAD", "ACL USERS"), ["+OK", '["default", "u"]']);
      assert.deepEqual(await answers(client, "AUTH u pw"), ["+OK"]);
    }
    await using server = await startRedlite(options);
    await using client = await server.connect();
    assert.deepEqual(await answers(client, "AUTH u pw", "GET a", "GET b"), ["+OK", "$-1", NO_KEY]);
  },
});
