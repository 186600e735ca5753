/** CLIENT: the connections, one's own and the others'. How they are described is in client_line.ts. */

import { err, notAnInteger, syntaxError } from "../../store/values/errors.ts";
import type { Slice } from "../../store/values/slice.ts";
import type { User } from "../table/access.ts";
import { describe, typeOf, TYPES } from "./client_line.ts";
import { clientTracking } from "./client_tracking.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { writeHelp } from "../table/introspection.ts";
import { asciiAt, int64At, shownAt } from "../table/options.ts";

const command = commandsOf("connection");

/** Whether a name has printable ASCII characters only, and no spaces. */
export function validName({ bytes, start, end }: Slice): boolean {
  for (let i = start; i < end; i++) if (bytes[i]! < 0x21 || bytes[i]! > 0x7e) return false;
  return true;
}

function typeAt({ args }: Context, index: number): string {
  const type = args.text(index).toLowerCase();
  if (!TYPES.includes(type)) throw err(`Unknown client type '${shownAt(args, index)}'`);
  return type === "replica" ? "slave" : type;
}

function list(context: Context): void {
  const { args, reply, host, store } = context;
  let clients = [...host.clients()];
  if (args.count === 4 && args.is(2, "TYPE")) {
    const type = typeAt(context, 3);
    clients = clients.filter((client) => typeOf(client) === type);
  } else if (args.count > 3 && args.is(2, "ID")) {
    clients = [];
    for (let i = 3; i < args.count; i++) {
      const id = int64At(args, i);
      if (id === undefined) throw err("Invalid client ID");
      const found = host.client(Number(id));
      if (found !== undefined) clients.push(found);
    }
  } else if (args.count > 2) {
    throw syntaxError();
  }
  const { nowMs } = store.engine;
  reply.verbatim("txt", clients.map((client) => describe(client, nowMs) + "\n").join(""));
}

interface KillFilter {
  id?: number;
  type?: string;
  user?: User;
  address?: string;
  localAddress?: string;
  maxAgeSeconds?: number;
  skipSelf: boolean;
}

function kill(context: Context): void {
  const { args, reply, host, client, store } = context;
  if (args.count === 3) {
    // The old form: an address, and an error if nobody has it.
    const address = args.text(2);
    const victim = [...host.clients()].find((other) => other.address === address);
    if (victim === undefined) throw err("No such client");
    reply.ok();
    host.kill(victim, client);
    return;
  }
  const filter = killFilter(context);
  const now = store.engine.nowMs;
  const victims = [...host.clients()].filter((other) =>
    (filter.id === undefined || other.id === filter.id) &&
    (filter.type === undefined || typeOf(other) === filter.type) &&
    (filter.user === undefined || other.account === filter.user) &&
    (filter.address === undefined || other.address === filter.address) &&
    (filter.localAddress === undefined || other.localAddress === filter.localAddress) &&
    (filter.maxAgeSeconds === undefined ||
      (now - other.connectedAtMs) / 1000 >= filter.maxAgeSeconds) &&
    !(filter.skipSelf && other === client)
  );
  reply.integer(victims.length);
  for (const victim of victims) host.kill(victim, client);
}

function killFilter(context: Context): KillFilter {
  const { args, host } = context;
  const filter: KillFilter = { skipSelf: true };
  for (let i = 2; i < args.count; i += 2) {
    if (i + 1 === args.count) throw syntaxError();
    const value = i + 1;
    if (args.is(i, "ID")) {
      const id = int64At(args, value);
      if (id === undefined || id < 1) throw err("client-id should be greater than 0");
      filter.id = Number(id);
    } else if (args.is(i, "MAXAGE")) {
      const age = int64At(args, value);
      if (age === undefined) throw err("maxage is not an integer or out of range");
      if (age < 1) throw err("maxage should be greater than 0");
      filter.maxAgeSeconds = Number(age);
    } else if (args.is(i, "TYPE")) {
      filter.type = typeAt(context, value);
    } else if (args.is(i, "ADDR")) {
      filter.address = args.text(value);
    } else if (args.is(i, "LADDR")) {
      filter.localAddress = args.text(value);
    } else if (args.is(i, "USER")) {
      const user = host.access.user(args.text(value));
      if (user === undefined) throw err(`No such user '${shownAt(args, value)}'`);
      filter.user = user;
    } else if (args.is(i, "SKIPME") && args.is(value, "YES")) {
      filter.skipSelf = true;
    } else if (args.is(i, "SKIPME") && args.is(value, "NO")) {
      filter.skipSelf = false;
    } else {
      throw syntaxError();
    }
  }
  return filter;
}

/** Reads ON or OFF. @throws {CommandError} */
function onOff({ args }: Context): boolean {
  if (args.is(2, "ON")) return true;
  if (args.is(2, "OFF")) return false;
  throw syntaxError();
}

function replyMode({ args, reply, client }: Context): void {
  if (args.is(2, "ON")) {
    client.replyMode = "on";
    reply.ok();
  } else if (args.is(2, "OFF")) {
    client.replyMode = "off";
  } else if (args.is(2, "SKIP")) {
    if (client.replyMode !== "off") client.replyMode = "skip-next";
  } else {
    throw syntaxError();
  }
}

function setinfo({ args, reply, client }: Context): void {
  const attribute = args.is(2, "LIB-NAME")
    ? "libraryName"
    : args.is(2, "LIB-VER")
    ? "libraryVersion"
    : undefined;
  if (attribute === undefined) throw err(`Unrecognized option '${shownAt(args, 2)}'`);
  if (!validName(args.at(3))) {
    const name = attribute === "libraryName" ? "lib-name" : "lib-ver";
    throw err(`${name} cannot contain spaces, newlines or special characters.`);
  }
  client[attribute] = asciiAt(args, 3);
  reply.ok();
}

function setname({ args, reply, client }: Context): void {
  if (!validName(args.at(2))) {
    throw err("Client names cannot contain spaces, newlines or special characters.");
  }
  client.name = asciiAt(args, 2);
  reply.ok();
}

function unblock({ args, reply, host }: Context): void {
  if (args.count > 4) throw wrongSubcommand("UNBLOCK");
  const withError = args.count === 4 && args.is(3, "ERROR");
  if (args.count === 4 && !withError && !args.is(3, "TIMEOUT")) {
    throw err("CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
  }
  const id = int64At(args, 2);
  if (id === undefined) throw notAnInteger();
  const waiting = host.client(Number(id))?.waiting;
  reply.integer(waiting === undefined ? 0 : 1);
  waiting?.end(
    withError ? (reply) => reply.error("UNBLOCKED client unblocked via CLIENT UNBLOCK") : undefined,
  );
}

function pause({ args, reply, host, store }: Context): void {
  if (args.count > 4) throw wrongSubcommand("PAUSE");
  const writesOnly = args.count === 4 && args.is(3, "WRITE");
  if (args.count === 4 && !writesOnly && !args.is(3, "ALL")) {
    throw err("CLIENT PAUSE mode must be WRITE or ALL");
  }
  const ms = int64At(args, 2);
  if (ms === undefined) throw err("timeout is not an integer or out of range");
  if (ms < 0) throw err("timeout is negative");
  const untilMs = store.engine.clock.now() + Number(ms);
  if (untilMs > Number.MAX_SAFE_INTEGER) throw err("timeout is out of range");
  if (ms > 0) host.pause(untilMs, writesOnly);
  reply.ok();
}

function unpause({ reply, host }: Context): void {
  host.pause(0, false);
  reply.ok();
}

function wrongSubcommand(name: string) {
  return err(
    `unknown subcommand or wrong number of arguments for '${name}'. Try CLIENT HELP.`,
  );
}

const facts = {
  arity: 2,
  flags: "noscript loading stale",
  acl: "connection",
};
const admin = { ...facts, flags: "admin noscript loading stale" };

/** The CLIENT container. */
export const client: Command = command("CLIENT", {
  since: "2.4.0",
  arity: -2,
  complexity: "Depends on the subcommand",
  summary: "Commands about connections.",
}, [
  command("CLIENT GETNAME", {
    ...facts,
    since: "2.6.9",
    summary: "Returns the name of the connection.",
  }, ({ reply, client }) => client.name === "" ? reply.null() : reply.text(client.name)),
  command("CLIENT HELP", {
    ...facts,
    flags: "loading stale",
    since: "5.0.0",
    summary: "Lists the subcommands.",
  }, ({ reply, host }) => writeHelp(reply, host.commands, "client")),
  command("CLIENT ID", {
    ...facts,
    since: "5.0.0",
    summary: "Returns the id of the connection.",
  }, ({ reply, client }) => reply.integer(client.id)),
  command(
    "CLIENT INFO",
    { ...facts, since: "6.2.0", summary: "Describes the connection." },
    ({ reply, client, store }) =>
      reply.verbatim("txt", describe(client, store.engine.nowMs) + "\n"),
  ),
  command(
    "CLIENT KILL <ip:port | <[ID client-id] | [TYPE <NORMAL | MASTER | SLAVE | REPLICA | PUBSUB>] | [USER username] | [ADDR ip:port] | [LADDR ip:port] | [SKIPME <YES | NO>] | [MAXAGE maxage] [[ID client-id] | [TYPE <NORMAL | MASTER | SLAVE | REPLICA | PUBSUB>] | [USER username] | [ADDR ip:port] | [LADDR ip:port] | [SKIPME <YES | NO>] | [MAXAGE maxage] ...]>>",
    {
      ...admin,
      since: "2.4.0",
      arity: -3,
      complexity: "O(N) in the number of connections",
      summary: "Closes connections.",
    },
    kill,
  ),
  command(
    "CLIENT LIST [TYPE <NORMAL | MASTER | REPLICA | PUBSUB>] [ID client-id [client-id ...]]",
    {
      ...admin,
      since: "2.4.0",
      arity: -2,
      tips: "nondeterministic_output",
      complexity: "O(N) in the number of connections",
      summary: "Describes the connections.",
    },
    list,
  ),
  command("CLIENT NO-EVICT <ON | OFF>", {
    ...admin,
    since: "7.0.0",
    arity: 3,
    summary: "Keeps the connection from being closed for its memory.",
  }, (context) => {
    context.client.noEvict = onOff(context);
    context.reply.ok();
  }),
  command("CLIENT NO-TOUCH <ON | OFF>", {
    ...facts,
    since: "7.2.0",
    arity: 3,
    summary: "Keeps the connection's reads from counting as uses of keys.",
  }, (context) => {
    context.client.noTouch = onOff(context);
    context.reply.ok();
  }),
  command("CLIENT PAUSE timeout [WRITE | ALL]", {
    ...admin,
    since: "3.0.0",
    arity: -3,
    summary: "Stops the commands of clients for a time, or only those that write.",
  }, pause),
  command("CLIENT REPLY <ON | OFF | SKIP>", {
    ...facts,
    since: "3.2.0",
    arity: 3,
    summary: "Chooses whether the server answers.",
  }, replyMode),
  command("CLIENT SETINFO <LIB-NAME libname | LIB-VER libver>", {
    ...facts,
    since: "7.2.0",
    arity: 4,
    tips: "request_policy:all_nodes response_policy:all_succeeded",
    summary: "Tells the client library's name or version.",
  }, setinfo),
  command("CLIENT SETNAME connection-name", {
    ...facts,
    since: "2.6.9",
    arity: 3,
    tips: "request_policy:all_nodes response_policy:all_succeeded",
    summary: "Names the connection.",
  }, setname),
  ...clientTracking,
  command("CLIENT UNPAUSE", {
    ...admin,
    since: "6.2.0",
    complexity: "O(N) in the number of connections that wait",
    summary: "Lets the clients go on that CLIENT PAUSE has stopped.",
  }, unpause),
  command("CLIENT UNBLOCK client-id [TIMEOUT | ERROR]", {
    ...admin,
    since: "5.0.0",
    arity: -3,
    complexity: "O(log N) in the number of connections",
    summary: "Wakes a connection that waits in a blocking command.",
  }, unblock),
]);
