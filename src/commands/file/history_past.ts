/** HISTORY AT, GETAT and REVERT: what keys held at a moment. */

import { History } from "../../history/history.ts";
import { Arguments } from "../../resp/arguments.ts";
import { CommandError, err, wrongArity } from "../../store/values/errors.ts";
import { isOfExtension } from "../../store/extensions/key_types.ts";
import { TYPE } from "../../store/file/schema.ts";
import type { Store } from "../../store/store.ts";
import type { Command, Context, FoundKey } from "../table/command.ts";
import type { Client } from "../table/client.ts";
import { dumpPayload } from "../keys/dump.ts";
import { extensionMissing } from "../keys/dump_extension.ts";
import { sayDeleted } from "../table/effects.ts";
import { hasKeys, keysOf } from "../table/keys.ts";
import { boundedAt } from "../table/options.ts";
import { checkArity, type CommandTable } from "../table/table.ts";

/** Where HISTORY AT's command begins. */
const INNER = 3;

/** The moment at `index`: Unix time in milliseconds. @throws {CommandError} */
export function momentAt(args: Arguments, index: number): number {
  return boundedAt(args, index, 0, Number.MAX_SAFE_INTEGER);
}

/** The arguments of the command that HISTORY AT is to run, as slices of its own. */
function innerArguments(args: Arguments): Arguments {
  const inner = new Arguments();
  for (let i = INNER; i < args.count; i++) {
    const { bytes, start, end } = args.at(i);
    inner.slot(i - INNER).set(bytes, start, end);
  }
  inner.count = args.count - INNER;
  return inner;
}

/** The keys of HISTORY AT's command. */
export function keysInPast(table: CommandTable, args: Arguments): readonly FoundKey[] {
  const inner = args.count > INNER ? table.resolve(args, INNER)?.command : undefined;
  // It is refused within itself, and a client may have written it there a million times.
  if (inner === undefined || inner.fullName.startsWith("history|")) return [];
  const innerArgs = innerArguments(args);
  if (!checkArity(inner, innerArgs)) return [];
  return keysOf(inner, innerArgs).map(({ index, flags }) => ({ index: index + INNER, flags }));
}

/** Makes sure that the client may run a command. @throws {CommandError} */
export function assertAllowed({ client, host }: Context, command: Command, args: Arguments): void {
  if (client.account.unrestricted) return;
  const denial = host.access.check(client.account, command, args);
  if (denial === undefined) return;
  host.access.logDenied(client, denial, client.performing ? "multi" : "toplevel");
  throw new CommandError(denial.message);
}

/** HISTORY AT milliseconds command [arg ...]. */
export function historyAt(context: Context): void {
  const { args, store, client, host } = context;
  const { past } = History.of(store);
  const atMs = momentAt(args, 2);
  const innerArgs = innerArguments(args);
  const inner = host.commands.resolve(args, INNER)?.command;
  if (inner === undefined) throw err(`unknown command '${innerArgs.text(0)}' for HISTORY AT`);
  if (!checkArity(inner, innerArgs) || inner.handler === undefined) {
    throw wrongArity(inner.fullName);
  }
  if (!inner.readsOnly || inner.fullName.startsWith("history|")) {
    throw err(`HISTORY AT runs commands that only read the keyspace, not '${inner.fullName}'`);
  }
  // Which keys one reads, and so whether their history reaches back, shows while it runs.
  if (inner.needsLua) throw err(`HISTORY AT runs no scripts, so not '${inner.fullName}'`);
  assertAllowed(context, inner, innerArgs);
  const whole = !hasKeys(inner);
  if (whole) past.assertKnown(client.db, undefined, atMs);
  for (const { index } of whole ? [] : keysOf(inner, innerArgs)) {
    past.assertKnown(client.db, innerArgs.at(index), atMs);
  }
  run(context, inner, innerArgs, atMs, whole);
}

function run(
  context: Context,
  command: Command,
  args: Arguments,
  atMs: number,
  whole: boolean,
): void {
  const { reply, client, host } = context;
  const asker = command.flags.includes("blocking") ? inNoHurry(context) : client;
  History.of(context.store).past.look(client.db, atMs, whole, (store) => {
    command.handler?.({ args, reply, store, client: asker, host });
  });
}

/** The client as one that never waits: nothing comes in the past. */
function inNoHurry({ client, reply }: Context): Client {
  return new Proxy(client, {
    get(target, property) {
      if (property === "wait") {
        return (wait: Parameters<Client["wait"]>[0]) => (wait.denied ?? wait.giveUp)(reply);
      }
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
    set: (target, property, value) => Reflect.set(target, property, value, target),
  });
}

/** The commands that reply with all of a value, by type. */
const WHOLE: Readonly<Record<number, readonly [name: string, ...args: string[]]>> = {
  [TYPE.STRING]: ["get"],
  [TYPE.HASH]: ["hgetall"],
  [TYPE.LIST]: ["lrange", "0", "-1"],
  [TYPE.SET]: ["smembers"],
  [TYPE.ZSET]: ["zrange", "0", "-1", "WITHSCORES"],
  [TYPE.STREAM]: ["xrange", "-", "+"],
  [TYPE.SUGGESTIONS]: ["ft.sugget", "", "WITHSCORES", "MAX", "4294967295"],
  [TYPE.JSON]: ["json.get"],
  [TYPE.TIME_SERIES]: ["ts.range", "-", "+"],
  // Of filters and sketches there is nothing to tell but what they are like.
  [TYPE.BLOOM]: ["bf.info"],
  [TYPE.CUCKOO]: ["cf.info"],
  [TYPE.COUNT_MIN]: ["cms.info"],
  [TYPE.TOP_K]: ["topk.list", "WITHCOUNT"],
  [TYPE.T_DIGEST]: ["tdigest.info"],
  [TYPE.ARRAY]: ["arscan", "0", "18446744073709551614"],
};

/** HISTORY GETAT key milliseconds. */
export function historyGetAt(context: Context): void {
  const { args, reply, store, client, host } = context;
  const { past } = History.of(store);
  const key = args.at(2);
  const atMs = momentAt(args, 3);
  if (past.isBeforeFirst(client.db, key, atMs)) return reply.null();
  past.assertKnown(client.db, key, atMs);
  past.look(client.db, atMs, false, (then) => {
    const type = then.keyspace.find(client.db, key);
    const whole = WHOLE[type] ?? then.extensions.type(type)?.whole;
    if (whole === undefined && isOfExtension(type)) throw untold(then, type);
    if (whole === undefined) return reply.null();
    const [name, ...rest] = whole;
    const whereAll = new Arguments();
    whereAll.fill([name, key.view(), ...rest]);
    host.commands.original(name)?.handler?.({ args: whereAll, reply, store: then, client, host });
  });
}

function untold(store: Store, type: number): CommandError {
  return store.extensions.type(type) === undefined
    ? extensionMissing(store, type)
    : err(`a key of the type ${store.types.nameOf(type)} has no command that tells all of it`);
}

/** HISTORY REVERT key milliseconds. What would have expired so much later than then does so now. */
export function historyRevert(context: Context): void {
  const { args, reply, store, client, host } = context;
  const history = History.of(store);
  const key = args.at(2);
  const { db } = client;
  const atMs = momentAt(args, 3);
  history.past.assertKnown(db, key, atMs);
  const { nowMs } = store.engine;
  const value = history.past.look(db, atMs, false, (then) => {
    if (then.keyspace.find(db, key) === TYPE.NONE) return undefined;
    const { expiresAtMs } = then.keyspace.row;
    const laterMs = Math.max(0, nowMs - atMs);
    const payload = dumpPayload(then, laterMs, true)?.copy();
    return payload && { payload, expiresAtMs: expiresAtMs === 0 ? 0 : expiresAtMs + laterMs };
  });
  history.operation = "revert";
  try {
    if (value === undefined) {
      if (store.keyspace.delete(db, key)) sayDeleted(store, db, key);
      return reply.ok();
    }
    const restored = new Arguments();
    const { payload, expiresAtMs } = value;
    restored.fill(["RESTORE", key.copy(), String(expiresAtMs), payload, "REPLACE", "ABSTTL"]);
    host.commands.original("restore")?.handler?.({ ...context, args: restored });
  } finally {
    history.operation = undefined;
  }
}
