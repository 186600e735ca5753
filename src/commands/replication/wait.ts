/** WAIT and WAITAOF: until what was written before is with replicas, or on disks. */

import type { Arguments } from "../../resp/arguments.ts";
import type { Reply } from "../../resp/reply.ts";
import { TYPE } from "../../store/file/schema.ts";
import { err, notAnInteger } from "../../store/values/errors.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { int64At } from "../table/options.ts";

const command = commandsOf("generic");

/** The timeout in milliseconds at `index`; 0 is for ever. @throws {CommandError} */
function millisecondsAt(args: Arguments, index: number): number {
  const ms = int64At(args, index);
  if (ms === undefined) throw err("timeout is not an integer or out of range");
  if (ms < 0) throw err("timeout is negative");
  return Number(ms);
}

/** Refuses who waits for replicas of a server that is one. */
function assertMaster({ host, args }: Context): void {
  if (host.following?.master === undefined) return;
  throw err(
    `${args.text(0).toUpperCase()} cannot be used with replica instances. Please also note that ` +
      (args.is(0, "WAIT") ? "since Redis 4.0 if a replica" : "if a replica") +
      " is configured to be writable (which is not the default) writes to replicas are just local " +
      "and are not propagated.",
  );
}

/** What a command waits for, and what it tells when that is so or time is up. */
interface Awaited {
  readonly isMet: () => boolean;
  readonly tell: (reply: Reply) => void;
  /** The turn is over: what was written has its place in the stream. */
  readonly committed: () => void;
  readonly timeoutMs: number;
}

/** Waits for what replicas say, and for the disk here. */
function waitFor(
  { client, host }: Context,
  { isMet, tell, committed, timeoutMs }: Awaited,
): void {
  let stop = () => {};
  client.wait({
    keys: [],
    type: TYPE.NONE,
    timeoutMs,
    giveUp: (reply) => {
      stop();
      tell(reply);
    },
  });
  const { waiting } = client;
  if (waiting === undefined) return;
  const look = () => {
    if (!isMet()) return;
    stop();
    waiting.end();
  };
  host.whenCommitted(() => {
    committed();
    look();
    if (client.waiting !== waiting || host.replication === undefined) return;
    stop = host.replication.watch(() => {
      if (client.waiting === waiting) look();
      else stop();
    });
  });
  // Others may have written by then: what was before is on the disk all the same.
  host.whenSynced(look);
}

/**
 * Where in the stream that ends which the client wrote last, or which anybody did if it is not told apart from
 * others; infinite while the turn runs that it is of, for the stream has nothing of that yet.
 */
function offsetOf({ client: { lastWrite }, host: { replication }, store }: Context): number {
  if (replication === undefined || (lastWrite?.pending ?? store.engine.writing)) {
    return Infinity;
  }
  // The stream may be another one by now, in which that has no place.
  return Math.min(lastWrite?.offset ?? Infinity, replication.offset);
}

/** The turn that has it, in the same way. */
function turnOf({ client: { lastWrite }, store: { engine, walSync } }: Context): number {
  if (lastWrite !== undefined) return lastWrite.pending ? Infinity : lastWrite.turn;
  // What the background commits nobody waits for: a machine that fails finds that work to be done.
  return engine.writing ? Infinity : walSync.awaitedTurn;
}

/** Waits until so many replicas have applied what the client wrote last. */
function wait(context: Context): void {
  const { args, reply, host: { replication } } = context;
  const timeoutMs = millisecondsAt(args, 2);
  const replicas = int64At(args, 1);
  if (replicas === undefined) throw notAnInteger();
  assertMaster(context);
  let target = offsetOf(context);
  const count = () => replication?.countAt(target) ?? 0;
  if (replicas <= count()) return reply.integer(count());
  waitFor(context, {
    isMet: () => count() >= replicas,
    tell: (reply) => reply.integer(count()),
    committed: () => target = offsetOf(context),
    timeoutMs,
  });
}

/** Waits until what the client wrote last is on the disk here, and on those of so many replicas. */
function waitaof(context: Context): void {
  const { args, reply, host: { replication }, store: { walSync } } = context;
  const timeoutMs = millisecondsAt(args, 3);
  const local = int64At(args, 1), replicas = int64At(args, 2);
  if (local === undefined || replicas === undefined) throw notAnInteger();
  if (local < 0 || local > 1) {
    throw err("value is out of range, value must between 0 and 1");
  }
  if (replicas < 0) throw err("value is out of range, must be positive");
  assertMaster(context);
  let target = offsetOf(context);
  let turn = turnOf(context);
  const synced = () => walSync.syncedTurn >= turn;
  const count = () => replication?.countAt(target, true) ?? 0;
  const isMet = () => (local === 0 || synced()) && count() >= replicas;
  const tell = (reply: Reply): void => {
    reply.array(2);
    reply.integer(synced() ? 1 : 0);
    reply.integer(count());
  };
  if (isMet()) return tell(reply);
  waitFor(context, {
    isMet,
    tell,
    committed: () => {
      target = offsetOf(context);
      turn = turnOf(context);
    },
    timeoutMs,
  });
}

const facts = {
  flags: "blocking",
  acl: "connection",
  tips: "request_policy:all_shards response_policy:agg_min",
};

/** The commands. */
export const waiting: readonly Command[] = [
  command("WAIT numreplicas timeout", {
    ...facts,
    since: "3.0.0",
    arity: 3,
    summary: "Waits until replicas have what was written.",
  }, wait),
  command("WAITAOF numlocal numreplicas timeout", {
    ...facts,
    since: "7.2.0",
    arity: 4,
    summary: "Waits until what was written is on the disk, here and with replicas.",
  }, waitaof),
];
