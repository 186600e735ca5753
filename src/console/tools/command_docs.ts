/** What COMMAND DOCS tells of commands: summaries and arguments. */

import type { Console } from "../app/console.ts";
import { fields, groups, list, text } from "../data/replies.ts";
import { type Reply, ServerError } from "../data/resp.ts";

/** What is known of a command. */
export interface CommandDoc {
  /** In upper case, with that of its container. */
  readonly name: string;
  readonly summary: string;
  readonly group: string;
  /** Its arguments, as documentation writes them. */
  readonly syntax: string;
}

/** Commands with what they are told to be; names alone if the user may not ask. */
export async function commandDocs(console: Console): Promise<readonly CommandDoc[]> {
  const reply = console.may("command|docs")
    ? await console.one(["COMMAND", "DOCS"])
    : new ServerError("not allowed");
  if (reply instanceof ServerError) {
    return console.session.commands.map((name) => ({
      name: name.replace("|", " ").toUpperCase(),
      summary: "",
      group: "",
      syntax: "",
    }));
  }
  const allowed = new Set(console.session.commands);
  return docsOf(reply).filter(({ name }) => allowed.has(name.toLowerCase().replace(" ", "|")));
}

function docsOf(reply: Reply): CommandDoc[] {
  return groups(reply, 2).flatMap(([name, told]) => {
    const doc = fields(told);
    const subcommands = doc.get("subcommands");
    const own: CommandDoc = {
      name: text(name).replace("|", " ").toUpperCase(),
      summary: text(doc.get("summary")),
      group: text(doc.get("group")),
      syntax: syntaxOf(doc.get("arguments")),
    };
    return subcommands === undefined ? [own] : [own, ...docsOf(subcommands)];
  });
}

function syntaxOf(reply: Reply | undefined): string {
  return reply === undefined ? "" : list(reply).map(argumentOf).join(" ");
}

function argumentOf(reply: Reply): string {
  const told = fields(reply);
  const type = text(told.get("type"));
  const token = told.has("token") ? text(told.get("token")) : "";
  const flags = told.has("flags") ? list(told.get("flags")).map((flag) => text(flag)) : [];
  const name = text(told.get("display_text") ?? told.get("name"));
  const parts = told.has("arguments") ? list(told.get("arguments")).map(argumentOf) : [];
  const value = type === "oneof"
    ? (flags.includes("optional") ? parts.join(" | ") : `<${parts.join(" | ")}>`)
    : type === "block"
    ? parts.join(" ")
    : type === "pure-token"
    ? ""
    : name;
  const whole = [token, value].filter((part) => part !== "").join(" ");
  const repeated = flags.includes("multiple")
    ? `${whole} [${flags.includes("multiple_token") ? whole : value} …]`
    : whole;
  return flags.includes("optional") ? `[${repeated}]` : repeated;
}
