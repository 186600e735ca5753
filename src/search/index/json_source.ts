/**
 * JSON documents of database 0 as an index sees them.
 *
 * @module
 */

import type { Collection } from "../../store/collections/collection.ts";
import { TYPE } from "../../store/file/schema.ts";
import { compilePath } from "../../store/json/path/compile.ts";
import { valuesAt } from "../../store/json/path/evaluate.ts";
import type { Path } from "../../store/json/path/syntax.ts";
import { jsonText } from "../../store/json/text.ts";
import { asDouble, isNumber, JsonArray, type JsonValue } from "../../store/json/values.ts";
import type { Store } from "../../store/store.ts";
import type { Slice } from "../../store/values/slice.ts";
import type { Field, VectorField } from "./definition.ts";
import { vectorBytes } from "./vectors.ts";
import { type DocumentSource, type FieldValue, Unindexable } from "./source.ts";

const encoder = new TextEncoder();
const WHOLE = encoder.encode("$");
const QUOTE = 0x22;
/** Compiled paths by their texts; undefined for those that cannot be compiled. */
const paths = new Map<string, Path | undefined>();

/** The path of a text, undefined if it is none. */
export function pathOf(text: string): Path | undefined {
  if (paths.has(text)) return paths.get(text);
  let path: Path | undefined;
  try {
    path = compilePath(text);
  } catch {
    path = undefined;
  }
  if (paths.size > 1024) paths.clear();
  paths.set(text, path);
  return path;
}

/** JSON documents by key. */
export class JsonSource implements DocumentSource {
  expiresAtMs = 0;
  readonly #store: Store;
  #collection: Collection | undefined;
  #root: JsonValue | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Goes to the document of a key. @returns Whether there is one. */
  open(key: Slice): boolean {
    const { keyspace } = this.#store;
    this.#root = undefined;
    if (keyspace.find(0, key) !== TYPE.JSON) return false;
    const { collection } = keyspace.row;
    this.#collection = collection;
    this.expiresAtMs = collection?.expiresAtMs ?? 0;
    return collection !== undefined;
  }

  #values(path: string): JsonValue[] {
    const compiled = pathOf(path);
    if (compiled === undefined) return [];
    const root = this.#root ??= this.#store.documents.read(this.#collection!).root;
    return valuesAt(compiled, root);
  }

  value(field: Field): FieldValue | undefined {
    const values = this.#values(field.path);
    if (values.length === 0 || values.every((value) => value === null)) return undefined;
    return new MatchedValues(values);
  }

  bytes(path: string): Uint8Array | undefined {
    return this.shown(path) ?? undefined;
  }

  /** The first value at a path as results show it: null for JSON's, undefined without one. */
  shown(path: string): Uint8Array | null | undefined {
    const [first] = this.#values(path);
    return first === undefined || first === null ? first : encoder.encode(simpleText(first));
  }

  /** All values at a path as a JSON array, as dialects from 3 on show them. */
  array(path: string): Uint8Array | undefined {
    const values = this.#values(path);
    return values.length === 0 ? undefined : encoder.encode(jsonText(new JsonArray(values)));
  }

  /** The document itself, a text without quotes. */
  all(): [Uint8Array, Uint8Array][] {
    const text = this.#store.documents.text(this.#collection!).copy();
    return [[WHOLE, text[0] === QUOTE ? this.bytes("$") ?? text : text]];
  }
}

/** A value as text: strings without quotes, what has no simple form as JSON. */
function simpleText(value: JsonValue): string {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "1" : "0";
  return jsonText(value);
}

/** What a path finds: one value, an array of values, or several values. */
class MatchedValues implements FieldValue {
  readonly #values: readonly JsonValue[];

  constructor(values: readonly JsonValue[]) {
    const [only] = values;
    this.#values = values.length === 1 && only instanceof JsonArray ? only.items : values;
    this.#isArray = values.length !== 1 || only instanceof JsonArray;
  }
  readonly #isArray: boolean;

  texts(field: Field): readonly Uint8Array[] {
    const texts: Uint8Array[] = [];
    for (const value of this.#values) {
      if (value === null) continue;
      const isTag = field.type === "TAG" && typeof value === "boolean" && !this.#isArray;
      if (typeof value !== "string" && !isTag) throw wrongValue(field);
      texts.push(encoder.encode(String(value)));
    }
    return texts;
  }

  vector(field: VectorField): Uint8Array {
    return vectorBytes(this.numbers(field), field);
  }

  numbers(field: Field): readonly number[] {
    const numbers: number[] = [];
    for (const value of this.#values) {
      if (value === null) continue;
      if (!isNumber(value)) throw wrongValue(field);
      numbers.push(asDouble(value));
    }
    return numbers;
  }
}

function wrongValue({ type }: Field): Unindexable {
  const message = type === "NUMERIC"
    ? "NUMERIC fields can only contain numbers or nulls"
    : type === "GEO"
    ? "GEO fields can only contain strings or nulls"
    : "TEXT/TAG fields can only contain strings or nulls";
  return new Unindexable(message, undefined);
}
