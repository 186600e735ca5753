/**
 * The command table: finds the record of a command by the bytes of its name, in any case, without
 * allocating. Every command a client sends passes here, so names live in an open-addressed hash
 * table that is compared byte by byte (20 to 40 ns a lookup); a container has a table of its own
 * for its subcommands.
 *
 * @module
 */

import type { Arguments } from "../../resp/arguments.ts";
import { type CommandError, err } from "../../store/values/errors.ts";
import type { Slice } from "../../store/values/slice.ts";
import type { Command } from "./command.ts";

/** What commands may ask of the table they are in. */
export interface CommandTable {
  /** Number of commands, a container with its subcommands counting as one. */
  readonly count: number;
  /** All commands, without subcommands. */
  all(): readonly Command[];
  /** The command or subcommand (`client|list`) of a name, in any case. */
  find(name: string): Command | undefined;
  /** The command of a name whatever it is called here. */
  original(name: string): Command | undefined;
  /** All commands, those that have no name here too. */
  originals(): readonly Command[];
  /** The command or subcommand to run, if there is one. */
  lookup(args: Arguments): Command | undefined;
  /** The command or subcommand that the arguments from `at` on would run. */
  resolve(args: Arguments, at: number): { command: Command } | undefined;
}

/** Bytes of the unknown command's name, and of its arguments, that the error message repeats. */
const QUOTED_BYTES = 128;

/** A command table built once from its records. */
export class Table implements CommandTable {
  /** Why a command is not here that others have; undefined if nobody has one of that name. */
  missing: (name: string) => string | undefined = () => undefined;
  readonly #originals: readonly Command[];
  #commands: readonly Command[];
  #names: NameTable;
  /** What commands are called here, where that is not their own name. */
  readonly #renamed = new Map<Command, string>();

  /**
   * Builds the table.
   *
   * @param commands The commands; containers bring their subcommands.
   * @throws {TypeError} If two have the same name.
   */
  constructor(commands: readonly Command[]) {
    this.#originals = commands;
    this.#commands = commands;
    this.#names = new NameTable(commands.map((command) => [command.name, command]));
  }

  /**
   * Gives a command another name, or none if that is empty; errors and statistics keep its own.
   *
   * @throws {CommandError} Redis's error for a command there is not, or a name that is taken.
   */
  rename(from: string, to: string): void {
    const command = this.#names.findText(from)?.command;
    if (command === undefined) throw err("No such command in rename-command");
    if (to !== "" && this.#names.findText(to) !== undefined) {
      throw err("Target command name already exists");
    }
    if (to === "") this.#commands = this.#commands.filter((other) => other !== command);
    else this.#renamed.set(command, to.toLowerCase());
    this.#names = new NameTable(
      this.#commands.map((command) => [this.#renamed.get(command) ?? command.name, command]),
    );
  }

  /** The command of a name whatever it is called here. */
  original(name: string): Command | undefined {
    return this.#originals.find((command) => command.name === name);
  }

  /** All commands, those that have no name here too. */
  originals(): readonly Command[] {
    return this.#originals;
  }

  /** Number of commands, a container with its subcommands counting as one. */
  get count(): number {
    return this.#commands.length;
  }

  /** All commands, without subcommands. */
  all(): readonly Command[] {
    return this.#commands;
  }

  /** The command or subcommand (`client|list`) of a name, in any case. */
  find(name: string): Command | undefined {
    const words = name.split("|");
    if (words.length > 2) return undefined;
    const entry = this.#names.findText(words[0]!);
    return words.length === 1 ? entry?.command : entry?.subcommands?.findText(words[1]!)?.command;
  }

  /** The command or subcommand that the arguments from `at` on would run. */
  resolve(args: Arguments, at: number): { command: Command } | undefined {
    const command = this.#resolve(args, at);
    return command && { command };
  }

  /**
   * The command or subcommand to run. A container alone is itself: it has a handler, or its arity
   * asks for more.
   *
   * @returns Undefined if there is none; {@linkcode unknown} then tells why.
   */
  lookup(args: Arguments): Command | undefined {
    return this.#resolve(args, 0);
  }

  /** The error for arguments that {@linkcode lookup} does not find. */
  unknown(args: Arguments): CommandError {
    const container = this.#names.find(args.at(0))?.subcommands !== undefined;
    const message = container
      ? unknownSubcommand(args)
      : this.missing(latin1(cString(args.at(0), QUOTED_BYTES))) ?? unknownCommand(args);
    return err(message.replace(/[\r\n]/g, " "));
  }

  #resolve(args: Arguments, at: number): Command | undefined {
    const entry = this.#names.find(args.at(at));
    if (entry?.subcommands === undefined || args.count === at + 1) return entry?.command;
    return entry.subcommands.find(args.at(at + 1))?.command;
  }
}

/** Whether the command takes as many arguments as there are, the name included. */
export function checkArity(command: Command, args: Arguments): boolean {
  const { arity } = command;
  return arity >= 0 ? args.count === arity : args.count >= -arity;
}

function unknownCommand(args: Arguments): string {
  let quoted = "";
  let size = 0;
  for (let i = 1; i < args.count && size < QUOTED_BYTES; i++) {
    const argument = cString(args.at(i), QUOTED_BYTES - size);
    quoted += `'${latin1(argument)}' `;
    size += argument.length + 3;
  }
  const name = latin1(cString(args.at(0), QUOTED_BYTES));
  return `unknown command '${name}', with args beginning with: ${quoted}`;
}

function unknownSubcommand(args: Arguments): string {
  const name = latin1(cString(args.at(1), QUOTED_BYTES));
  return `unknown subcommand '${name}'. Try ${args.text(0).toUpperCase()} HELP.`;
}

/** One character for each byte, as error replies are written. */
function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

const encoder = new TextEncoder();

/** The bytes as C's `%.*s` prints them: up to a limit, and to the first zero byte. */
function cString(slice: Slice, limit: number): Uint8Array {
  const bytes = slice.bytes.subarray(slice.start, Math.min(slice.end, slice.start + limit));
  const zero = bytes.indexOf(0);
  return zero < 0 ? bytes : bytes.subarray(0, zero);
}

interface Entry {
  readonly command: Command;
  /** The name in lower case. */
  readonly name: Uint8Array;
  readonly subcommands: NameTable | undefined;
}

/** Commands by name. At most half of the slots are taken, so a search always ends at a free one. */
class NameTable {
  readonly #slots: (Entry | undefined)[];
  readonly #mask: number;

  constructor(commands: readonly (readonly [name: string, command: Command])[]) {
    let size = 8;
    while (size < 2 * commands.length) size *= 2;
    this.#slots = new Array<Entry | undefined>(size).fill(undefined);
    this.#mask = size - 1;
    for (const [text, command] of commands) {
      const subcommands = command.subcommands?.map((sub): [string, Command] => [sub.name, sub]);
      const name = encoder.encode(text);
      const slot = this.#slotOf(name, 0, name.length);
      if (this.#slots[slot] !== undefined) {
        throw new TypeError(`Two commands are named "${command.fullName}"`);
      }
      this.#slots[slot] = { command, name, subcommands: subcommands && new NameTable(subcommands) };
    }
  }

  find(slice: Slice): Entry | undefined {
    return this.#slots[this.#slotOf(slice.bytes, slice.start, slice.end)];
  }

  findText(text: string): Entry | undefined {
    const bytes = encoder.encode(text);
    return this.#slots[this.#slotOf(bytes, 0, bytes.length)];
  }

  /** The slot of the entry of that name, or the free one where it would be. */
  #slotOf(bytes: Uint8Array, start: number, end: number): number {
    // 0xdf takes a letter's case away; what else it folds together costs a comparison, no more.
    let hash = end - start;
    for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + (bytes[i]! & 0xdf)) | 0;
    let slot = (hash ^ (hash >>> 15)) & this.#mask;
    for (;; slot = (slot + 1) & this.#mask) {
      const entry = this.#slots[slot];
      if (entry === undefined || isNamed(entry.name, bytes, start, end)) return slot;
    }
  }
}

function isNamed(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== name.length) return false;
  for (let i = 0; i < name.length; i++) {
    let byte = bytes[start + i]!;
    if (byte >= 0x41 && byte <= 0x5a) byte += 32;
    if (byte !== name[i]) return false;
  }
  return true;
}
