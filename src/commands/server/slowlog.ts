/** SLOWLOG: the last commands that took long. */

import { err } from "../../store/values/errors.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { writeHelp } from "../table/introspection.ts";
import { int64At } from "../table/options.ts";

const command = commandsOf("server");

/** Entries that SLOWLOG GET returns unless told otherwise. */
const USUAL_COUNT = 10;

function get({ args, reply, host }: Context): void {
  if (args.count > 3) {
    const given = args.text(1);
    throw err(
      `unknown subcommand or wrong number of arguments for '${given}'. Try SLOWLOG HELP.`,
    );
  }
  const given = args.count === 3 ? int64At(args, 2) : USUAL_COUNT;
  if (given === undefined || given < -1) {
    throw err("count should be greater than or equal to -1");
  }
  const { slowLog } = host;
  const count = given === -1 ? slowLog.length : Math.min(Number(given), slowLog.length);
  reply.array(count);
  for (const entry of slowLog.newest(count)) {
    reply.array(7);
    reply.integer(entry.id);
    reply.integer(entry.unixSeconds);
    reply.integer(entry.microseconds);
    reply.array(entry.args.length);
    for (const argument of entry.args) reply.bulk(argument);
    reply.text(entry.address);
    reply.text(entry.clientName);
    reply.integer(entry.argumentCount);
  }
}

function reset({ reply, host }: Context): void {
  host.slowLog.reset();
  reply.ok();
}

const facts = { since: "2.2.12", arity: 2, flags: "admin loading stale" };

/** The SLOWLOG container. */
export const slowlog: Command = command("SLOWLOG", {
  since: "2.2.12",
  arity: -2,
  complexity: "Depends on the subcommand",
  summary: "Commands about slow commands.",
}, [
  command("SLOWLOG GET [count]", {
    ...facts,
    arity: -2,
    tips: "request_policy:all_nodes nondeterministic_output",
    complexity: "O(N) in the number of entries",
    summary: "Returns the last slow commands.",
  }, get),
  command("SLOWLOG HELP", {
    ...facts,
    since: "6.2.0",
    flags: "loading stale",
    summary: "Lists the subcommands.",
  }, ({ reply, host }) => writeHelp(reply, host.commands, "slowlog")),
  command("SLOWLOG LEN", {
    ...facts,
    tips: "request_policy:all_nodes response_policy:agg_sum nondeterministic_output",
    summary: "Counts the slow commands.",
  }, ({ reply, host }) => reply.integer(host.slowLog.length)),
  command("SLOWLOG RESET", {
    ...facts,
    tips: "request_policy:all_nodes response_policy:all_succeeded",
    complexity: "O(N) in the number of entries",
    summary: "Forgets the slow commands.",
  }, reset),
]);
