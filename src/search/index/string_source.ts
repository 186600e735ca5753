/**
 * Strings of database 0 as documents of one field, for search without a schema. Rules say which of
 * them: what is said of a key itself counts most, then patterns, the latest first, then what is said
 * of the database, and of all.
 *
 * @module
 */

import { TYPE } from "../../store/file/schema.ts";
import type { Store } from "../../store/store.ts";
import { Glob } from "../../store/values/glob.ts";
import { latin1, type Slice } from "../../store/values/slice.ts";
import type { Field, IndexDefinition, StringRule } from "./definition.ts";
import { BytesValue, type DocumentSource, type FieldValue } from "./source.ts";

/** The one field. */
export const CONTENT = "content";
/** Longest string that is taken for a text, in bytes. */
const MOST_BYTES = 1 << 20;

const NAME = new TextEncoder().encode(CONTENT);
const strict = new TextDecoder("utf-8", { fatal: true });

/** Strings by key. */
export class StringSource implements DocumentSource {
  expiresAtMs = 0;
  readonly #store: Store;
  readonly #covered: (key: Slice) => boolean;
  #bytes: Uint8Array = new Uint8Array(0);

  constructor(store: Store, { rules = [] }: IndexDefinition) {
    this.#store = store;
    this.#covered = coverage(rules);
  }

  /** Goes to the string of a key. @returns Whether there is one that is a text and covered by the rules. */
  open(key: Slice): boolean {
    const { keyspace, strings } = this.#store;
    if (!this.#covered(key) || keyspace.find(0, key) !== TYPE.STRING) return false;
    if (keyspace.row.length > MOST_BYTES) return false;
    this.expiresAtMs = keyspace.row.expiresAtMs;
    this.#bytes = strings.loaded().materialize().copy();
    return isText(this.#bytes);
  }

  value(field: Field): FieldValue | undefined {
    return field.path === CONTENT ? new BytesValue(this.#bytes) : undefined;
  }

  bytes(path: string): Uint8Array | undefined {
    return path === CONTENT ? this.#bytes : undefined;
  }

  /** The string under the name of the field. */
  all(): [Uint8Array, Uint8Array][] {
    return [[NAME, this.#bytes]];
  }
}

function isText(bytes: Uint8Array): boolean {
  try {
    strict.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Tells of a key whether rules cover it. */
function coverage(rules: readonly StringRule[]): (key: Slice) => boolean {
  const keys = new Map<string, boolean>();
  const patterns: { glob: Glob; enabled: boolean }[] = [];
  let broad = false, database: boolean | undefined;
  for (const { level, target, enabled } of rules) {
    if (level === "key") keys.set(target, enabled);
    else if (level === "pattern") patterns.unshift({ glob: new Glob(bytesOf(target)), enabled });
    else if (level === "database") database = enabled;
    else broad = enabled;
  }
  const otherwise = database ?? broad;
  return (key) => {
    const { bytes, start, end } = key;
    const own = keys.size === 0 ? undefined : keys.get(latin1(bytes, start, end));
    if (own !== undefined) return own;
    const fits = patterns.find(({ glob }) => glob.all || glob.matches(bytes, start, end));
    return fits?.enabled ?? otherwise;
  };
}

const bytesOf = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
