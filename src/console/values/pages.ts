/** Pages of collections that may have a million elements: only one of them is here at a time. */

import { useState } from "preact/hooks";
import { type Loaded, useLoaded } from "../ui/loaded.tsx";

/** Elements of a page. */
export const PAGE = 100;

/** Elements that one command looks at where a pattern leaves few of them. */
export const SOUGHT = 2000;

/** Commands that a page is filled by at most, where each finds little. */
const LOOKS = 50;

/** A walk through pages. */
export interface Pages<Row> {
  readonly loaded: Loaded<readonly Row[]>;
  /** The first row's position; undefined where nobody knows. */
  readonly from: number | undefined;
  readonly previous: (() => void) | undefined;
  readonly next: (() => void) | undefined;
  /** Goes to the page that a position is on; undefined where there are none. */
  readonly goTo: ((position: number) => void) | undefined;
}

/**
 * Pages that begin at positions.
 *
 * @param load Gets the rows from one position to another, both included.
 */
export function usePositions<Row>(
  total: number,
  load: (from: number, to: number, signal: AbortSignal) => Promise<readonly Row[]>,
  on: readonly unknown[],
): Pages<Row> {
  const [wanted, setFrom] = useState(0);
  const from = Math.max(0, Math.min(wanted, total - 1));
  const loaded = useLoaded((signal) => load(from, from + PAGE - 1, signal), [...on, from]);
  return {
    loaded,
    from,
    previous: from > 0 ? () => setFrom(Math.max(0, from - PAGE)) : undefined,
    next: from + PAGE < total ? () => setFrom(from + PAGE) : undefined,
    goTo: total > PAGE ? (position) => setFrom(position) : undefined,
  };
}

/**
 * Pages that a cursor leads to, each from the one before.
 *
 * @param load Gets the rows at a cursor, and the next.
 */
export function useCursors<Row>(
  load: (cursor: string, signal: AbortSignal) => Promise<{ cursor: string; rows: readonly Row[] }>,
  on: readonly unknown[],
): Pages<Row> {
  const about = JSON.stringify(on);
  const [path, setPath] = useState({ about, cursors: ["0"] });
  // Another question begins with its first page.
  const cursors = path.about === about ? path.cursors : ["0"];
  const at = cursors.at(-1) ?? "0";
  const { value, ...loaded } = useLoaded(async (signal) => {
    const rows: Row[] = [];
    let cursor = at;
    for (let looks = 0; looks < LOOKS && rows.length < PAGE / 2; looks++) {
      const found = await load(cursor, signal);
      rows.push(...found.rows);
      cursor = found.cursor;
      if (cursor === "0") break;
    }
    return { cursor, rows };
  }, [about, at]);
  const next = value?.cursor;
  return {
    loaded: { ...loaded, value: value?.rows },
    from: undefined,
    previous: cursors.length > 1
      ? () => setPath({ about, cursors: cursors.slice(0, -1) })
      : undefined,
    next: next !== undefined && next !== "0"
      ? () => setPath({ about, cursors: [...cursors, next] })
      : undefined,
    goTo: undefined,
  };
}
