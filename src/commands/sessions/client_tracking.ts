/** CLIENT TRACKING and its kin: caches in clients, which the server tells what is no longer so. */

import { err, notAnInteger, syntaxError } from "../../store/values/errors.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { assertMayHold } from "../table/held_memory.ts";
import { asciiAt, int64At } from "../table/options.ts";
import type { Tracking, TrackingOptions } from "./tracking_host.ts";

const command = commandsOf("connection");

/** The options as they are written. They are read before ON or OFF, and are checked for OFF too. */
interface Given {
  redirect: number;
  broadcast: boolean;
  optin: boolean;
  optout: boolean;
  noLoop: boolean;
  prefixes: string[];
}

/** Reads the options. @throws {CommandError} */
function given({ args, client, host }: Context): Given {
  assertMayHold(client, args.count, args.size);
  const options: Given = {
    redirect: 0,
    broadcast: false,
    optin: false,
    optout: false,
    noLoop: false,
    prefixes: [],
  };
  for (let i = 3; i < args.count; i++) {
    const hasNext = i + 1 < args.count;
    if (args.is(i, "REDIRECT") && hasNext) {
      if (options.redirect !== 0) throw err("A client can only redirect to a single other client");
      const id = int64At(args, ++i);
      if (id === undefined) throw notAnInteger();
      if (id < 1 || host.client(Number(id)) === undefined) {
        throw err("The client ID you want redirect to does not exist");
      }
      options.redirect = Number(id);
    } else if (args.is(i, "BCAST")) {
      options.broadcast = true;
    } else if (args.is(i, "OPTIN")) {
      options.optin = true;
    } else if (args.is(i, "OPTOUT")) {
      options.optout = true;
    } else if (args.is(i, "NOLOOP")) {
      options.noLoop = true;
    } else if (args.is(i, "PREFIX") && hasNext) {
      options.prefixes.push(asciiAt(args, ++i));
    } else {
      throw syntaxError();
    }
  }
  return options;
}

/** What to switch on. @throws {CommandError} If the options exclude each other or what is on. */
function checked(options: Given, current: Tracking | undefined): TrackingOptions {
  const { broadcast, optin, optout, redirect, noLoop, prefixes } = options;
  if (!broadcast && prefixes.length > 0) {
    throw err("PREFIX option requires BCAST mode to be enabled");
  }
  if (current !== undefined && current.broadcast !== broadcast) {
    throw cannotSwitch("BCAST mode on/off");
  }
  if (broadcast && (optin || optout)) {
    throw err("OPTIN and OPTOUT are not compatible with BCAST");
  }
  if (optin && optout) throw err("You can't specify both OPTIN mode and OPTOUT mode");
  if ((optin && current?.mode === "optout") || (optout && current?.mode === "optin")) {
    throw cannotSwitch("OPTIN/OPTOUT mode");
  }
  checkOverlaps(prefixes, current?.prefixes ?? []);
  const mode = optin ? "optin" : optout ? "optout" : "all";
  return { redirect, broadcast, prefixes, mode, noLoop };
}

const cannotSwitch = (what: string) =>
  err(
    `You can't switch ${what} before disabling tracking for this client, and then re-enabling it with a different mode.`,
  );

/** @throws {CommandError} If a key could begin with two of a client's prefixes. */
function checkOverlaps(prefixes: readonly string[], existing: readonly string[]): void {
  // In order, a prefix that others begin with stands right before one of them.
  const sorted = [...prefixes, ...existing].sort();
  const found = sorted.findIndex((prefix, i) => sorted[i + 1]?.startsWith(prefix) ?? false);
  if (found < 0) return;
  if (sorted.length > MANY) throw overlapping(sorted[found + 1]!, "another", sorted[found]!);
  for (const [i, prefix] of prefixes.entries()) {
    const old = existing.find((other) => overlap(prefix, other));
    if (old !== undefined) throw overlapping(prefix, "an existing", old);
    const other = prefixes.find((other, j) => j > i && overlap(prefix, other));
    if (other !== undefined) throw overlapping(prefix, "another provided", other);
  }
}

/** Prefixes of which it is not found out any more which two are the first to overlap. */
const MANY = 1000;

const overlap = (a: string, b: string) => a.startsWith(b) || b.startsWith(a);

/** Redis prints prefixes as C strings, which end at the first zero. */
const printed = (prefix: string) => prefix.split("\0", 1)[0];

const overlapping = (prefix: string, which: string, other: string) =>
  err(
    `Prefix '${printed(prefix)}' overlaps with ${which} prefix '${
      printed(other)
    }'. Prefixes for a single client must not overlap.`,
  );

function tracking(context: Context): void {
  const { args, reply, client, host } = context;
  const options = given(context);
  if (args.is(2, "ON")) host.tracking.enable(client, checked(options, client.tracking));
  else if (args.is(2, "OFF")) host.tracking.disable(client);
  else throw syntaxError();
  reply.ok();
}

function caching({ args, reply, client }: Context): void {
  const { tracking } = client;
  if (tracking === undefined) {
    throw err(
      "CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled",
    );
  }
  if (args.is(2, "YES")) {
    if (tracking.mode !== "optin") {
      throw err("CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.");
    }
  } else if (args.is(2, "NO")) {
    if (tracking.mode !== "optout") {
      throw err("CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.");
    }
  } else {
    throw syntaxError();
  }
  tracking.caching = true;
  reply.ok();
}

function trackinginfo({ reply, client }: Context): void {
  const { tracking } = client;
  const flags = flagsOf(tracking);
  reply.map(3);
  reply.text("flags");
  reply.set(flags.length);
  for (const flag of flags) reply.text(flag);
  reply.text("redirect");
  reply.integer(tracking?.redirect ?? -1);
  reply.text("prefixes");
  const prefixes = tracking?.prefixes ?? [];
  reply.array(prefixes.length);
  for (const prefix of prefixes) {
    reply.bulk(Uint8Array.from(prefix, (character) => character.charCodeAt(0)));
  }
}

function flagsOf(tracking: Tracking | undefined): string[] {
  if (tracking === undefined) return ["off"];
  const flags = ["on"];
  if (tracking.broadcast) flags.push("bcast");
  if (tracking.mode !== "all") flags.push(tracking.mode);
  if (tracking.mode === "optin" && tracking.caching) flags.push("caching-yes");
  if (tracking.mode === "optout" && tracking.caching) flags.push("caching-no");
  if (tracking.noLoop) flags.push("noloop");
  if (tracking.brokenRedirect) flags.push("broken_redirect");
  return flags;
}

const facts = { since: "6.0.0", arity: 2, flags: "noscript loading stale", acl: "connection" };

/** The subcommands of CLIENT about caches in clients. */
export const clientTracking: readonly Command[] = [
  command("CLIENT CACHING <YES | NO>", {
    ...facts,
    arity: 3,
    summary: "Tells whether the keys of the next command will be cached.",
  }, caching),
  command("CLIENT GETREDIR", {
    ...facts,
    summary: "Returns the id of the connection that is told what is no longer so.",
  }, ({ reply, client }) => reply.integer(client.tracking?.redirect ?? -1)),
  command(
    "CLIENT TRACKING <ON | OFF> [REDIRECT client-id] [PREFIX prefix [PREFIX prefix ...]] [BCAST] [OPTIN] [OPTOUT] [NOLOOP]",
    {
      ...facts,
      arity: -3,
      complexity: "O(1); O(N^2) in the number of prefixes given",
      summary: "Chooses whether the connection is told which keys that it may cache change.",
    },
    tracking,
  ),
  command("CLIENT TRACKINGINFO", {
    ...facts,
    since: "6.2.0",
    summary: "Describes the connection's tracking.",
  }, trackinginfo),
];
