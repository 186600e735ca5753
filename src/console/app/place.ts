/** What is looked at, as the address says it: `#keys/0/user%3A1`. */

import { useEffect, useState } from "preact/hooks";
import type { ByteString } from "../data/bytes.ts";

/** A place in the console. */
export interface Place {
  readonly view: string;
  readonly db: number;
  readonly key: ByteString | undefined;
}

/** The address of a place. */
export function addressOf({ view, db, key }: Place): string {
  return `#${view}/${db}${key === undefined ? "" : `/${encodeURIComponent(key)}`}`;
}

function placeOf(address: string): Place {
  const [view = "", db = "", key] = address.replace(/^#/, "").split("/");
  return { view: view || "keys", db: Number.parseInt(db) || 0, key: decoded(key) };
}

function decoded(key: string | undefined): ByteString | undefined {
  if (key === undefined) return undefined;
  try {
    return decodeURIComponent(key) as ByteString;
  } catch {
    return undefined;
  }
}

/** Goes to a place. */
export function goTo(place: Place): void {
  location.hash = addressOf(place);
}

/** The place that the address says, as it changes. */
export function usePlace(): Place {
  const [place, setPlace] = useState(() => placeOf(location.hash));
  useEffect(() => {
    const changed = () => setPlace(placeOf(location.hash));
    addEventListener("hashchange", changed);
    // It may have changed since it was read.
    changed();
    return () => removeEventListener("hashchange", changed);
  }, []);
  return place;
}
