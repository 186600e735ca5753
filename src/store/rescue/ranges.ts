/**
 * Reads all rows of a damaged table that can be read. SQLite ends a query where it meets a damaged page;
 * what is beyond is reached from elsewhere: from the other end of the table, and by seeking to keys in
 * the middle of what is still unknown. A gap that no seek gets into is lost.
 *
 * @module
 */

import { type Connection, SQLITE, SqliteError, type Statement } from "../../sqlite/sqlite.ts";

/** A value of a key. */
export type KeyValue = number | bigint | string | Uint8Array;
/** A row's key, or the first of its values: then it stands for where those with it begin. */
export type Key = readonly KeyValue[];

/** A table that has its rows in the order of a key. */
export interface OrderedTable {
  readonly name: string;
  /** The columns of the key, in their order. */
  readonly key: readonly string[];
  /** All columns, the key's first. */
  readonly columns: readonly string[];
}

/** Rows between two keys that could not be read; undefined for the ends of the table. */
export interface Gap {
  readonly after: Key | undefined;
  readonly before: Key | undefined;
  /** Whether rows with the key `after` itself are among them. */
  readonly inclusive?: boolean;
}

/** A table whose rows could not all be read. */
export interface DamagedTable {
  readonly name: string;
  readonly gaps: readonly Gap[];
}

/** Seeks into gaps that lead nowhere, in one table. */
const MOST_SEEKS = 2000;

/** SQLite's result code for a value that is larger than any may be. */
const TOOBIG = 18;
const DAMAGE: ReadonlySet<number> = new Set([SQLITE.NOTADB, SQLITE.IOERR, SQLITE.NOMEM, TOOBIG]);

/** Whether an error says that the file is damaged, or that the disk is. */
export function isDamage(error: unknown): error is SqliteError {
  return error instanceof SqliteError &&
    // A size that is damaged may be one that no memory has.
    (error.corrupt || DAMAGE.has(error.primary));
}

/** Reads one table. */
export class TableReader {
  readonly #connection: Connection;
  readonly #table: OrderedTable;
  readonly #take: (row: Statement) => void;
  readonly #keyOf: (row: Statement) => Key;
  /** The first damage met. */
  damage: string | undefined;

  /**
   * @param take Is given each row once, its columns in the order of the table's.
   * @param keyOf Reads the key of a row.
   */
  constructor(
    connection: Connection,
    table: OrderedTable,
    keyOf: (row: Statement) => Key,
    take: (row: Statement) => void,
  ) {
    this.#connection = connection;
    this.#table = table;
    this.#keyOf = keyOf;
    this.#take = take;
  }

  /** Reads what can be read. @returns The gaps that are lost. */
  read(): Gap[] {
    const first = this.#scan({ after: undefined, before: undefined }, false);
    if (first === "end") return [];
    const lost: Gap[] = [];
    const gaps: Gap[] = [this.#fromBehind({ after: first, before: undefined })]
      .filter((gap) => gap !== undefined);
    let seeks = 0;
    // The oldest first: so the middle of large gaps is tried before the details of small ones.
    for (let gap = gaps.shift(); gap !== undefined; gap = gaps.shift()) {
      const middle = seeks < MOST_SEEKS ? between(gap.after, gap.before) : undefined;
      if (middle === undefined) {
        lost.push(gap);
        continue;
      }
      seeks++;
      const left = { ...gap, before: middle };
      const right = { after: middle, before: gap.before, inclusive: true };
      const reached = this.#scan(right, false);
      if (reached === undefined) {
        // The seek itself met the damage: either half may have what can be read.
        gaps.push(left, right);
        continue;
      }
      if (reached !== "end") gaps.push({ after: reached, before: gap.before });
      const leftOver = this.#fromBehind(left);
      if (leftOver !== undefined) gaps.push(leftOver);
    }
    return joined(lost);
  }

  /** Reads a gap from its end. @returns What is left of it; undefined if nothing is. */
  #fromBehind(gap: Gap): Gap | undefined {
    const reached = this.#scan(gap, true);
    if (reached === "end") return undefined;
    return { ...gap, before: reached ?? gap.before };
  }

  /**
   * Reads rows in one direction.
   *
   * @returns `end` if all were read, else the key of the last one; undefined if there was none.
   */
  #scan(gap: Gap, backwards: boolean): Key | "end" | undefined {
    let last: Key | undefined;
    let statement: Statement | undefined;
    try {
      statement = this.#statement(gap, backwards);
      while (statement.step()) {
        const key = this.#keyOf(statement);
        this.#take(statement);
        last = key;
      }
      return "end";
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.damage ??= error.message;
      return last;
    } finally {
      statement?.finalize();
    }
  }

  #statement({ after, before, inclusive }: Gap, backwards: boolean): Statement {
    const { name, key, columns } = this.#table;
    const bounds: string[] = [];
    const values: KeyValue[] = [];
    const bound = (of: Key, operator: string) => {
      const names = key.slice(0, of.length).join(", ");
      const marks = of.map((value) => `?${values.push(value)}`).join(", ");
      bounds.push(
        of.length === 1 ? `${names} ${operator} ${marks}` : `(${names}) ${operator} (${marks})`,
      );
    };
    if (after !== undefined) bound(after, inclusive ? ">=" : ">");
    if (before !== undefined) bound(before, "<");
    const where = bounds.length === 0 ? "" : `WHERE ${bounds.join(" AND ")}`;
    const order = key.map((column) => backwards ? `${column} DESC` : column).join(", ");
    const statement = this.#connection.prepare(
      `SELECT ${columns.join(", ")} FROM ${name} ${where} ORDER BY ${order}`,
    );
    for (const [i, value] of values.entries()) bindKey(statement, i + 1, value);
    return statement;
  }
}

function bindKey(statement: Statement, index: number, value: KeyValue): void {
  if (typeof value === "bigint") statement.bindBigint(index, value);
  else if (typeof value === "string") statement.bindText(index, value);
  else if (typeof value !== "number") statement.bindBlob(index, value, 0, value.length);
  else if (Number.isSafeInteger(value)) statement.bindInteger(index, value);
  else statement.bindReal(index, value);
}

/** The bytes that a seek's key has beyond what the ends of its gap have in common. */
const MORE_BYTES = 6;
const LARGEST = 1n << 62n;

/**
 * A key about half way between two: the values that they have in common, and one in the middle of the
 * first that differs. Undefined if there is none between them.
 */
export function between(after: Key | undefined, before: Key | undefined): Key | undefined {
  const result: KeyValue[] = [];
  const length = Math.max(after?.length ?? 0, before?.length ?? 0, 1);
  for (let i = 0; i < length; i++) {
    const low = after?.[i], high = before?.[i];
    if (low !== undefined && high !== undefined && compare(low, high) === 0) {
      result.push(low);
      continue;
    }
    const middle = middleOf(low, high);
    if (middle !== undefined) return [...result, middle];
    // Neighbours: what follows the lower one, up to the higher.
    if (low === undefined) return undefined;
    if (high !== undefined && before !== undefined && before.length > i + 1) {
      return [...result, high];
    }
    result.push(low);
    before = undefined;
  }
  return undefined;
}

function middleOf(low: KeyValue | undefined, high: KeyValue | undefined): KeyValue | undefined {
  const example = low ?? high;
  if (example instanceof Uint8Array || typeof example === "string") {
    return typeof example === "string" ? undefined : middleBytes(low, high);
  }
  const from = low === undefined ? -LARGEST : toBigint(low);
  const to = high === undefined ? LARGEST : toBigint(high);
  // Most numbers count from 0 or 1: without an end, twice as far is nearer than half way to the last.
  const middle = high === undefined && from >= 0n
    ? from * 2n + 1n
    : low === undefined && to > 0n
    ? to / 2n
    : (from + to) / 2n;
  return middle > from && middle < to ? narrow(middle) : undefined;
}

const toBigint = (value: KeyValue) =>
  typeof value === "bigint" ? value : BigInt(Math.floor(Number(value)));
const narrow = (value: bigint) =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;

function middleBytes(
  low: KeyValue | undefined,
  high: KeyValue | undefined,
): Uint8Array | undefined {
  const a = low instanceof Uint8Array ? low : new Uint8Array(0);
  const b = high instanceof Uint8Array ? high : undefined;
  let common = 0;
  while (b !== undefined && common < a.length && common < b.length && a[common] === b[common]) {
    common++;
  }
  const valueOf = (bytes: Uint8Array | undefined, missing: number) => {
    let value = 0n;
    for (let i = 0; i < MORE_BYTES; i++) {
      value = value * 256n + BigInt(bytes?.[common + i] ?? missing);
    }
    return value;
  };
  const from = valueOf(a, 0), to = b === undefined ? valueOf(undefined, 255) : valueOf(b, 0);
  const middle = (from + to) / 2n;
  if (middle <= from || middle >= to) return undefined;
  const result = new Uint8Array(common + MORE_BYTES);
  result.set(a.subarray(0, common));
  let rest = middle;
  for (let i = MORE_BYTES - 1; i >= 0; i--) {
    result[common + i] = Number(rest % 256n);
    rest /= 256n;
  }
  return result;
}

function compare(a: KeyValue, b: KeyValue): number {
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    for (let i = 0; i < Math.min(a.length, b.length); i++) {
      if (a[i] !== b[i]) return (a[i] ?? 0) - (b[i] ?? 0);
    }
    return a.length - b.length;
  }
  return a === b || Number(a) === Number(b) && toBigint(a) === toBigint(b) ? 0 : a < b ? -1 : 1;
}

/** Neighbouring gaps as one: they were halved to look for what is between them. */
function joined(gaps: readonly Gap[]): Gap[] {
  const sorted = [...gaps].sort((a, b) => compareEnds(a.after, b.after));
  const result: Gap[] = [];
  for (const gap of sorted) {
    const last = result.at(-1);
    if (last !== undefined && last.before === gap.after && gap.after !== undefined) {
      result[result.length - 1] = { ...last, before: gap.before };
    } else {
      result.push(gap);
    }
  }
  return result;
}

function compareEnds(a: Key | undefined, b: Key | undefined): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1;
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compare(a[i]!, b[i]!);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}
