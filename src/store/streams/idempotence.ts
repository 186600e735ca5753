/**
 * Idempotent ids: XADD with the one that a producer gave before adds nothing, and tells the entry's
 * id. Of each producer the last few are kept for a while; those that are older are deleted when it is
 * heard of again.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import type { Collection } from "../collections/collection.ts";
import type { EncodingLimits } from "../collections/encodings.ts";
import type { Keyspace } from "../keys/keyspace.ts";
import { addInt64 } from "../values/integers.ts";
import type { Slice } from "../values/slice.ts";
import { type Idempotence, idempotence, setIdempotence, STREAM_ROWS } from "./facts.ts";
import { ID_SIZE } from "./ids.ts";

const SQL = {
  find: `SELECT id FROM stream_idempotent
    WHERE key_id = ?1 AND producer = ?2 AND token = ?3 AND added_at > ?4`,
  add: `INSERT INTO stream_idempotent(key_id, producer, token, id, added_at, n)
    VALUES (?1, ?2, ?3, ?4, ?5, 1 + coalesce((SELECT max(n) FROM stream_idempotent
      WHERE key_id = ?1 AND producer = ?2), 0))
    ON CONFLICT DO UPDATE SET id = excluded.id, added_at = excluded.added_at, n = excluded.n`,
  old: `DELETE FROM stream_idempotent WHERE key_id = ?1 AND producer = ?2 AND (added_at <= ?3
    OR n <= (SELECT n FROM stream_idempotent WHERE key_id = ?1 AND producer = ?2
      ORDER BY n DESC LIMIT 1 OFFSET ?4))`,
  all: `SELECT producer, token, id FROM stream_idempotent
    WHERE key_id = ?1 AND added_at > ?2 ORDER BY producer, n`,
  clear: "DELETE FROM stream_idempotent WHERE key_id = ?1",
  count: `SELECT count(*), count(DISTINCT producer) FROM stream_idempotent
    WHERE key_id = ?1 AND added_at > ?2`,
};

/** What is known of a stream's idempotent ids. */
export interface IdempotenceFacts extends Idempotence {
  /** Producers that have any. */
  readonly producers: number;
  /** How many there are. */
  readonly tokens: number;
}

/** The idempotent ids of a producer. */
export interface ProducerIds {
  /** Its name. */
  readonly producer: Uint8Array;
  /** Its ids, and those of the entries that were added under them. */
  readonly ids: { readonly token: Uint8Array; readonly id: Uint8Array }[];
}

/** The idempotent ids of all streams. */
export class IdempotentIds {
  readonly #engine: Engine;
  readonly #keyspace: Keyspace;
  readonly #limits: EncodingLimits;
  readonly #prepared: Partial<Record<keyof typeof SQL, Statement>> = {};

  /** @param limits What counts where a stream says nothing of its own. */
  constructor(engine: Engine, keyspace: Keyspace, limits: EncodingLimits) {
    this.#engine = engine;
    this.#keyspace = keyspace;
    this.#limits = limits;
  }

  #known(stream: Collection): Idempotence {
    const { streamIdempotentSeconds, streamIdempotentIds } = this.#limits;
    return idempotence(stream, { seconds: streamIdempotentSeconds, most: streamIdempotentIds });
  }

  #statement(name: keyof typeof SQL): Statement {
    return this.#prepared[name] ??= this.#engine.prepare(SQL[name]);
  }

  /** The last moment that is too long ago, Unix time in milliseconds. */
  #before(stream: Collection): number {
    return this.#engine.nowMs - 1000 * this.#known(stream).seconds;
  }

  /** The id of the entry that a producer added under an idempotent id; undefined if it did not. */
  find(stream: Collection, producer: Slice, token: Slice): Uint8Array | undefined {
    // Without any row beside its entries it has none of these.
    if (stream.encoding === STREAM_ROWS.ENTRIES) return undefined;
    this.#engine.read();
    const find = this.#statement("find");
    bindPair(find, stream, producer, token);
    find.bindInteger(4, this.#before(stream));
    const id = find.step() ? find.columnBlob(0) : undefined;
    find.reset();
    return id;
  }

  /** Notes that an entry was not added again. */
  repeated(stream: Collection): void {
    const { duplicates } = this.#known(stream);
    setIdempotence(stream, { duplicates: addInt64(duplicates, 1) ?? duplicates });
    this.#keyspace.collections.changed(stream);
  }

  /** Notes the entry that a producer added under an idempotent id. */
  add(stream: Collection, producer: Slice, token: Slice, id: Uint8Array): void {
    const { added, most } = this.#known(stream);
    this.#add(stream, producer, token, id, this.#engine.nowMs);
    const old = this.#statement("old");
    old.bindInteger(1, stream.id);
    old.bindBlob(2, producer.bytes, producer.start, producer.end);
    old.bindInteger(3, this.#before(stream));
    old.bindInteger(4, most);
    old.run();
    setIdempotence(stream, { added: addInt64(added, 1) ?? added });
    this.#keyspace.collections.changed(stream);
  }

  #add(
    stream: Collection,
    producer: Slice,
    token: Slice,
    id: Uint8Array,
    addedAtMs: number,
  ): void {
    const add = this.#statement("add");
    bindPair(add, stream, producer, token);
    add.bindBlob(4, id, 0, ID_SIZE);
    add.bindInteger(5, addedAtMs);
    add.run();
    stream.encoding = STREAM_ROWS.MORE;
  }

  /** All idempotent ids that count, by producer; the oldest first. */
  all(stream: Collection): readonly ProducerIds[] {
    const producers: ProducerIds[] = [];
    if (stream.encoding === STREAM_ROWS.ENTRIES) return producers;
    this.#engine.read();
    const all = this.#statement("all");
    all.bindInteger(1, stream.id);
    all.bindInteger(2, this.#before(stream));
    try {
      while (all.step()) {
        const producer = all.columnBlob(0);
        let last = producers.at(-1);
        if (last === undefined || !isSame(last.producer, producer)) {
          producers.push(last = { producer, ids: [] });
        }
        last.ids.push({ token: all.columnBlob(1), id: all.columnBlob(2) });
      }
    } finally {
      all.reset();
    }
    return producers;
  }

  /** Puts an idempotent id there that was known elsewhere, as old as the entry's id says. */
  restore(stream: Collection, producer: Slice, token: Slice, id: Uint8Array): void {
    const { nowMs } = this.#engine;
    const ms = Number(new DataView(id.buffer, id.byteOffset).getBigUint64(0));
    this.#add(stream, producer, token, id, Math.min(ms, nowMs));
  }

  /** Says what is known of idempotent ids beside them. */
  state(stream: Collection, facts: Idempotence): void {
    setIdempotence(stream, facts);
    this.#keyspace.collections.changed(stream);
  }

  /** Changes for how long and how many are kept; forgets all if that is another than before. */
  configure(stream: Collection, seconds: number | undefined, most: number | undefined): void {
    const before = this.#known(stream);
    setIdempotence(stream, {
      ...seconds === undefined ? {} : { seconds },
      ...most === undefined ? {} : { most },
    });
    this.#keyspace.collections.changed(stream);
    if ((seconds ?? before.seconds) === before.seconds && (most ?? before.most) === before.most) {
      return;
    }
    const clear = this.#statement("clear");
    clear.bindInteger(1, stream.id);
    clear.run();
  }

  /** What is known of a stream's idempotent ids. */
  facts(stream: Collection): IdempotenceFacts {
    const known = this.#known(stream);
    if (stream.encoding === STREAM_ROWS.ENTRIES) return { ...known, producers: 0, tokens: 0 };
    this.#engine.read();
    const count = this.#statement("count");
    count.bindInteger(1, stream.id);
    count.bindInteger(2, this.#before(stream));
    count.step();
    const facts = {
      ...known,
      tokens: count.columnNumber(0),
      producers: count.columnNumber(1),
    };
    count.reset();
    return facts;
  }
}

function isSame(bytes: Uint8Array, other: Uint8Array): boolean {
  return bytes.length === other.length && bytes.every((byte, i) => byte === other[i]);
}

function bindPair(statement: Statement, { id }: Collection, producer: Slice, token: Slice): void {
  statement.bindInteger(1, id);
  statement.bindBlob(2, producer.bytes, producer.start, producer.end);
  statement.bindBlob(3, token.bytes, token.start, token.end);
}
