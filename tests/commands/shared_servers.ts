/**
 * Servers that the tests of a file share: they are started before the first test, and each test finds them empty. A test
 * that leaves more behind than keys, or asks for it, takes servers of its own.
 */

import { startRedis, startRedlite, type TestServer } from "../harness/servers.ts";

/** Commands that change or tell more than keys and the connection. */
const OF_ITS_OWN = new RegExp(
  "^(acl|bg|client|cluster|command|config|debug|fcall|function|eval|ft\\.config|hotkeys|info|keyinfo|" +
    "lastsave|latency|memory|module|monitor|publish|pubsub|replicaof|reset|role|save|script|shutdown|slaveof|" +
    "slowlog|spublish|ssubscribe|subscribe|psubscribe|time|vacuum|wait|history|backup|sql|integrity)",
  "i",
);

const START = { redlite: startRedlite, redis: startRedis };
type Kind = keyof typeof START;

const wanted = new Set<Kind>();
const started = new Map<Kind, TestServer>();

Deno.test.beforeAll(async () => {
  await Promise.all([...wanted].map(async (kind) => started.set(kind, await START[kind]())));
});

Deno.test.afterAll(async () => {
  await Promise.all([...started.values()].map((server) => server[Symbol.asyncDispose]()));
});

/** Whether command lines leave nothing behind but keys; if so, the servers will be started. */
export function canShare(lines: readonly string[], ...kinds: readonly Kind[]): boolean {
  if (lines.some((line) => OF_ITS_OWN.test(line))) return false;
  for (const kind of kinds) wanted.add(kind);
  return true;
}

/** A server that {@linkcode canShare} was asked for, without keys. */
export async function sharedServer(kind: Kind): Promise<TestServer> {
  const server = started.get(kind);
  if (server === undefined) throw new Error("no test of this file said that it shares a server");
  await using client = await server.connect();
  await client.send("FLUSHALL");
  return server;
}
