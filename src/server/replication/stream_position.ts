/** Where somebody is in a stream of changes, and how a file keeps it. */

/** A place in a stream. */
export interface StreamPosition {
  /** The stream's id. */
  readonly id: string;
  /** Bytes of it so far. */
  readonly offset: number;
  /** The database that it has selected. */
  readonly db: number;
  /** The id that it had before, up to a byte counted from 1. */
  readonly former: { readonly id: string; readonly offset: number };
}

/** What a stream was that has always had its id. */
export const NO_STREAM: StreamPosition["former"] = { id: "0".repeat(40), offset: -1 };

/** A place as a text. */
export function writePosition({ id, offset, db, former }: StreamPosition): string {
  return `${id} ${offset} ${db} ${former.id} ${former.offset}`;
}

/** Reads such a text; undefined if it is none. */
export function readPosition(text: string): StreamPosition | undefined {
  const [, id = "", offset, db, formerId = "", formerOffset] =
    /^([0-9a-f]{40}) (\d+) (\d+) ([0-9a-f]{40}) (-?\d+)$/.exec(text) ?? [];
  if (id === "") return undefined;
  const former = { id: formerId, offset: Number(formerOffset) };
  return { id, offset: Number(offset), db: Number(db), former };
}
