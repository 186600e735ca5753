/** How large keys are: for each database and type how many there are of each power of two. */

import { TYPE } from "../file/schema.ts";
import type { Store } from "../store.ts";

/** The types that are told, as `INFO keysizes` names what is counted in them. */
const MEASURES: readonly (readonly [type: number, name: string])[] = [
  [TYPE.STRING, "strings_sizes"],
  [TYPE.LIST, "lists_items"],
  [TYPE.SET, "sets_items"],
  [TYPE.ZSET, "zsets_items"],
  [TYPE.HASH, "hashes_items"],
];

const SIZES = `SELECT type, coalesce(length, length(value), 0), count(*) FROM keys
  WHERE space = ?1 AND (expires_at IS NULL OR expires_at > ?2) GROUP BY 1, 2`;

/** Keys of one type in one database. */
export interface KeySizes {
  /** What is counted: bytes of strings, elements of the others. */
  readonly measure: string;
  /** How many keys have a size from a power of two on, up to the next; 0 has an entry of its own. */
  readonly counts: ReadonlyMap<number, number>;
}

/** The sizes of a database's keys. Looks at every key. */
export function keySizes(store: Store, db: number): KeySizes[] {
  const { engine, databases } = store;
  engine.read();
  engine.settleRows();
  const byType = new Map<number, Map<number, number>>();
  const statement = engine.prepare(SIZES);
  statement.bindInteger(1, databases.space(db));
  statement.bindInteger(2, engine.nowMs);
  while (statement.step()) {
    const type = statement.columnNumber(0);
    const size = statement.columnNumber(1);
    const from = size === 0 ? 0 : 2 ** Math.floor(Math.log2(size));
    let counts = byType.get(type);
    if (counts === undefined) byType.set(type, counts = new Map());
    counts.set(from, (counts.get(from) ?? 0) + statement.columnNumber(2));
  }
  statement.finalize();
  const sizes: KeySizes[] = [];
  for (const [type, measure] of MEASURES) {
    const counts = byType.get(type);
    if (counts === undefined) continue;
    sizes.push({ measure, counts: new Map([...counts].sort(([a], [b]) => a - b)) });
  }
  return sizes;
}
