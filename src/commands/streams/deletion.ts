/** XDELEX and XACKDEL: deleting entries with regard to what groups know of them. */

import type { Collection } from "../../store/collections/collection.ts";
import type { References } from "../../store/streams/streams.ts";
import { syntaxError } from "../../store/values/errors.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { idsAt, streamToChange } from "./arguments.ts";
import { Taken } from "./effects.ts";
import { countedIds, groupToChange } from "./pending.ts";
import { referencesAt } from "./trimming.ts";

const command = commandsOf("stream");

/** What became of an id, as the commands reply. */
const OUTCOME = { ABSENT: -1, DELETED: 1, REFERENCED: 2 } as const;

/** The options from an argument on: KEEPREF, DELREF or ACKED, and the ids. @throws {CommandError} */
function optionsFrom(
  { args }: Context,
  index: number,
): { references: References; ids: readonly Uint8Array[] } {
  let references: References | undefined;
  let ids: readonly Uint8Array[] | undefined;
  for (let i = index; i < args.count;) {
    const given = referencesAt(args, i);
    if (given !== undefined && references === undefined) {
      references = given;
      i++;
    } else if (args.is(i, "IDS") && i + 1 < args.count && ids === undefined) {
      const count = countedIds(args, i + 1);
      ids = idsAt(args, i + 2, count);
      i += 2 + count;
    } else {
      throw syntaxError();
    }
  }
  if (ids === undefined) throw syntaxError();
  return { references: references ?? "keep", ids };
}

/** Tells what became of each id, and of the change, if any entry is gone. */
function replyOutcomes(
  context: Context,
  ids: readonly Uint8Array[],
  outcome: (id: Uint8Array, taken: Taken) => { outcome: number; deleted: boolean },
): void {
  const { args, reply, store, client } = context;
  const taken = new Taken();
  let anyDeleted = false;
  reply.array(ids.length);
  for (const id of ids) {
    const { outcome: told, deleted } = outcome(id, taken);
    reply.integer(told);
    if (deleted) taken.entry(id);
    anyDeleted ||= deleted;
  }
  if (anyDeleted) store.keyspace.changed(client.db, args.at(1), "xdel");
  taken.say(context, args.at(1));
}

const ABSENT = { outcome: OUTCOME.ABSENT, deleted: false };

function xdelex(context: Context): void {
  const { references, ids } = optionsFrom(context, 2);
  const stream = streamToChange(context);
  replyOutcomes(
    context,
    ids,
    (id, taken) => stream ? deleteEntry(context, stream, id, references, taken) : ABSENT,
  );
}

function deleteEntry(
  { store }: Context,
  stream: Collection,
  id: Uint8Array,
  references: References,
  taken: Taken,
): { outcome: number; deleted: boolean } {
  const { streams } = store;
  if (references === "delete") {
    streams.removeReferences(stream, id, (group) => taken.pending(group, id));
    store.engine.changes.addUntold();
  }
  if (!streams.has(stream, id)) return ABSENT;
  if (references === "acknowledged" && streams.isReferenced(stream, id)) {
    return { outcome: OUTCOME.REFERENCED, deleted: false };
  }
  return { outcome: OUTCOME.DELETED, deleted: streams.delete(stream, id) };
}

function xackdel(context: Context): void {
  const { references, ids } = optionsFrom(context, 3);
  const { streams } = context.store;
  const found = groupToChange(context);
  replyOutcomes(context, ids, (id, taken) => {
    if (found === undefined) return ABSENT;
    const { stream, group } = found;
    if (!streams.pending.remove(stream, group, id)) return ABSENT;
    taken.pending(group, id);
    context.store.engine.changes.addUntold();
    if (references === "delete") {
      streams.removeReferences(stream, id, (other) => taken.pending(other, id));
    }
    if (references === "acknowledged" && streams.isReferenced(stream, id)) {
      return { outcome: OUTCOME.REFERENCED, deleted: false };
    }
    return { outcome: OUTCOME.DELETED, deleted: streams.delete(stream, id) };
  });
}

/** The commands that delete entries with regard to groups. */
export const deletionCommands: readonly Command[] = [
  command("XACKDEL key group [KEEPREF | DELREF | ACKED] IDS numids id [id ...]", {
    since: "8.2.0",
    arity: -6,
    flags: "write fast",
    effects: "said",
    acl: "stream",
    keys: ["1 RW update delete"],
    complexity: "O(log N) for each id",
    summary: "Acknowledges entries and deletes them.",
  }, xackdel),
  command("XDELEX key [KEEPREF | DELREF | ACKED] IDS numids id [id ...]", {
    since: "8.2.0",
    arity: -5,
    flags: "write fast",
    effects: "said",
    acl: "stream",
    keys: ["1 RW delete"],
    complexity: "O(log N) for each id",
    summary: "Deletes entries, with or without what groups know of them.",
  }, xdelex),
];
