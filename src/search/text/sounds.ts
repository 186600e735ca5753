/** How words sound: codes of Double Metaphone, of which RediSearch keeps the primary one. */

// The whole address, for a program elsewhere has an import map of its own.
// deno-lint-ignore no-import-prefix
import DoubleMetaphone from "npm:doublemetaphone@0.1.2";
import { latin1 } from "../../store/values/slice.ts";

/** What of the package is used. */
interface Encoder {
  /** The codes of a text; null of an empty one. */
  doubleMetaphone(text: string): { readonly primary: string } | null;
}

const ENCODER: Encoder = new DoubleMetaphone();
const encoder = new TextEncoder();

/** The code that a word sounds by, of up to four letters. */
export function soundOf(term: string): string {
  return ENCODER.doubleMetaphone(bytesOf(term))?.primary ?? "";
}

/**
 * Bytes as characters, for RediSearch looks at bytes, and makes nothing of those beyond ASCII, nor of
 * spaces at the ends, which it does not drop.
 */
function bytesOf(term: string): string {
  const bytes = encoder.encode(term);
  return latin1(bytes, 0, bytes.length).replace(
    /[\x80-\xff]|^ +| +$/g,
    (bytes) => "\xa7".repeat(bytes.length),
  );
}
