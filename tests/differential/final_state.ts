/** Reads everything a sequence can have left behind. */

import type { Argument, Command } from "../harness/resp_client.ts";
import { redisMajorVersion } from "../harness/servers.ts";
import type { Answer, Check, Client } from "./pieces.ts";
import { ALL_KEYS, DATABASES, MEMBERS } from "./pools.ts";

/** The commands that read all of a key, by its type. */
const READS: Record<string, (key: Argument) => Command[]> = {
  string: (key) => [["GET", key]],
  list: (key) => [["LRANGE", key, "0", "-1"]],
  set: (key) => [["SMEMBERS", key]],
  hash: (key) => [
    ["HGETALL", key],
    ...redisMajorVersion() < 8
      ? []
      : [["HPEXPIRETIME", key, "FIELDS", String(MEMBERS.length), ...MEMBERS]],
  ],
  zset: (key) => [["ZRANGE", key, "0", "-1", "WITHSCORES"]],
  stream: (key) => [["XRANGE", key, "-", "+"]],
};

/**
 * Types, expiries and contents of every key in every database used. DBSIZE comes behind a look at every key, since
 * Redis counts an expired key until something notices that it is.
 */
export const FINAL_STATE: Check = {
  kind: "check",
  show: () => "the final state",
  async ask(client) {
    const keyspaces = await answersTo(
      client,
      DATABASES.flatMap((database): Command[] => [
        ["SELECT", database],
        ...ALL_KEYS.map((key): Command => ["TYPE", key]),
        ...ALL_KEYS.map((key): Command => ["PTTL", key]),
        ["KEYS", "*"],
        ["DBSIZE"],
      ]),
    );
    const contents = await answersTo(client, keyspaces.flatMap(readAfter));
    return [...keyspaces, ...contents];
  },
};

/** What to send for the contents, given an answer about the keyspace. */
function readAfter({ command, reply }: Answer): Command[] {
  const [name, key] = command;
  if (name === "SELECT") return [command];
  if (name !== "TYPE" || reply.type !== "simple" || reply.value === "none") return [];
  const read = READS[reply.value];
  if (read === undefined) throw new Error(`the final state cannot read a ${reply.value}`);
  return [["OBJECT", "ENCODING", key!], ...read(key!)];
}

async function answersTo(client: Client, commands: Command[]): Promise<Answer[]> {
  const replies = await client.pipeline(commands);
  return commands.map((command, i) => ({ command, reply: replies[i]! }));
}
