/** MODULE: the extensions, which are loaded at the start and at no other time. */

import type { Reply } from "../../resp/reply.ts";
import type { StoreExtension } from "../../store/extensions/extension.ts";
import type { Store } from "../../store/store.ts";
import { err } from "../../store/values/errors.ts";
import type { Command } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { writeHelp } from "../table/introspection.ts";

const command = commandsOf("server");

const facts = { since: "4.0.0", flags: "admin noscript no_async_loading" };

/** Writes the extensions as Redis tells its modules. */
export function writeModules(reply: Reply, { extensions }: Store): void {
  reply.array(extensions.loaded.length);
  for (const { extension } of extensions.loaded) {
    reply.map(4);
    reply.text("name");
    reply.text(extension.name);
    reply.text("ver");
    reply.integer(versionOf(extension));
    reply.text("path");
    reply.text("");
    reply.text("args");
    reply.array(0);
  }
}

/** The version that an extension is told by. */
export function versionOf({ version, migrations = [] }: StoreExtension): number {
  return version ?? migrations.length;
}

function load(): never {
  throw err("Error loading the extension. Please check the server logs.");
}

/** The MODULE container. */
export const modules: Command = command("MODULE", {
  since: "4.0.0",
  arity: -2,
  complexity: "Depends on the subcommand",
  summary: "Commands about modules.",
}, [
  command("MODULE HELP", {
    since: "5.0.0",
    arity: 2,
    flags: "loading stale",
    summary: "Lists the subcommands.",
  }, ({ reply, host }) => writeHelp(reply, host.commands, "module")),
  command("MODULE LIST", {
    since: "4.0.0",
    arity: 2,
    flags: "admin noscript",
    tips: "nondeterministic_output_order",
    complexity: "O(N) in the number of modules",
    summary: "Lists the extensions that are loaded.",
  }, ({ reply, store }) => writeModules(reply, store)),
  command(
    "MODULE LOAD path [arg [arg ...]]",
    { ...facts, arity: -3, summary: "Loads a module: refused." },
    load,
  ),
  command(
    "MODULE LOADEX path [CONFIG name value [CONFIG name value ...]] [ARGS args [args ...]]",
    { ...facts, since: "7.0.0", arity: -3, summary: "Loads a module: refused." },
    load,
  ),
  command("MODULE UNLOAD name", {
    ...facts,
    arity: 3,
    summary: "Unloads a module: there is none.",
  }, () => {
    throw err("Error unloading module: no such module with that name");
  }),
]);
