/** What INFO says of the keys of databases: `# Keyspace` and `# Keysizes`. */

import { keySizes } from "../../../store/keys/key_sizes.ts";
import type { Store } from "../../../store/store.ts";
import type { Section } from "./section.ts";

/** Keys beyond which only who asks for the section by its name gets it: it takes a look at each. */
export const KEYS_SIZED_UNASKED = 20_000;

/** A field for each type of each database: how many keys there are of which size. */
export function keySizeFields(store: Store): Record<string, string> {
  const fields: Record<string, string> = {};
  for (let db = 0; db < store.databases.count; db++) {
    if (store.databases.keys(db) === 0) continue;
    for (const { measure, counts } of keySizes(store, db)) {
      fields[`db${db}_distrib_${measure}`] = [...counts]
        .map(([from, count]) => `${shorten(from)}=${count}`)
        .join(",");
    }
  }
  return fields;
}

/** A power of two as 512, 1K, 2M. */
function shorten(power: number): string {
  const units = ["", "K", "M", "G", "T", "P"];
  let unit = 0;
  for (; power >= 1024 && unit < units.length - 1; unit++) power /= 1024;
  return `${power}${units[unit]}`;
}

/** Whether there are few enough keys to look at each unasked. */
export function isQuicklySized({ databases }: Store): boolean {
  let keys = 0;
  for (let db = 0; db < databases.count; db++) keys += databases.keys(db);
  return keys <= KEYS_SIZED_UNASKED;
}

/** `# Keyspace`. */
export const keyspace: Section = ({ store }) => {
  const fields: Record<string, string> = {};
  for (let db = 0; db < store.databases.count; db++) {
    const rows = store.databases.keys(db);
    if (rows === 0) continue;
    const keys = store.keyspace.facts.size(db);
    // What is expired and not yet deleted is neither a key nor an expiry.
    const expires = store.databases.expires(db) - (rows - keys);
    if (keys === 0) continue;
    fields[`db${db}`] = `keys=${keys},expires=${expires},` +
      `avg_ttl=${store.keyspace.facts.meanTtlMs(db)},subexpiry=${
        store.hashes.expiry.countHashes(db)
      }`;
  }
  return fields;
};
