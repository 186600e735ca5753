/**
 * Command records made from what a running Redis says of its commands, so that our table can be
 * asked the same questions.
 */

import { strict as assert } from "node:assert";
import type {
  Command,
  CommandFlag,
  CommandGroup,
  KeyFlag,
  KeySpec,
} from "../../src/commands/table/command.ts";
import { latin1, type Reply, type RespClient } from "../harness/resp_client.ts";

/** The records of all commands but those of modules, which have no documents. The client must speak RESP3. */
export async function oracleCommands(client: RespClient): Promise<Command[]> {
  const docs = fields(await client.send("COMMAND", "DOCS"));
  const info = items(await client.send("COMMAND"));
  const isDocumented = (entry: Reply) => fields(docs.get(text(items(entry)[0]))).has("summary");
  return info.filter(isDocumented).map((entry) => commandOf(entry, docs));
}

/** The text of a status, bulk string or integer. */
export function text(reply: Reply | undefined): string {
  assert.ok(reply !== undefined);
  if (reply.type === "bulk") return latin1(reply.value);
  if (reply.type === "integer") return String(reply.value);
  assert.equal(reply.type, "simple");
  return reply.value;
}

/** The members of an array or set. */
export function items(reply: Reply | undefined): Reply[] {
  assert.ok(reply?.type === "array" || reply?.type === "set");
  return reply.items;
}

/** The entries of a map, by the text of their keys. */
export function fields(reply: Reply | undefined): Map<string, Reply> {
  assert.ok(reply?.type === "map");
  return new Map(reply.entries.map(([key, value]) => [text(key), value]));
}

function commandOf(entry: Reply, docs: Map<string, Reply>): Command {
  const [fullName, arity, flags, , , , categories, tips, keys, subcommands] = items(entry);
  const doc = fields(docs.get(text(fullName)));
  const subdocs = doc.get("subcommands");
  const contained = items(subcommands);
  const commandFlags = items(flags).map(text) as CommandFlag[];
  return {
    name: text(fullName).replace(/^.*\|/, ""),
    fullName: text(fullName),
    group: text(doc.get("group")) as CommandGroup,
    since: text(doc.get("since")),
    summary: text(doc.get("summary")),
    complexity: doc.has("complexity") ? text(doc.get("complexity")) : "",
    arity: Number(text(arity)),
    flags: commandFlags,
    writes: commandFlags.includes("write"),
    effects: "none",
    readsOnly: commandFlags.includes("readonly"),
    fast: commandFlags.includes("fast"),
    needsRoom: commandFlags.includes("denyoom"),
    readsAllKeys: false,
    needsLua: false,
    even: commandFlags.includes("fast"),
    noScript: commandFlags.includes("noscript"),
    noAuth: commandFlags.includes("no_auth"),
    categories: items(categories).map((category) => text(category).slice(1)),
    tips: items(tips).map(text),
    keys: items(keys).map(keySpecOf),
    syntax: text(fullName).replace("|", " ").toUpperCase(),
    handler: contained.length === 0 ? () => {} : undefined,
    subcommands: contained.length === 0 || subdocs === undefined
      ? undefined
      : contained.map((subcommand) => commandOf(subcommand, fields(subdocs))),
  };
}

function keySpecOf(reply: Reply): KeySpec {
  const spec = fields(reply);
  const begin = fields(spec.get("begin_search"));
  const find = fields(spec.get("find_keys"));
  return {
    ...(spec.has("notes") && { notes: text(spec.get("notes")) }),
    flags: items(spec.get("flags")).map(text) as KeyFlag[],
    begin: beginOf(text(begin.get("type")), fields(begin.get("spec"))),
    find: findOf(text(find.get("type")), fields(find.get("spec"))),
  };
}

function beginOf(type: string, spec: Map<string, Reply>): KeySpec["begin"] {
  if (type === "index") return { index: Number(text(spec.get("index"))) };
  if (type !== "keyword") return "unknown";
  return { keyword: text(spec.get("keyword")), startFrom: Number(text(spec.get("startfrom"))) };
}

function findOf(type: string, spec: Map<string, Reply>): KeySpec["find"] {
  const number = (field: string) => Number(text(spec.get(field)));
  if (type === "range") {
    return { lastKey: number("lastkey"), step: number("keystep"), limit: number("limit") };
  }
  if (type !== "keynum") return "unknown";
  return { countAt: number("keynumidx"), firstKey: number("firstkey"), step: number("keystep") };
}
