/**
 * FT.CONFIG GET, SET and HELP.
 *
 * @module
 */

import { Search } from "../../search/search.ts";
import type { Setting } from "../../search/settings.ts";
import { CommandError } from "../../store/values/errors.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { assertArity } from "./module_arguments.ts";

const command = commandsOf("search");

function matching({ args, store }: Context): readonly Setting[] {
  assertArity(args, 3);
  const { settings } = Search.of(store);
  const name = args.text(2);
  if (name === "*") return settings.all;
  const setting = settings.find(name);
  return setting === undefined ? [] : [setting];
}

function get(context: Context): void {
  tell(context, false);
}

function help(context: Context): void {
  tell(context, true);
}

/** Tells settings: pairs of names and values, in RESP2 lists of them. */
function tell(context: Context, described: boolean): void {
  const settings = matching(context);
  const { reply } = context;
  if (reply.protocol === 3) reply.map(settings.length);
  else reply.array(settings.length);
  for (const setting of settings) {
    if (reply.protocol === 2) reply.array(described ? 5 : 2);
    reply.status(setting.name);
    if (described) {
      if (reply.protocol === 3) reply.map(2);
      reply.status("Description");
      reply.status(setting.description);
      reply.status("Value");
    }
    writeValue(context, setting);
  }
}

function writeValue({ reply }: Context, setting: Setting): void {
  const value = setting.get();
  if (value === null) reply.null();
  else reply.text(value);
}

function set({ args, reply, store }: Context): void {
  assertArity(args, 3);
  const setting = Search.of(store).settings.find(args.text(2));
  if (setting === undefined) throw new CommandError("Invalid option");
  const { isSwitch = false } = setting;
  if (!isSwitch) {
    if (setting.set === undefined) throw new CommandError("Not modifiable at runtime");
    if (args.count < 4) {
      throw new CommandError(setting.lacking ?? "Expected an argument, but none provided");
    }
    const refusal = setting.set(args.text(3));
    if (refusal !== undefined) throw new CommandError(refusal);
  }
  if (args.count > (isSwitch ? 3 : 4)) reply.status("EXCESSARGS");
  else reply.ok();
}

/** FT.CONFIG. */
export const searchConfig: Command = command(
  "FT.CONFIG",
  {
    since: "1.0.0",
    arity: -1,
    flags: "readonly",
    acl: "search admin",
    summary: "A container for the settings of search",
  },
  ({ args }) => assertArity(args, 1e6),
  [
    command(
      "FT.CONFIG GET option",
      {
        since: "1.0.0",
        arity: -2,
        flags: "readonly",
        acl: "search admin",
        summary: "Retrieves runtime configuration options",
      },
      get,
    ),
    command(
      "FT.CONFIG SET option value",
      {
        since: "1.0.0",
        arity: -2,
        flags: "readonly",
        acl: "search admin",
        summary: "Sets runtime configuration options",
      },
      set,
    ),
    command(
      "FT.CONFIG HELP option",
      {
        since: "1.0.0",
        arity: -2,
        flags: "readonly",
        acl: "search admin",
        summary: "Help description of runtime configuration options",
      },
      help,
    ),
  ],
);
