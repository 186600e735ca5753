/**
 * The users of one process, in memory. The database has those that ACL SAVE wrote, or a file if one
 * is given; they are read at the start and by ACL LOAD.
 *
 * @module
 */

import type {
  Access,
  AccessLogEntry,
  Denial,
  DenialContext,
  DenialKind,
  User,
} from "../../commands/table/access.ts";
import { describe } from "../../commands/sessions/client_line.ts";
import type { Command } from "../../commands/table/command.ts";
import type { Client } from "../../commands/table/client.ts";
import { latin1Bytes, latin1Of } from "../../commands/table/latin1.ts";
import type { Subscriptions } from "../../commands/sessions/pubsub_host.ts";
import type { CommandTable } from "../../commands/table/table.ts";
import type { Arguments } from "../../resp/arguments.ts";
import { err } from "../../store/values/errors.ts";
import { Slice } from "../../store/values/slice.ts";
import type { Users } from "../../store/file/users.ts";
import { AccessLog } from "./access_log.ts";
import { Account, sha256 } from "./account.ts";
import { type AclFile, readAccounts } from "./acl_file.ts";
import { CommandIndex } from "./command_index.ts";
import { denialOf } from "./denials.ts";
import { splitWords } from "./rule_words.ts";
import type { KnownCommand } from "./known_commands.ts";
import { ALLOWED, KeyArguments } from "./selector.ts";

const DEFAULT = "default";

/** What users are kept for, and who wants to know of changes. */
export interface AccessOptions {
  /** The commands that may be allowed or not. */
  readonly commands: CommandTable;
  /** Commands that other processes on the file have, for rules that name them. */
  readonly known?: readonly KnownCommand[];
  /** The users kept in the database. */
  readonly store: Users;
  /** The file that has the users in place of the database. */
  readonly file?: AclFile | undefined;
  /** The password of the default user where the file does not tell; empty for none. */
  readonly defaultPassword?: () => string;
  /** Disconnects the clients of a user that is no more. */
  readonly onRemoved: (user: User) => void;
  /** Disconnects the clients of a user that are subscribed to what it may not hear any more. */
  readonly onChannelsReduced: (user: User) => void;
  /** How many entries ACL LOG keeps. */
  readonly logMaxLength: () => number;
  /** The time, Unix time in milliseconds. */
  readonly now: () => number;
  /** Whether new users and selectors begin with all channels (`acl-pubsub-default`). Default: no. */
  readonly allChannels?: () => boolean;
}

/** The users and what they may do. */
export class AccessControl implements Access {
  readonly denials: Record<DenialKind | "auth", number> = {
    auth: 0,
    command: 0,
    key: 0,
    channel: 0,
  };
  readonly #options: AccessOptions;
  readonly #index: CommandIndex;
  readonly #default: Account;
  /** Asked in place of a user that does not exist, so that refusing takes the same time. */
  readonly #nobody: Account;
  readonly #users: Map<string, Account> = new Map();
  readonly #log: AccessLog;
  readonly #keys: KeyArguments = new KeyArguments();

  /** Begins with the default user alone, which may do everything and needs no password. */
  constructor(options: AccessOptions) {
    this.#options = options;
    this.#index = new CommandIndex(options.commands, options.known);
    this.#log = new AccessLog(options.logMaxLength, options.now);
    this.#default = this.#newDefault();
    this.#users.set(DEFAULT, this.#default);
    this.#nobody = this.#newAccount("");
    this.#nobody.applyAll(["off", ">"], err);
  }

  #newDefault(): Account {
    const account = this.#newAccount(DEFAULT);
    account.applyAll(["on", "nopass", "~*", "&*", "+@all"], err);
    return account;
  }

  #newAccount(name: string): Account {
    return new Account(name, this.#index, this.#allChannels);
  }

  get #allChannels(): boolean {
    return this.#options.allChannels?.() ?? false;
  }

  get defaultUser(): User {
    return this.#default;
  }

  get isOpen(): boolean {
    return this.#default.enabled && this.#default.nopass;
  }

  get categories(): readonly string[] {
    return this.#index.categories;
  }

  commandsOf(category: string): readonly string[] | undefined {
    return this.#index.ofCategory(category)?.map(({ name }) => name);
  }

  user(name: string): User | undefined {
    return this.#users.get(name);
  }

  users(): readonly User[] {
    return this.#accounts();
  }

  #accounts(): Account[] {
    const byName = [...this.#users.values()].map((account) => ({
      account,
      bytes: latin1Of(account.name),
    }));
    byName.sort((a, b) => a.bytes < b.bytes ? -1 : 1);
    return byName.map(({ account }) => account);
  }

  setUser(name: string, rules: readonly string[]): void {
    const existing = this.#users.get(name);
    const changed = existing?.copy(this.#allChannels) ?? this.#newAccount(name);
    changed.applyAll(rules, (rule, reason) => {
      // Redis's text ends where a zero byte does.
      return err(`Error in ACL SETUSER modifier '${rule.split("\0", 1)[0]}': ${reason}`);
    });
    this.#put(changed);
  }

  /**
   * Makes a user by a line of rules, in place of one of that name.
   *
   * @param declaration Its name and the rules, separated by spaces.
   * @throws {CommandError} If a rule is wrong.
   */
  declareUser(declaration: string): void {
    const [name, ...rules] = splitWords(latin1Of(declaration));
    if (name === undefined) throw err("a user needs a name");
    const account = this.#newAccount(new TextDecoder().decode(latin1Bytes(name)));
    account.applyAll(
      rules,
      (rule, reason) => err(`user '${name}' has the rule '${rule}': ${reason}`),
    );
    this.#put(account);
  }

  /** Puts a user in place, which stays the same object for its clients. */
  #put(changed: Account): void {
    const existing = this.#users.get(changed.name);
    if (existing === undefined) {
      this.#users.set(changed.name, changed);
      return;
    }
    const before = existing.channels;
    existing.take(changed);
    const after = existing.channels;
    const reduced = !after.has("*") && [...before].some((channel) => !after.has(channel));
    if (reduced) this.#options.onChannelsReduced(existing);
  }

  removeUsers(names: readonly string[]): number {
    if (names.includes(DEFAULT)) throw err("The 'default' user cannot be removed");
    let removed = 0;
    for (const name of names) {
      const account = this.#users.get(name);
      if (account === undefined) continue;
      removed++;
      this.#remove(account);
    }
    return removed;
  }

  #remove(account: Account): void {
    this.#users.delete(account.name);
    this.#options.onRemoved(account);
  }

  /** Gives the default user a password in place of those it has, or lets everybody in if it is empty (`requirepass`). */
  setDefaultPassword(password: string): void {
    const rules = password === "" ? ["nopass"] : ["resetpass", ">" + latin1Of(password)];
    this.#default.applyAll(rules, err);
  }

  authenticate(name: string, password: Slice): User | undefined {
    const account = this.#users.get(name) ?? this.#nobody;
    return account.accepts(sha256(password.view())) ? account : undefined;
  }

  check(user: User, command: Command, args: Arguments): Denial | undefined {
    const account = accountOf(user);
    const entry = this.#entry(command);
    this.#keys.reset();
    const refusal = account.check(entry, args, this.#keys);
    return refusal === ALLOWED ? undefined : denialOf(refusal, user, command, args);
  }

  allowsSome(user: User, command: Command): boolean {
    return accountOf(user).allowsSome(this.#entry(command));
  }

  readsAllKeys(user: User, command: Command, args: Arguments): boolean {
    this.#keys.reset();
    return accountOf(user).readsAllKeys(this.#entry(command), args, this.#keys);
  }

  readsPrefixes(
    user: User,
    command: Command,
    args: Arguments,
    prefixes: readonly Slice[],
  ): boolean {
    this.#keys.reset();
    return accountOf(user).readsPrefixes(this.#entry(command), args, this.#keys, prefixes);
  }

  #entry(command: Command) {
    const entry = this.#index.entry(command);
    if (entry === undefined) throw new TypeError(`${command.fullName} is not in the table`);
    return entry;
  }

  allowsSubscriptions(user: User, subscriptions: Subscriptions): boolean {
    const account = accountOf(user);
    const { channels, patterns, shardChannels } = subscriptions;
    const allowsAll = (names: Iterable<Uint8Array>, pattern: boolean) => {
      for (const name of names) if (!account.allowsChannel(new Slice(name), pattern)) return false;
      return true;
    };
    return allowsAll(patterns.names(), true) && allowsAll(channels.names(), false) &&
      allowsAll(shardChannels.names(), false);
  }

  logDenied(client: Client, denial: Denial, context: DenialContext): void {
    this.denials[denial.kind]++;
    this.#log.add({
      reason: denial.kind,
      context,
      object: denial.object,
      username: client.account.name,
      clientInfo: describe(client, this.#options.now()),
    });
  }

  logFailedAuth(client: Client, name: string, object = "AUTH"): void {
    this.denials.auth++;
    this.#log.add({
      reason: "auth",
      context: "toplevel",
      object,
      username: name,
      clientInfo: describe(client, this.#options.now()),
    });
  }

  log(): readonly AccessLogEntry[] {
    return this.#log.entries();
  }

  resetLog(): void {
    this.#log.clear();
  }

  load(): boolean {
    const { file, defaultPassword } = this.#options;
    if (file === undefined) return this.#loadStored();
    const accounts = readAccounts(file, (name) => this.#newAccount(name));
    for (const account of this.#accounts()) {
      if (account !== this.#default && !accounts.has(account.name)) this.#remove(account);
    }
    for (const account of accounts.values()) this.#put(account);
    if (!accounts.has(DEFAULT)) {
      this.#put(this.#newDefault());
      const password = defaultPassword?.() ?? "";
      if (password !== "") this.setDefaultPassword(password);
    }
    return true;
  }

  /** Takes the users of the database. @returns False if it has none. */
  #loadStored(): boolean {
    const stored = this.#options.store.load();
    // All are made before any is put in place.
    const accounts = stored.map(({ name, rules }) => {
      const account = this.#newAccount(name);
      account.applyAll(
        splitWords(new Slice(rules).latin1()),
        (rule, reason) =>
          err(`user '${latin1Of(name)}' of the database has the rule '${rule}': ${reason}`),
      );
      return account;
    });
    if (accounts.length === 0) return false;
    const names = new Set(stored.map(({ name }) => name));
    for (const account of this.#accounts()) {
      // Without rules for it in the database, the default user stays as it is.
      if (account !== this.#default && !names.has(account.name)) this.#remove(account);
    }
    for (const account of accounts) this.#put(account);
    return true;
  }

  /** The users, each its name and exact rules, a character a byte. */
  declarations(): string[] {
    return this.#accounts().map(({ name, exactRules }) => `${latin1Of(name)} ${exactRules}`);
  }

  save(): void {
    const { file } = this.#options;
    if (file !== undefined) {
      const lines = this.declarations().map((declaration) => `user ${declaration}\n`);
      return file.write(latin1Bytes(lines.join("")));
    }
    this.#options.store.save(
      this.#accounts().map(({ name, exactRules }) => ({ name, rules: latin1Bytes(exactRules) })),
    );
  }
}

/** A user as this module made it. */
function accountOf(user: User): Account {
  if (user instanceof Account) return user;
  throw new TypeError(`${user.name} was not made by an access control`);
}
