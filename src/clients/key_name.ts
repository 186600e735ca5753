import type { KeyBytes } from "../engine/changes.ts";
import { mapKey } from "../store/values/map_key.ts";

/** One string for a key of a database, for maps. */
export function keyName(db: number, key: KeyBytes): string {
  return `${db}:${mapKey(key)}`;
}
