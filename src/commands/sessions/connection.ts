/**
 * The connection commands: https://redis.io/docs/latest/commands/?group=connection
 *
 * @module
 */

import { CommandError, err, syntaxError, wrongArity } from "../../store/values/errors.ts";
import { client, validName } from "./client.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { discardFieldsets } from "../hashes/himport.ts";
import { writeModules } from "../server/modules.ts";
import { asciiAt, boundedAt, databaseAt, int64At, shownAt } from "../table/options.ts";
import { endTransaction } from "./transactions.ts";
import { REDIS_VERSION } from "../table/version.ts";

const command = commandsOf("connection");

/** Flags of the commands that log a client in or let it go. */
const ALWAYS = "noscript loading stale fast no_auth allow_busy";

function ping({ args, reply, client }: Context): void {
  if (args.count > 2) throw wrongArity("ping");
  if (client.protocol === 2 && client.subscriptions?.isSubscribed) {
    // A subscriber of RESP2 can only tell messages apart by their first element.
    reply.array(2);
    reply.text("pong");
    if (args.count === 1) reply.text("");
    else reply.value(args.at(1));
    return;
  }
  if (args.count === 1) return reply.status("PONG");
  const { bytes, start, end } = args.at(1);
  reply.bulk(bytes, start, end);
}

function echo({ args, reply }: Context): void {
  const { bytes, start, end } = args.at(1);
  reply.bulk(bytes, start, end);
}

function select({ args, reply, store, client, host }: Context): void {
  if (host.cluster === undefined) {
    client.db = databaseAt(args, 1, store.databases.count);
  } else if (boundedAt(args, 1, -0x80000000, 0x7fffffff) !== 0) {
    throw err("SELECT is not allowed in cluster mode");
  }
  reply.ok();
}

function auth(context: Context): void {
  const { args, reply, host } = context;
  if (args.count > 3) throw syntaxError();
  if (args.count === 2 && host.access.defaultUser.nopass) {
    throw err(
      "AUTH <password> called without any password configured for the default user. " +
        "Are you sure your configuration is correct?",
    );
  }
  const user = args.count === 3 ? args.text(1) : "default";
  logIn(context, user, args.count - 1);
  reply.ok();
}

/** Logs a client in with the password at `index`. @throws {CommandError} WRONGPASS */
function logIn({ args, client, host }: Context, user: string, index: number): void {
  const account = host.access.authenticate(user, args.at(index));
  if (account === undefined) {
    host.access.logFailedAuth(client, user, shownAt(args, 0));
    throw new CommandError("WRONGPASS invalid username-password pair or user is disabled.");
  }
  client.account = account;
  client.authenticated = true;
}

function hello(context: Context): void {
  const { args, reply, client, store, host } = context;
  let protocol: 2 | 3 = client.protocol;
  if (args.count > 1) {
    const version = int64At(args, 1);
    if (version === undefined) throw err("Protocol version is not an integer or out of range");
    if (version !== 2 && version !== 3) {
      throw new CommandError("NOPROTO unsupported protocol version");
    }
    protocol = version;
  }
  let passwordAt = 0;
  let nameAt = 0;
  for (let i = 2; i < args.count; i++) {
    const left = args.count - 1 - i;
    if (args.is(i, "AUTH") && left >= 2) {
      passwordAt = i + 2;
      i += 2;
    } else if (args.is(i, "SETNAME") && left >= 1) {
      nameAt = ++i;
      if (!validName(args.at(i))) {
        throw err("Client names cannot contain spaces, newlines or special characters.");
      }
    } else {
      throw err(`Syntax error in HELLO option '${shownAt(args, i)}'`);
    }
  }
  if (passwordAt > 0) logIn(context, args.text(passwordAt - 1), passwordAt);
  if (!client.authenticated) {
    throw new CommandError(
      "NOAUTH HELLO must be called with the client already authenticated, otherwise the " +
        "HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and " +
        "select the RESP protocol version at the same time",
    );
  }
  if (nameAt > 0) client.name = asciiAt(args, nameAt);
  client.protocol = protocol;
  reply.map(7);
  reply.text("server");
  reply.text("redis");
  reply.text("version");
  reply.text(REDIS_VERSION);
  reply.text("proto");
  reply.integer(protocol);
  reply.text("id");
  reply.integer(client.id);
  reply.text("mode");
  reply.text(host.cluster === undefined ? "standalone" : "cluster");
  reply.text("role");
  reply.text("master");
  reply.text("modules");
  writeModules(reply, store);
}

function reset({ reply, client, host }: Context): void {
  endTransaction(client, host);
  host.pubsub.unsubscribeAll(client);
  host.tracking.disable(client);
  if (client.monitoring) host.monitor(client, false);
  client.db = 0;
  client.protocol = 2;
  client.name = "";
  client.replyMode = "on";
  client.noEvict = false;
  client.noTouch = false;
  client.account = host.access.defaultUser;
  client.authenticated = host.access.isOpen;
  discardFieldsets(client);
  reply.status("RESET");
}

function quit({ reply, client }: Context): void {
  reply.ok();
  client.closeAfterReply();
}

/** All connection commands. */
export const connection: readonly Command[] = [
  command("AUTH [username] password", {
    since: "1.0.0",
    arity: -2,
    flags: ALWAYS,
    acl: "connection",
    complexity: "O(N) in the number of the user's passwords",
    summary: "Authenticates the connection.",
  }, auth),
  client,
  command("ECHO message", {
    since: "1.0.0",
    arity: 2,
    flags: "loading stale fast",
    acl: "connection",
    summary: "Returns its argument.",
  }, echo),
  command("HELLO [protover [AUTH username password] [SETNAME clientname]]", {
    since: "6.0.0",
    arity: -1,
    flags: ALWAYS,
    acl: "connection",
    summary: "Greets the server: chooses the protocol, authenticates, names the connection.",
  }, hello),
  command("PING [message]", {
    since: "1.0.0",
    arity: -1,
    flags: "fast",
    acl: "connection",
    tips: "request_policy:all_shards response_policy:all_succeeded",
    summary: "Answers PONG, or its argument.",
  }, ping),
  command("QUIT", {
    since: "1.0.0",
    arity: -1,
    flags: ALWAYS,
    acl: "connection",
    summary: "Closes the connection.",
  }, quit),
  command("RESET", {
    since: "6.2.0",
    arity: 1,
    flags: ALWAYS,
    acl: "connection",
    summary: "Makes the connection as it was when it began.",
  }, reset),
  command("SELECT index", {
    since: "1.0.0",
    arity: 2,
    flags: "loading stale fast",
    acl: "connection",
    summary: "Chooses a database.",
  }, select),
];
