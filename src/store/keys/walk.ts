/**
 * Walks a database's keys in the order of their bytes, for KEYS and SCAN.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import type { Databases } from "./databases.ts";
import { compareBytes, Slice } from "../values/slice.ts";

const SQL = {
  from: `SELECT key, type, expires_at FROM keys
    WHERE space = ?1 AND key >= ?2 ORDER BY key LIMIT ?3`,
  between: `SELECT key, type, expires_at FROM keys
    WHERE space = ?1 AND key >= ?2 AND key < ?4 ORDER BY key LIMIT ?3`,
};

/** Size of the key buffer at the start, in bytes. */
const KEY_BUFFER = 1024;

/** Walks keys. */
export class KeyWalk {
  readonly #engine: Engine;
  readonly #databases: Databases;
  readonly #from: Statement;
  readonly #between: Statement;
  readonly #key = new Slice(new Uint8Array(KEY_BUFFER));

  /** Takes the engine and databases whose keys are walked. */
  constructor(engine: Engine, databases: Databases) {
    this.#engine = engine;
    this.#databases = databases;
    this.#from = engine.prepare(SQL.from);
    this.#between = engine.prepare(SQL.between);
  }

  /**
   * Visits the live keys that begin with `prefix`.
   *
   * @param start The first key that may be visited; undefined for the beginning.
   * @param limit Rows to look at, expired ones included; -1 for all.
   * @param visit Gets each key, valid during the call, and its type.
   * @returns The key to go on from, undefined at the end.
   */
  walk(
    db: number,
    prefix: Uint8Array,
    start: Uint8Array | undefined,
    limit: number,
    visit: (key: Slice, type: number) => void,
  ): Uint8Array | undefined {
    this.#engine.read();
    this.#engine.settleRows();
    const { expiryMs } = this.#engine;
    const end = successor(prefix);
    const statement = end === undefined ? this.#from : this.#between;
    const first = start !== undefined && compareBytes(start, new Slice(prefix)) > 0
      ? start
      : prefix;
    statement.bindInteger(1, this.#databases.space(db));
    statement.bindBlob(2, first, 0, first.length);
    // One row more than asked tells where to go on.
    statement.bindInteger(3, limit < 0 ? -1 : limit + 1);
    if (end !== undefined) statement.bindBlob(4, end, 0, end.length);
    const key = this.#key;
    let rows = 0;
    let next: Uint8Array | undefined;
    try {
      while (statement.step()) {
        if (rows++ === limit) {
          next = statement.columnBlob(0);
          break;
        }
        const expiresAtMs = statement.columnNumber(2);
        if (expiresAtMs !== 0 && expiresAtMs < expiryMs) continue;
        const length = statement.columnLength(0);
        if (length > key.bytes.length) key.bytes = new Uint8Array(2 * length);
        key.start = 0;
        key.end = length;
        statement.columnInto(0, key.bytes, 0);
        visit(key, statement.columnNumber(1));
      }
    } finally {
      statement.reset();
    }
    return next;
  }
}

/** The least key greater than all that begin with `prefix`, undefined if there is none. */
function successor(prefix: Uint8Array): Uint8Array | undefined {
  let length = prefix.length;
  while (length > 0 && prefix[length - 1] === 0xff) length--;
  if (length === 0) return undefined;
  const result = prefix.slice(0, length);
  result[length - 1]!++;
  return result;
}
