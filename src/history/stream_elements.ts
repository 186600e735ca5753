/**
 * How entries and groups of streams are told: an entry by its id and the names and values of its
 * fields, a group by `group` and its name, and what XINFO would tell of it.
 *
 * @module
 */

import { Collection } from "../store/collections/collection.ts";
import { TYPE } from "../store/file/schema.ts";
import type { Store } from "../store/store.ts";
import { EntryFields } from "../store/streams/entry.ts";
import { idText, MAX_ID, MIN_ID } from "../store/streams/ids.ts";
import type { Slice } from "../store/values/slice.ts";
import type { Element, Field } from "./element_changes.ts";
import { STREAM_PART } from "./recorded_tables.ts";
import { bindName, Statements } from "./statements.ts";

/** The facts of a stream, which have the names of fields: names are only ever added to them. */
const FACTS = `SELECT value FROM (
    SELECT value, 9e18 AS at FROM keys WHERE space = ?1 AND key = ?2 AND id = ?3
    UNION ALL SELECT value, at FROM history_keys WHERE space = ?1 AND key = ?2 AND id = ?3
  ) ORDER BY at DESC LIMIT 1`;

const encoder = new TextEncoder();
const bytesOf = (value: unknown): Uint8Array => encoder.encode(String(value));

/** Tells elements of streams. */
export class StreamElements {
  readonly #store: Store;
  readonly #statements: Statements;
  readonly #fields = new EntryFields();

  /** Takes the store whose history it is. */
  constructor(store: Store) {
    this.#store = store;
    this.#statements = new Statements(store.engine);
  }

  /** Tells elements of the stream that has, or had, an id and a name. */
  teller(space: number, key: Slice, id: number): (element: Element) => Field[] {
    const stream = new Collection(id, TYPE.STREAM, space, key.copy());
    stream.metadata = this.#facts(space, key, id);
    return (element) => this.#told(stream, element);
  }

  #facts(space: number, key: Slice, id: number): Uint8Array {
    this.#store.engine.settleRows();
    const statement = this.#statements.get(FACTS);
    bindName(statement, space, key);
    statement.bindInteger(3, id);
    const facts = statement.step() ? statement.columnBlob(0) : new Uint8Array(0);
    statement.reset();
    return facts;
  }

  #told(stream: Collection, { part, name, values }: Element): Field[] {
    if (!(name instanceof Uint8Array)) return [name];
    const [first = null, entriesRead = null, , counts = null] = values;
    if (!(first instanceof Uint8Array)) return [name];
    if (part === STREAM_PART.GROUPS) {
      const pending = counts instanceof Uint8Array
        ? JSON.parse(new TextDecoder().decode(counts))[0]
        : null;
      return toldGroup(name, first, entriesRead, pending);
    }
    const fields: Uint8Array[] = [];
    this.#fields.visit(stream, first, (bytes, start, end) => fields.push(bytes.slice(start, end)));
    return [bytesOf(idText(name)), fields];
  }
}

function toldGroup(
  name: Uint8Array,
  lastId: Uint8Array,
  entriesRead: unknown,
  pending: unknown,
): Field[] {
  const facts = { "last-delivered-id": idText(lastId), "entries-read": entriesRead, pending };
  return [[bytesOf("group"), name], Object.entries(facts).flat().map(bytesOf)];
}

/** All entries and groups of a stream. */
export function streamContents({ streams }: Store, stream: Collection): Field[][] {
  const all: Field[][] = [];
  streams.range(stream, MIN_ID, MAX_ID, false, Infinity, (entry) => {
    const fields: Uint8Array[] = [];
    entry.visit((bytes, start, end) => fields.push(bytes.slice(start, end)));
    all.push([bytesOf(idText(entry.id)), fields]);
  });
  for (const { name, lastId, entriesRead, pending } of streams.groups.all(stream)) {
    all.push(toldGroup(name, lastId, entriesRead, pending));
  }
  return all;
}
