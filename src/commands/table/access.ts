/**
 * What commands, and whoever runs them, know of users and of what these may do.
 *
 * Rules, keys and channels are byte strings: one character for each byte (see latin1.ts), for they
 * need not be text. Names of users are text.
 *
 * @module
 */

import type { Arguments, Slice } from "../../resp/arguments.ts";
import type { Command } from "./command.ts";
import type { Client } from "./client.ts";
import type { Subscriptions } from "../sessions/pubsub_host.ts";

/** A set of permissions: the user's own, or a selector's. Rules as byte strings. */
export interface Permissions {
  /** The command rules, such as `-@all +get`. */
  readonly commands: string;
  /** The key patterns, such as `~app:* %R~shared:*`. */
  readonly keys: string;
  /** The channel patterns, such as `&news:*`. */
  readonly channels: string;
}

/** An ACL user. ACL SETUSER changes what it may do, never which object it is. */
export interface User {
  /** Its name. */
  readonly name: string;
  /** Whether clients may authenticate as it. */
  readonly enabled: boolean;
  /** Whether any password will do. */
  readonly nopass: boolean;
  /** Whether it may do everything, so that {@linkcode Access.check} need not be asked. */
  readonly unrestricted: boolean;
  /** The flags, as ACL GETUSER tells them. */
  readonly flags: readonly string[];
  /** The passwords' SHA-256, in hexadecimal. */
  readonly passwords: readonly string[];
  /** Its own permissions, and then those of each selector. */
  readonly permissions: readonly Permissions[];
  /** The rules that make such a user out of a new one, as a byte string. */
  readonly rules: string;
}

/** What somebody was refused for: the command itself, one of its keys, or one of its channels. */
export type DenialKind = "command" | "key" | "channel";

/** Why a user may not run a command. Texts are byte strings. */
export interface Denial {
  /** What was refused. */
  readonly kind: DenialKind;
  /** The command's full name, the key or the channel; a long one is cut. */
  readonly object: string;
  /** The error reply, `NOPERM ...`. */
  readonly message: string;
  /** The same with the object named, as ACL DRYRUN tells it. */
  readonly explanation: string;
  /** The reason that EXEC gives for a command that was allowed when it was queued. */
  readonly reason: string;
}

/** Where somebody was refused. */
export type DenialContext = "toplevel" | "multi" | "lua";

/** An entry of ACL LOG. Several denials alike within a minute make one. */
export interface AccessLogEntry {
  /** Unique, in the order of creation. */
  readonly id: number;
  /** How many denials. */
  readonly count: number;
  /** What was refused. */
  readonly reason: DenialKind | "auth";
  /** Where. */
  readonly context: DenialContext;
  /** What exactly, as a byte string. */
  readonly object: string;
  /** The user, or the name that failed to authenticate. */
  readonly username: string;
  /** The client, as CLIENT LIST tells it. */
  readonly clientInfo: string;
  /** The first denial, Unix time in milliseconds. */
  readonly createdAtMs: number;
  /** The last denial, Unix time in milliseconds. */
  readonly updatedAtMs: number;
}

/** The users and what they may do. */
export interface Access {
  /** The user of clients that have not authenticated. It cannot be removed. */
  readonly defaultUser: User;
  /** Whether clients need not authenticate: the default user is enabled and needs no password. */
  readonly isOpen: boolean;
  /** Refusals since the start, by kind. */
  readonly denials: Readonly<Record<DenialKind | "auth", number>>;
  /** The ACL categories, without `@`. */
  readonly categories: readonly string[];
  /**
   * The names of the commands and subcommands of a category, those included that rules may name
   * though the command table lacks them.
   *
   * @param category Its name in lower case.
   * @returns Undefined if there is no such category.
   */
  commandsOf(category: string): readonly string[] | undefined;
  /** The user of a name. */
  user(name: string): User | undefined;
  /** All users, in the order of their names' bytes. */
  users(): readonly User[];
  /**
   * Makes or changes a user, by all of the rules or none.
   *
   * @param rules The arguments of ACL SETUSER, as byte strings.
   * @throws {CommandError} Redis's error for the first rule that is wrong.
   */
  setUser(name: string, rules: readonly string[]): void;
  /**
   * Removes users, and disconnects their clients.
   *
   * @returns How many there were.
   * @throws {CommandError} If the default user is among them; then none is removed.
   */
  removeUsers(names: readonly string[]): number;
  /**
   * The user of a name and password, if both are right and it is enabled. Takes the same time
   * whether or not there is such a user.
   */
  authenticate(name: string, password: Slice): User | undefined;
  /** Why a user may not run a command, whose arity fits; undefined if it may. */
  check(user: User, command: Command, args: Arguments): Denial | undefined;
  /** Whether there is anything of a command that a user may run, be it on some keys alone. */
  allowsSome(user: User, command: Command): boolean;
  /** Whether the permissions that let a user run a command also let it read every key, as SORT's BY and GET may. */
  readsAllKeys(user: User, command: Command, args: Arguments): boolean;
  /** Whether the permissions that let a user run a command also let it read all keys with any of some prefixes. */
  readsPrefixes(
    user: User,
    command: Command,
    args: Arguments,
    prefixes: readonly Slice[],
  ): boolean;
  /** Whether a user may still hear everything it is subscribed to. */
  allowsSubscriptions(user: User, subscriptions: Subscriptions): boolean;
  /** Writes a refusal to the log. */
  logDenied(client: Client, denial: Denial, context: DenialContext): void;
  /**
   * Writes a failed authentication to the log.
   *
   * @param name The user name given.
   * @param object The command's name as it was given, a byte string.
   */
  logFailedAuth(client: Client, name: string, object?: string): void;
  /** The log, the latest entry first. */
  log(): readonly AccessLogEntry[];
  /** Empties the log. */
  resetLog(): void;
  /** Writes all users to the database, as part of the turn that runs. */
  save(): void;
  /**
   * Puts the users of the database in place of these: all or, if a rule is wrong, none. Clients of
   * users that are gone are disconnected.
   *
   * @returns False if the database has no users: none were ever saved.
   * @throws {CommandError}
   */
  load(): boolean;
}
