/**
 * COMMAND and its subcommands: what the command table knows, in the shapes of Redis 8.
 *
 * @module
 */

import { Arguments } from "../../resp/arguments.ts";
import type { Reply } from "../../resp/reply.ts";
import { err, syntaxError } from "../../store/values/errors.ts";
import type { Command, Context, KeySpec } from "./command.ts";
import { commandsOf } from "./define.ts";
import { Glob } from "../../store/values/glob.ts";
import { hasKeys, keysOf } from "./keys.ts";
import { type DocArgument, parseSyntax } from "./syntax.ts";
import { checkArity, type CommandTable } from "./table.ts";

const server = commandsOf("server");

/**
 * The rows of COMMAND.
 *
 * @param table Gives the table the rows will be part of; called when a command runs.
 */
export function introspection(table: () => CommandTable): Command[] {
  const facts = { flags: "loading stale", acl: "connection" };
  const unordered = { ...facts, tips: "nondeterministic_output_order" };
  return [
    server(
      "COMMAND",
      {
        ...unordered,
        since: "2.8.13",
        arity: -1,
        complexity: "O(N) where N is the number of commands",
        summary: "Tells the properties of every command.",
      },
      ({ reply }) => writeAllInfo(reply, table()),
      [
        server("COMMAND COUNT", {
          ...facts,
          since: "2.8.13",
          arity: 2,
          summary: "Counts the commands.",
        }, ({ reply }) => reply.integer(table().count)),
        server("COMMAND DOCS [command-name [command-name ...]]", {
          ...unordered,
          since: "7.0.0",
          arity: -2,
          complexity: "O(N) where N is the number of commands to look up",
          summary: "Documents some commands, or all of them.",
        }, (context) => commandDocs(context, table())),
        server("COMMAND GETKEYS command [arg [arg ...]]", {
          ...facts,
          since: "2.8.13",
          arity: -3,
          complexity: "O(N) where N is the number of arguments",
          summary: "Finds the keys in a command line.",
        }, (context) => commandGetKeys(context, table())),
        server("COMMAND GETKEYSANDFLAGS command [arg [arg ...]]", {
          ...facts,
          since: "7.0.0",
          arity: -3,
          complexity: "O(N) where N is the number of arguments",
          summary: "Finds the keys in a command line and tells what happens to them.",
        }, (context) => commandGetKeysAndFlags(context, table())),
        server("COMMAND HELP", {
          ...facts,
          since: "5.0.0",
          arity: 2,
          summary: "Lists the subcommands.",
        }, ({ reply }) => writeHelp(reply, table(), "command")),
        server("COMMAND INFO [command-name [command-name ...]]", {
          ...unordered,
          since: "2.8.13",
          arity: -2,
          complexity: "O(N) where N is the number of commands to look up",
          summary: "Tells the properties of some commands, or of all.",
        }, (context) => commandInfo(context, table())),
        server("COMMAND LIST [FILTERBY <MODULE module-name | ACLCAT category | PATTERN pattern>]", {
          ...unordered,
          since: "7.0.0",
          arity: -2,
          complexity: "O(N) where N is the number of commands",
          summary: "Lists the names of the commands.",
        }, (context) => commandList(context, table())),
      ],
    ),
  ];
}

/** Writes a container's help, made of the syntax and summary of its subcommands. */
export function writeHelp(reply: Reply, table: CommandTable, container: string): void {
  const command = table.find(container);
  const name = container.toUpperCase();
  const lines = [`${name} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`];
  if (command?.handler !== undefined) lines.push("(no subcommand)", `    ${command.summary}`);
  for (const subcommand of command?.subcommands ?? []) {
    if (subcommand.name === "help") continue;
    lines.push(subcommand.syntax.slice(name.length + 1), `    ${subcommand.summary}`);
  }
  lines.push("HELP", "    Print this help.");
  reply.array(lines.length);
  for (const line of lines) reply.status(line);
}

function commandInfo({ args, reply }: Context, table: CommandTable): void {
  if (args.count === 2) return writeAllInfo(reply, table);
  reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) {
    const command = table.find(args.text(i));
    if (command === undefined) reply.null();
    else writeInfo(reply, command);
  }
}

function commandDocs({ args, reply }: Context, table: CommandTable): void {
  const commands = args.count === 2 ? [...table.all()] : [];
  for (let i = 2; i < args.count; i++) {
    const command = table.find(args.text(i));
    if (command !== undefined) commands.push(command);
  }
  writeAllDocs(reply, commands);
}

function commandList({ args, reply }: Context, table: CommandTable): void {
  const isListed = args.count === 2 ? () => true : listFilter(args);
  const names: string[] = [];
  for (const command of table.all()) {
    for (const candidate of [command, ...command.subcommands ?? []]) {
      if (isListed(candidate)) names.push(candidate.fullName);
    }
  }
  reply.array(names.length);
  for (const name of names) reply.text(name);
}

function listFilter(args: Arguments): (command: Command) => boolean {
  if (args.count !== 5 || !args.is(2, "FILTERBY")) throw syntaxError();
  if (args.is(3, "MODULE")) {
    const name = args.text(4);
    return (command) => command.module === name;
  }
  if (args.is(3, "ACLCAT")) {
    const category = args.text(4).toLowerCase();
    return (command) => command.categories.includes(category);
  }
  if (!args.is(3, "PATTERN")) throw syntaxError();
  const pattern = new Glob(args.at(4).copy());
  return ({ fullName }) => {
    const name = encoder.encode(fullName);
    return pattern.matches(name, 0, name.length, true);
  };
}

const encoder = new TextEncoder();

function commandGetKeys({ args, reply }: Context, table: CommandTable): void {
  const { line, keys } = keysInLine(args, table);
  reply.array(keys.length);
  for (const { index } of keys) writeArgument(reply, line, index);
}

function commandGetKeysAndFlags({ args, reply }: Context, table: CommandTable): void {
  const { line, keys } = keysInLine(args, table);
  reply.array(keys.length);
  for (const { index, flags } of keys) {
    reply.array(2);
    writeArgument(reply, line, index);
    writeStatusSet(reply, flags);
  }
}

/** The command line that begins at the third argument, and its keys. */
function keysInLine(args: Arguments, table: CommandTable) {
  const command = table.resolve(args, 2)?.command;
  if (command === undefined) throw err("Invalid command specified");
  if (!hasKeys(command)) throw err("The command has no key arguments");
  const line = argumentsFrom(args, 2);
  if (!checkArity(command, line)) {
    throw err("Invalid number of arguments specified for command");
  }
  const keys = keysOf(command, line);
  if (keys.length === 0 && !command.flags.includes("no_mandatory_keys")) {
    throw err("Invalid arguments specified for command");
  }
  return { line, keys };
}

/** The arguments from one on, as a command line of their own. Valid as long as these. */
export function argumentsFrom(args: Arguments, start: number): Arguments {
  const rest = new Arguments();
  rest.count = args.count - start;
  for (let i = 0; i < rest.count; i++) {
    const { bytes, start: from, end } = args.at(start + i);
    rest.slot(i).set(bytes, from, end);
  }
  return rest;
}

function writeArgument(reply: Reply, args: Arguments, index: number): void {
  const { bytes, start, end } = args.at(index);
  reply.bulk(bytes, start, end);
}

function writeAllInfo(reply: Reply, table: CommandTable): void {
  reply.array(table.count);
  for (const command of table.all()) writeInfo(reply, command);
}

/** Writes the ten properties that COMMAND INFO tells of a command. */
function writeInfo(reply: Reply, command: Command): void {
  const { first, last, step } = keyRange(command.keys);
  const subcommands = command.subcommands ?? [];
  reply.array(10);
  reply.text(command.fullName);
  reply.integer(command.arity);
  writeStatusSet(reply, command.flags);
  reply.integer(first);
  reply.integer(last);
  reply.integer(step);
  writeStatusSet(reply, command.categories.map((category) => `@${category}`));
  reply.set(command.tips.length);
  for (const tip of command.tips) reply.text(tip);
  reply.set(command.keys.length);
  for (const spec of command.keys) writeKeySpec(reply, spec);
  // Redis writes an array here, but an empty set where there is none.
  if (subcommands.length === 0) reply.set(0);
  else reply.array(subcommands.length);
  for (const subcommand of subcommands) writeInfo(reply, subcommand);
}

/**
 * The one range of keys that clients older than key specifications expect: what the specifications
 * by index and range make together, as far as they follow one another. A last key below zero counts
 * from the end.
 */
function keyRange(specs: readonly KeySpec[]): { first: number; last: number; step: number } {
  let range: { first: number; last: number; step: number } | undefined;
  for (const { begin, find } of specs) {
    if (begin === "unknown" || find === "unknown") continue;
    if (!("index" in begin) || !("lastKey" in find)) continue;
    const last = find.lastKey < 0 ? find.lastKey : begin.index + find.lastKey;
    if (specs.length === 1) return { first: begin.index, last, step: find.step };
    if (find.step !== 1 || (range !== undefined && range.last !== begin.index - 1)) continue;
    range = { first: range?.first ?? begin.index, last, step: 1 };
  }
  return range ?? { first: 0, last: 0, step: 0 };
}

function writeKeySpec(reply: Reply, spec: KeySpec): void {
  reply.map(spec.notes === undefined ? 3 : 4);
  if (spec.notes !== undefined) {
    reply.text("notes");
    reply.text(spec.notes);
  }
  reply.text("flags");
  writeStatusSet(reply, spec.flags);
  reply.text("begin_search");
  writeSearch(reply, ...beginSearch(spec.begin));
  reply.text("find_keys");
  writeSearch(reply, ...findKeys(spec.find));
}

/** The type of a search and its fields, in their order. */
type Search = readonly [type: string, fields: Readonly<Record<string, string | number>>];

function beginSearch(begin: KeySpec["begin"]): Search {
  if (begin === "unknown") return ["unknown", {}];
  if ("index" in begin) return ["index", { index: begin.index }];
  return ["keyword", { keyword: begin.keyword, startfrom: begin.startFrom }];
}

function findKeys(find: KeySpec["find"]): Search {
  if (find === "unknown") return ["unknown", {}];
  if ("lastKey" in find) {
    return ["range", { lastkey: find.lastKey, keystep: find.step, limit: find.limit }];
  }
  return ["keynum", { keynumidx: find.countAt, firstkey: find.firstKey, keystep: find.step }];
}

function writeSearch(reply: Reply, ...[type, fields]: Search): void {
  reply.map(2);
  reply.text("type");
  reply.text(type);
  reply.text("spec");
  const pairs = Object.entries(fields);
  reply.map(pairs.length);
  writeFields(reply, pairs);
}

/** Writes the pairs of a map whose header is written. */
function writeFields(reply: Reply, fields: readonly [string, string | number][]): void {
  for (const [name, value] of fields) {
    reply.text(name);
    if (typeof value === "number") reply.integer(value);
    else reply.text(value);
  }
}

function writeStatusSet(reply: Reply, words: readonly string[]): void {
  reply.set(words.length);
  for (const word of words) reply.status(word);
}

function writeAllDocs(reply: Reply, commands: readonly Command[]): void {
  reply.map(commands.length);
  for (const command of commands) {
    reply.text(command.fullName);
    writeDocs(reply, command);
  }
}

function writeDocs(reply: Reply, command: Command): void {
  const subcommands = command.subcommands ?? [];
  const args = parseSyntax(command.syntax, command.fullName, command.keys.length);
  reply.map(
    4 + (command.module === undefined ? 0 : 1) + (args.length > 0 ? 1 : 0) +
      (subcommands.length > 0 ? 1 : 0),
  );
  for (const field of ["summary", "since", "group", "complexity"] as const) {
    reply.text(field);
    reply.text(command[field]);
  }
  if (command.module !== undefined) writeFields(reply, [["module", command.module]]);
  if (args.length > 0) {
    reply.text("arguments");
    writeDocArguments(reply, args);
  }
  if (subcommands.length > 0) {
    reply.text("subcommands");
    writeAllDocs(reply, subcommands);
  }
}

function writeDocArguments(reply: Reply, args: readonly DocArgument[]): void {
  reply.array(args.length);
  for (const argument of args) writeDocArgument(reply, argument);
}

function writeDocArgument(reply: Reply, argument: DocArgument): void {
  const { name, type, keySpecIndex, token } = argument;
  const fields: [string, string | number][] = [["name", name], ["type", type]];
  if (argument.arguments === undefined) fields.push(["display_text", name]);
  if (keySpecIndex !== undefined) fields.push(["key_spec_index", keySpecIndex]);
  if (token !== undefined) fields.push(["token", token]);
  const flags: string[] = [];
  if (argument.optional) flags.push("optional");
  if (argument.multiple) flags.push("multiple");
  if (argument.multipleToken) flags.push("multiple_token");

  const groups = (flags.length > 0 ? 1 : 0) + (argument.arguments !== undefined ? 1 : 0);
  reply.map(fields.length + groups);
  writeFields(reply, fields);
  if (flags.length > 0) {
    reply.text("flags");
    writeStatusSet(reply, flags);
  }
  if (argument.arguments !== undefined) {
    reply.text("arguments");
    writeDocArguments(reply, argument.arguments);
  }
}
