/** What permissions need to know of every command: a number, its category, its keys and channels. */

import type { Command, KeyFlag } from "../../commands/table/command.ts";
import { CATEGORIES } from "../../commands/table/define.ts";
import type { CommandTable } from "../../commands/table/table.ts";

/** Permission to read a key's data, and to change it. */
export const READ = 1, WRITE = 2;

/** The arguments of a command that are channels, or patterns of channels. */
export interface ChannelArguments {
  /** Index past the last of them; -1 for all that follow the name. */
  readonly end: number;
  /** Whether they are patterns. */
  readonly patterns: boolean;
}

/** One command or subcommand. */
export interface IndexedCommand {
  /** Its place in bitmaps of commands. */
  readonly id: number;
  /** The command. */
  readonly command: Command;
  /** The one key that it has whatever its arguments are, if that is so. */
  readonly onlyKey: { readonly index: number; readonly needed: number } | undefined;
  /** Its channels. */
  readonly channels: ChannelArguments | undefined;
}

/** Commands with channels that must be allowed. Nobody is kept from ending a subscription. */
const CHANNELS: ReadonlyMap<string, ChannelArguments> = new Map([
  ["subscribe", { end: -1, patterns: false }],
  ["ssubscribe", { end: -1, patterns: false }],
  ["psubscribe", { end: -1, patterns: true }],
  ["publish", { end: 2, patterns: false }],
  ["spublish", { end: 2, patterns: false }],
]);

/** The commands of a table, numbered. */
export class CommandIndex {
  readonly #table: CommandTable;
  readonly #entries: Map<Command, IndexedCommand> = new Map();

  /** Numbers the commands of a table. */
  constructor(table: CommandTable) {
    this.#table = table;
    for (const command of table.all()) {
      this.#add(command);
      for (const subcommand of command.subcommands ?? []) this.#add(subcommand);
    }
  }

  #add(command: Command): void {
    this.#entries.set(command, {
      id: this.#entries.size,
      command,
      onlyKey: onlyKeyOf(command),
      channels: CHANNELS.get(command.fullName),
    });
  }

  /** Number of commands and subcommands: all ids are below. */
  get size(): number {
    return this.#entries.size;
  }

  /** What is known of a command; undefined if it is not of the table. */
  entry(command: Command): IndexedCommand | undefined {
    return this.#entries.get(command);
  }

  /** The command or subcommand (`client|list`) of a name, in any case. */
  find(name: string): IndexedCommand | undefined {
    const command = this.#table.find(name);
    return command && this.#entries.get(command);
  }

  /** A command and its subcommands. */
  withSubcommands(entry: IndexedCommand): IndexedCommand[] {
    const entries = [entry];
    for (const subcommand of entry.command.subcommands ?? []) {
      const contained = this.#entries.get(subcommand);
      if (contained !== undefined) entries.push(contained);
    }
    return entries;
  }

  /**
   * The commands of a category, a container bringing all its subcommands.
   *
   * @param category Its name in lower case.
   * @returns Undefined if there is no such category.
   */
  ofCategory(category: string): IndexedCommand[] | undefined {
    const found: IndexedCommand[] = [];
    for (const entry of this.#entries.values()) {
      if (!entry.command.categories.includes(category)) continue;
      for (const contained of this.withSubcommands(entry)) found.push(contained);
    }
    // A category of no command yet is known all the same, and so is one that only an extension has.
    return found.length > 0 || CATEGORIES.includes(category) ? found : undefined;
  }
}

/** The permission that key flags ask for. None: any permission for the key will do. */
export function neededBy(flags: readonly KeyFlag[]): number {
  let needed = 0;
  for (const flag of flags) {
    if (flag === "access") needed |= READ;
    else if (flag === "update" || flag === "insert" || flag === "delete") needed |= WRITE;
  }
  return needed;
}

function onlyKeyOf({ keys, arity }: Command): IndexedCommand["onlyKey"] {
  if (keys.length !== 1) return undefined;
  const [{ begin, find, flags }] = keys;
  if (begin === "unknown" || !("index" in begin) || find === "unknown") return undefined;
  if (!("lastKey" in find) || find.lastKey !== 0) return undefined;
  if (flags.some((flag) => OPEN_FLAGS.includes(flag))) return undefined;
  // A key that may be left out is looked for among the arguments that there are.
  if (Math.abs(arity) <= begin.index) return undefined;
  return { index: begin.index, needed: neededBy(flags) };
}

/** Flags that leave open what the keys are, or what happens to them. */
const OPEN_FLAGS: readonly KeyFlag[] = ["not_key", "incomplete", "variable_flags"];
