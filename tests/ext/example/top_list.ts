/**
 * An extension: lists of the members with the highest scores, of which a list keeps so many and no
 * more. It has a type of keys, a table with an index, a parameter, and work in the background.
 *
 * @module
 */

import {
  type Argument,
  type Collection,
  CommandGroup,
  commandsOf,
  type Context,
  type Data,
  type Engine,
  type Extension,
  type Key,
  type Keyspace,
  type KeyType,
  type Methods,
  PerStore,
  scoreAt,
  Slice,
  type Statement,
  type Store,
} from "@redlite/redlite/extension";

const SQL = {
  set: `INSERT INTO toplist_entries(key_id, member, score) VALUES (?1, ?2, ?3)
    ON CONFLICT DO UPDATE SET score = ?3`,
  has: "SELECT 1 FROM toplist_entries WHERE key_id = ?1 AND member = ?2",
  lowest: `SELECT member FROM toplist_entries WHERE key_id = ?1
    ORDER BY score, member LIMIT ?2`,
  delete: "DELETE FROM toplist_entries WHERE key_id = ?1 AND member = ?2",
  best: `SELECT member, score FROM toplist_entries WHERE key_id = ?1
    ORDER BY score DESC, member DESC`,
  longer: `SELECT space, key FROM keys WHERE type = ?1 AND length > ?2 AND (space, key) > (?3, ?4)
    ORDER BY space, key LIMIT 1`,
};

const MIGRATIONS = [
  `CREATE TABLE toplist_entries(
    key_id INTEGER NOT NULL,
    member BLOB NOT NULL,
    score REAL NOT NULL,
    PRIMARY KEY(key_id, member)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX toplist_by_score ON toplist_entries(key_id, score, member);`,
];

/** The top lists of one store. */
class TopLists {
  /** How many members a list keeps. */
  capacity = 100;
  /** Members that did not stay in their lists. */
  dropped = 0;
  /** Where the search for lists that are too long is; undefined while there is none. */
  #trimming: { space: number; key: Uint8Array } | undefined;
  readonly #store: Store;
  readonly #engine: Engine;
  readonly #keyspace: Keyspace;
  readonly #type: number;
  readonly #statements = new Map<string, Statement>();

  constructor(store: Store) {
    this.#store = store;
    this.#engine = store.engine;
    this.#keyspace = store.keyspace;
    this.#type = store.extensions.numberOf("toplist");
  }

  #prepared(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) this.#statements.set(sql, statement = this.#engine.prepare(sql));
    return statement;
  }

  read(db: number, key: Slice): Collection | undefined {
    return this.#keyspace.readCollection(db, key, this.#type);
  }

  /** The list of a key, made if there is none. */
  write(db: number, key: Slice): Collection {
    return this.#keyspace.findCollection(db, key, this.#type) ??
      this.#keyspace.createCollection(db, key, this.#type);
  }

  /** Sets a member's score. @returns Whether it is in the list now. */
  set(list: Collection, member: Slice, score: number): boolean {
    const isNew = !this.#has(list, member);
    const set = this.#of(this.#prepared(SQL.set), list, member);
    set.bindReal(3, score);
    set.run();
    if (isNew) list.length++;
    this.#keyspace.collections.changed(list);
    this.trim(list);
    return this.#has(list, member);
  }

  #has(list: Collection, member: Slice): boolean {
    this.#engine.read();
    const has = this.#of(this.#prepared(SQL.has), list, member);
    const found = has.step();
    has.reset();
    return found;
  }

  #of(statement: Statement, { id }: Collection, { bytes, start, end }: Slice): Statement {
    statement.bindInteger(1, id);
    statement.bindBlob(2, bytes, start, end);
    return statement;
  }

  /** Deletes what is beyond the capacity. */
  trim(list: Collection): void {
    const excess = list.length - this.capacity;
    if (excess <= 0) return;
    const lowest = this.#prepared(SQL.lowest);
    lowest.bindInteger(1, list.id);
    lowest.bindInteger(2, excess);
    const members: Slice[] = [];
    while (lowest.step()) members.push(new Slice(lowest.columnBlob(0)));
    lowest.reset();
    for (const member of members) this.#of(this.#prepared(SQL.delete), list, member).run();
    list.length -= members.length;
    this.dropped += members.length;
    this.#keyspace.collections.changed(list);
  }

  /** Visits the members, the highest score first. */
  each({ id }: Collection, visit: (member: Uint8Array, score: number) => void): void {
    this.#engine.read();
    const best = this.#prepared(SQL.best);
    best.bindInteger(1, id);
    while (best.step()) visit(best.columnBlob(0), best.columnNumber(1));
    best.reset();
  }

  /** Looks for lists that are too long now. */
  capacityChanged(capacity: number): void {
    if (capacity < this.capacity) this.#trimming = { space: 0, key: new Uint8Array() };
    this.capacity = capacity;
  }

  /** Trims one list. @returns Whether there may be more. */
  trimNext(): boolean {
    if (this.#trimming === undefined) return false;
    const { space, key } = this.#trimming;
    this.#engine.write();
    this.#keyspace.collections.settleAll();
    const longer = this.#prepared(SQL.longer);
    longer.bindInteger(1, this.#type);
    longer.bindInteger(2, this.capacity);
    longer.bindInteger(3, space);
    longer.bindBlob(4, key, 0, key.length);
    this.#trimming = longer.step()
      ? { space: longer.columnNumber(0), key: longer.columnBlob(1) }
      : undefined;
    longer.reset();
    if (this.#trimming === undefined) return false;
    const found = new Slice(this.#trimming.key);
    const db = this.#store.databases.dbOfSpace(this.#trimming.space);
    const list = db < 0 ? undefined : this.#keyspace.findCollection(db, found, this.#type);
    if (list === undefined) return true;
    this.trim(list);
    this.#keyspace.changed(db, found, "toptrim");
    return true;
  }
}

const lists = new PerStore((store) => new TopLists(store));

function add({ args, reply, store, client }: Context): void {
  const score = scoreAt(args, 3);
  const key = args.at(1);
  const tops = lists.of(store);
  const stays = tops.set(tops.write(client.db, key), args.at(2), score);
  store.keyspace.changed(client.db, key, "topadd");
  reply.integer(stays ? 1 : 0);
}

function list({ args, reply, store, client }: Context): void {
  const tops = lists.of(store);
  const found = tops.read(client.db, args.at(1));
  reply.array(found === undefined ? 0 : 2 * found.length);
  if (found === undefined) return;
  tops.each(found, (member, score) => {
    reply.bulk(member);
    reply.double(score);
  });
}

const type: KeyType = {
  name: "toplist",
  tables: [{
    table: "toplist_entries",
    columns: { member: "BLOB", score: "REAL" },
    key: ["member"],
    told: "score",
  }],
  encodings: ["sorted"],
  whole: ["top.list"],
  dump: {
    id: "toplist-1",
    version: 0,
    write(store, collection, output) {
      output.unsigned(collection.length);
      lists.of(store).each(collection, (member, score) => {
        output.string(member);
        output.double(score);
      });
    },
    read(input, _version, store) {
      const length = Number(input.unsigned());
      const members: [Slice, number][] = [];
      for (let i = 0; i < length; i++) members.push([new Slice(input.string()), input.double()]);
      const tops = lists.of(store);
      return (collection) => {
        for (const [member, score] of members) tops.set(collection, member, score);
      };
    },
  },
};

const command = commandsOf("module");

/** The extension. */
export default function topLists(): Extension<
  Methods<TopListCommands<string>, TopListCommands<Uint8Array>, "toplist">
> {
  return {
    name: "toplist",
    migrations: MIGRATIONS,
    types: [type],
    parameters: [{
      name: "capacity",
      initial: "100",
      parse(text) {
        if (/^[1-9]\d{0,5}$/.test(text)) return text;
        throw new Error("argument must be between 1 and 999999");
      },
      apply: (store, value) => lists.of(store).capacityChanged(Number(value)),
    }],
    commands: [
      command("TOP.ADD key member score", {
        since: "1.0.0",
        arity: 4,
        flags: "write denyoom fast",
        effects: "itself",
        acl: "toplist",
        keys: ["1 RW insert"],
        complexity: "O(log N) in the number of members",
        summary: "Sets a member's score, and drops the lowest beyond the list's capacity.",
      }, add),
      command("TOP.LIST key", {
        since: "1.0.0",
        arity: 2,
        flags: "readonly",
        acl: "toplist",
        keys: ["1 RO access"],
        complexity: "O(N) in the number of members",
        summary: "Returns the members and their scores, the highest first.",
      }, list),
    ],
    methods: TopListCommands,
    checks: [{
      name: "top lists",
      sql: `SELECT printf('a member of top list %d has no number as its score', key_id)
        FROM toplist_entries WHERE score IS NULL`,
    }],
    attach: (store) => ({
      slice: () => lists.of(store).trimNext(),
      info: () => ({ capacity: lists.of(store).capacity, dropped: lists.of(store).dropped }),
    }),
  };
}

/** The typed methods. */
export abstract class TopListCommands<V extends Data> extends CommandGroup<V> {
  /** TOP.ADD: sets a member's score. @returns Whether it is in the list now. */
  topadd(key: Key, member: Argument, score: number): boolean {
    return this.run(["TOP.ADD", key, member, score]) === 1;
  }

  /** TOP.LIST: the members and their scores, the highest first. */
  toplist(key: Key): [V, number][] {
    const flat = this.run<(V | number)[]>(["TOP.LIST", key]);
    return Array.from({ length: flat.length / 2 }, (_, i) => [
      flat[2 * i] as V,
      Number(flat[2 * i + 1]),
    ]);
  }
}
