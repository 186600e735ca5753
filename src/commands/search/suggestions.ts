/**
 * The commands on suggestion dictionaries: https://redis.io/docs/latest/commands/?group=suggestion
 *
 * @module
 */

import type { Arguments } from "../../resp/arguments.ts";
import { parseDouble } from "../../resp/double.ts";
import { parseHexadecimal } from "../../search/index/values.ts";
import { CommandError, err } from "../../store/values/errors.ts";
import { int64At } from "../table/options.ts";
import type { Slice } from "../../store/values/slice.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { assertArity, refusal } from "./module_arguments.ts";

const command = commandsOf("suggestion");

/** Bytes from which on what was typed is refused, and characters. */
const TYPED_LIMIT = { bytes: 200, characters: 100 };
/** How many suggestions are found, if nothing else is wished. */
const DEFAULT_MAX = 5;
/** The greatest MAX. */
const GREATEST_MAX = 0xffffffff;

/** A score, whose digits may be hexadecimal as of numbers in documents. @throws {CommandError} */
function scoreOf(args: Arguments, at: number): number {
  const { bytes, start, end } = args.at(at);
  const score = parseDouble(bytes, start, end);
  if (score !== undefined) return score;
  const hexadecimal = parseHexadecimal(args.text(at));
  if (hexadecimal === undefined || !Number.isFinite(hexadecimal)) throw err("invalid score");
  return hexadecimal;
}

function sugadd({ args, reply, store, client }: Context): void {
  assertArity(args, 4);
  const { suggestions, keyspace } = store;
  const key = args.at(1);
  let increments = false;
  let payload: Slice | undefined;
  for (let i = 4; i < args.count; i++) {
    if (args.is(i, "INCR")) increments = true;
    else if (args.is(i, "PAYLOAD")) {
      if (++i === args.count) {
        throw new CommandError("Invalid payload: Expected an argument, but none provided");
      }
      payload = args.at(i);
    } else throw refusal(`Unknown argument \`${args.text(i)}\``);
  }
  const known = suggestions.edit(client.db, key);
  const score = scoreOf(args, 3);
  const dictionary = known ?? suggestions.create(client.db, key);
  suggestions.add(dictionary, args.at(2), score, increments, payload);
  keyspace.changed(client.db, key, "ft.sugadd");
  reply.integer(dictionary.length);
}

function sugdel({ args, reply, store, client }: Context): void {
  assertArity(args, 3, 3);
  const { suggestions, keyspace } = store;
  const dictionary = suggestions.edit(client.db, args.at(1));
  const found = dictionary !== undefined && suggestions.delete(dictionary, args.at(2));
  if (found) keyspace.changed(client.db, args.at(1), "ft.sugdel");
  reply.integer(found ? 1 : 0);
}

function suglen({ args, reply, store, client }: Context): void {
  assertArity(args, 2, 2);
  reply.integer(store.suggestions.read(client.db, args.at(1))?.length ?? 0);
}

function sugget({ args, reply, store, client }: Context): void {
  assertArity(args, 3);
  let fuzzy = false, scores = false, payloads = false;
  let max = DEFAULT_MAX;
  for (let i = 3; i < args.count; i++) {
    if (args.is(i, "FUZZY")) fuzzy = true;
    else if (args.is(i, "WITHSCORES")) scores = true;
    else if (args.is(i, "WITHPAYLOADS")) payloads = true;
    else if (args.is(i, "MAX")) {
      if (++i === args.count) {
        throw new CommandError("MAX: Expected an argument, but none provided");
      }
      const value = int64At(args, i);
      if (value === undefined) {
        throw new CommandError("MAX: Could not convert argument to expected type");
      }
      if (value < 1 || value > GREATEST_MAX) {
        throw new CommandError("MAX: Value is outside acceptable bounds");
      }
      max = Number(value);
    } else throw refusal(`Unrecognized argument: ${args.text(i)}`);
  }
  if (args.at(2).length >= TYPED_LIMIT.bytes) throw new CommandError("Invalid query length");
  const typed = args.text(2);
  if ([...typed].length >= TYPED_LIMIT.characters) throw new CommandError("Invalid query");
  const dictionary = store.suggestions.read(client.db, args.at(1));
  if (dictionary === undefined) return reply.null();
  const found = store.suggestions.search(dictionary, typed, { fuzzy, max });
  reply.array(found.length * (1 + Number(scores) + Number(payloads)));
  for (const { term, score, payload } of found) {
    reply.bulk(term);
    if (scores) reply.double(score);
    if (!payloads) continue;
    if (payload === undefined) reply.null();
    else reply.bulk(payload);
  }
}

/** FT.SUGADD, FT.SUGDEL, FT.SUGGET and FT.SUGLEN. */
export const suggestions: readonly Command[] = [
  command("FT.SUGADD key string score [INCR] [PAYLOAD payload]", {
    since: "1.0.0",
    arity: -1,
    flags: "write denyoom",
    effects: "itself",
    acl: "search",
    keys: ["1 RW insert"],
    complexity: "O(log N) in the suggestions of the dictionary",
    summary: "Adds a suggestion to a dictionary, or changes its score.",
  }, sugadd),
  command("FT.SUGDEL key string", {
    since: "1.0.0",
    arity: -1,
    flags: "write",
    effects: "itself",
    acl: "search",
    keys: ["1 RW delete"],
    complexity: "O(log N) in the suggestions of the dictionary",
    summary: "Deletes a suggestion.",
  }, sugdel),
  command("FT.SUGGET key prefix [FUZZY] [WITHSCORES] [WITHPAYLOADS] [MAX max]", {
    since: "1.0.0",
    arity: -1,
    flags: "readonly",
    acl: "search",
    keys: ["1 RO access"],
    complexity: "O(N) in the suggestions that begin so",
    summary: "Returns the best suggestions for what somebody has typed.",
  }, sugget),
  command("FT.SUGLEN key", {
    since: "1.0.0",
    arity: -1,
    flags: "readonly",
    acl: "search",
    keys: ["1 RO"],
    summary: "Returns how many suggestions a dictionary has.",
  }, suglen),
];
