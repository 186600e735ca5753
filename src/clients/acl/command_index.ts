/** What permissions need to know of every command: a number, its category, its keys and channels. */

import type { Command, KeyFlag } from "../../commands/table/command.ts";
import { CATEGORIES } from "../../commands/table/define.ts";
import type { CommandTable } from "../../commands/table/table.ts";
import { KNOWN_COMMANDS, type KnownCommand } from "./known_commands.ts";

/** Permission to read a key's data, and to change it. */
export const READ = 1, WRITE = 2;

/** The arguments of a command that are channels, or patterns of channels. */
export interface ChannelArguments {
  /** Index past the last of them; -1 for all that follow the name. */
  readonly end: number;
  /** Whether they are patterns. */
  readonly patterns: boolean;
}

/** One command or subcommand that rules may name. */
export interface NamedCommand {
  /** Its place in bitmaps of commands. */
  readonly id: number;
  /** Its name in lower case, `container|name` of a subcommand. */
  readonly name: string;
  /** Its ACL categories. */
  readonly categories: readonly string[];
  /** Whether what follows its name in a rule is a subcommand, and no first argument. */
  readonly container: boolean;
}

/** One that the table has, so that it can be run. */
export interface IndexedCommand extends NamedCommand {
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

/** The commands of a table, and after them those that are known by name alone, numbered. */
export class CommandIndex {
  readonly #entries: Map<Command, IndexedCommand> = new Map();
  readonly #byName: Map<string, NamedCommand> = new Map();
  /** The subcommands of each container, by its name. */
  readonly #subcommands: Map<string, NamedCommand[]> = new Map();

  /** Numbers the commands of a table. @param others Commands that there are elsewhere. */
  constructor(table: CommandTable, others: readonly KnownCommand[] = []) {
    for (const command of table.originals()) {
      this.#addCommand(command);
      for (const subcommand of command.subcommands ?? []) this.#addCommand(subcommand);
    }
    const known = [...others, ...KNOWN_COMMANDS];
    const containers = new Set(known.map(({ name }) => containerOf(name)));
    for (const { name, categories } of known) {
      this.#addName(name, categories, containers.has(name));
    }
    // Of some containers only the subcommands are known.
    for (const container of containers) {
      if (container !== undefined) this.#addName(container, [], true);
    }
  }

  #addCommand(command: Command): void {
    const entry: IndexedCommand = {
      id: this.#byName.size,
      name: command.fullName,
      categories: command.categories,
      container: command.subcommands !== undefined,
      command,
      onlyKey: onlyKeyOf(command),
      channels: CHANNELS.get(command.fullName),
    };
    this.#entries.set(command, entry);
    this.#add(entry);
  }

  /** Adds a command of which there is only the name, unless the table has it. */
  #addName(name: string, categories: readonly string[], container: boolean): void {
    if (this.#byName.has(name)) return;
    this.#add({ id: this.#byName.size, name, categories, container });
  }

  #add(entry: NamedCommand): void {
    this.#byName.set(entry.name, entry);
    const container = containerOf(entry.name);
    if (container === undefined) return;
    const contained = this.#subcommands.get(container);
    if (contained === undefined) this.#subcommands.set(container, [entry]);
    else contained.push(entry);
  }

  /** Number of commands and subcommands: all ids are below. */
  get size(): number {
    return this.#byName.size;
  }

  /** What is known of a command; undefined if it is not of the table. */
  entry(command: Command): IndexedCommand | undefined {
    return this.#entries.get(command);
  }

  /** The command or subcommand (`client|list`) of a name in lower case. */
  find(name: string): NamedCommand | undefined {
    return this.#byName.get(name);
  }

  /** A command and its subcommands. */
  withSubcommands(entry: NamedCommand): NamedCommand[] {
    return [entry, ...this.#subcommands.get(entry.name) ?? []];
  }

  /** The categories: those of the table, and those that commands have beside them. */
  get categories(): readonly string[] {
    const categories = new Set(CATEGORIES);
    for (const entry of this.#byName.values()) {
      for (const category of entry.categories) categories.add(category);
    }
    return [...categories];
  }

  /**
   * The commands and subcommands of a category.
   *
   * @param category Its name in lower case.
   * @returns Undefined if there is no such category.
   */
  ofCategory(category: string): NamedCommand[] | undefined {
    const found = [...this.#byName.values()].filter(({ categories }) =>
      categories.includes(category)
    );
    // A category of no command yet is known all the same, and so is one that only an extension has.
    return found.length > 0 || CATEGORIES.includes(category) ? found : undefined;
  }
}

function containerOf(name: string): string | undefined {
  const bar = name.indexOf("|");
  return bar < 0 ? undefined : name.slice(0, bar);
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
  const [spec] = keys;
  if (spec === undefined || keys.length > 1) return undefined;
  const { begin, find, flags } = spec;
  if (begin === "unknown" || !("index" in begin) || find === "unknown") return undefined;
  if (!("lastKey" in find) || find.lastKey !== 0) return undefined;
  if (flags.some((flag) => OPEN_FLAGS.includes(flag))) return undefined;
  // A key that may be left out is looked for among the arguments that there are.
  if (Math.abs(arity) <= begin.index) return undefined;
  return { index: begin.index, needed: neededBy(flags) };
}

/** Flags that leave open what the keys are, or what happens to them. */
const OPEN_FLAGS: readonly KeyFlag[] = ["not_key", "incomplete", "variable_flags"];
