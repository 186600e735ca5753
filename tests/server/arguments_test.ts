/**
 * Every command of the table with arguments that nobody means: none, too many, and garbage. Each must get exactly
 * one reply and leave the server whole, in RESP2 and RESP3, inside and outside a transaction.
 *
 * Behind each command an ECHO of a mark is sent: what comes before the mark answers the command. Half of the calls
 * mix garbage with the words of the command's own syntax and with names of keys, so that they get past the first check.
 * `REDLITE_TEST_SEED` and `REDLITE_TEST_RUNS` choose other mixes and more of them.
 */

import { strict as assert } from "node:assert";
import { commandTable } from "../../src/commands/table/commands.ts";
import type { Command as Record } from "../../src/commands/table/command.ts";
import {
  type Argument,
  type Command,
  encode,
  format,
  latin1,
  type Reply,
  type RespClient,
} from "../harness/resp_client.ts";
import { startRedlite, type TestServer } from "../harness/servers.ts";
import { showCommand } from "../differential/show.ts";
import { randomNumbers } from "../store/rdb/random.ts";
import { SEED } from "../harness/seed.ts";

/** Random mixes of arguments for each command. */
const MIXES = Number(Deno.env.get("REDLITE_TEST_RUNS") ?? 9);

/** What is not sent, and why. */
const LEFT_OUT: { readonly [name: string]: string } = {
  shutdown: "ends the server",
  quit: "ends the connection",
  "client|pause": "stops every client, this one too, for as long as a number says",
  "client|reply": "has no reply where its argument is good",
  "debug|sleep": "stops the server for as long as a number says",
  "debug|populate": "makes as many keys as a number says",
  multi: "queues the marks behind it; is the frame of the other tests",
  monitor: "tells of commands without end; has a test of its own",
  sync: "makes a replica of the client; has tests of its own",
  psync: "makes a replica of the client; has tests of its own",
  subscribe: "answers each name; has a test of its own",
  psubscribe: "answers each name; has a test of its own",
  ssubscribe: "answers each name; has a test of its own",
  unsubscribe: "answers each name; has a test of its own",
  punsubscribe: "answers each name; has a test of its own",
  sunsubscribe: "answers each name; has a test of its own",
};

/** What is sent with garbage only, and why not with the words of its syntax. */
const NO_TOKENS: { readonly [name: string]: string } = {
  "client|kill": "would close the test's own connections",
  "config|set": "would change limits that the test stands on",
};

const KEYS: readonly Command[] = [
  ["SET", "string", "text"],
  ["SET", "number", "10"],
  ["SET", "bits", "\x01\x80\x00"],
  ["HSET", "hash", "f", "1", "g", "two", "", "empty"],
  ["RPUSH", "list", "a", "1", "b", "2", ""],
  ["SADD", "ints", "1", "2", "3"],
  ["SADD", "set", "a", "b", ""],
  ["ZADD", "zset", "1", "a", "2", "b", "inf", "c"],
  ["ARSET", "array", "0", "a", "b"],
  ["PFADD", "hll", "a", "b"],
];
const KEY_NAMES = KEYS.map(([, name = ""]) => name);

const BINARY = Uint8Array.of(0, 255, 13, 10, 0x24, 0x2a, 128, 0);
const LONG = new Uint8Array(256 * 1024).fill(0x61);

/** Arguments that no command expects everywhere. None of the numbers asks for much where it is good. */
const GARBAGE: readonly Argument[] = [
  "",
  BINARY,
  "NaN",
  "9223372036854775808",
  "-9223372036854775808",
  "18446744073709551616",
  "1e400",
  "é\u2028*?[",
];

/** What mixes are made of, beside garbage and the command's own words. */
const LIKELY: readonly Argument[] = [
  ...KEY_NAMES,
  "missing",
  "0",
  "1",
  "2",
  "-1",
  "10",
  "0.5",
  "-inf",
  "inf",
  "(1",
  "[a",
  "+",
  "-",
  "*",
  "a",
  "f",
  " 1",
  "01",
  "9223372036854775807",
];

/** One command or subcommand: the words that name it, and the words of its syntax. */
interface Call {
  readonly name: string;
  readonly words: readonly string[];
  readonly tokens: readonly string[];
  readonly blocks: boolean;
}

function callOf(record: Record): Call {
  return {
    name: record.fullName,
    words: record.fullName.toUpperCase().split("|"),
    tokens: record.fullName in NO_TOKENS ? [] : tokensOf(record.syntax, record.fullName),
    blocks: record.flags.includes("blocking"),
  };
}

function tokensOf(syntax: string, name: string): string[] {
  const names = name.toUpperCase().split("|");
  const words = syntax.match(/[A-Z][A-Z0-9-]*/g) ?? [];
  return [...new Set(words.filter((word) => !names.includes(word)))];
}

/** All commands and subcommands but {@linkcode LEFT_OUT}; DEBUG's own as its help lists them. */
async function allCalls(client: RespClient): Promise<Call[]> {
  const calls: Call[] = [];
  for (const record of commandTable().all()) {
    calls.push(callOf(record));
    for (const subcommand of record.subcommands ?? []) calls.push(callOf(subcommand));
  }
  const help = await client.send("DEBUG", "HELP");
  assert.ok(help.type === "array");
  for (const line of help.items.slice(1)) {
    assert.ok(line.type === "simple");
    if (line.value.startsWith(" ")) continue;
    const word = line.value.split(" ")[0]!;
    const name = `debug|${word.toLowerCase()}`;
    const tokens = tokensOf(line.value, name);
    calls.push({ name, words: ["DEBUG", word], tokens, blocks: false });
  }
  return calls.filter(({ name }) => !(name in LEFT_OUT));
}

/** The arguments of one command's calls: so many of a kind, of every kind, and mixes. */
function* argumentLists(call: Call, below: (limit: number) => number): Generator<Argument[]> {
  yield [];
  for (let count = 1; count <= 12; count++) {
    yield new Array(count).fill("1");
    yield Array.from({ length: count }, (_, i) => GARBAGE[(i + count) % GARBAGE.length]!);
  }
  for (let count = 1; count <= 3; count++) {
    for (const kind of GARBAGE) yield [...new Array(count - 1).fill("string"), kind];
  }
  const pick = (from: readonly Argument[]) => from[below(from.length)]!;
  for (let mix = 0; mix < MIXES; mix++) {
    yield Array.from({ length: 1 + below(8) }, () => {
      const kind = below(8);
      if (kind < 3 && call.tokens.length > 0) return pick(call.tokens);
      return kind === 7 ? pick(GARBAGE) : pick(LIKELY);
    });
  }
}

/** Calls with an argument that no buffer has room for. */
const LONG_LISTS: readonly Argument[][] = [
  [LONG],
  ["string", LONG],
  ["missing", LONG, "1"],
  ["1", "1", LONG],
];

/** Whether an error that only a fault of ours explains is anywhere in a reply. */
function isFault(reply: Reply): boolean {
  switch (reply.type) {
    case "error":
    case "bulk-error":
      return /internal error|^IOERR|^MISCONF|undefined|is not a function|TypeError/.test(
        reply.value,
      );
    case "array":
    case "set":
    case "push":
      return reply.items.some(isFault);
    case "map":
      return reply.entries.flat().some(isFault);
    default:
      return false;
  }
}

const isPush = ({ type }: Reply): boolean => type === "push";

/** Reads what comes before the mark. */
async function repliesBefore(client: RespClient, mark: string): Promise<Reply[]> {
  const replies: Reply[] = [];
  while (true) {
    const reply = await client.readReply();
    if (reply.type === "bulk" && latin1(reply.value) === mark) return replies;
    replies.push(reply);
  }
}

const markOf = (index: number): string => `mark ${index}`;

const marked = (commands: Command[], index: number): Command[] => [
  ...commands,
  ["ECHO", markOf(index)],
];

/** What is wrong with the replies to one call, undefined if nothing is. */
function complaint(replies: Reply[], multi: boolean): string | undefined {
  if (replies.length !== (multi ? 3 : 1)) return `${replies.length} replies`;
  const [, answer, executed] = replies;
  if (multi && format(answer!) === "+QUEUED") {
    if (executed!.type !== "array" || executed.items.length !== 1) return "EXEC runs not just it";
  }
  return replies.some(isFault) ? "a fault" : undefined;
}

/** Sends every call of a command and looks at the replies. */
async function sendAll(
  server: TestServer,
  control: RespClient,
  call: Call,
  { resp, multi, lists }: { resp: 2 | 3; multi: boolean; lists: readonly Argument[][] },
): Promise<void> {
  // It may have been made to follow nobody that there is.
  const setUp = await control.pipeline([["REPLICAOF", "NO", "ONE"], ["FLUSHALL"], ...KEYS]);
  assert.equal(setUp.filter(({ type }) => type === "error").length, 0);
  await using client = await server.connect({ resp });
  const id = await client.send("CLIENT", "ID");
  assert.ok(id.type === "integer");
  const commands = lists.map((args): Command => [...call.words, ...args]);
  const framed = commands.map((command) => multi ? [["MULTI"], command, ["EXEC"]] : [command]);
  let done = false;
  const write = () => client.raw(encode(...framed.flatMap(marked)));
  const read = async () => {
    for (let i = 0; i < commands.length; i++) {
      const replies = (await repliesBefore(client, markOf(i))).filter((reply) => !isPush(reply));
      const wrong = complaint(replies, multi);
      if (wrong === undefined) continue;
      assert.fail(`${wrong}: ${show(commands[i]!)} is answered ${replies.map(format).join(" | ")}`);
    }
  };
  // Whoever waits for good is woken, which gives it the reply of a timeout.
  const wake = async () => {
    while (call.blocks && !done) await control.send("CLIENT", "UNBLOCK", `${id.value}`);
  };
  try {
    await Promise.all([write(), read().finally(() => done = true), wake()]);
  } catch (error) {
    throw new Error(`${call.name}: ${error}\n${server.log}`, { cause: error });
  }
}

/** A command for a message: of long arguments the beginning. */
function show(command: Command): string {
  return showCommand(command.map((word) => word.length > 100 ? word.slice(0, 100) : word));
}

/** Whether the server still is what it was. */
async function isWhole(server: TestServer, control: RespClient): Promise<void> {
  assert.equal(format(await control.send("PING")), "+PONG");
  assert.match(format(await control.send("DEBUG", "DIGEST")), /^\+[0-9a-f]{40}$/);
  assert.doesNotMatch(server.log, /rolled back|internal error/);
}

for (const resp of [2, 3] as const) {
  for (const multi of [false, true]) {
    const where = `RESP${resp}${multi ? " inside MULTI" : ""}`;
    Deno.test(`any arguments of any command get one reply, ${where}, seed ${SEED}`, async () => {
      await using server = await startRedlite({ appendfsync: "no" });
      await using control = await server.connect();
      const below = randomNumbers(SEED + resp + Number(multi));
      for (const call of await allCalls(control)) {
        const lists = [...argumentLists(call, below)];
        if (resp === 2 && !multi) lists.push(...LONG_LISTS);
        await sendAll(server, control, call, { resp, multi, lists });
      }
      await isWhole(server, control);
    });
  }
}

/** Channel names: an empty one, bytes, a long one, and the same one twice. */
const CHANNELS: readonly Argument[] = ["", BINARY, "c", "c", "*[", LONG.subarray(0, 100_000)];

for (const resp of [2, 3] as const) {
  Deno.test(`SUBSCRIBE and its kin answer each name once, RESP${resp}`, async () => {
    await using server = await startRedlite({ appendfsync: "no" });
    for (const prefix of ["", "P", "S"]) {
      await using client = await server.connect({ resp });
      const subscribe = `${prefix}SUBSCRIBE`, unsubscribe = `${prefix}UNSUBSCRIBE`;
      const answers = async (...command: Command) => {
        await client.raw(encode(command, ["PING", "mark"]));
        const replies: Reply[] = [];
        while (true) {
          const reply = await client.readReply();
          if (/^"mark"$|^\["pong", "mark"\]$/.test(format(reply))) return replies;
          replies.push(reply);
        }
      };
      assert.match(format((await answers(subscribe))[0]!), /^-ERR wrong number/);
      assert.equal((await answers(unsubscribe)).length, 1);
      for (let count = 1; count <= 12; count++) {
        const names = Array.from({ length: count }, (_, i) => CHANNELS[i % CHANNELS.length]!);
        assert.equal((await answers(subscribe, ...names)).length, count);
        assert.equal((await answers(unsubscribe, ...names)).length, count);
        assert.equal((await answers(unsubscribe, ...names)).length, count);
      }
      assert.equal((await answers(subscribe, ...CHANNELS)).length, CHANNELS.length);
      assert.equal((await answers(unsubscribe)).length, new Set(CHANNELS).size);
      const executed = await client.pipeline([["MULTI"], [subscribe, BINARY], ["EXEC"]]);
      assert.equal(executed[2]!.type === "array" && executed[2].items.length, 1);
    }
    await using control = await server.connect();
    await isWhole(server, control);
  });
}

Deno.test("MONITOR tells each command in a line, whatever is in it", async () => {
  await using server = await startRedlite({ appendfsync: "no" });
  await using monitor = await server.connect();
  await using control = await server.connect();
  assert.match(format(await monitor.send("MONITOR", BINARY)), /^-ERR wrong number/);
  assert.equal(format(await monitor.send("MONITOR")), "+OK");
  const commands = [...GARBAGE, LONG].flatMap((kind): Command[] => [
    ["ECHO", kind],
    ["SET", kind, kind],
    ["DEL", kind, kind, kind],
  ]);
  await control.pipeline(commands);
  for (const [name] of commands) {
    const line = await monitor.readReply();
    assert.ok(line.type === "simple");
    assert.match(line.value, new RegExp(`^\\d+\\.\\d{6} \\[0 [0-9.:]+\\] "${name}"( "[ -~]*")+$`));
  }
  await isWhole(server, control);
});

Deno.test("what is left out of these tests are commands that exist", () => {
  const names = new Set<string>();
  for (const record of commandTable().all()) {
    names.add(record.fullName);
    for (const { fullName } of record.subcommands ?? []) names.add(fullName);
  }
  for (const name of [...Object.keys(LEFT_OUT), ...Object.keys(NO_TOKENS)]) {
    assert.ok(names.has(name) || name.startsWith("debug|"), name);
  }
});
