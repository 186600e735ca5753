/**
 * FT.AGGREGATE and FT.CURSOR.
 *
 * @module
 */

import { aggregate } from "../../search/aggregate/aggregate.ts";
import { type Chunk, Cursors } from "../../search/aggregate/cursors.ts";
import { Search } from "../../search/search.ts";
import { CommandError } from "../../store/values/errors.ts";
import { int64At } from "../table/options.ts";
import type { Reply } from "../../resp/reply.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { askedIndex, assertMayAsk } from "./access.ts";
import { readAggregateRequest } from "./aggregate_arguments.ts";
import { writeAggregateReply } from "./aggregate_reply.ts";
import { assertExpandable } from "./format_argument.ts";
import { ArgumentCursor } from "./argument_cursor.ts";
import { assertArity } from "./module_arguments.ts";
import { limitsOf } from "./time_limits.ts";

const command = commandsOf("search");

function runAggregate(context: Context): void {
  const { args, reply, store } = context;
  assertArity(args, 2);
  const searches = Search.of(store);
  const { settings } = searches;
  const index = askedIndex(context);
  const request = readAggregateRequest(new ArgumentCursor(args, 2), settings);
  const { expands = false } = request;
  if (expands) assertExpandable(index.definition, reply);
  const result = aggregate(index, request, limitsOf(settings));
  if (request.cursor === undefined) return writeAggregateReply(reply, { ...result, expands });
  const { count, maxIdleMs } = request.cursor;
  const cursors = Cursors.of(store);
  const { name } = index.definition;
  const chunk = cursors.open(name, result, count, maxIdleMs, store.engine.nowMs);
  if (chunk === undefined) throw new CommandError("Too many cursors allocated for index");
  writeChunk(reply, { ...chunk, expands });
}

function writeChunk(reply: Reply, chunk: Chunk & { readonly expands?: boolean }): void {
  reply.array(2);
  writeAggregateReply(reply, chunk);
  reply.integer(chunk.cursor);
}

function cursorId({ args }: Context): number {
  const id = int64At(args, 3);
  if (typeof id !== "number") throw new CommandError("Bad cursor ID");
  return id;
}

function runCursor(context: Context): void {
  const { args, reply, store, client } = context;
  assertArity(args, 4);
  const cursors = Cursors.of(store);
  const { nowMs } = store.engine;
  const id = cursorId(context);
  const index = Search.of(store).find(args.text(2));
  if (index !== undefined) assertMayAsk(context, index.definition);
  // RediSearch takes any name with an id. But what a user may do goes by the name.
  const mayUse = client.account.unrestricted || index?.definition.name === cursors.indexOf(id);
  if (args.is(1, "READ")) {
    let count = 0;
    if (args.count > 5 && args.is(4, "COUNT")) {
      const given = int64At(args, 5);
      if (typeof given !== "number") throw new CommandError("Bad value for COUNT");
      count = given < 0 ? Infinity : given;
    }
    const chunk = mayUse ? cursors.read(id, count, nowMs) : undefined;
    if (chunk === undefined) throw new CommandError("Cursor not found");
    writeChunk(reply, chunk);
  } else if (args.is(1, "DEL")) {
    if (!mayUse || !cursors.delete(id)) throw new CommandError("Cursor does not exist");
    reply.ok();
  } else if (args.is(1, "GC")) {
    reply.integer(cursors.collect(nowMs));
  } else throw new CommandError("Unknown subcommand");
}

const SEARCHED = { acl: "search", keys: ["1 RO access"] } as const;

/** Those commands. */
export const aggregations: readonly Command[] = [
  command(
    "FT.AGGREGATE index query [VERBATIM] [LOAD count field [field ...]] [TIMEOUT timeout] " +
      "[GROUPBY nargs property [property ...] [REDUCE function nargs arg [arg ...] [AS name] " +
      "[REDUCE function nargs arg [arg ...] [AS name] ...]] ...] " +
      "[SORTBY nargs [property <ASC | DESC> [property <ASC | DESC> ...]] [MAX num]] " +
      "[APPLY expression AS name [APPLY expression AS name ...]] [LIMIT offset num] " +
      "[FILTER filter] [WITHCURSOR [COUNT read_size] [MAXIDLE idle_time]] " +
      "[PARAMS nargs name value [name value ...]] [ADDSCORES] [DIALECT dialect]",
    {
      since: "1.1.0",
      arity: -1,
      flags: "readonly",
      summary: "Runs a query and transforms its results: groups, sorts, filters, computes.",
      ...SEARCHED,
      acl: "search fast",
    },
    runAggregate,
  ),
  command("FT.CURSOR <READ | DEL | GC> index cursor_id [COUNT read_size]", {
    since: "1.1.0",
    arity: -1,
    flags: "readonly",
    summary: "Reads on from a cursor of FT.AGGREGATE, or deletes it.",
    acl: "search",
    keys: ["2 RW access update"],
  }, runCursor),
];
