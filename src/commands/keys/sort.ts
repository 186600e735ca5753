/**
 * SORT and SORT_RO: the elements of a list, set or sorted set, in an order that other keys may give.
 *
 * @module
 */

import type { Arguments } from "../../resp/arguments.ts";
import { parseBound } from "../../resp/double.ts";
import { err, notAnInteger, syntaxError, wrongType } from "../../store/values/errors.ts";
import { TYPE } from "../../store/file/schema.ts";
import { compareBytes, Slice } from "../../store/values/slice.ts";
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
function checkPattern({ args, client, host }: Context, mayStore: boolean, option: string): void {
  const { account } = client;
  if (account.unrestricted) return;
  const command = host.commands.find(mayStore ? "sort" : "sort_ro");
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
      if (!options.unsorted) checkPattern(context, mayStore, "BY");
    } else if (args.is(i, "GET") && left >= 1) {
      checkPattern(context, mayStore, "GET");
      options.get.push(patternOf(args.at(++i)));
    } else {
      throw syntaxError();
    }
  }
  return options;
}

/** One element and what it is sorted by: a number, or bytes. Slices are whole arrays. */
interface Item {
  readonly element: Slice;
  score: number;
  text: Slice | undefined;
}

/** The elements of a key in their own order; a set's in none. */
function elementsOf(store: Store, db: number, key: Slice, descending: boolean): Item[] {
  const items: Item[] = [];
  const add = (column: { copy(): Uint8Array }) => {
    items.push({ element: new Slice(column.copy()), score: 0, text: undefined });
  };
  const type = store.keyspace.read(db, key);
  const { collection } = store.keyspace.row;
  if (type === TYPE.NONE) return items;
  if (collection === undefined) throw wrongType();
  if (type === TYPE.LIST) store.lists.each(collection, 0, collection.length, add);
  else if (type === TYPE.SET) store.sets.each(collection, add);
  else if (type === TYPE.ZSET) store.sortedSets.each(collection, add);
  else throw wrongType();
  if (type !== TYPE.SET && descending) items.reverse();
  return items;
}

/** Finds out what each item is sorted by. @throws {CommandError} If that should be a number and is none. */
function weigh({ store, client }: Context, items: Item[], by: Pattern | undefined, alpha: boolean) {
  for (const item of items) {
    const weight = by === undefined ? item.element : valueOf(store, client.db, by, item.element);
    if (alpha) {
      item.text = weight;
    } else if (weight !== undefined) {
      const score = parseBound(weight.bytes, weight.start, weight.end);
      if (score === undefined) throw notADouble();
      item.score = score;
    }
  }
}

const notADouble = () => err("One or more scores can't be converted into double");

function compare(a: Item, b: Item, alpha: boolean): number {
  if (!alpha) {
    if (a.score !== b.score) return a.score < b.score ? -1 : 1;
    return compareBytes(a.element.bytes, b.element);
  }
  if (a.text !== undefined && b.text !== undefined) return compareBytes(a.text.bytes, b.text);
  return Number(a.text !== undefined) - Number(b.text !== undefined);
}

function sort(context: Context, mayStore: boolean): void {
  const { args, reply, store, client } = context;
  const options = optionsOf(context, mayStore);
  const { get, descending, store: destination } = options;
  let { by, alpha, unsorted } = options;
  let items = elementsOf(store, client.db, args.at(1), unsorted && descending);
  const isSet = store.keyspace.row.type === TYPE.SET;
  if (unsorted && isSet && destination !== undefined) {
    // A set has no order of its own, and what is stored must not depend on how it is held.
    unsorted = false;
    alpha = true;
    by = undefined;
  }
  if (!unsorted) {
    weigh(context, items, by, alpha);
    items.sort((a, b) => compare(a, b, alpha) * (descending ? -1 : 1));
  }
  const start = Math.max(0, options.offset);
  items = items.slice(start, options.count < 0 ? undefined : start + options.count);
  const outputs = items.flatMap(({ element }) =>
    get.length === 0 ? [element] : get.map((pattern) => valueOf(store, client.db, pattern, element))
  );
  if (destination !== undefined) {
    storeList(context, destination, outputs);
    return reply.integer(outputs.length);
  }
  reply.array(outputs.length);
  for (const output of outputs) {
    if (output === undefined) reply.null();
    else reply.bulk(output.bytes, output.start, output.end);
  }
}

function storeList(
  { store, client }: Context,
  key: Slice,
  elements: readonly (Slice | undefined)[],
): void {
  const { keyspace } = store;
  if (elements.length === 0) {
    keyspace.delete(client.db, key);
    return;
  }
  const list = keyspace.createCollection(client.db, key, TYPE.LIST);
  for (const element of elements) store.lists.push(list, element ?? NOTHING, false);
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
