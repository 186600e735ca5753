/**
 * The commands that add, delete and count entries: https://redis.io/docs/latest/commands/?group=stream
 *
 * @module
 */

import type { EffectWord } from "../../engine/effects.ts";
import type { Collection } from "../../store/collections/collection.ts";
import type { Slice } from "../../store/values/slice.ts";
import { err, noSuchKey, syntaxError, wrongArity } from "../../store/values/errors.ts";
import {
  compareIds,
  compareTimes,
  copyId,
  ID_SIZE,
  increment,
  isZero,
  MAX_ID,
  MIN_ID,
} from "../../store/streams/ids.ts";
import { LAST_AT, MAX_DELETED_AT } from "../../store/streams/facts.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { integerAt } from "../table/options.ts";
import {
  FIRST,
  idAt,
  newIdAt,
  replyId,
  SECOND,
  shownId,
  streamToChange,
  streamToRead,
} from "./arguments.ts";
import { contentToken } from "./idempotence.ts";
import { exactTrim, TrimOptions, trimOptions, trimStream } from "./trimming.ts";

const command = commandsOf("stream");
const options = new TrimOptions();
const XADD = new TextEncoder().encode("XADD");
const NO_WORDS: readonly EffectWord[] = [];

const exhausted = () =>
  err("The stream has exhausted the last possible ID, unable to add more items");
const tooSmall = () =>
  err("The ID specified in XADD is equal or smaller than the target stream top item");

function xadd(context: Context): void {
  const { args, reply, store, client } = context;
  const { keyspace, streams } = store;
  const id = FIRST;
  options.clear();
  let makes = true;
  let producerAt = 0, tokenAt = 0;
  // `*` alone, `*` for the sequence, or an id.
  let automatic = false, sequence = false, at = 2;
  for (; at < args.count; at++) {
    if (args.is(at, "*")) {
      automatic = true;
      break;
    }
    if (args.is(at, "NOMKSTREAM")) {
      makes = false;
      continue;
    }
    const byContent = args.is(at, "IDMPAUTO");
    const words = byContent ? 1 : 2;
    if ((byContent || args.is(at, "IDMP")) && at + words < args.count) {
      if (producerAt !== 0) throw err("IDMP/IDMPAUTO specified multiple times");
      producerAt = at + 1;
      tokenAt = byContent ? 0 : at + 2;
      if (args.at(producerAt).length === 0) {
        throw err(`${byContent ? "IDMPAUTO" : "IDMP"} requires a non-empty producer ID`);
      }
      if (tokenAt > 0 && args.at(tokenAt).length === 0) {
        throw err("IDMP requires a non-empty idempotent ID");
      }
      at += words;
      continue;
    }
    const taken = options.read(args, at);
    if (taken === 0) {
      sequence = newIdAt(args, at, id);
      break;
    }
    at += taken - 1;
  }
  options.finish(store);
  const first = at + 1;
  const parts = args.count - first;
  if (parts < 2 || parts % 2 === 1) throw wrongArity("xadd");
  if (producerAt > 0 && !automatic) {
    throw err("IDMP/IDMPAUTO can be used only with auto-generated IDs");
  }
  if (!automatic && !sequence && isZero(id)) {
    throw err("The ID specified in XADD must be greater than 0-0");
  }
  const key = args.at(1);
  let stream = streamToChange(context);
  if (stream === undefined && !makes) return reply.null();
  const token = producerAt === 0
    ? undefined
    : tokenAt === 0
    ? contentToken(args, first)
    : args.at(tokenAt);
  if (stream !== undefined && token !== undefined) {
    const known = streams.idempotence.find(stream, args.at(producerAt), token);
    if (known !== undefined) {
      streams.idempotence.repeated(stream);
      return replyId(reply, known);
    }
  }
  const last = stream?.metadata ?? MIN_ID;
  const lastAt = stream === undefined ? 0 : LAST_AT;
  if (compareIds(last, lastAt, MAX_ID, 0) === 0) throw exhausted();
  if (automatic) {
    streams.nextId(stream, id);
  } else {
    if (sequence && compareTimes(id, 0, last, lastAt) === 0) {
      copyId(last, lastAt, id, 0);
      // After the last sequence comes another millisecond.
      if (!increment(id) || compareTimes(id, 0, last, lastAt) !== 0) throw tooSmall();
    }
    if (compareIds(id, 0, last, lastAt) <= 0) throw tooSmall();
  }
  stream ??= streams.create(client.db, key);
  streams.add(stream, id, args, first, parts / 2);
  if (token !== undefined) streams.idempotence.add(stream, args.at(producerAt), token, id);
  keyspace.changed(client.db, key, "xadd");
  if (options.given && trimStream(store, stream, options) > 0) {
    keyspace.changed(client.db, key, "xtrim");
  }
  sayAdded(context, stream, id, first, token === undefined ? undefined : { producerAt, token });
  replyId(reply, id);
}

/** Says that an entry was added, with its id, and how far the stream was trimmed. */
function sayAdded(
  context: Context,
  stream: Collection,
  id: Uint8Array,
  first: number,
  idempotent: { readonly producerAt: number; readonly token: Slice } | undefined,
): void {
  const { args, store: { engine: { effects }, streams }, client: { db } } = context;
  if (!effects.active) return;
  const key = args.at(1);
  const trim = options.given ? exactTrim(streams, stream, options) : NO_WORDS;
  // What is noted under an idempotent id has to be there: it is trimmed away afterwards, then.
  const later = idempotent !== undefined && options.given && !streams.has(stream, id);
  const trimming = later ? NO_WORDS : trim;
  const shown = shownId(id);
  effects.begin(db, 3 + trimming.length + args.count - first);
  effects.bulk(XADD, 0, XADD.length);
  effects.bulk(key.bytes, key.start, key.end);
  for (const word of trimming) effects.word(word);
  effects.bulk(shown.bytes, shown.start, shown.end);
  for (let i = first; i < args.count; i++) {
    const { bytes, start, end } = args.at(i);
    effects.bulk(bytes, start, end);
  }
  if (idempotent !== undefined) {
    const { producerAt, token } = idempotent;
    effects.say(db, "XIDMPRECORD", key, args.at(producerAt), token, shown);
    if (later && trim.length > 0) effects.say(db, "XTRIM", key, ...trim);
  }
  options.taken?.say(context, key);
}

function xlen(context: Context): void {
  context.reply.integer(streamToRead(context)?.length ?? 0);
}

function xdel(context: Context): void {
  const { args, reply, store, client } = context;
  const stream = streamToChange(context);
  if (stream === undefined) return reply.integer(0);
  const ids = new Uint8Array((args.count - 2) * ID_SIZE);
  for (let i = 2; i < args.count; i++) idAt(args, i, ids.subarray((i - 2) * ID_SIZE));
  let deleted = 0;
  for (let at = 0; at < ids.length; at += ID_SIZE) {
    if (store.streams.delete(stream, ids.subarray(at, at + ID_SIZE))) deleted++;
  }
  if (deleted > 0) store.keyspace.changed(client.db, args.at(1), "xdel");
  reply.integer(deleted);
}

function xtrim(context: Context): void {
  const { args, reply, store, client } = context;
  options.clear();
  trimOptions(args, options);
  options.finish(store);
  if (!options.given) throw syntaxError();
  const stream = streamToChange(context);
  if (stream === undefined) return reply.integer(0);
  const trimmed = trimStream(store, stream, options);
  if (trimmed > 0) {
    const key = args.at(1);
    store.keyspace.changed(client.db, key, "xtrim");
    const { effects } = store.engine;
    if (effects.active) {
      const trim = exactTrim(store.streams, stream, options);
      if (trim.length > 0) effects.say(client.db, "XTRIM", key, ...trim);
      options.taken?.say(context, key);
    }
  }
  reply.integer(trimmed);
}

function xsetid(context: Context): void {
  const { args, reply, store, client } = context;
  const { streams } = store;
  const id = FIRST;
  idAt(args, 2, id);
  let added: number | bigint | undefined;
  let maxDeleted: Uint8Array | undefined;
  for (let i = 3; i < args.count; i += 2) {
    const more = i + 1 < args.count;
    if (more && args.is(i, "ENTRIESADDED")) {
      added = integerAt(args, i + 1);
      if (added < 0) throw err("entries_added must be positive");
    } else if (more && args.is(i, "MAXDELETEDID")) {
      maxDeleted = SECOND;
      idAt(args, i + 1, maxDeleted);
      if (compareIds(id, 0, maxDeleted, 0) < 0) {
        throw err("The ID specified in XSETID is smaller than the provided max_deleted_entry_id");
      }
    } else {
      throw syntaxError();
    }
  }
  const stream = streamToChange(context);
  if (stream === undefined) throw noSuchKey();
  if (compareIds(id, 0, stream.metadata, MAX_DELETED_AT) < 0) {
    throw err("The ID specified in XSETID is smaller than current max_deleted_entry_id");
  }
  if (stream.length > 0) {
    const last = new Uint8Array(ID_SIZE);
    if (streams.lastId(stream, last) && compareIds(id, 0, last, 0) < 0) {
      throw err("The ID specified in XSETID is smaller than the target stream top item");
    }
    if (added !== undefined && stream.length > added) {
      throw err("The entries_added specified in XSETID is smaller than the target stream length");
    }
  }
  streams.setIds(stream, id, added, maxDeleted);
  store.keyspace.changed(client.db, args.at(1), "xsetid");
  reply.ok();
}

/** The commands that change entries, but for those that look at groups. */
export const entryCommands: readonly Command[] = [
  command(
    "XADD key [NOMKSTREAM] [KEEPREF | DELREF | ACKED] [IDMPAUTO producer-id | IDMP producer-id idempotent-id] [<MAXLEN | MINID> [= | ~] threshold [LIMIT count]] <* | id> field value [field value ...]",
    {
      since: "5.0.0",
      arity: -5,
      flags: "write denyoom fast",
      effects: "said",
      acl: "stream",
      keys: [{
        flags: ["RW", "update"],
        begin: { index: 1 },
        find: { lastKey: 0, step: 1, limit: 0 },
        notes: "UPDATE instead of INSERT because of the optional trimming feature",
      }],
      tips: "nondeterministic_output",
      complexity: "O(log N) in the number of entries, whether it trims or not",
      summary: "Adds an entry to a stream, making it if need be.",
    },
    xadd,
  ),
  command("XDEL key id [id ...]", {
    since: "5.0.0",
    arity: -3,
    flags: "write fast",
    effects: "itself",
    acl: "stream",
    keys: ["1 RW delete"],
    complexity: "O(log N) for each entry deleted",
    summary: "Deletes entries from a stream.",
  }, xdel),
  command("XLEN key", {
    since: "5.0.0",
    arity: 2,
    flags: "readonly fast",
    acl: "stream",
    keys: ["1 RO"],
    summary: "Returns the number of a stream's entries.",
  }, xlen),
  command("XSETID key last-id [ENTRIESADDED entries-added] [MAXDELETEDID max-deleted-id]", {
    since: "5.0.0",
    arity: -3,
    flags: "write denyoom fast",
    effects: "itself",
    acl: "stream",
    keys: ["1 RW update"],
    summary: "Sets the last id of a stream, and what it counts.",
  }, xsetid),
  command(
    "XTRIM key <MAXLEN | MINID> [= | ~] threshold [LIMIT count] [KEEPREF | DELREF | ACKED]",
    {
      since: "5.0.0",
      arity: -4,
      flags: "write",
      effects: "said",
      acl: "stream",
      keys: ["1 RW delete"],
      tips: "nondeterministic_output",
      complexity: "O(log N), however many entries go",
      summary: "Deletes entries from the beginning of a stream.",
    },
    xtrim,
  ),
];
