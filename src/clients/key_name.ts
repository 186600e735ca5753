import type { KeyBytes } from "../engine/changes.ts";

/** One string for a key of a database, for maps: the index, a colon, a character for each byte. */
export function keyName(db: number, key: KeyBytes): string {
  return `${db}:${key.latin1()}`;
}
