/**
 * Bytes, not commands, to redis-server and to Redlite: inline commands, broken frames, frames in pieces and long
 * pipelines. The replies must be the same, and whether the connection is closed after them.
 */

import { strict as assert } from "node:assert";
import fc from "../harness/properties.ts";
import {
  type Command,
  concat,
  encode,
  format,
  fromLatin1,
  latin1,
  quote,
  type Reply,
  type RespClient,
} from "../harness/resp_client.ts";
import { hasRedis, startRedis, startRedlite, type TestServer } from "../harness/servers.ts";
import { steps } from "./groups.ts";
import { isSame } from "./same.ts";
import { shorten, showCommand } from "./show.ts";

/** What a connection answered to some bytes. */
interface Answer {
  replies: Reply[];
  closed: boolean;
}

/** Something to send, and how to tell that all of it was answered. */
interface Case {
  name: string;
  bytes: Uint8Array;
  /** The bytes make the server close the connection, so nothing is sent after them. */
  closes?: true | undefined;
}

const END_OF_CASE = "end of case";

/** Sends the bytes and an ECHO behind them; reads up to its reply or to the end of the connection. */
async function answer(server: TestServer, { bytes, closes }: Case): Promise<Answer> {
  await using client = await server.connect();
  if (closes) {
    await client.raw(bytes);
    return { replies: await client.readUntilClosed(), closed: true };
  }
  await client.raw(concat([bytes, encode(["ECHO", END_OF_CASE])]));
  const replies: Reply[] = [];
  while (true) {
    const reply = await client.readReply().catch((error) => {
      if (error.name === "ConnectionClosed") return undefined;
      throw error;
    });
    if (reply === undefined) return { replies, closed: true };
    if (reply.type === "bulk" && latin1(reply.value) === END_OF_CASE) {
      return { replies, closed: false };
    }
    replies.push(reply);
  }
}

function show({ replies, closed }: Answer): string {
  return [...replies.map(format), closed ? "closed" : "open"].join("\n");
}

function text(name: string, latin1: string, closes?: true): Case {
  return { name, bytes: fromLatin1(latin1), closes };
}

const INLINE: Case[] = [
  text("a word", "PING\r\n"),
  text("a bare line feed", "PING\n"),
  text("words and many spaces", "  SET   k    v  \r\nGET k\r\n"),
  text("tabs between words", "ECHO\tx\r\n"),
  text("empty lines", "\r\n\r\n\n\r\nPING\r\n"),
  text("a line of spaces", "   \r\nPING\r\n"),
  text("double quotes", 'SET k "a b"\r\nGET k\r\n'),
  text("single quotes", "SET k 'a b'\r\nGET k\r\n"),
  text("an empty argument", 'SET k ""\r\nGET k\r\n'),
  text("escapes in double quotes", 'ECHO "\\n\\r\\t\\b\\a\\x41\\xff\\\\\\"\\q\\x4"\r\n'),
  text("escapes in single quotes", "ECHO '\\'\\n\\x41'\r\n"),
  text("quotes of the other kind inside", 'ECHO "it\'s"\r\nECHO \'say "x"\'\r\n'),
  text("a quote in the middle of a word", 'ECHO a"b c"\r\n'),
  text("an unbalanced double quote", 'ECHO "abc\r\n'),
  text("an unbalanced single quote", "ECHO 'abc\r\n"),
  text("text behind a closing quote", 'ECHO "abc"d\r\n'),
  text("a quote at the end of a line", 'ECHO abc"\r\n'),
  text("a backslash outside quotes", "ECHO a\\nb\r\n"),
  text("bytes above 127", "ECHO \x80\xff\r\n"),
  text("a carriage return inside the line", "ECHO a\rb\r\n"),
  text("an unknown command", "NONSENSE a b\r\n"),
  text("wrong arity", "GET\r\n"),
  text("a dollar where a command should be", "$3\r\nPING\r\n"),
  text("inline and multibulk in turn", "PING\r\n*1\r\n$4\r\nPING\r\nPING x\r\n"),
  text("60,000 bytes in a line", `ECHO ${"a".repeat(60000)}\r\n`),
  text("more than 64 KiB without a line end", "a".repeat(65537), true),
];

const FRAMES: Case[] = [
  text("an empty array", "*0\r\nPING\r\n"),
  text("a negative array", "*-1\r\nPING\r\n"),
  text("a very negative array", "*-10\r\nPING\r\n"),
  text("a count that is no number", "*abc\r\n"),
  text("no count", "*\r\n"),
  text("a count with a space", "* 1\r\n$4\r\nPING\r\n"),
  text("a count with a plus", "*+1\r\n$4\r\nPING\r\n"),
  text("a count with a leading zero", "*01\r\n$4\r\nPING\r\n"),
  text("a count of 1048577", "*1048577\r\n"),
  text("a count of 2147483648", "*2147483648\r\n"),
  text("a count past 64 bits", "*99999999999999999999\r\n"),
  text("no dollar", "*1\r\nPING\r\n"),
  text("a colon instead of a dollar", "*1\r\n:4\r\nPING\r\n"),
  text("an empty line instead of a dollar", "*1\r\n\r\n"),
  text("a length that is no number", "*1\r\n$abc\r\n"),
  text("no length", "*1\r\n$\r\n"),
  text("a negative length", "*1\r\n$-1\r\n"),
  text("a length above proto-max-bulk-len", "*1\r\n$536870913\r\n"),
  text("a length past 64 bits", "*1\r\n$99999999999999999999\r\n"),
  text("a length with a leading zero", "*1\r\n$04\r\nPING\r\n"),
  text("a good command before a broken one", "*1\r\n$4\r\nPING\r\n*1\r\n!4\r\nPING\r\n"),
  text("a good command behind a broken one", "*1\r\nX\r\n*1\r\n$4\r\nPING\r\n"),
  text("a broken second argument", "*2\r\n$4\r\nECHO\r\n+x\r\n"),
  text("an empty command name", "*1\r\n$0\r\n\r\n"),
  text("an empty argument", "*2\r\n$4\r\nECHO\r\n$0\r\n\r\n"),
  text("bytes other than \\r\\n behind an argument", "*1\r\n$4\r\nPINGxx*1\r\n$4\r\nPING\r\n"),
  text("more than 64 KiB of a count", "*" + "1".repeat(65537), true),
  text("more than 64 KiB of a length", "*1\r\n$" + "1".repeat(65537), true),
  text("QUIT", "QUIT\r\nPING\r\n", undefined),
  text("QUIT with arguments", "*3\r\n$4\r\nquit\r\n$1\r\na\r\n$1\r\nb\r\n"),
  text("an HTTP POST", "POST / HTTP/1.1\r\n"),
  text("an HTTP Host header", "GET k\r\nHost: localhost\r\n"),
];

const ignore = !hasRedis();
const skipped = ignore ? " (skipped: no redis-server on the PATH)" : "";

interface Servers {
  redis: TestServer;
  ours: TestServer;
}

function differential(name: string, fn: (servers: Servers, t: Deno.TestContext) => Promise<void>) {
  Deno.test({
    name: name + skipped,
    ignore,
    async fn(t) {
      await using redis = await startRedis();
      await using ours = await startRedlite({ appendfsync: "no" });
      await fn({ redis, ours }, t);
    },
  });
}

for (const [what, cases] of [["inline commands", INLINE], ["broken frames", FRAMES]] as const) {
  differential(`${what} are answered as by Redis`, async ({ redis, ours }, t) => {
    for (const one of cases) {
      await t.step(one.name, async () => {
        const [expected, actual] = await Promise.all([answer(redis, one), answer(ours, one)]);
        const sent = shorten(quote(one.bytes), 100);
        assert.equal(show(actual), show(expected), `the answers to ${sent} differ`);
      });
    }
  });
}

/** Commands whose bytes hold every kind of place where a read may end. */
const SPLIT = concat([
  encode(["SET", "split", fromLatin1("a\r\nb$3*\x00\xff")], ["GET", "split"], ["PING"]),
  fromLatin1("GET \"split\"\r\n\r\nECHO 'x y'\n"),
  encode(["NONSENSE", ""], ["MGET", "split", "", "none"]),
]);
const SPLIT_REPLIES = 7;

/** Sends bytes in pieces; a round trip on another connection lets the server read each before the next. */
async function inPieces(
  client: RespClient,
  other: RespClient,
  pieces: Uint8Array[],
): Promise<string[]> {
  for (const piece of pieces) {
    await client.raw(piece);
    await other.send("PING");
  }
  const replies: string[] = [];
  while (replies.length < SPLIT_REPLIES) replies.push(format(await client.readReply()));
  return replies;
}

differential("a pipeline may be split at any byte", async ({ redis, ours }) => {
  await using whole = await redis.connect();
  const expected = (await whole.exchange(SPLIT, SPLIT_REPLIES)).map(format);
  for (const server of [redis, ours]) {
    await using client = await server.connect();
    await using other = await server.connect();
    for (let at = 1; at < SPLIT.length; at++) {
      const replies = await inPieces(client, other, [SPLIT.subarray(0, at), SPLIT.subarray(at)]);
      assert.deepEqual(replies, expected, `split behind ${quote(SPLIT.subarray(0, at))}`);
    }
  }
});

differential("commands may arrive byte by byte", async ({ redis, ours }) => {
  const pieces = Array.from(SPLIT, (byte) => Uint8Array.of(byte));
  const answers = [];
  for (const server of [redis, ours]) {
    await using client = await server.connect();
    await using other = await server.connect();
    answers.push(await inPieces(client, other, pieces));
  }
  assert.deepEqual(answers[1], answers[0]);
});

differential("a large argument may be split around its ends", async ({ redis, ours }) => {
  const command: Command = ["ECHO", "v".repeat(70_000)];
  const bytes = encode(command);
  for (const server of [redis, ours]) {
    await using client = await server.connect();
    await using other = await server.connect();
    for (
      const at of [20, 24, 26, 16384, 65536, bytes.length - 3, bytes.length - 2, bytes.length - 1]
    ) {
      await client.raw(bytes.subarray(0, at));
      await other.send("PING");
      await client.raw(bytes.subarray(at));
      const reply = await client.readReply();
      assert.ok(reply.type === "bulk" && latin1(reply.value) === command[1], `split at ${at}`);
    }
  }
});

differential("1,000 mixed commands in one write get 1,000 replies in order", async (servers) => {
  const commands = fc.sample(steps("all"), { seed: 1000, numRuns: 2000 })
    .flatMap((step) =>
      step.kind === "commands" && step.answered.length === step.commands.length ? step.commands : []
    )
    .slice(0, 1000);
  assert.equal(commands.length, 1000);
  await using redis = await servers.redis.connect();
  await using ours = await servers.ours.connect();
  const [expected, actual] = await Promise.all([
    redis.pipeline(commands),
    ours.pipeline(commands),
  ]);
  commands.forEach((command, i) =>
    assert.ok(
      isSame(command, expected[i]!, actual[i]!),
      `reply ${i}, to ${showCommand(command)}\n` +
        `Redis:   ${shorten(format(expected[i]!))}\nRedlite: ${shorten(format(actual[i]!))}`,
    )
  );
});

differential("a client that leaves in mid-command does not disturb others", async (servers) => {
  for (const server of [servers.redis, servers.ours]) {
    await using other = await server.connect();
    const bytes = encode(["SET", "half", "v"]);
    for (let at = 1; at < bytes.length; at++) {
      const client = await server.connect();
      await client.raw(bytes.subarray(0, at));
      client.close();
    }
    assert.equal(format(await other.send("EXISTS", "half")), ":0");
  }
});
