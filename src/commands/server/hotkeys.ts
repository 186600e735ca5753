/** HOTKEYS: which keys take the most time or the most bytes. */

import type { Arguments } from "../../resp/arguments.ts";
import { err, syntaxError } from "../../store/values/errors.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { writeHelp } from "../table/introspection.ts";
import type { HotKey, HotKeysOptions } from "../table/measurement.ts";
import { int64At } from "../table/options.ts";

const command = commandsOf("server");

/** How many metrics there are. */
const METRICS = 2;
const USUAL_COUNT = 10;
const MAX_COUNT = 64;
const MAX_SECONDS = 1_000_000;
const INT_MAX = 2 ** 31 - 1;
const LAST_SLOT = 16383;

/** The integer at `index`. @throws {CommandError} With a message of the command's own. */
function boundedAt(args: Arguments, index: number, min: number, max: number, message: string) {
  const value = int64At(args, index);
  if (value === undefined || value < min || value > max) throw err(message);
  return Number(value);
}

function start({ args, reply, host }: Context): void {
  if (host.hotKeys.active) throw err("hotkey tracking session already in progress");
  host.hotKeys.start(startOptions(args));
  reply.ok();
}

function startOptions(args: Arguments): HotKeysOptions {
  if (args.count < 4 || !args.is(2, "METRICS")) throw err("METRICS parameter is required");
  const tooMany = `METRICS count must be > 0 and <= ${METRICS}`;
  const end = 4 + boundedAt(args, 3, 1, METRICS, tooMany);
  let cpu = false, net = false;
  for (let i = 4; i < Math.min(end, args.count); i++) {
    if (args.is(i, "CPU")) {
      if (cpu) throw err("METRICS CPU defined more than once!");
      cpu = true;
    } else if (args.is(i, "NET")) {
      if (net) throw err("METRICS NET defined more than once!");
      net = true;
    }
    // Any other word is a metric of a later version, and passed over.
  }
  if (end > args.count) {
    throw err("METRICS count does not match number of metric types provided");
  }
  if (!cpu && !net) throw err("METRICS no valid metrics passed. Supported: CPU|NET");

  let count = USUAL_COUNT, durationMs = 0, sampleRatio = 1;
  for (let i = end; i < args.count; i += 2) {
    if (i + 1 === args.count) throw syntaxError();
    if (args.is(i, "COUNT")) {
      count = boundedAt(args, i + 1, 1, MAX_COUNT, "COUNT must be between 1 and 64");
    } else if (args.is(i, "DURATION")) {
      const message = "DURATION must be between 1 and 1000000";
      durationMs = 1000 * boundedAt(args, i + 1, 1, MAX_SECONDS, message);
    } else if (args.is(i, "SAMPLE")) {
      sampleRatio = boundedAt(args, i + 1, 1, INT_MAX, "SAMPLE ratio must be positive");
    } else if (args.is(i, "SLOTS")) {
      throw err("SLOTS parameter cannot be used in non-cluster mode");
    } else {
      throw syntaxError();
    }
  }
  return { cpu, net, count, durationMs, sampleRatio };
}

function stop({ reply, host }: Context): void {
  if (host.hotKeys.stop()) reply.ok();
  else reply.null();
}

function reset({ reply, host }: Context): void {
  if (host.hotKeys.active) throw err("hotkey tracking session in progress, stop tracking first");
  host.hotKeys.reset();
  reply.ok();
}

function get({ reply, host }: Context): void {
  const report = host.hotKeys.report();
  if (report === undefined) {
    reply.null();
    return;
  }
  const { cpu, net } = report;
  const integer = (name: string, value: number) => {
    reply.text(name);
    reply.integer(Math.floor(value));
  };
  const keys = (name: string, hottest: readonly HotKey[]) => {
    reply.text(name);
    reply.array(2 * hottest.length);
    for (const { key, cost } of hottest) {
      reply.bulk(key);
      reply.integer(Math.floor(cost));
    }
  };
  // One report a node, and here there is one node, which has all slots.
  reply.array(1);
  reply.map(7 + (cpu ? 3 : 0) + (net ? 2 : 0));
  integer("tracking-active", Number(report.active));
  integer("sample-ratio", report.sampleRatio);
  reply.text("selected-slots");
  reply.array(1);
  reply.array(2);
  reply.integer(0);
  reply.integer(LAST_SLOT);
  integer("all-commands-all-slots-us", report.microseconds);
  integer("net-bytes-all-commands-all-slots", report.networkBytes);
  integer("collection-start-time-unix-ms", report.startedAtMs);
  integer("collection-duration-ms", report.durationMs);
  if (cpu) {
    integer("total-cpu-time-user-ms", cpu.userMs);
    integer("total-cpu-time-sys-ms", cpu.systemMs);
  }
  if (net) integer("total-net-bytes", net.totalBytes);
  if (cpu) keys("by-cpu-time-us", cpu.keys);
  if (net) keys("by-net-bytes", net.keys);
}

const facts = { since: "8.6.0", arity: 2, flags: "admin noscript" };

/** The HOTKEYS container. */
export const hotkeys: Command = command("HOTKEYS", {
  since: "8.6.0",
  arity: -2,
  complexity: "Depends on the subcommand",
  summary: "Commands about the keys that are used most.",
}, [
  command("HOTKEYS GET", {
    ...facts,
    complexity: "O(K) in the number of keys returned",
    summary: "Returns the keys that take most, and what all commands took.",
  }, get),
  command("HOTKEYS HELP", {
    ...facts,
    since: "8.6.1",
    flags: "loading stale",
    acl: "admin",
    summary: "Lists the subcommands.",
  }, ({ reply, host }) => writeHelp(reply, host.commands, "hotkeys")),
  command("HOTKEYS RESET", { ...facts, summary: "Forgets what was tracked." }, reset),
  command(
    "HOTKEYS START METRICS count [CPU] [NET] [COUNT k] [DURATION seconds] [SAMPLE ratio] " +
      "[SLOTS count slot [slot ...]]",
    {
      ...facts,
      arity: -2,
      summary: "Tracks which keys take the most time (CPU) or the most bytes (NET).",
    },
    start,
  ),
  command("HOTKEYS STOP", {
    ...facts,
    summary: "Ends the tracking and keeps what was tracked.",
  }, stop),
]);
