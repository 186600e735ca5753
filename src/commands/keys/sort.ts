/**
 * SORT and SORT_RO: the elements of a list, set or sorted set, in an order that other keys may give.
 *
 * @module
 */

import type { Arguments } from "../../resp/arguments.ts";
import { parseBound } from "../../resp/double.ts";
import { staysInSlot } from "../cluster/hash_slots.ts";
import { err, notAnInteger, syntaxError, wrongType } from "../../store/values/errors.ts";
import { TYPE } from "../../store/file/schema.ts";
import { MemberList } from "../../store/collections/member_list.ts";
import type { Column } from "../../store/values/column.ts";
import { Slice } from "../../store/values/slice.ts";
import type { Store } from "../../store/store.ts";
import type { Command, Context, FoundKey } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { int64At } from "../table/options.ts";
import { type Pattern, patternOf, valueOf } from "./sort_patterns.ts";

const command = commandsOf("generic");

interface SortOptions {
  by?: Pattern;
  /** BY a pattern without `*`: the order stays. */
  unsorted: boolean;
  offset: number;
  count: number;
  readonly get: Pattern[];
  descending: boolean;
  alpha: boolean;
  store?: Slice;
}

/** Refuses patterns, which name keys nobody can foresee, to who may not read every key. */
function checkPattern(
  { args, client, host }: Context,
  mayStore: boolean,
  option: string,
  pattern: Slice,
): void {
  if (host.cluster !== undefined && !staysInSlot(pattern, args.at(1))) {
    throw err(
      `${option} option of SORT denied in Cluster mode when keys formed by the pattern may be in different slots.`,
    );
  }
  const { account } = client;
  if (account.unrestricted) return;
  const command = host.commands.original(mayStore ? "sort" : "sort_ro");
  if (command !== undefined && host.access.readsAllKeys(account, command, args)) return;
  throw err(`${option} option of SORT denied due to insufficient ACL permissions.`);
}

function optionsOf(context: Context, mayStore: boolean): SortOptions {
  const { args } = context;
  const options: SortOptions = {
    unsorted: false,
    offset: 0,
    count: -1,
    get: [],
    descending: false,
    alpha: false,
  };
  const longAt = (index: number) => {
    const value = int64At(args, index);
    if (value === undefined) throw notAnInteger();
    return Number(value);
  };
  for (let i = 2; i < args.count; i++) {
    const left = args.count - i - 1;
    if (args.is(i, "ASC")) {
      options.descending = false;
    } else if (args.is(i, "DESC")) {
      options.descending = true;
    } else if (args.is(i, "ALPHA")) {
      options.alpha = true;
    } else if (args.is(i, "LIMIT") && left >= 2) {
      options.offset = longAt(++i);
      options.count = longAt(++i);
    } else if (mayStore && args.is(i, "STORE") && left >= 1) {
      options.store = args.at(++i);
    } else if (args.is(i, "BY") && left >= 1) {
      options.by = patternOf(args.at(++i));
      options.unsorted = options.by.star < 0;
      if (!options.unsorted) checkPattern(context, mayStore, "BY", args.at(i));
    } else if (args.is(i, "GET") && left >= 1) {
      const pattern = args.at(++i);
      checkPattern(context, mayStore, "GET", pattern);
      options.get.push(patternOf(pattern));
    } else {
      throw syntaxError();
    }
  }
  return options;
}

/** The elements of a key in their own order; a set's in none. */
function elementsOf(store: Store, db: number, key: Slice): MemberList {
  const elements = new MemberList();
  const add = (column: Column) => elements.pushColumn(column);
  const type = store.keyspace.read(db, key);
  const { collection } = store.keyspace.row;
  if (type === TYPE.NONE) return elements;
  if (collection === undefined) throw wrongType();
  if (type === TYPE.LIST) store.lists.each(collection, 0, collection.length, add);
  else if (type === TYPE.SET) store.sets.each(collection, add);
  else if (type === TYPE.ZSET) store.sortedSets.each(collection, add);
  else throw wrongType();
  return elements;
}

/** Compares elements by their places. */
type Comparison = (a: number, b: number) => number;

/** Finds out what the elements are sorted by. @throws {CommandError} If that should be a number and is none. */
function comparisonOf(
  { store, client }: Context,
  elements: MemberList,
  by: Pattern | undefined,
  alpha: boolean,
): Comparison {
  const { length } = elements;
  const weightOf = (place: number) =>
    by === undefined ? elements.at(place) : valueOf(store, client.db, by, elements.at(place));
  if (alpha) {
    if (by === undefined) return (a, b) => elements.compare(a, b);
    const texts = new MemberList();
    const present = new Uint8Array(length);
    for (let i = 0; i < length; i++) {
      const weight = weightOf(i);
      if (weight !== undefined) present[i] = 1;
      texts.push(weight ?? NOTHING);
    }
    return (a, b) => present[a] === present[b] ? texts.compare(a, b) : present[a]! - present[b]!;
  }
  const scores = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    const weight = weightOf(i);
    if (weight === undefined) continue;
    const score = parseBound(weight.bytes, weight.start, weight.end);
    if (score === undefined) throw notADouble();
    scores[i] = score;
  }
  return (a, b) => {
    const difference = scores[a]! - scores[b]!;
    // Infinities that are the same have no difference that is a number.
    return difference < 0 || difference > 0 ? difference : elements.compare(a, b);
  };
}

const notADouble = () => err("One or more scores can't be converted into double");

/** The first so many places in an order, by a heap of them with the last on top: few are kept of many. */
function leading(places: Uint32Array, count: number, compare: Comparison) {
  const heap = places.slice(0, count);
  const sink = (from: number, place: number) => {
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= count) break;
      if (child + 1 < count && compare(heap[child + 1]!, heap[child]!) > 0) child++;
      if (compare(heap[child]!, place) <= 0) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = place;
  };
  for (let i = (count >> 1) - 1; i >= 0; i--) sink(i, heap[i]!);
  for (let i = count; i < places.length && count > 0; i++) {
    if (compare(places[i]!, heap[0]!) < 0) sink(0, places[i]!);
  }
  return heap.sort(compare);
}

function sort(context: Context, mayStore: boolean): void {
  const { args, reply, store, client } = context;
  const options = optionsOf(context, mayStore);
  const { get, descending, store: destination } = options;
  let { by, alpha, unsorted } = options;
  const elements = elementsOf(store, client.db, args.at(1));
  const isSet = store.keyspace.row.type === TYPE.SET;
  if (unsorted && isSet && destination !== undefined) {
    // A set has no order of its own, and what is stored must not depend on how it is held.
    unsorted = false;
    alpha = true;
    by = undefined;
  }
  let order = Uint32Array.from({ length: elements.length }, (_, place) => place);
  if (!unsorted) {
    const compare = comparisonOf(context, elements, by, alpha);
    // Those that are equal stay in their order.
    const inOrder: Comparison = descending
      ? (a, b) => compare(b, a) || a - b
      : (a, b) => compare(a, b) || a - b;
    const wanted = options.count < 0 ? order.length : Math.max(0, options.offset) + options.count;
    order = wanted < order.length / 8 ? leading(order, wanted, inOrder) : order.sort(inOrder);
  } else if (!isSet && descending) {
    order.reverse();
  }
  const start = Math.max(0, options.offset);
  const chosen = order.subarray(start, options.count < 0 ? undefined : start + options.count);
  const size = chosen.length * Math.max(1, get.length);
  if (destination === undefined) reply.array(size);
  const stored = new MemberList();
  const tell = destination !== undefined
    ? (value: Slice | undefined) => stored.push(value ?? NOTHING)
    : (value: Slice | undefined) => {
      if (value === undefined) reply.null();
      else reply.bulk(value.bytes, value.start, value.end);
    };
  for (const place of chosen) {
    if (get.length === 0) tell(elements.at(place));
    for (const pattern of get) tell(valueOf(store, client.db, pattern, elements.at(place)));
  }
  if (destination === undefined) return;
  storeList(context, destination, stored);
  reply.integer(size);
}

function storeList({ store, client }: Context, key: Slice, elements: MemberList): void {
  const { keyspace } = store;
  if (elements.length === 0) {
    keyspace.delete(client.db, key);
    return;
  }
  const list = keyspace.createCollection(client.db, key, TYPE.LIST);
  for (let i = 0; i < elements.length; i++) store.lists.push(list, elements.at(i), false);
  keyspace.stored(client.db, key, TYPE.LIST, "sortstore");
}

const NOTHING = new Slice();

/** SORT's keys: the sorted one, and STORE's destination, of which the last counts. */
function findKeys(args: Arguments): FoundKey[] {
  const keys: FoundKey[] = [{ index: 1, flags: ["RO", "access"] }];
  let destination = 0;
  for (let i = 2; i < args.count; i++) {
    if (args.is(i, "LIMIT")) i += 2;
    else if (args.is(i, "BY") || args.is(i, "GET")) i++;
    else if (args.is(i, "STORE") && i + 1 < args.count) destination = ++i;
  }
  if (destination !== 0) keys.push({ index: destination, flags: ["OW", "update"] });
  return keys;
}

const OPTIONS = "[BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC | DESC] " +
  "[ALPHA]";
const COMPLEXITY = "O(N+M*log(M)) for N elements, of which M are sorted; O(N) without sorting";
const patternKeys = {
  flags: ["RO", "access"],
  begin: "unknown",
  find: "unknown",
  notes:
    "For the optional BY/GET keyword. It is marked 'unknown' because the key names derive from " +
    "the content of the key we sort",
} as const;

/** SORT and SORT_RO. */
export const sorting: readonly Command[] = [
  command(`SORT key ${OPTIONS} [STORE destination]`, {
    since: "1.0.0",
    arity: -2,
    flags: "write denyoom movablekeys",
    effects: "itself",
    acl: "set sortedset list dangerous",
    keys: ["1 RO access", patternKeys, {
      flags: ["OW", "update"],
      begin: "unknown",
      find: "unknown",
      notes:
        "For the optional STORE keyword. It is marked 'unknown' because the keyword can appear " +
        "anywhere in the argument array",
    }],
    findKeys,
    complexity: COMPLEXITY,
    summary: "Sorts the elements of a list, set or sorted set, and may store them.",
  }, (context) => sort(context, true)),
  command(`SORT_RO key ${OPTIONS}`, {
    since: "7.0.0",
    arity: -2,
    flags: "readonly movablekeys",
    acl: "set sortedset list dangerous",
    keys: ["1 RO access", patternKeys],
    findKeys: () => [{ index: 1, flags: ["RO", "access"] }],
    complexity: COMPLEXITY,
    summary: "Sorts the elements of a list, set or sorted set.",
  }, (context) => sort(context, false)),
];
