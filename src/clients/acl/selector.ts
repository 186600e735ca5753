/**
 * A set of permissions: which commands, on which keys, on which channels. A user has one of its own
 * and one for each selector; what any of them allows is allowed.
 *
 * Commands are a bitmap by their ids, so that a check takes a look-up of the id and of a bit. The
 * rules are kept beside it as they were given, for ACL LIST to tell: a rule takes the place of an
 * earlier one for the same command, subcommand or category, and a command's of those for its
 * subcommands. `+@all` and `-@all` begin anew.
 *
 * @module
 */

import type { Permissions } from "../../commands/table/access.ts";
import type { Command, FoundKey } from "../../commands/table/command.ts";
import { keysOf } from "../../commands/table/keys.ts";
import type { Arguments } from "../../resp/arguments.ts";
import type { Slice } from "../../store/values/slice.ts";
import {
  type CommandIndex,
  type IndexedCommand,
  type NamedCommand,
  neededBy,
  READ,
  WRITE,
} from "./command_index.ts";
import { KeyPattern, Pattern } from "./patterns.ts";
import { hasSpaces, lower, RuleError, syntaxProblem, unknownCommand, upper } from "./rule_words.ts";

/** What {@linkcode Selector.check} returns for a command that is allowed. */
export const ALLOWED = 0;
/** The kinds of a refusal. A greater one is told rather than a smaller one. */
export const COMMAND = 1, KEY = 2, CHANNEL = 3;
/** Factor between a kind and the index of the argument refused. There are fewer arguments. */
const INDEXES = 2 ** 32;

const NONE: readonly string[] = [];

/** The kind of a refusal. */
export function kindOf(refusal: number): number {
  return Math.trunc(refusal / INDEXES);
}

/** The index of the argument refused; 0 where it is all that there is. */
export function indexOf(refusal: number): number {
  return refusal % INDEXES;
}

/** The keys of the command line that is checked, found once for all selectors, if any asks. */
export class KeyArguments {
  #keys: readonly FoundKey[] | undefined;

  /** Goes on to the next command line. */
  reset(): void {
    this.#keys = undefined;
  }

  /** The keys of the command line. */
  of(command: Command, args: Arguments): readonly FoundKey[] {
    return this.#keys ??= keysOf(command, args);
  }
}

/** One set of permissions. */
export class Selector {
  /** Whether every command is allowed, those of the future too. */
  allCommands = false;
  /** Whether every key is allowed, by `~*`. */
  allKeys = false;
  /** Whether every channel is allowed. */
  allChannels: boolean;
  readonly #index: CommandIndex;
  /** Whether commands that do not exist yet are allowed: whether the rules begin with `+@all`. */
  #future = false;
  /** A bit for each command. */
  #allowed: Uint32Array;
  /** The first arguments with which a command that is not allowed is, in upper case. */
  #firstArguments: Map<number, readonly string[]> = new Map();
  #rules: string[] = [];
  #keys: KeyPattern[] = [];
  #channels: Pattern[] = [];

  /**
   * Permissions for nothing.
   *
   * @param allChannels Whether all channels are allowed from the beginning.
   */
  constructor(index: CommandIndex, allChannels: boolean) {
    this.#index = index;
    this.allChannels = allChannels;
    this.#allowed = new Uint32Array(Math.ceil(index.size / 32));
  }

  /** A copy that can be changed by itself. */
  copy(): Selector {
    const copy = new Selector(this.#index, this.allChannels);
    copy.allCommands = this.allCommands;
    copy.allKeys = this.allKeys;
    copy.#future = this.#future;
    copy.#allowed = this.#allowed.slice();
    copy.#firstArguments = new Map(this.#firstArguments);
    copy.#rules = [...this.#rules];
    copy.#keys = [...this.#keys];
    copy.#channels = [...this.#channels];
    return copy;
  }

  /** Whether it allows everything. */
  get unrestricted(): boolean {
    return this.allCommands && this.allKeys && this.allChannels;
  }

  /**
   * Applies one rule.
   *
   * @throws {RuleError} If it is none; then nothing has changed.
   */
  apply(rule: string): void {
    const word = lower(rule);
    if (word === "allcommands" || word === "+@all") this.#setAllCommands(true);
    else if (word === "nocommands" || word === "-@all") this.#setAllCommands(false);
    else if (word === "allkeys" || word === "~*") this.#setAllKeys(true);
    else if (word === "resetkeys") this.#setAllKeys(false);
    else if (word === "allchannels" || word === "&*") this.setAllChannels(true);
    else if (word === "resetchannels") this.setAllChannels(false);
    else if (word.startsWith("~")) this.#addKeys(rule.slice(1), READ | WRITE);
    else if (word.startsWith("%")) this.#addKeysFor(rule);
    else if (word.startsWith("&")) this.#addChannels(rule.slice(1));
    else if (word.startsWith("+@") || word.startsWith("-@")) this.#setCategory(word);
    else if (word.startsWith("+") || word.startsWith("-")) this.#setCommand(word);
    else throw syntaxProblem();
  }

  #setAllCommands(allowed: boolean): void {
    this.allCommands = this.#future = allowed;
    this.#allowed.fill(allowed ? 0xffffffff : 0);
    this.#firstArguments.clear();
    this.#rules = [];
  }

  #setAllKeys(allowed: boolean): void {
    this.allKeys = allowed;
    this.#keys = [];
  }

  /** Allows all channels, or none. */
  setAllChannels(allowed: boolean): void {
    this.allChannels = allowed;
    this.#channels = [];
  }

  /** Adds keys of a rule that says for what: `%R~pattern`. */
  #addKeysFor(rule: string): void {
    let permission = 0;
    let at = 1;
    for (; at < rule.length && rule[at] !== "~"; at++) {
      const letter = rule.charAt(at).toUpperCase();
      const added = letter === "R" ? READ : letter === "W" ? WRITE : 0;
      if (added === 0 || (permission & added) !== 0) throw syntaxProblem();
      permission |= added;
    }
    if (permission === 0) throw syntaxProblem();
    this.#addKeys(rule.slice(at + 1), permission);
  }

  #addKeys(text: string, permission: number): void {
    if (hasSpaces(text)) throw syntaxProblem();
    if (this.allKeys) {
      throw new RuleError(
        "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not " +
          "have any effect. Try 'resetkeys' to start with an empty list of patterns",
      );
    }
    const known = this.#keys.findIndex((pattern) => pattern.text === text);
    if (known < 0) this.#keys.push(new KeyPattern(text, permission));
    else this.#keys[known] = new KeyPattern(text, permission | this.#keys[known]!.permission);
  }

  #addChannels(text: string): void {
    if (hasSpaces(text)) throw syntaxProblem();
    if (this.allChannels) {
      throw new RuleError(
        "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does " +
          "not have any effect. Try 'resetchannels' to start with an empty list of channels",
      );
    }
    if (this.#channels.some((pattern) => pattern.text === text)) return;
    this.#channels.push(new Pattern(text));
  }

  #setCategory(rule: string): void {
    const commands = this.#index.ofCategory(rule.slice(2));
    if (commands === undefined) throw unknownCommand();
    // A container brings all its subcommands, whatever their own categories are.
    this.#permit(commands.flatMap((entry) => this.#index.withSubcommands(entry)), rule);
  }

  #setCommand(rule: string): void {
    const name = rule.slice(1);
    const entry = this.#index.find(name);
    if (entry !== undefined) return this.#permit(this.#index.withSubcommands(entry), rule);
    const bar = name.lastIndexOf("|");
    // A first argument can only be added: without it the command is not allowed anyway.
    if (bar < 0 || rule.startsWith("-")) throw unknownCommand();
    const command = this.#index.find(name.slice(0, bar));
    if (command === undefined) throw unknownCommand();
    if (command.name.includes("|")) {
      throw new RuleError("Allowing first-arg of a subcommand is not supported");
    }
    const firstArgument = name.slice(bar + 1);
    if (firstArgument === "" || hasSpaces(firstArgument)) throw syntaxProblem();
    if (command.container) throw unknownCommand();
    const known = this.#firstArguments.get(command.id) ?? NONE;
    this.#firstArguments.set(command.id, [...known, upper(firstArgument)]);
    this.#remember(rule);
  }

  /** Allows or forbids commands, as the sign of the rule says. */
  #permit(commands: readonly NamedCommand[], rule: string): void {
    const allowed = rule.startsWith("+");
    for (const { id } of commands) {
      if (allowed) this.#allowed[id >>> 5]! |= 1 << (id & 31);
      else this.#allowed[id >>> 5]! &= ~(1 << (id & 31));
      this.#firstArguments.delete(id);
    }
    if (!allowed) this.allCommands = false;
    this.#remember(rule);
  }

  #remember(rule: string): void {
    const name = rule.slice(1);
    this.#rules = this.#rules.filter((earlier) =>
      earlier.slice(1) !== name && !earlier.startsWith(name + "|", 1)
    );
    this.#rules.push(rule);
  }

  /**
   * Whether a command is allowed.
   *
   * @returns {@linkcode ALLOWED}, or the refusal: the greater, the more it tells.
   */
  check(entry: IndexedCommand, args: Arguments, keys: KeyArguments): number {
    if (!this.#allowsCommand(entry, args)) return COMMAND * INDEXES;
    if (!this.allKeys) {
      if (entry.command.readsAllKeys && !this.readsAllKeys) return KEY * INDEXES;
      const key = this.#forbiddenKey(entry, args, keys);
      if (key > 0) return KEY * INDEXES + key;
    }
    if (entry.channels !== undefined && !this.allChannels) {
      const { end, patterns } = entry.channels;
      const last = end < 0 ? args.count : end;
      for (let i = 1; i < last; i++) {
        if (!this.allowsChannel(args.at(i), patterns)) return CHANNEL * INDEXES + i;
      }
    }
    return ALLOWED;
  }

  /** Whether there is anything of a command that is allowed, be it of some keys alone. */
  allowsSome({ id, command }: IndexedCommand): boolean {
    return this.allCommands || command.noAuth || this.#firstArguments.has(id) ||
      (this.#allowed[id >>> 5]! & (1 << (id & 31))) !== 0;
  }

  #allowsCommand({ id, command }: IndexedCommand, args: Arguments): boolean {
    if (this.allCommands || command.noAuth) return true;
    if ((this.#allowed[id >>> 5]! & (1 << (id & 31))) !== 0) return true;
    if (args.count < 2) return false;
    for (const word of this.#firstArguments.get(id) ?? NONE) if (args.is(1, word)) return true;
    return false;
  }

  /** The index of the first key that is not allowed; 0 if all are. */
  #forbiddenKey({ command, onlyKey }: IndexedCommand, args: Arguments, keys: KeyArguments): number {
    if (onlyKey !== undefined) {
      return this.#allowsKey(args.at(onlyKey.index), onlyKey.needed) ? 0 : onlyKey.index;
    }
    for (const { index, flags } of keys.of(command, args)) {
      if (!this.#allowsKey(args.at(index), neededBy(flags))) return index;
    }
    return 0;
  }

  #allowsKey(key: Slice, needed: number): boolean {
    for (const pattern of this.#keys) {
      if ((pattern.permission & needed) === needed && pattern.matches(key)) return true;
    }
    return false;
  }

  /** Whether every key may be read. */
  get readsAllKeys(): boolean {
    return this.allKeys ||
      this.#keys.some(({ text, permission }) => text === "*" && (permission & READ) !== 0);
  }

  /** Whether every key that begins with a prefix may be read, by one pattern. */
  readsPrefix(prefix: Slice): boolean {
    return this.allKeys ||
      this.#keys.some((pattern) =>
        (pattern.permission & READ) !== 0 && pattern.coversPrefix(prefix)
      );
  }

  /**
   * Whether a channel is allowed.
   *
   * @param pattern Whether it is a pattern, which must be one of the list to the letter.
   */
  allowsChannel(channel: Slice, pattern: boolean): boolean {
    if (this.allChannels) return true;
    for (const allowed of this.#channels) {
      if (pattern ? allowed.is(channel) : allowed.matches(channel)) return true;
    }
    return false;
  }

  /** The channel patterns, as byte strings. */
  get channels(): readonly string[] {
    return this.allChannels ? ["*"] : this.#channels.map(({ text }) => text);
  }

  /** Its rules, as ACL GETUSER tells them. */
  get permissions(): Permissions {
    return {
      commands: [this.#future ? "+@all" : "-@all", ...this.#rules].join(" "),
      keys: this.allKeys ? "~*" : this.#keys.map(({ rule }) => rule).join(" "),
      channels: this.channels.map((text) => "&" + text).join(" "),
    };
  }

  /** Its rules in one line, as ACL LIST tells them. */
  get rules(): string {
    return this.#line(this.#keys.map(({ rule }) => rule));
  }

  /** Rules that make such a selector out of a new one, in one line. */
  get exactRules(): string {
    return this.#line(this.#keys.map(({ exactRule }) => exactRule));
  }

  #line(keys: readonly string[]): string {
    const { commands, channels } = this.permissions;
    const words = this.allKeys ? ["~*"] : [...keys];
    if (!this.allChannels) words.push("resetchannels");
    if (channels !== "") words.push(channels);
    return [...words, commands].join(" ");
  }
}
