/** While a script runs for longer than `busy-reply-threshold`, everybody gets Redis's replies. */

import { strict as assert } from "node:assert";
import { named } from "../harness/lacking.ts";
import { type Command, format } from "../harness/resp_client.ts";
import { startRedlite, type TestServer } from "../harness/servers.ts";
import { ENDLESS, LongCommand, WRITES } from "./busy.ts";
import { REAL_SERVERS } from "./real_servers.ts";

const LIBRARY = `#!lua name=l
redis.register_function('f', function() ${ENDLESS} end)
redis.register_function('g', function(KEYS) ${WRITES} end)`;

/** A conversation: what runs for long, what another client sends meanwhile, and what both send then. */
interface Conversation {
  readonly name: string;
  readonly before?: readonly Command[];
  readonly long: Command;
  readonly meanwhile: readonly string[];
  readonly after?: readonly string[];
}

/** One that is only killed. */
const killed = (name: string, script: string, command = "EVAL"): Conversation => ({
  name,
  long: [command, script, "0"],
  meanwhile: ["PING", "SCRIPT KILL"],
});

const ENDLESS_SCRIPTS: readonly (readonly [name: string, script: string])[] = [
  [
    "a script that catches what it can",
    "while true do pcall(function() while true do end end) end",
  ],
  ["a script that catches once", "local a = {pcall(function() while true do end end)} return a[2]"],
  [
    "a script with two lines after it is caught",
    "local a = {pcall(function() while true do end end)}\nreturn a[2]",
  ],
  ["a script in a coroutine", "coroutine.wrap(function() while true do end end)()"],
  ["a script in a comparison", "table.sort({1, 2, 3}, function() while true do end end)"],
  ["a script in a replacement", "string.gsub('abc', '.', function() while true do end end)"],
  [
    "a script in a metamethod",
    "return setmetatable({}, {__index = function() while true do end end}).x",
  ],
];

const CONVERSATIONS: readonly Conversation[] = [
  {
    name: "a script",
    long: ["EVAL", ENDLESS, "0"],
    meanwhile: [
      ...["PING", "GET x", "NOSUCH", "GET", "INFO", "CLIENT ID", "CLIENT LIST", "CONFIG GET port"],
      ...["AUTH x", "MULTI", "SET x 1", "WATCH x", "EXEC", "MULTI", "SET x 1", "DISCARD"],
      ...["EXEC", "WATCH x", "UNWATCH", "FUNCTION STATS", "FUNCTION KILL", "FUNCTION LIST"],
      ...["SHUTDOWN", "SHUTDOWN SAVE", "SHUTDOWN FOO", "SHUTDOWN ABORT", "RESET", "SUBSCRIBE x"],
      ...["EVAL return_1 0", "EVALSHA x 0", "FCALL f 0", "SCRIPT EXISTS x", "SCRIPT FLUSH"],
      ...["SCRIPT HELP", "SCRIPT FOO", "COMMAND COUNT", "HELLO 4"],
      ...["MULTI", "SCRIPT KILL", "DISCARD", "SCRIPT KILL"],
    ],
    after: ["PING", "GET x", "SCRIPT KILL", "FUNCTION KILL", "FUNCTION STATS"],
  },
  {
    name: "a function",
    before: [["FUNCTION", "LOAD", LIBRARY]],
    long: ["FCALL", "f", "0"],
    meanwhile: ["PING", "EVAL return_1 0", "FCALL f 0", "SHUTDOWN", "SCRIPT KILL", "FUNCTION KILL"],
  },
  killed("a script that only reads", ENDLESS, "EVAL_RO"),
  ...ENDLESS_SCRIPTS.map(([name, script]) => killed(name, script)),
  {
    name: "a script that has written",
    long: ["EVAL", WRITES.replace("true", "redis.call('get', KEYS[1]) == 'half'"), "1", "k"],
    meanwhile: ["PING", "SCRIPT KILL", "FUNCTION KILL", "GET k"],
  },
  {
    name: "a function that has written",
    before: [["FUNCTION", "LOAD", LIBRARY]],
    long: ["FCALL", "g", "1", "k"],
    meanwhile: ["PING", "SCRIPT KILL", "FUNCTION KILL", "GET k"],
  },
];

const words = (line: string) => line.split(" ").map((word) => word.replaceAll("_", " "));

async function converse(server: TestServer, conversation: Conversation): Promise<string[]> {
  const { before = [], long, meanwhile, after = [] } = conversation;
  await using other = await server.connect();
  for (const command of before) await other.send(...command);
  await using running = await LongCommand.begin(server, other, ...long);
  const replies: string[] = [];
  const ask = async (line: string) =>
    replies.push(`${line}: ${format(await other.send(...words(line)))}`);
  for (const line of meanwhile) await ask(line);
  if (meanwhile.at(-1)?.endsWith(" KILL")) replies.push(await running.reply);
  for (const line of after) await ask(line);
  // What cannot be ended otherwise would keep a server from stopping; Redis at times from SHUTDOWN NOSAVE as well.
  await server.kill9();
  return replies;
}

const known = new Map<Conversation, string[]>();

/** Redlite's own replies, which are the same whatever they are compared with. */
async function repliesOfRedlite(conversation: Conversation): Promise<string[]> {
  let replies = known.get(conversation);
  if (replies === undefined) {
    await using server = await startRedlite();
    replies = await converse(server, conversation);
    known.set(conversation, replies);
  }
  return replies;
}

/** What Valkey allows while a script runs, and says of WATCH in a transaction. */
const VALKEYS_OWN = /^CLIENT ID:|^WATCH x: -/;

for (const { name: server, lacking, start, plain } of REAL_SERVERS) {
  for (const conversation of CONVERSATIONS) {
    const name = `while ${conversation.name} runs for long, replies are those of ${server}`;
    Deno.test({
      ...named(name, lacking),
      async fn() {
        await using theirs = await start();
        const wanted = await converse(theirs, conversation);
        const replies = await repliesOfRedlite(conversation);
        const compared = (all: string[]) =>
          all.map(plain).filter((line) => server !== "Valkey 9" || !VALKEYS_OWN.test(line));
        assert.deepEqual(compared(replies), compared(wanted));
      },
    });
  }
}

Deno.test("FUNCTION STATS tells of the function that runs", async () => {
  await using server = await startRedlite();
  await using other = await server.connect();
  await other.send("FUNCTION", "LOAD", LIBRARY);
  await using running = await LongCommand.begin(server, other, "FCALL", "f", "1", "key", "arg");
  const stats = format(await other.send("FUNCTION", "STATS"));
  assert.match(
    stats,
    /^\["running_script", \["name", "f", "command", \["FCALL", "f", "1", "key", "arg"\], "duration_ms", :\d+\], "engines"/,
  );
  await other.send("FUNCTION", "KILL");
  assert.match(await running.reply, /Script killed by user/);
});
