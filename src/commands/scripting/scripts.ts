/** EVAL and its kin: https://redis.io/docs/latest/develop/programmability/eval-intro/ */

import type { Arguments } from "../../resp/arguments.ts";
import { err } from "../../store/values/errors.ts";
import type { Command, Context, KeySpec } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { writeHelp } from "../table/introspection.ts";
import { int64At, integerAt } from "../table/options.ts";
import { kill } from "./kill.ts";

const command = commandsOf("scripting");

/**
 * Reads `numkeys`.
 *
 * @param invalid What is said of a number of keys that is none, if it is not what is said elsewhere.
 * @throws {CommandError}
 */
export function numKeys(args: Arguments, invalid?: string): number {
  const given = invalid === undefined ? integerAt(args, 2) : int64At(args, 2);
  if (given === undefined) throw err(invalid ?? "");
  const keys = Number(given);
  if (keys > args.count - 3) throw err("Number of keys can't be greater than number of args");
  if (keys < 0) throw err("Number of keys can't be negative");
  return keys;
}

function evaluate(readonly: boolean): (context: Context) => void {
  return (context) => {
    const { args, host } = context;
    const keys = numKeys(args);
    host.scripting.prepare();
    host.scripting.evaluate(context, args.at(1), keys, readonly);
  };
}

function evaluateKept(readonly: boolean): (context: Context) => void {
  return (context) => {
    const { args, host } = context;
    const keys = numKeys(args);
    host.scripting.prepare();
    host.scripting.evaluateKept(context, args.at(1), keys, readonly);
  };
}

function load({ args, reply, host }: Context): void {
  host.scripting.prepare();
  reply.text(host.scripting.load(args.at(2).copy()));
}

function exists({ args, reply, host }: Context): void {
  reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) reply.integer(host.scripting.has(args.at(i)) ? 1 : 0);
}

function flush({ args, reply, host }: Context): void {
  if (args.count > 3 || (args.count === 3 && !args.is(2, "SYNC") && !args.is(2, "ASYNC"))) {
    throw err("SCRIPT FLUSH only support SYNC|ASYNC option");
  }
  host.scripting.flush();
  reply.ok();
}

function debug({ args, reply }: Context): void {
  if (args.is(2, "NO")) return reply.ok();
  if (args.is(2, "YES") || args.is(2, "SYNC")) {
    throw err("the Lua debugger is not supported");
  }
  throw err("Use SCRIPT DEBUG YES/SYNC/NO");
}

const evalFacts = {
  needsLua: true,
  since: "2.6.0",
  arity: -3,
  flags: "noscript stale skip_monitor no_mandatory_keys movablekeys",
  acl: "scripting",
  complexity: "Depends on the script.",
};
/** Where the keys are. */
export const scriptKeys = (flags: "RW access update" | "RO access"): KeySpec[] => [
  {
    flags: flags.split(" ") as ("RW" | "RO" | "access" | "update")[],
    begin: { index: 2 },
    find: { countAt: 0, firstKey: 1, step: 1 },
  },
];
const readOnlyFacts = {
  ...evalFacts,
  since: "7.0.0",
  flags: `readonly ${evalFacts.flags}`,
  keys: scriptKeys("RO access"),
};
const facts = { since: "2.6.0", flags: "noscript", acl: "scripting" };

/** The commands of scripts. */
export const scripts: readonly Command[] = [
  command("EVAL script numkeys [key [key ...]] [arg [arg ...]]", {
    ...evalFacts,
    keys: scriptKeys("RW access update"),
    summary: "Runs a script in Lua.",
  }, evaluate(false)),
  command("EVALSHA sha1 numkeys [key [key ...]] [arg [arg ...]]", {
    ...evalFacts,
    keys: scriptKeys("RW access update"),
    summary: "Runs a script that is kept.",
  }, evaluateKept(false)),
  command("EVALSHA_RO sha1 numkeys [key [key ...]] [arg [arg ...]]", {
    ...readOnlyFacts,
    summary: "Runs a script that is kept and only reads.",
  }, evaluateKept(true)),
  command("EVAL_RO script numkeys [key [key ...]] [arg [arg ...]]", {
    ...readOnlyFacts,
    summary: "Runs a script in Lua that only reads.",
  }, evaluate(true)),
  command("SCRIPT", {
    since: "2.6.0",
    arity: -2,
    complexity: "Depends on subcommand.",
    summary: "A container for the commands that keep scripts.",
  }, [
    command("SCRIPT DEBUG <YES | SYNC | NO>", {
      ...facts,
      since: "3.2.0",
      arity: 3,
      summary: "Sets how scripts are debugged.",
    }, debug),
    command("SCRIPT EXISTS sha1 [sha1 ...]", {
      ...facts,
      arity: -3,
      complexity: "O(N) with N being the number of scripts to check",
      tips: "request_policy:all_shards response_policy:agg_logical_and",
      summary: "Tells which scripts are kept.",
    }, exists),
    command("SCRIPT FLUSH [ASYNC | SYNC]", {
      ...facts,
      arity: -2,
      complexity: "O(N) with N being the number of scripts",
      tips: "request_policy:all_nodes response_policy:all_succeeded",
      summary: "Forgets all scripts.",
    }, flush),
    command("SCRIPT HELP", {
      since: "5.0.0",
      arity: 2,
      flags: "loading stale",
      acl: "scripting",
      summary: "Tells about the subcommands.",
    }, ({ reply, host }) => writeHelp(reply, host.commands, "script")),
    command("SCRIPT KILL", {
      ...facts,
      arity: 2,
      flags: "noscript allow_busy",
      tips: "request_policy:all_shards response_policy:one_succeeded",
      summary: "Stops the script that runs.",
    }, kill("script")),
    command("SCRIPT LOAD script", {
      ...facts,
      arity: 3,
      needsLua: true,
      flags: "noscript stale",
      complexity: "O(N) with N being the length in bytes of the script.",
      tips: "request_policy:all_nodes response_policy:all_succeeded",
      summary: "Keeps a script.",
    }, load),
  ]),
];
