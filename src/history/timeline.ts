/**
 * What entries and comparisons tell of values. A change of a string or a document is told by the value after it; a
 * change of a collection by the elements it was about: those that were set or added as they became,
 * or, if it only removed some, those.
 *
 * @module
 */

import { isOfExtension } from "../store/extensions/key_types.ts";
import { TYPE } from "../store/file/schema.ts";
import type { Slice } from "../store/values/slice.ts";
import type { Store } from "../store/store.ts";
import {
  columnAt,
  type Element,
  type ElementChange,
  ElementChanges,
  type Field,
  textOf,
} from "./element_changes.ts";
import type { Entries, Entry, EntryRange } from "./entries.ts";
import type { Past } from "./past.ts";
import { recordedTablesOf } from "./recorded_tables.ts";
import { streamContents, StreamElements } from "./stream_elements.ts";

/** An entry and what it tells of the value: a string's bytes, fields of elements, or nothing. */
export interface ToldEntry extends Entry {
  /** What changed. */
  readonly data: Uint8Array | readonly Field[] | undefined;
}

/** What differs between two moments of a key. Elements are told as their types' commands tell them. */
export interface Difference {
  /** The types, one of `TYPE` each. */
  readonly types: readonly [before: number, after: number];
  /** The expiries, Unix time in milliseconds; 0 for never. */
  readonly expiries: readonly [before: number, after: number];
  /** Elements that came: names with what they hold; a string's value. */
  readonly added: readonly Field[];
  /** Elements that went, in the same form. */
  readonly removed: readonly Field[];
  /** Elements that hold something else: name, before, after; a string's two values. */
  readonly changed: readonly Field[];
}

/** What a key was at a moment. */
interface State {
  readonly type: number;
  readonly id: number;
  readonly expiresAtMs: number;
}

/** How an element is told: by its name and what it holds, or by one of both. */
type Teller = (element: Element) => Field[];

function told(type: number, { name, values }: Element): Field[] {
  switch (type) {
    case TYPE.HASH:
      return [name, values[0]!];
    case TYPE.ZSET:
      return [name, score(values)];
    case TYPE.LIST:
      return [values[0]!];
    case TYPE.SUGGESTIONS:
      return [name, values[1]!];
    case TYPE.ARRAY:
      return [typeof name === "bigint" ? BigInt.asUintN(64, name) : name, values[0]!];
    default:
      return [name];
  }
}

/** Tells elements of a type that an extension has brought, as that says. */
function tellerOfExtension({ types }: Store, type: number): Teller {
  const told = recordedTablesOf(types, type)[0]?.told;
  return ({ name, values }) => told === undefined ? [name] : [name, values[told] ?? null];
}

function score([value = null, negativeZero]: readonly Field[]): Field {
  return value === 0 && negativeZero !== null ? -0 : value;
}

/** What a {@linkcode Timeline} is told from. */
export interface TimelineSources {
  /** What changed keys. */
  readonly entries: Entries;
  /** The store as it was. */
  readonly past: Past;
}

/** Tells what changed in keys. */
export class Timeline {
  readonly #store: Store;
  readonly #history: TimelineSources;
  readonly #changes: ElementChanges;
  readonly #streams: StreamElements;

  /** Takes the store and its history. */
  constructor(store: Store, history: TimelineSources) {
    this.#store = store;
    this.#history = history;
    this.#changes = new ElementChanges(store);
    this.#streams = new StreamElements(store);
  }

  /** The entries of a key, the latest first. */
  entries(db: number, key: Slice, range: EntryRange): ToldEntry[] {
    this.#store.engine.read();
    const entries = this.#history.entries.list(db, key, range);
    const changes = this.#changesOf(entries);
    return entries.map((entry, i) => {
      const data = entry.type === TYPE.STRING
        ? entry.value ?? this.#whole(db, key, entry, entries[i - 1])
        : entry.type === TYPE.JSON
        ? this.#whole(db, key, entry, entries[i - 1])
        : describe(entry.type, changes.get(entry) ?? [], this.#teller(entry, key));
      return { ...entry, data };
    });
  }

  /** A long string or a document is stored with none of its entries, but known as it was at each moment's end. */
  #whole(
    db: number,
    key: Slice,
    entry: Entry,
    next: Entry | undefined,
  ): Uint8Array | undefined {
    if (entry.version === 0 || next?.at === entry.at) return undefined;
    return this.#history.past.look(db, entry.at, false, (past) => {
      return past.keyspace.find(db, key) === entry.type ? wholeValue(past, entry.type) : undefined;
    });
  }

  /** Tells the elements of a collection that has, or had, a name. */
  #teller({ type, id, space }: Pick<Entry, "type" | "id" | "space">, key: Slice): Teller {
    if (isOfExtension(type)) return tellerOfExtension(this.#store, type);
    if (type !== TYPE.STREAM || id === undefined) return (element) => told(type, element);
    return this.#streams.teller(space, key, id);
  }

  /** The changes of elements that entries are about. */
  #changesOf(entries: readonly Entry[]): Map<Entry, ElementChange[]> {
    const found = new Map<Entry, ElementChange[]>();
    const byId = new Map<number, Entry[]>();
    for (const entry of entries) {
      if (entry.id === undefined || isWhole(entry.type)) continue;
      const others = byId.get(entry.id);
      if (others === undefined) byId.set(entry.id, [entry]);
      else others.push(entry);
    }
    for (const [id, ofId] of byId) {
      const wanted = new Map(ofId.map((entry) => [`${entry.at} ${entry.n}`, entry]));
      const oldest = ofId[ofId.length - 1]!.at;
      this.#changes.each(ofId[0]!.type, id, oldest, this.#history.past.limit, (at, n, change) => {
        const entry = wanted.get(`${at} ${n}`);
        if (entry === undefined) return;
        const changes = found.get(entry);
        if (changes === undefined) found.set(entry, [change]);
        else changes.push(change);
      });
    }
    return found;
  }

  /** What differs between a key at two moments, both of which must be known. */
  difference(db: number, key: Slice, fromMs: number, toMs: number): Difference {
    const { past } = this.#history;
    const before = past.look(db, fromMs, false, (store) => stateOf(store, db, key));
    const after = past.look(db, toMs, false, (store) => stateOf(store, db, key));
    const facts = {
      types: [before.type, after.type] as const,
      expiries: [before.expiresAtMs, after.expiresAtMs] as const,
    };
    const collection = !isWhole(before.type) && before.type !== TYPE.NONE;
    if (collection && before.id === after.id) {
      const { type, id } = before;
      const space = this.#store.databases.space(db);
      const tell = this.#teller({ type, id, space }, key);
      return { ...facts, ...this.#sameCollection(before.type, before.id, fromMs, toMs, tell) };
    }
    const old = past.look(db, fromMs, false, (store) => contents(store, db, key));
    const now = past.look(db, toMs, false, (store) => contents(store, db, key));
    return { ...facts, ...compare(before.type, old, after.type, now) };
  }

  #sameCollection(
    type: number,
    id: number,
    fromMs: number,
    toMs: number,
    tell: Teller,
  ): Elements {
    const changes = this.#changes.between(type, id, fromMs, toMs, this.#history.past.limit);
    if (type === TYPE.LIST) return listDifference(changes);
    const elements: Elements = { added: [], removed: [], changed: [] };
    for (const { before, after } of changes) {
      const was = before && tell(before), is = after && tell(after);
      if (was === undefined) elements.added.push(...is ?? []);
      else if (is === undefined) elements.removed.push(...was);
      else if (
        // Of an extension's, not all that an element holds may be told.
        !isSame(was, is) ||
        isOfExtension(type) && !isSame(before?.values ?? [], after?.values ?? [])
      ) elements.changed.push(...was, ...is.slice(1));
    }
    return elements;
  }
}

interface Elements {
  readonly added: Field[];
  readonly removed: Field[];
  readonly changed: Field[];
}

/** What an entry tells of its changes. */
function describe(
  type: number,
  changes: readonly ElementChange[],
  tell: Teller,
): readonly Field[] | undefined {
  if (changes.length === 0) return undefined;
  if (type === TYPE.LIST) {
    const { added, removed } = listDifference([...changes].reverse());
    return added.length > 0 ? added : removed;
  }
  const data: Field[] = [];
  const removesOnly = changes.every(({ after }) => after === undefined);
  for (const { before, after } of changes) {
    if (after !== undefined) data.push(...tell(after));
    else if (before !== undefined && removesOnly) data.push(tell(before)[0]!);
    else if (before !== undefined && type !== TYPE.SET) data.push(tell(before)[0]!, null);
  }
  return data;
}

/** Elements of lists have no names: an element that only moved is none that came and went. */
function listDifference(changes: readonly ElementChange[]): Elements {
  const elements: Elements = { added: [], removed: [], changed: [] };
  const gone = new Map<string, number>();
  const values = (pick: (change: ElementChange) => Element | undefined) =>
    changes.map(pick).filter((element) => element !== undefined)
      .sort((a, b) => Number(a.name) - Number(b.name)).map((element) => element.values[0]!);
  const after = values((change) => change.after);
  for (const value of after) gone.set(textOf(value), (gone.get(textOf(value)) ?? 0) + 1);
  const left = new Map<string, number>();
  for (const value of values((change) => change.before)) {
    const text = textOf(value);
    const count = gone.get(text) ?? 0;
    if (count === 0) {
      elements.removed.push(value);
    } else {
      gone.set(text, count - 1);
      left.set(text, (left.get(text) ?? 0) + 1);
    }
  }
  for (const value of after) {
    const text = textOf(value);
    const count = left.get(text) ?? 0;
    if (count === 0) elements.added.push(value);
    else left.set(text, count - 1);
  }
  return elements;
}

function stateOf(store: Store, db: number, key: Slice): State {
  const type = store.keyspace.find(db, key);
  const { id, expiresAtMs } = store.keyspace.row;
  return type === TYPE.NONE ? { type, id: 0, expiresAtMs: 0 } : { type, id, expiresAtMs };
}

/** Whether a value is told as one, and not by its elements. */
function isWhole(type: number): boolean {
  return type === TYPE.STRING || type === TYPE.JSON;
}

/** The bytes of the string or document that the keyspace found last; undefined of anything else. */
function wholeValue({ keyspace, strings, documents }: Store, type: number): Uint8Array | undefined {
  if (type === TYPE.STRING) return strings.loaded().materialize().copy();
  const { collection } = keyspace.row;
  return type === TYPE.JSON && collection !== undefined
    ? documents.text(collection).copy()
    : undefined;
}

/** All that a key holds, each element as it is told. */
function contents(store: Store, db: number, key: Slice): Field[][] {
  const type = store.keyspace.find(db, key);
  const { collection } = store.keyspace.row;
  const all: Field[][] = [];
  const whole = wholeValue(store, type);
  if (whole !== undefined) all.push([whole]);
  if (collection === undefined) return all;
  switch (type) {
    case TYPE.HASH:
      store.hashes.each(collection, (field, value) => all.push([field.copy(), value.copy()]));
      break;
    case TYPE.LIST:
      store.lists.each(collection, 0, collection.length, (value) => all.push([value.copy()]));
      break;
    case TYPE.SET:
      store.sets.each(collection, (member) => all.push([member.copy()]));
      break;
    case TYPE.ZSET:
      store.sortedSets.each(collection, (member, value) => {
        all.push([member.copy(), value]);
      });
      break;
    case TYPE.ARRAY:
      store.arrays.each(collection, (index, value) => all.push([index, value.copy()]));
      break;
    case TYPE.SUGGESTIONS:
      store.suggestions.each(collection, (term, worth) => all.push([term, worth]));
      break;
    case TYPE.STREAM:
      all.push(...streamContents(store, collection));
      break;
    default:
      if (isOfExtension(type)) eachRow(store, type, collection.id, (row) => all.push(row));
  }
  return all;
}

/** Visits the elements of a value whose type is an extension's, as they are told. */
function eachRow(store: Store, type: number, id: number, visit: (row: Field[]) => void): void {
  const [facts] = recordedTablesOf(store.types, type);
  if (facts === undefined || facts.untold === true) return;
  const columns = Object.keys(facts.columns).slice(1);
  const tell = tellerOfExtension(store, type);
  const statement = store.engine.prepare(
    `SELECT ${columns.join(", ")} FROM ${facts.table} WHERE key_id = ?1 ORDER BY ${columns[0]}`,
  );
  try {
    statement.bindInteger(1, id);
    while (statement.step()) {
      const [name = null, ...values] = columns.map((_, i) => columnAt(statement, i));
      visit(tell({ part: 0, name, values }));
    }
  } finally {
    statement.finalize();
  }
}

/** Compares two values that were made apart. */
function compare(type: number, old: Field[][], newType: number, now: Field[][]): Elements {
  if (type !== newType) return { added: now.flat(), removed: old.flat(), changed: [] };
  if (isWhole(type)) {
    return isSame(old[0]!, now[0]!)
      ? { added: [], removed: [], changed: [] }
      : { added: [], removed: [], changed: [old[0]![0]!, now[0]![0]!] };
  }
  if (type === TYPE.LIST) {
    const elements = (all: Field[][]): Element[] =>
      all.map((values, name) => ({ part: 0, name, values: values as Element["values"] }));
    return listDifference([
      ...elements(old).map((before) => ({ before, after: undefined })),
      ...elements(now).map((after) => ({ before: undefined, after })),
    ]);
  }
  const before = new Map(old.map((element) => [textOf(element[0]!), element]));
  const elements: Elements = { added: [], removed: [], changed: [] };
  for (const element of now) {
    const was = before.get(textOf(element[0]!));
    before.delete(textOf(element[0]!));
    if (was === undefined) elements.added.push(...element);
    else if (!isSame(was, element)) elements.changed.push(...was, ...element.slice(1));
  }
  for (const element of before.values()) elements.removed.push(...element);
  return elements;
}

function isSame(a: readonly Field[], b: readonly Field[]): boolean {
  return a.length === b.length &&
    a.every((field, i) =>
      textOf(field) === textOf(b[i]!) && Object.is(field, -0) === Object.is(b[i], -0)
    );
}
