/** LATENCY and SLOWLOG: nothing is recorded, so the answers are those of an idle server. */

import { err } from "../store/errors.ts";
import type { Command, Context } from "./command.ts";
import { commandsOf } from "./define.ts";
import { writeHelp } from "./introspection.ts";
import { asciiAt, int64At } from "./options.ts";

const command = commandsOf("server");

const ADMIN = "admin noscript loading stale";
const facts = {
  since: "2.8.13",
  arity: 2,
  flags: ADMIN,
  tips: "nondeterministic_output request_policy:all_nodes response_policy:special",
};

const DIAGNOSIS = "Latency is not recorded. For what a command costs see INFO commandstats; " +
  "for what an answer takes to come back see redis-cli --latency.\n";

/** The LATENCY container. */
export const latency: Command = command("LATENCY", {
  since: "2.8.13",
  arity: -2,
  complexity: "Depends on the subcommand",
  summary: "Commands about latency.",
}, [
  command(
    "LATENCY DOCTOR",
    { ...facts, summary: "Reports on latency." },
    ({ reply }) => reply.verbatim("txt", DIAGNOSIS),
  ),
  command(
    "LATENCY GRAPH event",
    { ...facts, arity: 3, summary: "Draws the samples of an event." },
    ({ args }) => {
      throw err(`No samples available for event '${asciiAt(args, 2)}'`);
    },
  ),
  command("LATENCY HELP", {
    ...facts,
    flags: "loading stale",
    tips: "",
    summary: "Lists the subcommands.",
  }, ({ reply, host }) => writeHelp(reply, host.commands, "latency")),
  command("LATENCY HISTOGRAM [command [command ...]]", {
    ...facts,
    since: "7.0.0",
    arity: -2,
    complexity: "O(N) in the number of commands",
    summary: "Returns how the calls of commands are distributed over their durations.",
  }, ({ reply }) => reply.map(0)),
  command(
    "LATENCY HISTORY event",
    { ...facts, arity: 3, summary: "Returns the samples of an event." },
    ({ reply }) => reply.array(0),
  ),
  command(
    "LATENCY LATEST",
    { ...facts, summary: "Returns the last sample of every event." },
    ({ reply }) => reply.array(0),
  ),
  command("LATENCY RESET [event [event ...]]", {
    ...facts,
    arity: -2,
    tips: "request_policy:all_nodes response_policy:agg_sum",
    summary: "Forgets the samples of some events, or of all.",
  }, ({ reply }) => reply.integer(0)),
]);

function slowlogGet({ args, reply }: Context): void {
  if (args.count > 3) {
    const given = args.text(1);
    throw err(
      `unknown subcommand or wrong number of arguments for '${given}'. Try SLOWLOG HELP.`,
    );
  }
  const count = args.count === 3 ? int64At(args, 2) : 10;
  if (count === undefined || count < -1) {
    throw err("count should be greater than or equal to -1");
  }
  reply.array(0);
}

const slowlogFacts = { since: "2.2.12", arity: 2, flags: "admin loading stale" };

/** The SLOWLOG container. */
export const slowlog: Command = command("SLOWLOG", {
  since: "2.2.12",
  arity: -2,
  complexity: "Depends on the subcommand",
  summary: "Commands about slow commands.",
}, [
  command("SLOWLOG GET [count]", {
    ...slowlogFacts,
    arity: -2,
    tips: "request_policy:all_nodes nondeterministic_output",
    complexity: "O(N) in the number of entries",
    summary: "Returns the last slow commands.",
  }, slowlogGet),
  command("SLOWLOG HELP", {
    ...slowlogFacts,
    since: "6.2.0",
    flags: "loading stale",
    summary: "Lists the subcommands.",
  }, ({ reply, host }) => writeHelp(reply, host.commands, "slowlog")),
  command("SLOWLOG LEN", {
    ...slowlogFacts,
    tips: "request_policy:all_nodes response_policy:agg_sum nondeterministic_output",
    summary: "Counts the slow commands.",
  }, ({ reply }) => reply.integer(0)),
  command("SLOWLOG RESET", {
    ...slowlogFacts,
    tips: "request_policy:all_nodes response_policy:all_succeeded",
    complexity: "O(N) in the number of entries",
    summary: "Forgets the slow commands.",
  }, ({ reply }) => reply.ok()),
]);
