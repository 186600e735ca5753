/** CONFIG: the configuration parameters. */

import { syntaxError } from "../../store/values/errors.ts";
import type { Command, Context } from "../table/command.ts";
import type { Host } from "../table/host.ts";
import type { Client } from "../table/client.ts";
import { commandsOf } from "../table/define.ts";
import { Glob } from "../../store/values/glob.ts";
import { writeHelp } from "../table/introspection.ts";

const command = commandsOf("server");
const encoder = new TextEncoder();

/** The value of one parameter; undefined where the host has no such. */
export function configValue(host: Host, name: string): string | undefined {
  for (const [known, value] of host.config.entries()) if (known === name) return value;
  return undefined;
}

/** Whether a parameter that is `yes`, `no` or `local` lets a client do what it is about. */
export function isPermitted({ host, client }: Context, parameter: string): boolean {
  const allowed = configValue(host, parameter);
  return allowed !== "no" && (allowed !== "local" || isLocal(client));
}

/** Addresses of this machine, and of the program that has the database open. */
const LOCAL = /^(?:127\.0\.0\.1|\[::1\]|embedded):/;

function isLocal({ unixSocket, address }: Client): boolean {
  return unixSocket || LOCAL.test(address);
}

function get({ args, reply, host }: Context): void {
  const entries = [...host.config.entries()].map(([name, value]) => ({
    name,
    value,
    bytes: encoder.encode(name),
  }));
  // By the lower-case name, so that two patterns find a parameter once.
  const found = new Map<string, readonly [name: string, value: string]>();
  for (let i = 2; i < args.count; i++) {
    const pattern = new Glob(args.at(i).copy());
    for (const { name, value, bytes } of entries) {
      if (found.has(name) || !pattern.matches(bytes, 0, bytes.length, true)) continue;
      // A name that is no pattern comes back the way it was written.
      found.set(name, [pattern.literal ? args.text(i) : name, value]);
    }
  }
  reply.map(found.size);
  for (const [name, value] of found.values()) {
    reply.text(name);
    reply.text(value);
  }
}

function set(context: Context): void {
  const { args, reply, host } = context;
  if (args.count % 2 !== 0) throw syntaxError();
  const changes: [string, string][] = [];
  for (let i = 2; i < args.count; i += 2) changes.push([args.text(i), args.text(i + 1)]);
  host.config.set(changes, isPermitted(context, "enable-protected-configs"));
  reply.ok();
}

function resetstat({ reply, host, store }: Context): void {
  host.stats.reset();
  host.histograms.reset();
  const { statistics } = store.keyspace;
  statistics.hits = statistics.misses = 0;
  statistics.evicted = statistics.expired = statistics.expiredFields = 0;
  store.garbage.freedKeys = 0;
  store.eviction.resetStatistics();
  reply.ok();
}

function rewrite({ reply, host }: Context): void {
  host.config.rewrite();
  reply.ok();
}

const facts = {
  since: "2.0.0",
  arity: 2,
  flags: "admin noscript loading stale",
};

/** The CONFIG container. */
export const config: Command = command("CONFIG", {
  since: "2.0.0",
  arity: -2,
  complexity: "Depends on the subcommand",
  summary: "Commands about the configuration.",
}, [
  command("CONFIG GET parameter [parameter ...]", {
    ...facts,
    arity: -3,
    complexity: "O(N) in the number of patterns",
    summary: "Returns the parameters that match any of some patterns, with their values.",
  }, get),
  command("CONFIG HELP", {
    ...facts,
    since: "5.0.0",
    flags: "loading stale",
    summary: "Lists the subcommands.",
  }, ({ reply, host }) => writeHelp(reply, host.commands, "config")),
  command("CONFIG RESETSTAT", {
    ...facts,
    tips: "request_policy:all_nodes response_policy:all_succeeded",
    summary: "Sets the counters of INFO to zero.",
  }, resetstat),
  command("CONFIG REWRITE", {
    ...facts,
    since: "2.8.0",
    tips: "request_policy:all_nodes response_policy:all_succeeded",
    summary: "Keeps the parameters' values for the next start, in the database file.",
  }, rewrite),
  command("CONFIG SET parameter value [parameter value ...]", {
    ...facts,
    arity: -4,
    tips: "request_policy:all_nodes response_policy:all_succeeded",
    complexity: "O(N) in the number of parameters",
    summary: "Sets parameters, all of them or none.",
  }, set),
]);
