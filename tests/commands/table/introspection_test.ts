import { strict as assert } from "node:assert";
import type { Command, Context } from "../../../src/commands/table/command.ts";
import { commandsOf } from "../../../src/commands/table/define.ts";
import { introspection } from "../../../src/commands/table/introspection.ts";
import { checkArity, Table } from "../../../src/commands/table/table.ts";
import { Arguments } from "../../../src/resp/arguments.ts";
import { eachBulk } from "../../../src/resp/bulk_strings.ts";
import type { ByteSource, Reply } from "../../../src/resp/reply.ts";
import { CommandError, wrongArity } from "../../../src/store/values/errors.ts";
import { named, noRedis } from "../../harness/lacking.ts";
import { format, fromLatin1, type Reply as Value, toBytes } from "../../harness/resp_client.ts";
import { startRedis } from "../../harness/servers.ts";
import { items, oracleCommands, text } from "../oracle_commands.ts";

/** Builds the value that a client would read. */
class BuiltReply implements Reply {
  readonly protocol: 2 | 3;
  /** What was written: values, and aggregate headers with the values that belong to them to come. */
  #written: (Value | Header)[] = [];

  constructor(protocol: 2 | 3) {
    this.protocol = protocol;
  }

  /** The one value that was written. */
  built(): Value {
    const value = this.#take();
    assert.equal(this.#written.length, 0, "more than one reply was written");
    return value;
  }

  ok(): void {
    this.status("OK");
  }
  status(value: string): void {
    this.#written.push({ type: "simple", value });
  }
  error(value: string): void {
    this.#written.push({ type: "error", value });
  }
  integer(value: number | bigint): void {
    this.#written.push({ type: "integer", value: BigInt(value) });
  }
  bulk(bytes: Uint8Array, start = 0, end = bytes.length): void {
    this.#written.push({ type: "bulk", value: bytes.slice(start, end) });
  }
  bulks(bytes: Uint8Array, start: number, end: number): void {
    eachBulk(this, bytes, start, end);
  }
  value(source: ByteSource): void {
    const value = new Uint8Array(source.length);
    source.copyInto(value, 0);
    this.#written.push({ type: "bulk", value });
  }
  text(value: string): void {
    this.bulk(toBytes(value));
  }
  null(): void {
    this.#written.push({ type: this.protocol === 3 ? "null" : "null-bulk" });
  }
  nullArray(): void {
    this.#written.push({ type: this.protocol === 3 ? "null" : "null-array" });
  }
  array(length: number): void {
    this.#written.push({ header: "array", length });
  }
  map(length: number): void {
    this.#written.push({ header: "map", length });
  }
  set(length: number): void {
    this.#written.push({ header: "set", length });
  }
  push(length: number): void {
    this.#written.push({ header: "push", length });
  }
  double(value: number): void {
    this.#written.push({ type: "double", value: String(value) });
  }
  decimal(digits: string): void {
    this.#written.push({ type: "double", value: digits });
  }
  bigNumber(value: string): void {
    this.#written.push({ type: "bignumber", value });
  }
  boolean(value: boolean): void {
    this.#written.push({ type: "boolean", value });
  }
  verbatim(format: string, value: string): void {
    this.#written.push({ type: "verbatim", format, value: toBytes(value) });
  }
  attribute(): boolean {
    return false;
  }
  beginArray(): number {
    return this.#written.push({ header: "array", length: 0 }) - 1;
  }
  endArray(mark: number, length: number): void {
    this.#written[mark] = { header: "array", length };
  }

  #take(): Value {
    const first = this.#written.shift()!;
    assert.ok(first !== undefined, "a reply is missing");
    if (!("header" in first)) return first;
    const { header, length } = first;
    const members = header === "map" ? 2 * length : length;
    const taken = Array.from({ length: members }, () => this.#take());
    if (this.protocol === 2 || header === "array") return { type: "array", items: taken };
    if (header !== "map") return { type: header, items: taken };
    const entries = Array.from(
      { length },
      (_, i): [Value, Value] => [taken[2 * i]!, taken[2 * i + 1]!],
    );
    return { type: "map", entries };
  }
}

interface Header {
  header: "array" | "map" | "set" | "push";
  length: number;
}

/** A table of the given commands and COMMAND itself. */
function tableOf(commands: readonly Command[]): Table {
  const table: Table = new Table([...commands, ...introspection(() => table)]);
  return table;
}

/** Runs a command the way a server does, errors included. Words have one character a byte. */
function run(table: Table, words: readonly string[], protocol: 2 | 3 = 3): Value {
  const args = new Arguments();
  args.fill(words.map(fromLatin1));
  const reply = new BuiltReply(protocol);
  try {
    const command = table.lookup(args);
    if (command?.handler === undefined) throw table.unknown(args);
    if (!checkArity(command, args)) throw wrongArity(command.fullName);
    const context: Partial<Context> = { args, reply };
    command.handler(context as Context);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    reply.error(error.message);
  }
  return reply.built();
}

const ignore = () => {};
const string = commandsOf("string");
const geo = commandsOf("geo");
const small = tableOf([
  string("GET key", {
    since: "1.0.0",
    arity: 2,
    flags: "readonly fast",
    acl: "string",
    keys: ["1 RO access"],
    summary: "Returns a string.",
  }, ignore),
  string("SET key value [GET]", {
    since: "1.0.0",
    arity: -3,
    flags: "write denyoom",
    effects: "itself",
    acl: "string",
    keys: ["1 RW access update variable_flags"],
    summary: "Sets a string.",
    findKeys: (args) => [{ index: 1, flags: args.count > 3 ? ["RW", "access"] : ["OW", "update"] }],
  }, ignore),
  geo("GEOX key [STORE destination]", {
    since: "9.0.0",
    arity: -2,
    flags: "write movablekeys",
    effects: "itself",
    acl: "geo",
    keys: ["1 RO access", { flags: ["OW", "update"], begin: "unknown", find: "unknown" }],
    summary: "Stores.",
    findKeys: () => [1, 3],
  }, ignore),
  commandsOf("connection")("CLIENT", { since: "2.4.0", arity: -2, summary: "A container." }, [
    commandsOf("connection")("CLIENT ID", {
      since: "5.0.0",
      arity: 2,
      flags: "noscript",
      acl: "connection",
      summary: "Tells the id.",
    }, ignore),
  ]),
]);

Deno.test("COMMAND COUNT takes a container for one command", () => {
  assert.deepEqual(run(small, ["COMMAND", "COUNT"]), { type: "integer", value: 5n });
});

Deno.test("COMMAND INFO tells ten properties", () => {
  assert.equal(
    format(run(small, ["COMMAND", "INFO", "GET"])),
    '[["get", :2, ~[+readonly, +fast], :1, :1, :1, ~[+@read, +@string, +@fast], ~[], ' +
      '~[%{"flags": ~[+RO, +access], "begin_search": %{"type": "index", "spec": %{"index": :1}}, ' +
      '"find_keys": %{"type": "range", "spec": %{"lastkey": :0, "keystep": :1, "limit": :0}}}], ' +
      "~[]]]",
  );
});

Deno.test("COMMAND INFO has sets and maps as arrays in RESP2", () => {
  assert.equal(
    format(run(small, ["COMMAND", "INFO", "client"], 2)),
    '[["client", :-2, [], :0, :0, :0, [+@slow], [], [], [["client|id", :2, [+noscript], :0, :0, ' +
      ":0, [+@slow, +@connection], [], [], []]]]]",
  );
});

Deno.test("COMMAND INFO has a null for an unknown name and finds subcommands by full name", () => {
  const found = items(run(small, ["COMMAND", "INFO", "nope", "Client|Id", "get|x", "client|x"], 2));
  assert.deepEqual(found.map((entry) => entry.type), [
    "null-bulk",
    "array",
    "null-bulk",
    "null-bulk",
  ]);
  assert.equal(text(items(found[1])[0]), "client|id");
});

Deno.test("COMMAND alone and COMMAND INFO alone tell about every command", () => {
  const all = format(run(small, ["COMMAND"]));
  assert.equal(all, format(run(small, ["COMMAND", "INFO"])));
  assert.equal(
    all,
    format(run(small, ["command", "info", "get", "set", "geox", "client", "command"])),
  );
});

Deno.test("COMMAND DOCS tells summary, version, group, complexity and arguments", () => {
  assert.equal(
    format(run(small, ["COMMAND", "DOCS", "set", "nope"])),
    '%{"set": %{"summary": "Sets a string.", "since": "1.0.0", "group": "string", ' +
      '"complexity": "O(1)", "arguments": [' +
      '%{"name": "key", "type": "key", "display_text": "key", "key_spec_index": :0}, ' +
      '%{"name": "value", "type": "string", "display_text": "value"}, ' +
      '%{"name": "get", "type": "pure-token", "display_text": "get", "token": "GET", ' +
      '"flags": ~[+optional]}]}}',
  );
});

Deno.test("COMMAND DOCS has a container's subcommands by their full names", () => {
  assert.equal(
    format(run(small, ["COMMAND", "DOCS", "client"], 2)),
    '["client", ["summary", "A container.", "since", "2.4.0", "group", "connection", ' +
      '"complexity", "O(1)", "subcommands", ["client|id", ["summary", "Tells the id.", "since", ' +
      '"5.0.0", "group", "connection", "complexity", "O(1)"]]]]',
  );
});

Deno.test("COMMAND DOCS without names documents all commands", () => {
  const docs = run(small, ["COMMAND", "DOCS"]);
  assert.ok(docs.type === "map");
  assert.deepEqual(docs.entries.map(([name]) => text(name)), [
    "get",
    "set",
    "geox",
    "client",
    "command",
  ]);
});

Deno.test("COMMAND LIST filters by pattern, category and module", () => {
  const list = (...words: string[]) => items(run(small, ["COMMAND", "LIST", ...words])).map(text);
  assert.deepEqual(list().slice(0, 5), ["get", "set", "geox", "client", "client|id"]);
  assert.deepEqual(list("FILTERBY", "PATTERN", "G?*"), ["get", "geox"]);
  assert.deepEqual(list("filterby", "pattern", "CLIENT|*"), ["client|id"]);
  assert.deepEqual(list("FILTERBY", "ACLCAT", "Geo"), ["geox"]);
  assert.deepEqual(list("FILTERBY", "ACLCAT", "nope"), []);
  assert.deepEqual(list("FILTERBY", "MODULE", "search"), []);
});

Deno.test("COMMAND LIST takes one filter and nothing else", () => {
  for (const words of [["x"], ["FILTERBY"], ["FILTERBY", "ACLCAT"], ["FILTERBY", "NAME", "x"]]) {
    assert.equal(format(run(small, ["COMMAND", "LIST", ...words])), "-ERR syntax error");
  }
});

Deno.test("COMMAND GETKEYSANDFLAGS asks the command where its flags vary", () => {
  const flags = (...words: string[]) =>
    format(run(small, ["COMMAND", "GETKEYSANDFLAGS", ...words]));
  assert.equal(flags("set", "k", "v"), '[["k", ~[+OW, +update]]]');
  assert.equal(flags("set", "k", "v", "GET"), '[["k", ~[+RW, +access]]]');
});

Deno.test("COMMAND GETKEYS asks the command where a key specification is unknown", () => {
  assert.equal(
    format(run(small, ["COMMAND", "GETKEYSANDFLAGS", "geox", "a", "STORE", "b"])),
    '[["a", ~[+RO, +access]], ["b", ~[+OW, +update]]]',
  );
});

Deno.test("COMMAND HELP lists the subcommands with what they do", () => {
  const help = items(run(small, ["COMMAND", "HELP"])).map(text);
  assert.equal(help[0], "COMMAND <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
  assert.deepEqual(help.slice(1, 5), [
    "(no subcommand)",
    "    Tells the properties of every command.",
    "COUNT",
    "    Counts the commands.",
  ]);
  assert.deepEqual(help.slice(-2), ["HELP", "    Print this help."]);
});

for (const protocol of [2, 3] as const) {
  Deno.test({
    ...named(`COMMAND INFO of every command is Redis's in RESP${protocol}`, noRedis()),
    async fn() {
      await using redis = await startRedis();
      await using client = await redis.connect({ resp: 3 });
      const commands = await oracleCommands(client);
      const table = tableOf(commands.filter((command) => command.name !== "command"));
      await using asked = await redis.connect({ resp: protocol });
      for (const { name } of commands) {
        if (name === "command") continue;
        const theirs = await asked.send("COMMAND", "INFO", name);
        assert.equal(format(run(table, ["COMMAND", "INFO", name], protocol)), format(theirs));
      }
    },
  });
}

/** Command lines whose keys Redis 7.0 finds by key specifications. */
const LINES = [
  "get a",
  "get",
  "get a b",
  "nope a",
  "mget a b c",
  "mset a 1 b 2",
  "mset a b c",
  "blpop a b 0",
  "bitop and d a b",
  "rename a b",
  "lcs a b",
  "geosearchstore d s frommember m byradius 1 km",
  "eval x 0 a",
  "eval x 2 a b c",
  "lmpop 2 a b left",
  "lmpop 0 a left",
  "lmpop -1 a left",
  "lmpop 3 a left",
  "lmpop 99999999999999999999 a left",
  "blmpop 0 1 a left",
  "zunionstore d 2 a b",
  "zunionstore d x b",
  "zdiff 1 a withscores",
  "xread streams a b 1 2",
  "xread COUNT 5 StReAmS a 1",
  "xread streams a b 1",
  "xread count 1 streams",
  "xread count 1 2",
  "xreadgroup group g c streams s >",
  "georadius k 1 2 3 km store d",
  "georadius k 1 2 3 km STOREDIST d",
  "georadius k 1 2 3 km STORE",
  "object encoding k",
  "object help",
  "xinfo stream s",
  "memory usage k",
  "client list",
  "client nope",
  "client id more",
  "config get x",
  "ping a",
  "subscribe c",
  "spublish c m",
  "ssubscribe c",
  "watch a b",
  "fcall f 1 a",
  "pfcount a b",
  "migrate h 1 k 0 10",
];

Deno.test({
  ...named("COMMAND GETKEYS and GETKEYSANDFLAGS find the keys that Redis finds", noRedis()),
  async fn() {
    await using redis = await startRedis();
    await using client = await redis.connect({ resp: 3 });
    const table = tableOf(
      (await oracleCommands(client)).filter((command) => command.name !== "command"),
    );
    for (const subcommand of ["GETKEYS", "GETKEYSANDFLAGS"]) {
      for (const line of LINES) {
        const words = ["COMMAND", subcommand, ...line.split(" ")];
        // Redis 7.0 wants two arguments at least where Redis 8 wants one.
        if (words.length < 4) continue;
        assert.equal(format(run(table, words)), format(await client.send(...words)), line);
      }
    }
  },
});

Deno.test({
  ...named("COMMAND LIST lists what Redis lists", noRedis()),
  async fn() {
    await using redis = await startRedis();
    await using client = await redis.connect({ resp: 3 });
    const records = await oracleCommands(client);
    const table = tableOf(records.filter((command) => command.name !== "command"));
    const documented = new Set(records.flatMap(({ name, subcommands = [] }) => [
      name,
      ...subcommands.map(({ fullName }) => fullName),
    ]));
    const lines = [
      "",
      "FILTERBY PATTERN *SET*",
      "FILTERBY PATTERN [x-z]*|h*",
      "FILTERBY ACLCAT geo",
    ];
    for (const line of lines) {
      const words = ["COMMAND", "LIST", ...line.split(" ").filter((word) => word !== "")];
      const theirs = items(await client.send(...words)).map(text)
        .filter((name) => documented.has(name)).sort();
      assert.deepEqual(items(run(table, words)).map(text).sort(), theirs, line);
    }
  },
});
