/** KEYINFO: what the store knows of a key beside its value. */

import { type KeyFacts, keyFacts, type KeyHistoryLevel } from "../../store/keys/facts.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { valueEncoding } from "../keys/encoding_name.ts";

function keyinfo({ args, reply, store, client }: Context): void {
  const key = args.at(1);
  const facts = keyFacts(store, client.db, key);
  if (facts === undefined) return reply.null();
  const encoding = valueEncoding(store);
  const integers = (fields: Readonly<Record<string, number>>) => {
    for (const [name, value] of Object.entries(fields)) {
      reply.text(name);
      reply.integer(value);
    }
  };
  reply.map(9);
  reply.text("type");
  reply.text(facts.type);
  reply.text("ttl");
  if (facts.ttlMs === undefined) reply.null();
  else reply.integer(facts.ttlMs);
  integers(numbersOf(facts));
  reply.text("encoding");
  reply.text(encoding);
  reply.text("history");
  reply.text(historyText(facts.history));
}

function numbersOf({ createdAtMs, updatedAtMs, version, length, bytes }: KeyFacts) {
  return { created_at: createdAtMs, updated_at: updatedAtMs, version, length, bytes };
}

/** `off`, or the level and what the history is limited to, in the words of HISTORY ENABLE. */
function historyText(level: KeyHistoryLevel | undefined): string {
  if (level === undefined) return "off";
  const { retentionMs, retentionCount } = level;
  if (retentionMs !== undefined) return `${level.level} retention time ${retentionMs}`;
  if (retentionCount !== undefined) return `${level.level} retention count ${retentionCount}`;
  return level.level;
}

/** KEYINFO. */
export const keyinfoCommand: Command = commandsOf("generic")("KEYINFO key", {
  since: "8.0.0",
  arity: 2,
  flags: "readonly",
  acl: "keyspace",
  keys: ["1 RO"],
  tips: "nondeterministic_output",
  complexity: "O(1), and O(N) in the number of elements up to two thousand",
  summary: "Tells when a key was made and changed, its version, size, encoding and history.",
}, keyinfo);
