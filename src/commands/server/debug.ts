/**
 * DEBUG: what tests of clients and of Redis itself use. Subcommands that look at structures
 * Redlite has none of answer as Redis does where there is nothing to tell; those that would bring
 * the server down are refused.
 *
 * Redis has no records for the subcommands of DEBUG in its command table, so the table here is one
 * of its own.
 *
 * @module
 */

import { CommandError, err } from "../../store/values/errors.ts";
import type { Command, Context } from "../table/command.ts";
import { isPermitted } from "./config.ts";
import {
  debugDigest,
  debugDigestValue,
  debugHtstats,
  debugHtstatsKey,
  debugListpack,
  debugObject,
  debugPopulate,
  debugSdslen,
  debugSleep,
} from "./debug_keys.ts";
import { debugProtocol } from "./debug_protocol.ts";
import { commandsOf } from "../table/define.ts";
import { parseByteSize } from "../table/byte_sizes.ts";
import { asciiAt, boundedAt, int64At } from "../table/options.ts";

/** One subcommand. */
interface Subcommand {
  /** Its line in the help; the first word is its name. */
  readonly syntax: string;
  /** What it does, in one line. */
  readonly summary: string;
  /** How many arguments it takes after its name, at least and at most. */
  readonly takes: readonly [least: number, most: number];
  readonly run: (context: Context) => void;
}

function row(
  syntax: string,
  takes: Subcommand["takes"],
  run: Subcommand["run"],
  summary: string,
): readonly [string, Subcommand] {
  return [syntax.split(" ")[0]!, { syntax, summary, takes, run }];
}

const NONE = [0, 0] as const;
const ONE = [1, 1] as const;
const ANY = [0, Infinity] as const;

const SUBCOMMANDS: ReadonlyMap<string, Subcommand> = new Map([
  row("AOF-FLUSH-SLEEP <microsec>", ONE, nothingToDo, "Accepted, does nothing."),
  row("ASSERT", NONE, refused, "Refused."),
  row("CHANGE-REPL-ID", NONE, nothingToDo, "Accepted, does nothing."),
  row("CLIENT-ENFORCE-REPLY-LIST <0|1>", ONE, nothingToDo, "Accepted, does nothing."),
  row("CLIENT-EVICTION", NONE, clientEviction, "Clients are not evicted."),
  row("CONFIG-REWRITE-FORCE-ALL", NONE, rewriteConfig, "Like CONFIG REWRITE."),
  row("CRASH-AND-RECOVER [<milliseconds>]", [0, 1], refused, "Refused."),
  row("DICT-RESIZING <0|1>", ONE, nothingToDo, "Accepted, does nothing."),
  row("DIGEST", NONE, debugDigest, "Tells a digest of all keys and values."),
  row("DIGEST-VALUE <key> [<key> ...]", ANY, debugDigestValue, "Tells a digest of each value."),
  row("DROP-CLUSTER-PACKET-FILTER <type>", ONE, nothingToDo, "Accepted, does nothing."),
  row("ERROR <string>", ONE, replyError, "Replies with an error."),
  row("HTSTATS <dbid>", [1, 2], debugHtstats, "Counts the keys of a database."),
  row("HTSTATS-KEY <key>", [1, 2], debugHtstatsKey, "There are no hash tables."),
  row("LEAK <string>", ONE, refused, "Refused."),
  row("LISTPACK <key>", ONE, debugListpack, "There are no listpacks."),
  row("LOADAOF", NONE, reread, "Forgets what is in memory, and reads everything from the file."),
  row("LOG <message>", ONE, log, "Writes a message to the server's log."),
  row("OBJECT <key> [fast]", [1, 2], debugObject, "Tells how a key's value is held."),
  row("OOM", NONE, refused, "Refused."),
  row("PANIC", NONE, refused, "Refused."),
  row("PAUSE-CRON <0|1>", ONE, nothingToDo, "Accepted, does nothing."),
  row(
    "POPULATE <count> [<prefix>] [<size>]",
    [1, 3],
    debugPopulate,
    "Sets keys named <prefix>:0 and so on, where there are none yet.",
  ),
  row(
    "PROTOCOL <type>",
    ONE,
    debugProtocol,
    "Replies with a value of a type: string, integer, double, bignum, null, array, set, map, " +
      "attrib, push, verbatim, true, false.",
  ),
  row("QUICKLIST-PACKED-THRESHOLD <size>", ONE, packedThreshold, "Accepted, does nothing."),
  row(
    "RELOAD [NOSAVE] [NOFLUSH] [MERGE]",
    ANY,
    reload,
    "Forgets what is in memory, and reads everything from the file.",
  ),
  row("REPLICATE <string> [<string> ...]", [1, Infinity], nothingToDo, "There are no replicas."),
  row(
    "REPLYBUFFER <PEAK-RESET-TIME <NEVER|RESET|time> | RESIZING <0|1>>",
    [2, 2],
    replyBuffer,
    "Accepted, does nothing.",
  ),
  row("RESTART [<milliseconds>]", [0, 1], refused, "Refused."),
  row("SDSLEN <key>", ONE, debugSdslen, "Tells the lengths of a key and its string."),
  row("SEGFAULT", NONE, refused, "Refused."),
  row("SET-ACTIVE-EXPIRE <0|1>", ONE, setActiveExpire, "Stops or starts the sweep."),
  row("SET-DISABLE-DENY-SCRIPTS <0|1>", ONE, nothingToDo, "Accepted, does nothing."),
  row("SET-SKIP-CHECKSUM-VALIDATION <0|1>", ONE, nothingToDo, "Accepted, does nothing."),
  row("SLEEP <seconds>", ONE, debugSleep, "Stops the server for a time."),
  row("STRINGMATCH-TEST", NONE, stringmatchTest, "Accepted, does nothing."),
  row("STRUCTSIZE", NONE, structsize, "Tells sizes that Redis's structures have."),
  row("HELP", NONE, help, "Print this help."),
]);

function debug(context: Context): void {
  const { args } = context;
  checkAllowed(context);
  const subcommand = SUBCOMMANDS.get(args.text(1).toUpperCase());
  if (subcommand === undefined) throw unknownSubcommand(context);
  const given = args.count - 2;
  const [least, most] = subcommand.takes;
  if (given < least || given > most) throw unknownSubcommand(context);
  subcommand.run(context);
}

/** Refuses clients that `enable-debug-command` does not let in. */
function checkAllowed(context: Context): void {
  if (!isPermitted(context, "enable-debug-command")) {
    throw err(
      "DEBUG command not allowed. If the enable-debug-command option is set to " +
        '"local", you can run it from a local connection, otherwise you need to set this ' +
        "option in the configuration file, and then restart the server.",
    );
  }
}

function unknownSubcommand({ args }: Context): CommandError {
  const name = asciiAt(args, 1).slice(0, 128);
  return err(`unknown subcommand or wrong number of arguments for '${name}'. Try DEBUG HELP.`);
}

function help({ reply }: Context): void {
  reply.array(1 + 2 * SUBCOMMANDS.size);
  reply.status("DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
  for (const { syntax, summary } of SUBCOMMANDS.values()) {
    reply.status(syntax);
    reply.status(`    ${summary}`);
  }
}

/** Accepts what changes nothing here. */
function nothingToDo({ reply }: Context): void {
  reply.ok();
}

function refused({ args }: Context): void {
  throw err(`DEBUG ${args.text(1).toUpperCase()} is refused: it would bring the server down`);
}

/** Does with the data what a restart does: nothing is known any more but what is in the file. */
function reread({ reply, host, store }: Context): void {
  store.engine.reread();
  host.checkpoint(false);
  reply.ok();
}

function clientEviction(): void {
  throw err("maxmemory-clients is disabled.");
}

function rewriteConfig({ reply, host }: Context): void {
  host.config.rewrite();
  reply.ok();
}

function replyError({ args }: Context): void {
  throw new CommandError(asciiAt(args, 2));
}

function log({ args, reply }: Context): void {
  // Quoted, so that a message cannot pass for a line of the server's own.
  console.error(`redlite: DEBUG LOG: ${JSON.stringify(args.text(2))}`);
  reply.ok();
}

function packedThreshold({ args, reply }: Context): void {
  const size = parseByteSize(args.text(2));
  if (size === undefined || size > 1n << 32n) {
    throw err("argument must be a memory value bigger than 1 and smaller than 4gb");
  }
  reply.ok();
}

function reload(context: Context): void {
  const { args } = context;
  for (let i = 2; i < args.count; i++) {
    if (!args.is(i, "NOSAVE") && !args.is(i, "NOFLUSH") && !args.is(i, "MERGE")) {
      throw err("DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.");
    }
  }
  reread(context);
}

function replyBuffer(context: Context): void {
  const { args, reply } = context;
  if (args.is(2, "PEAK-RESET-TIME")) {
    if (!args.is(3, "NEVER") && !args.is(3, "RESET")) {
      boundedAt(args, 3, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    }
  } else if (!args.is(2, "RESIZING")) {
    throw unknownSubcommand(context);
  }
  reply.ok();
}

function setActiveExpire({ args, reply, store }: Context): void {
  // Anything but a number is 0, as C's atoi has it.
  store.sweeper.activeExpire = Number(int64At(args, 2) ?? 0) !== 0;
  reply.ok();
}

function stringmatchTest({ reply }: Context): void {
  reply.status("Apparently Redis did not crash: test passed");
}

function structsize({ reply }: Context): void {
  reply.text(
    "bits:64 robj:16 dictentry:24 sdshdr5:1 sdshdr8:3 sdshdr16:5 sdshdr32:9 sdshdr64:17 ",
  );
}

/** DEBUG. */
export const debugCommand: Command = commandsOf("server")("DEBUG", {
  since: "1.0.0",
  arity: -2,
  flags: "admin noscript loading stale",
  complexity: "Depends on the subcommand",
  summary: "Commands for tests of servers and clients.",
}, debug);
