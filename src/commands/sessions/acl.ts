/** ACL: users, and what they may do. */

import type { Reply } from "../../resp/reply.ts";
import { err, syntaxError, wrongArity } from "../../store/values/errors.ts";
import { MAX_TEXT, textTooLong } from "../../resp/arguments.ts";
import type { Slice } from "../../store/values/slice.ts";
import type { AccessLogEntry, Permissions } from "../table/access.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { argumentsFrom, writeHelp } from "../table/introspection.ts";
import { latin1Bytes, latin1Of } from "../table/latin1.ts";
import { makeToken } from "./rest_tokens.ts";
import { asciiAt, integerAt, shownAt } from "../table/options.ts";
import { checkArity } from "../table/table.ts";
import { hexOf } from "../../store/values/hexadecimal.ts";

const command = commandsOf("server");

/** Bits of a password that ACL GENPASS makes unless told otherwise, and at most. */
const PASSWORD_BITS = 256, MAX_PASSWORD_BITS = 4096;
/** Entries that ACL LOG tells unless told otherwise. */
const LOG_ENTRIES = 10;

/** The error for more arguments than a subcommand's syntax has. */
function tooManyArguments({ args }: Context): Error {
  const given = asciiAt(args, 1);
  return err(`unknown subcommand or wrong number of arguments for '${given}'. Try ACL HELP.`);
}

function writeBytes(reply: Reply, characters: string): void {
  reply.bulk(latin1Bytes(characters));
}

function writeTexts(reply: Reply, texts: readonly string[]): void {
  reply.array(texts.length);
  for (const text of texts) reply.text(text);
}

function cat(context: Context): void {
  const { args, reply, host } = context;
  if (args.count > 3) throw tooManyArguments(context);
  const { access } = host;
  if (args.count === 2) return writeTexts(reply, access.categories);
  const names = access.commandsOf(args.text(2).toLowerCase());
  if (names === undefined) throw err(`Unknown category '${shownAt(args, 2)}'`);
  writeTexts(reply, names);
}

function deluser({ args, reply, host }: Context): void {
  const names: string[] = [];
  for (let i = 2; i < args.count; i++) names.push(args.text(i));
  reply.integer(host.access.removeUsers(names));
}

function dryrun({ args, reply, host }: Context): void {
  const user = host.access.user(args.text(2));
  if (user === undefined) throw err(`User '${shownAt(args, 2)}' not found`);
  const found = host.commands.resolve(args, 3)?.command;
  if (found === undefined) throw err(`Command '${shownAt(args, 3)}' not found`);
  const line = argumentsFrom(args, 3);
  if (!checkArity(found, line)) throw wrongArity(found.fullName);
  const denial = host.access.check(user, found, line);
  if (denial === undefined) reply.ok();
  else writeBytes(reply, denial.explanation);
}

function genpass(context: Context): void {
  const { args, reply } = context;
  if (args.count > 3) throw tooManyArguments(context);
  const bits = args.count === 3 ? integerAt(args, 2) : PASSWORD_BITS;
  if (bits <= 0 || bits > MAX_PASSWORD_BITS) {
    throw err(
      "ACL GENPASS argument must be the number of bits for the output password, a positive " +
        `number up to ${MAX_PASSWORD_BITS}`,
    );
  }
  const digits = Math.ceil(Number(bits) / 4);
  const random = crypto.getRandomValues(new Uint8Array(Math.ceil(digits / 2)));
  reply.text(hexOf(random).slice(0, digits));
}

function getuser({ args, reply, host }: Context): void {
  const user = host.access.user(args.text(2));
  if (user === undefined) return reply.null();
  const [own, ...selectors] = user.permissions;
  reply.map(6);
  reply.text("flags");
  reply.set(user.flags.length);
  for (const flag of user.flags) reply.text(flag);
  reply.text("passwords");
  writeTexts(reply, user.passwords);
  if (own !== undefined) writePermissions(reply, own);
  reply.text("selectors");
  reply.array(selectors.length);
  for (const selector of selectors) {
    reply.map(3);
    writePermissions(reply, selector);
  }
}

/** Writes three pairs of a map. */
function writePermissions(reply: Reply, permissions: Permissions): void {
  for (const field of ["commands", "keys", "channels"] as const) {
    reply.text(field);
    writeBytes(reply, permissions[field]);
  }
}

function list({ reply, host }: Context): void {
  const users = host.access.users();
  reply.array(users.length);
  for (const { name, rules } of users) writeBytes(reply, `user ${latin1Of(name)} ${rules}`);
}

function load({ reply, host }: Context): void {
  if (!host.access.load()) throw err("the database has no users: ACL SAVE writes them");
  reply.ok();
}

function log(context: Context): void {
  const { args, reply, host, store } = context;
  if (args.count > 3) throw tooManyArguments(context);
  if (args.count === 3 && args.is(2, "RESET")) {
    host.access.resetLog();
    return reply.ok();
  }
  const count = args.count === 3 ? Number(integerAt(args, 2)) : LOG_ENTRIES;
  const entries = host.access.log().slice(0, Math.max(0, count));
  const nowMs = store.engine.clock.now();
  reply.array(entries.length);
  for (const entry of entries) writeLogEntry(reply, entry, nowMs);
}

function writeLogEntry(reply: Reply, entry: AccessLogEntry, nowMs: number): void {
  reply.map(10);
  reply.text("count");
  reply.integer(entry.count);
  reply.text("reason");
  reply.text(entry.reason);
  reply.text("context");
  reply.text(entry.context);
  reply.text("object");
  writeBytes(reply, entry.object);
  reply.text("username");
  reply.text(entry.username);
  reply.text("age-seconds");
  reply.double((nowMs - entry.updatedAtMs) / 1000);
  reply.text("client-info");
  reply.text(entry.clientInfo);
  reply.text("entry-id");
  reply.integer(entry.id);
  reply.text("timestamp-created");
  reply.integer(entry.createdAtMs);
  reply.text("timestamp-last-updated");
  reply.integer(entry.updatedAtMs);
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A user's name. @throws {CommandError} If it may not be one. */
function userName({ bytes, start, end }: Slice): string {
  if (end - start > MAX_TEXT) throw textTooLong(end - start, MAX_TEXT);
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte === 0 || byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)) {
      throw err("Usernames can't contain spaces or null characters");
    }
  }
  try {
    return utf8.decode(bytes.subarray(start, end));
  } catch {
    throw err("Usernames must be valid UTF-8");
  }
}

function setuser({ args, reply, host }: Context): void {
  const name = userName(args.at(2));
  const rules: string[] = [];
  for (let i = 3; i < args.count; i++) rules.push(asciiAt(args, i));
  host.access.setUser(name, rules);
  reply.ok();
}

function resttoken({ args, reply, host }: Context): void {
  const readsOnly = args.count === 5;
  if (args.count > 5 || readsOnly && !args.is(4, "READONLY")) throw syntaxError();
  const name = args.text(2);
  const user = host.access.authenticate(name, args.at(3));
  if (user === undefined) {
    throw err(`Wrong password or user "${shownAt(args, 2)}" does not exist`);
  }
  if (user.nopass) throw err(`User '${shownAt(args, 2)}' needs no password: any token will do`);
  const token = makeToken({ user: name, readsOnly });
  host.access.setUser(name, [`>${token}`]);
  reply.text(token);
}

const facts = { since: "6.0.0", arity: 2, flags: "noscript loading stale" };
const admin = { ...facts, flags: "admin noscript loading stale" };
const eachUser = "O(N) in the number of users";

/** The ACL container. */
export const acl: Command = command("ACL", {
  since: "6.0.0",
  arity: -2,
  complexity: "Depends on the subcommand",
  summary: "Commands about users and permissions.",
}, [
  command("ACL CAT [category]", {
    ...facts,
    arity: -2,
    summary: "Lists the categories, or the commands of one.",
  }, cat),
  command("ACL DELUSER username [username ...]", {
    ...admin,
    arity: -3,
    complexity: "O(1) for each user",
    tips: "request_policy:all_nodes response_policy:all_succeeded",
    summary: "Removes users and disconnects their clients.",
  }, deluser),
  command("ACL DRYRUN username command [arg [arg ...]]", {
    ...admin,
    since: "7.0.0",
    arity: -4,
    summary: "Tells whether a user may run a command, without running it.",
  }, dryrun),
  command("ACL GENPASS [bits]", {
    ...facts,
    arity: -2,
    summary: "Makes a random password.",
  }, genpass),
  command("ACL GETUSER username", {
    ...admin,
    arity: 3,
    complexity: "O(N) in the number of the user's rules",
    summary: "Returns the rules of a user.",
  }, getuser),
  command("ACL HELP", {
    ...facts,
    flags: "loading stale",
    summary: "Lists the subcommands.",
  }, ({ reply, host }) => writeHelp(reply, host.commands, "acl")),
  command("ACL LIST", {
    ...admin,
    complexity: eachUser,
    summary: "Lists the users, each as the rules that make it.",
  }, list),
  command("ACL LOAD", {
    ...admin,
    complexity: eachUser,
    summary: "Puts the users of the database in place of these.",
  }, load),
  command("ACL LOG [count | RESET]", {
    ...admin,
    arity: -2,
    complexity: "O(N) in the number of entries",
    summary: "Lists the last refusals, or forgets all.",
  }, log),
  command("ACL RESTTOKEN username password [READONLY]", {
    ...admin,
    arity: -4,
    summary: "Makes a token by which clients of the REST API are a user.",
  }, resttoken),
  command("ACL SAVE", {
    ...admin,
    complexity: eachUser,
    tips: "request_policy:all_nodes response_policy:all_succeeded",
    summary: "Writes the users to the database.",
  }, ({ reply, host }) => {
    host.access.save();
    reply.ok();
  }),
  command("ACL SETUSER username [rule [rule ...]]", {
    ...admin,
    arity: -3,
    complexity: "O(N) in the number of rules",
    tips: "request_policy:all_nodes response_policy:all_succeeded",
    summary: "Makes a user, or changes its rules.",
  }, setuser),
  command("ACL USERS", {
    ...admin,
    complexity: eachUser,
    summary: "Lists the names of the users.",
  }, ({ reply, host }) => writeTexts(reply, host.access.users().map(({ name }) => name))),
  command("ACL WHOAMI", {
    ...facts,
    summary: "Returns the name of the connection's user.",
  }, ({ reply, client }) => reply.text(client.account.name)),
]);
