/** LATENCY: events that took long, and how long the calls of each command take. */

import { err } from "../../store/values/errors.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { writeHelp } from "../table/introspection.ts";
import { latencyReport } from "./latency_doctor.ts";
import { latencyGraph } from "./latency_graph.ts";
import type { CommandHistogram } from "../table/measurement.ts";
import { shownAt } from "../table/options.ts";

const command = commandsOf("server");

function doctor({ reply, host, store }: Context): void {
  reply.verbatim("txt", latencyReport(host.latency, host.slowLog, store.engine.nowMs));
}

function graph({ args, reply, host, store }: Context): void {
  const series = host.latency.of(args.text(2));
  if (series === undefined) throw err(`No samples available for event '${shownAt(args, 2)}'`);
  reply.verbatim("txt", latencyGraph(series, store.engine.nowMs));
}

function histogram({ args, reply, host }: Context): void {
  const histograms = args.count === 2 ? [...host.histograms.all()] : histogramsOfArguments();
  reply.map(histograms.length);
  for (const histogram of histograms) {
    reply.text(histogram.command.fullName);
    reply.map(2);
    reply.text("calls");
    reply.integer(histogram.calls);
    reply.text("histogram_usec");
    const levels = histogram.cumulative();
    reply.map(levels.length);
    for (const [microseconds, calls] of levels) {
      reply.integer(microseconds);
      reply.integer(calls);
    }
  }

  /** A container stands for its subcommands; names that are none are passed over. */
  function histogramsOfArguments(): CommandHistogram[] {
    const found: CommandHistogram[] = [];
    for (let i = 2; i < args.count; i++) {
      const named = host.commands.find(args.text(i));
      if (named === undefined) continue;
      for (const each of [named, ...named.subcommands ?? []]) {
        const histogram = host.histograms.of(each);
        if (histogram !== undefined) found.push(histogram);
      }
    }
    return found;
  }
}

function history({ args, reply, host }: Context): void {
  const samples = host.latency.of(args.text(2))?.samples ?? [];
  reply.array(samples.length);
  for (const { unixSeconds, ms } of samples) {
    reply.array(2);
    reply.integer(unixSeconds);
    reply.integer(ms);
  }
}

function latest({ reply, host }: Context): void {
  const all = [...host.latency.series()];
  reply.array(all.length);
  for (const { event, worstMs, samples } of all) {
    const { unixSeconds, ms } = samples[samples.length - 1]!;
    reply.array(4);
    reply.text(event);
    reply.integer(unixSeconds);
    reply.integer(ms);
    reply.integer(worstMs);
  }
}

function reset({ args, reply, host }: Context): void {
  const events: string[] = [];
  if (args.count === 2) { for (const { event } of host.latency.series()) events.push(event); }
  for (let i = 2; i < args.count; i++) events.push(args.text(i));
  reply.integer(events.filter((event) => host.latency.forget(event)).length);
}

const facts = {
  since: "2.8.13",
  arity: 2,
  flags: "admin noscript loading stale",
  tips: "nondeterministic_output request_policy:all_nodes response_policy:special",
};

/** The LATENCY container. */
export const latency: Command = command("LATENCY", {
  since: "2.8.13",
  arity: -2,
  complexity: "Depends on the subcommand",
  summary: "Commands about latency.",
}, [
  command("LATENCY DOCTOR", { ...facts, summary: "Reports on latency." }, doctor),
  command(
    "LATENCY GRAPH event",
    { ...facts, arity: 3, summary: "Draws the samples of an event." },
    graph,
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
  }, histogram),
  command(
    "LATENCY HISTORY event",
    { ...facts, arity: 3, summary: "Returns the samples of an event." },
    history,
  ),
  command(
    "LATENCY LATEST",
    { ...facts, summary: "Returns the last sample of every event." },
    latest,
  ),
  command("LATENCY RESET [event [event ...]]", {
    ...facts,
    arity: -2,
    tips: "request_policy:all_nodes response_policy:agg_sum",
    summary: "Forgets the samples of some events, or of all.",
  }, reset),
]);
