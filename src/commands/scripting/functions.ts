/** FUNCTION and FCALL: https://redis.io/docs/latest/develop/programmability/functions-intro/ */

import type { Arguments } from "../../resp/arguments.ts";
import type { Reply } from "../../resp/reply.ts";
import { err } from "../../store/values/errors.ts";
import { Glob } from "../../store/values/glob.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { writeHelp } from "../table/introspection.ts";
import { latin1Bytes } from "../table/latin1.ts";
import { asciiAt, shownAt } from "../table/options.ts";
import { kill } from "./kill.ts";
import {
  busyWith,
  type FunctionLibrary,
  type RestorePolicy,
  type RunningScript,
} from "./scripting_host.ts";
import { numKeys, scriptKeys } from "./scripts.ts";

const command = commandsOf("scripting");

const readKeys = (args: Arguments) => numKeys(args, "Bad number of keys provided");

function call(readonly: boolean): (context: Context) => void {
  return (context) => {
    const { args, host } = context;
    host.scripting.prepare();
    host.scripting.functions.call(context, asciiAt(args, 1), readKeys, readonly);
  };
}

function load(context: Context): void {
  const { args, reply, host, store } = context;
  let replace = false;
  for (let i = 2; i < args.count - 1; i++) {
    if (!args.is(i, "REPLACE")) throw err(`Unknown option given: ${shownAt(args, i)}`);
    replace = true;
  }
  host.scripting.prepare();
  const name = host.scripting.functions.load(context, args.at(args.count - 1).copy(), replace);
  store.engine.changes.addUntold();
  reply.text(name);
}

function remove(context: Context): void {
  const { args, reply, host } = context;
  host.scripting.prepare();
  host.scripting.functions.delete(context, asciiAt(args, 2));
  context.store.engine.changes.addUntold();
  reply.ok();
}

function flush(context: Context): void {
  const { args, reply, host } = context;
  if (args.count > 3) {
    throw err("unknown subcommand or wrong number of arguments for 'flush'. Try FUNCTION HELP.");
  }
  if (args.count === 3 && !args.is(2, "SYNC") && !args.is(2, "ASYNC")) {
    throw err("FUNCTION FLUSH only supports SYNC|ASYNC option");
  }
  host.scripting.functions.flush(context);
  context.store.engine.changes.addUntold();
  reply.ok();
}

function list(context: Context): void {
  const { args, reply, host } = context;
  let pattern: Glob | undefined;
  let withCode = false;
  for (let i = 2; i < args.count; i++) {
    if (!withCode && args.is(i, "WITHCODE")) {
      withCode = true;
    } else if (pattern === undefined && args.is(i, "LIBRARYNAME")) {
      if (i + 1 === args.count) throw err("library name argument was not given");
      pattern = new Glob(args.at(++i).copy());
    } else {
      throw err(`Unknown argument ${shownAt(args, i)}`);
    }
  }
  host.scripting.prepare();
  const libraries = host.scripting.functions.list(context)
    .filter(({ name }) => pattern?.matches(latin1Bytes(name), 0, name.length, true) ?? true);
  reply.array(libraries.length);
  for (const library of libraries) writeLibrary(context, library, withCode);
}

function writeLibrary(
  { reply }: Context,
  { name, code, functions }: FunctionLibrary,
  withCode: boolean,
): void {
  reply.map(withCode ? 4 : 3);
  reply.text("library_name");
  reply.text(name);
  reply.text("engine");
  reply.text("LUA");
  reply.text("functions");
  reply.array(functions.length);
  for (const { name, description, flags } of functions) {
    reply.map(3);
    reply.text("name");
    reply.text(name);
    reply.text("description");
    if (description === undefined) reply.null();
    else reply.bulk(latin1Bytes(description));
    reply.text("flags");
    reply.set(flags.length);
    for (const flag of flags) reply.status(flag);
  }
  if (!withCode) return;
  reply.text("library_code");
  reply.bulk(code);
}

function dump(context: Context): void {
  context.reply.bulk(context.host.scripting.functions.dump(context));
}

const POLICIES: readonly RestorePolicy[] = ["flush", "append", "replace"];

function restore(context: Context): void {
  const { args, reply, host } = context;
  if (args.count > 4) {
    throw err("unknown subcommand or wrong number of arguments for 'restore'. Try FUNCTION HELP.");
  }
  const policy = args.count === 3
    ? "append"
    : POLICIES.find((policy) => args.is(3, policy.toUpperCase()));
  if (policy === undefined) {
    throw err("Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.");
  }
  host.scripting.prepare();
  host.scripting.functions.restore(context, args.at(2), policy);
  context.store.engine.changes.addUntold();
  reply.ok();
}

function stats({ reply, host, store }: Context): void {
  const { running } = host.scripting;
  if (running?.kind === "script") throw busyWith(running);
  const { libraries, functions } = host.scripting.functions.facts(store);
  reply.map(2);
  reply.text("running_script");
  if (running === undefined) reply.null();
  else writeRunning(reply, running);
  reply.text("engines");
  reply.map(1);
  reply.text("LUA");
  reply.map(2);
  reply.text("libraries_count");
  reply.integer(libraries);
  reply.text("functions_count");
  reply.integer(functions);
}

function writeRunning(reply: Reply, { name, command, durationMs }: RunningScript): void {
  reply.map(3);
  reply.text("name");
  reply.bulk(latin1Bytes(name));
  reply.text("command");
  reply.array(command.length);
  for (const argument of command) reply.bulk(argument);
  reply.text("duration_ms");
  reply.integer(durationMs);
}

const facts = { since: "7.0.0", flags: "noscript", acl: "scripting" };
const callFacts = {
  since: "7.0.0",
  arity: -3,
  acl: "scripting",
  needsLua: true,
  complexity: "Depends on the function that is executed.",
};
const CALL_FLAGS = "noscript stale skip_monitor no_mandatory_keys movablekeys";
const ALL_SUCCEEDED = "request_policy:all_shards response_policy:all_succeeded";

/** The commands of functions. */
export const functions: readonly Command[] = [
  command("FCALL function numkeys [key [key ...]] [arg [arg ...]]", {
    ...callFacts,
    flags: CALL_FLAGS,
    keys: scriptKeys("RW access update"),
    summary: "Runs a function.",
  }, call(false)),
  command("FCALL_RO function numkeys [key [key ...]] [arg [arg ...]]", {
    ...callFacts,
    flags: `readonly ${CALL_FLAGS}`,
    keys: scriptKeys("RO access"),
    summary: "Runs a function that only reads.",
  }, call(true)),
  command("FUNCTION", {
    since: "7.0.0",
    arity: -2,
    complexity: "Depends on subcommand.",
    summary: "A container for the commands that keep functions.",
  }, [
    command("FUNCTION DELETE library-name", {
      ...facts,
      arity: 3,
      flags: "write noscript",
      effects: "itself",
      needsLua: true,
      tips: ALL_SUCCEEDED,
      summary: "Deletes a library and its functions.",
    }, remove),
    command("FUNCTION DUMP", {
      ...facts,
      arity: 2,
      complexity: "O(N) where N is the number of functions",
      summary: "Gives all libraries in the form that FUNCTION RESTORE takes.",
    }, dump),
    command("FUNCTION FLUSH [ASYNC | SYNC]", {
      ...facts,
      arity: -2,
      flags: "write noscript",
      effects: "itself",
      complexity: "O(N) where N is the number of functions deleted",
      tips: ALL_SUCCEEDED,
      summary: "Deletes all libraries.",
    }, flush),
    command("FUNCTION HELP", {
      ...facts,
      arity: 2,
      flags: "loading stale",
      summary: "Tells about the subcommands.",
    }, ({ reply, host }) => writeHelp(reply, host.commands, "function")),
    command("FUNCTION KILL", {
      ...facts,
      arity: 2,
      flags: "noscript allow_busy",
      tips: "request_policy:all_shards response_policy:one_succeeded",
      summary: "Stops the function that runs.",
    }, kill("function")),
    command("FUNCTION LIST [LIBRARYNAME library-name-pattern] [WITHCODE]", {
      ...facts,
      arity: -2,
      needsLua: true,
      complexity: "O(N) where N is the number of functions",
      tips: "nondeterministic_output_order",
      summary: "Tells about the libraries.",
    }, list),
    command("FUNCTION LOAD [REPLACE] function-code", {
      ...facts,
      arity: -3,
      flags: "write denyoom noscript",
      effects: "itself",
      needsLua: true,
      complexity: "O(1) (considering compilation time is redundant)",
      tips: ALL_SUCCEEDED,
      summary: "Keeps a library.",
    }, load),
    command("FUNCTION RESTORE serialized-value [FLUSH | APPEND | REPLACE]", {
      ...facts,
      arity: -3,
      flags: "write denyoom noscript",
      effects: "itself",
      needsLua: true,
      complexity: "O(N) where N is the number of functions on the payload",
      tips: ALL_SUCCEEDED,
      summary: "Keeps the libraries that FUNCTION DUMP gave.",
    }, restore),
    command("FUNCTION STATS", {
      ...facts,
      arity: 2,
      flags: "noscript allow_busy",
      tips: "nondeterministic_output request_policy:all_shards response_policy:special",
      summary: "Tells how many libraries and functions there are.",
    }, stats),
  ]),
];
