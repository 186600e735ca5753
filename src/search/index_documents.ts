/**
 * The documents of an index by their numbers, as their keys hold them now.
 *
 * @module
 */

import { latin1, Slice } from "../store/values/slice.ts";
import type { HashColumn, HashColumns } from "./index/columns/hash_columns.ts";
import type { Contents } from "./index/contents.ts";
import type { Field } from "./index/definition.ts";
import { JsonSource } from "./index/json_source.ts";
import type { HashSource } from "./index/source.ts";
import type { StringSource } from "./index/string_source.ts";
import type { Documents, LoadedDocument } from "./results.ts";

/** What documents ask of their index. */
export interface DocumentsOf {
  readonly contents: Contents;
  readonly columns: HashColumns | undefined;
  /** Fields that tell of the document and are not shown with it, a character for each byte. */
  readonly hiddenFields: readonly string[];
  /** The field of a name in queries. */
  field(name: string): Field | undefined;
  /** Reads what a key holds as a document; undefined if it is none. */
  open(key: Slice): HashSource | JsonSource | StringSource | undefined;
}

/** The documents of an index by their numbers. */
export class IndexDocuments implements Documents {
  readonly #index: DocumentsOf;

  constructor(index: DocumentsOf) {
    this.#index = index;
  }

  column(path: string): HashColumn | undefined {
    return this.#index.columns?.get(path);
  }

  get count(): number {
    return this.#index.contents.state.documents;
  }

  key(number: number): Uint8Array {
    return this.#index.contents.key(number) ?? new Uint8Array(0);
  }

  payload(number: number): Uint8Array | undefined {
    return this.#index.contents.payload(number);
  }

  ownScore(number: number): number {
    return this.#index.contents.facts.score(number);
  }

  sortValue(field: Field, number: number): number | string | undefined {
    const { contents } = this.#index;
    if (field.type === "NUMERIC") {
      const value = contents.columns.numbers(field).get(number);
      return Number.isNaN(value) ? undefined : value;
    }
    return contents.columns.sortTexts(field).get(number);
  }

  load(number: number, dialect = 1): LoadedDocument | undefined {
    const index = this.#index;
    const key = index.contents.key(number);
    const source = key === undefined ? undefined : index.open(new Slice(key));
    if (source === undefined) return undefined;
    return {
      value: (name) => {
        const field = index.field(name);
        const path = field?.path ?? name;
        if (!(source instanceof JsonSource)) return source.bytes(path);
        if (dialect < 3) return source.shown(path);
        // A sort value is taken for the value.
        const sorted = field?.sortable ? this.sortValue(field, number) : undefined;
        return sorted === undefined ? source.array(path) : source.bytes(path);
      },
      all: () => {
        const hidden = index.hiddenFields;
        const fields = source.all();
        if (dialect >= 3 && source instanceof JsonSource) {
          return fields.map(([name]) => [name, source.array("$") ?? name]);
        }
        if (hidden.length === 0) return fields;
        return fields.filter(([name]) => !hidden.includes(latin1(name, 0, name.length)));
      },
    };
  }
}
