/** Which properties rows have, and where their values come from. */

import type { Field } from "../index/definition.ts";

/** Where the value of a property comes from. */
export type Origin =
  /** A step computes it. */
  | { readonly kind: "computed" }
  /** The sort value of a field. */
  | { readonly kind: "sort"; readonly field: Field }
  /** The document itself. */
  | { readonly kind: "document"; readonly path: string; readonly numeric: boolean }
  /** The document's key. */
  | { readonly kind: "key" }
  /** Its score. */
  | { readonly kind: "score" };

/** A property of rows. */
export interface Property {
  readonly name: string;
  readonly slot: number;
  origin: Origin;
}

/** The slot of a document's number in every row. */
export const NUMBER_SLOT = 0;

/** The properties that rows have between two GROUPBYs, in the order that results show them. */
export class Lookup {
  /** The properties. */
  readonly properties: Property[] = [];
  readonly #byName = new Map<string, Property>();
  readonly #fields: ReadonlyMap<string, Field>;

  /** @param fields Those of the index, of which rows can have values; none behind a GROUPBY. */
  constructor(fields: ReadonlyMap<string, Field>) {
    this.#fields = fields;
  }

  /** How many values a row has room for. */
  get slots(): number {
    return this.properties.length + 1;
  }

  /** The property of a name, if there is one yet. */
  get(name: string): Property | undefined {
    return this.#byName.get(name);
  }

  /** The field of the index that a name stands for. */
  field(name: string): Field | undefined {
    return this.#fields.get(name);
  }

  /** Adds a property, or gives the one of that name another origin. */
  put(name: string, origin: Origin): Property {
    const known = this.#byName.get(name);
    if (known !== undefined) {
      known.origin = origin;
      return known;
    }
    const property: Property = { name, slot: this.slots, origin };
    this.properties.push(property);
    this.#byName.set(name, property);
    return property;
  }

  /** The property of a name, that of a sortable field included; undefined if there is none. */
  read(name: string): Property | undefined {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const field = this.#fields.get(name);
    return field?.sortable ? this.put(name, { kind: "sort", field }) : undefined;
  }
}
