import { strict as assert } from "node:assert";
import { commandsOf } from "../../../src/commands/table/define.ts";
import { checkArity, Table } from "../../../src/commands/table/table.ts";
import { Arguments } from "../../../src/resp/arguments.ts";
import { named, noRedis } from "../../harness/lacking.ts";
import { fromLatin1 } from "../../harness/resp_client.ts";
import { startRedis } from "../../harness/servers.ts";
import { oracleCommands } from "../oracle_commands.ts";

const generic = commandsOf("generic");
const ignore = () => {};

function row(syntax: string, arity: number) {
  return generic(syntax, { since: "1.0.0", arity, summary: "Does nothing." }, ignore);
}

const table = new Table([
  row("GET key", 2),
  row("GEOSEARCHSTORE destination source", -8),
  row("MGET key [key ...]", -2),
  generic("CLIENT", { since: "2.4.0", arity: -2, summary: "A container." }, [
    row("CLIENT LIST [TYPE <NORMAL | PUBSUB>]", -2),
    row("CLIENT NO-EVICT <ON | OFF>", 3),
  ]),
  generic("COMMAND", { since: "2.8.13", arity: -1, summary: "Both." }, ignore, [
    row("COMMAND COUNT", 2),
  ]),
]);

/** Words are written with one character a byte. */
function args(...words: string[]): Arguments {
  const result = new Arguments();
  result.fill(words.map(fromLatin1));
  return result;
}

function lookup(...words: string[]): string | undefined {
  return table.lookup(args(...words))?.fullName;
}

Deno.test("a command is found by its name in any case", () => {
  assert.equal(lookup("get", "k"), "get");
  assert.equal(lookup("GeT", "k"), "get");
  assert.equal(lookup("GEOSEARCHSTORE"), "geosearchstore");
});

Deno.test("a name is not found by a part of it or by bytes alike but for a bit", () => {
  for (const name of ["", "ge", "gett", "get\0", "g%t", "\x07et", "client|list", "list"]) {
    assert.equal(lookup(name), undefined, JSON.stringify(name));
  }
});

Deno.test("a name is found where it lies in a larger buffer", () => {
  const words = new Arguments();
  words.count = 1;
  const slice = words.slot(0);
  slice.bytes = fromLatin1("$4\r\nMGET\r\n");
  slice.start = 4;
  slice.end = 8;
  assert.equal(table.lookup(words)?.fullName, "mget");
});

Deno.test("a container's first argument selects the subcommand", () => {
  assert.equal(lookup("client", "LIST"), "client|list");
  assert.equal(lookup("CLIENT", "no-evict", "on"), "client|no-evict");
  assert.equal(lookup("CLIENT", "nothing"), undefined);
  assert.equal(lookup("COMMAND", "COUNT"), "command|count");
});

Deno.test("a container alone is the container, whether or not it runs by itself", () => {
  const client = table.lookup(args("client"));
  assert.equal(client?.handler, undefined);
  assert.equal(client !== undefined && checkArity(client, args("client")), false);
  const command = table.lookup(args("command"));
  assert.equal(command?.handler, ignore);
  assert.equal(command !== undefined && checkArity(command, args("command")), true);
});

Deno.test("resolve looks a command up from any argument on", () => {
  const words = args("COMMAND", "GETKEYS", "client", "list", "x");
  assert.equal(table.resolve(words, 2)?.command.fullName, "client|list");
  assert.equal(table.resolve(words, 3), undefined);
  assert.equal(table.resolve(args("x", "client"), 1)?.command.fullName, "client");
});

Deno.test("find takes a full name in any case", () => {
  assert.equal(table.find("Client|List")?.fullName, "client|list");
  assert.equal(table.find("client")?.fullName, "client");
  for (const name of ["get|x", "client|", "client|list|x", "|", ""]) {
    assert.equal(table.find(name), undefined, name);
  }
});

Deno.test("the count takes a container for one", () => {
  assert.equal(table.count, 5);
  assert.deepEqual([...table.all()].map((command) => command.name), [
    "get",
    "geosearchstore",
    "mget",
    "client",
    "command",
  ]);
});

Deno.test("two commands of one name are refused", () => {
  assert.throws(() => new Table([row("GET key", 2), row("GET other", 3)]), /Two commands.*"get"/);
});

Deno.test("a subcommand must be written under its container", () => {
  const facts = { since: "1.0.0", arity: -2, summary: "A container." };
  assert.throws(() => generic("CLIENT", facts, [row("CONFIG GET parameter", 3)]), TypeError);
});

Deno.test("a positive arity is exact and a negative one the least", () => {
  const check = (...words: string[]) => {
    const command = table.lookup(args(...words));
    return command !== undefined && checkArity(command, args(...words));
  };
  assert.equal(check("get"), false);
  assert.equal(check("get", "a"), true);
  assert.equal(check("get", "a", "b"), false);
  assert.equal(check("mget"), false);
  assert.equal(check("mget", "a"), true);
  assert.equal(check("mget", "a", "b"), true);
  assert.equal(check("client", "no-evict"), false);
});

Deno.test("an unknown command's error repeats the beginning of its arguments", () => {
  assert.equal(
    table.unknown(args("foo", "a", "b")).message,
    "ERR unknown command 'foo', with args beginning with: 'a' 'b' ",
  );
});

Deno.test("an unknown subcommand's error points to the container's help", () => {
  assert.equal(
    table.unknown(args("cliENT", "x")).message,
    "ERR unknown subcommand 'x'. Try CLIENT HELP.",
  );
});

Deno.test({
  ...named("unknown commands get Redis's errors", noRedis()),
  async fn() {
    await using redis = await startRedis();
    await using client = await redis.connect({ resp: 3 });
    const theirs = new Table(await oracleCommands(client));
    const long = (size: number) => "x".repeat(size);
    const lines = [
      ["foo"],
      [""],
      ["foo", ""],
      ["f\noo\r", "a\nb", "\r\n"],
      ["foo\0bar", "a\0b", "\0"],
      [long(300), long(100), long(100), "c"],
      ...[120, 123, 124, 125, 126, 127, 128, 129].map((size) => ["foo", long(size), "b", "c"]),
      Array.from({ length: 60 }, (_, i) => `a${i}`),
      ["client", "x"],
      ["CoNfIg", long(200)],
      ["object", "x\ny\0z", "more"],
      ["command", ""],
    ];
    const replies = await client.pipeline(lines);
    for (const [i, line] of lines.entries()) {
      const words = args(...line);
      assert.equal(theirs.lookup(words), undefined, JSON.stringify(line));
      assert.deepEqual(
        { type: "error", value: theirs.unknown(words).message },
        replies[i],
        JSON.stringify(line),
      );
    }
  },
});

Deno.test({
  ...named("every command of Redis is found among all of them", noRedis()),
  async fn() {
    await using redis = await startRedis();
    await using client = await redis.connect({ resp: 3 });
    const commands = await oracleCommands(client);
    const theirs = new Table(commands);
    const all = commands.flatMap((command) => [command, ...command.subcommands ?? []]);
    assert.ok(all.length > 300);
    for (const command of all) {
      const words = args(...command.fullName.toUpperCase().split("|"));
      assert.equal(theirs.lookup(words), command);
      assert.equal(theirs.find(command.fullName), command);
    }
  },
});
