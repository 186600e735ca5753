/**
 * Makes the streams of a database true again into which rows of a damaged one were copied: what their
 * keys' rows say of them (streams/facts.ts), and what groups and consumers count.
 *
 * @module
 */

import type { Connection } from "../../sqlite/sqlite.ts";
import { GARBAGE_OF_STREAM, TYPE } from "../file/schema.ts";
import { MOST_SHAPES, orphanShapes } from "../streams/entry.ts";
import {
  FLOOR_AT,
  LAST_AT,
  newFacts,
  setEntriesAdded,
  setGroupCount,
  setLastGroup,
  setPending,
  STREAM_ROWS,
} from "../streams/facts.ts";
import { compareIds, copyId, ID_SIZE } from "../streams/ids.ts";
import { Collection } from "../collections/collection.ts";

/** The tables of what a stream has beside its entries. */
const PARTS = ["stream_groups", "stream_consumers", "stream_pending", "stream_idempotent"];

/** Counts anew what groups and consumers of streams have, and lets go of what belongs to none. */
const RECOUNT = `
  ${
  PARTS.map((table) =>
    `DELETE FROM ${table} WHERE key_id NOT IN (SELECT id FROM keys WHERE type = ${TYPE.STREAM})
      AND key_id NOT IN (SELECT id FROM garbage) AND key_id NOT IN (SELECT id FROM history_ids);`
  ).join("\n")
}
  ${
  ["stream_consumers", "stream_pending"].map((table) =>
    `DELETE FROM ${table} WHERE (key_id, grp) NOT IN (SELECT key_id, number FROM stream_groups)
      AND (key_id, grp) NOT IN (SELECT key_id, grp FROM stream_garbage)
      AND key_id IN (SELECT id FROM keys WHERE type = ${TYPE.STREAM});`
  ).join("\n")
}
  DELETE FROM stream_pending WHERE consumer <> 0
    AND (key_id, grp) IN (SELECT key_id, grp FROM stream_garbage WHERE below IS NOT NULL)
    AND (key_id, grp, consumer) NOT IN (SELECT key_id, grp, number FROM stream_consumers);
  UPDATE stream_pending SET consumer = 0, delivered_at = 0 WHERE consumer <> 0
    AND (key_id, grp, consumer) NOT IN (SELECT key_id, grp, number FROM stream_consumers)
    AND (key_id, grp) IN (SELECT key_id, number FROM stream_groups);
  UPDATE stream_consumers SET pending = (SELECT count(*) FROM stream_pending p
    WHERE p.key_id = stream_consumers.key_id AND p.grp = stream_consumers.grp
      AND p.consumer = stream_consumers.number);
  UPDATE stream_groups SET
    pending = (SELECT count(*) FROM stream_pending p
      WHERE p.key_id = stream_groups.key_id AND p.grp = stream_groups.number),
    consumers = (SELECT count(*) FROM stream_consumers c
      WHERE c.key_id = stream_groups.key_id AND c.grp = stream_groups.number),
    last_consumer = max(last_consumer, coalesce((SELECT max(number) FROM stream_consumers c
      WHERE c.key_id = stream_groups.key_id AND c.grp = stream_groups.number), 0));
`;

/**
 * Repairs the streams.
 *
 * @param name A key in words, as SQL over a row of `keys` named `k`.
 * @param losses Takes a line for each stream that lost something.
 */
export function repairStreams(connection: Connection, name: string, losses: string[]): void {
  connection.exec(RECOUNT);
  const streams = connection.prepare(
    `SELECT id, length, value, ${name} FROM keys k WHERE type = ${TYPE.STREAM}`,
  );
  const found: { id: number; length: number; facts: Uint8Array; name: string }[] = [];
  while (streams.step()) {
    found.push({
      id: streams.columnNumber(0),
      length: streams.columnNumber(1),
      facts: streams.columnBlob(2),
      name: streams.columnText(3),
    });
  }
  streams.finalize();
  for (const { id, length, facts, name } of found) {
    const stream = new Collection(id, TYPE.STREAM, 0, new Uint8Array(0));
    stream.metadata = facts.length === 0 ? orphanFacts(connection, id) : facts;
    recount(connection, stream);
    if (stream.length !== length && facts.length > 0) {
      losses.push(`${name}: ${stream.length} of ${length} elements are kept`);
    }
  }
}

/** The facts of a stream of which only entries are left; names that are lost get numbers. */
function orphanFacts(connection: Connection, id: number): Uint8Array {
  const fields = connection.prepare(`SELECT fields FROM streams WHERE key_id = ${id}`);
  const counts = new Array<number>(MOST_SHAPES).fill(0);
  while (fields.step()) orphanShapes.note(fields.columnBlob(0), counts);
  fields.finalize();
  const shapes = orphanShapes.write(counts);
  const facts = new Uint8Array([...newFacts(), ...shapes]);
  return facts;
}

/** Counts the entries, groups and pending entries of a stream, and writes its row. */
function recount(connection: Connection, stream: Collection): void {
  const { id, metadata } = stream;
  const floor = metadata.slice(FLOOR_AT, FLOOR_AT + ID_SIZE);
  const count = connection.prepare(`SELECT count(*), max(id),
      EXISTS (SELECT 1 FROM streams WHERE key_id = ?1 AND id < ?2),
      (SELECT count(*) FROM stream_groups WHERE key_id = ?1),
      (SELECT coalesce(max(number), 0) FROM stream_groups WHERE key_id = ?1),
      (SELECT coalesce(sum(pending), 0) FROM stream_groups WHERE key_id = ?1)
    FROM streams WHERE key_id = ?1 AND id >= ?2`);
  count.bindInteger(1, id);
  count.bindBlob(2, floor, 0, ID_SIZE);
  count.step();
  stream.length = count.columnNumber(0);
  if (stream.length > 0) {
    const last = count.columnBlob(1);
    if (compareIds(last, 0, metadata, LAST_AT) > 0) {
      copyId(last, 0, metadata, LAST_AT);
      setEntriesAdded(stream, stream.length);
    }
  }
  const hasGarbage = count.columnNumber(2) !== 0;
  setGroupCount(stream, count.columnNumber(3));
  setLastGroup(stream, count.columnNumber(4));
  setPending(stream, count.columnNumber(5));
  count.finalize();
  if (hasGarbage) {
    const note = connection.prepare(
      `INSERT OR REPLACE INTO stream_garbage(key_id, grp, below) VALUES (${id}, 0, ?1)`,
    );
    note.bindBlob(1, floor, 0, ID_SIZE);
    note.run();
    note.finalize();
    connection.exec(
      `INSERT OR IGNORE INTO garbage(id, type) VALUES (${id}, ${GARBAGE_OF_STREAM})`,
    );
  }
  const save = connection.prepare(`UPDATE keys SET length = ?1, value = ?2,
    encoding = (coalesce(encoding, 0) & ~1) | ${STREAM_ROWS.MORE}
    WHERE id = ${id} AND type = ${TYPE.STREAM}`);
  save.bindInteger(1, stream.length);
  save.bindBlob(2, metadata, 0, metadata.length);
  save.run();
  save.finalize();
}
