/**
 * FILTER of FT.CREATE: the expression that documents must fulfil to be indexed.
 *
 * @module
 */

import { compileExpression, type Evaluate, type Row } from "../aggregate/expressions.ts";
import { isTrue, numberOfText } from "../aggregate/values.ts";
import { CommandError } from "../../store/values/errors.ts";
import { latin1 } from "../../store/values/slice.ts";
import type { Field } from "./definition.ts";
import type { DocumentSource } from "./source.ts";

/** Tells the documents of an index from others. */
export class DocumentFilter {
  readonly #names: string[] = [];
  readonly #byName: ReadonlyMap<string, Field>;
  readonly #evaluate: Evaluate;

  /** @param expression Its bytes as characters. @param byName The index's fields. */
  constructor(expression: string, byName: ReadonlyMap<string, Field>) {
    this.#byName = byName;
    this.#evaluate = compileExpression(expression, {
      slot: (name) => {
        const known = this.#names.indexOf(name);
        return known >= 0 ? known : this.#names.push(name) - 1;
      },
    });
  }

  /** Whether a document fulfils it. */
  accepts(source: DocumentSource): boolean {
    const row: Row = this.#names.map((name) => {
      const field = this.#byName.get(name);
      const bytes = source.bytes(field?.path ?? name);
      if (bytes === undefined) return undefined;
      const text = latin1(bytes, 0, bytes.length);
      return field?.type === "NUMERIC" ? numberOfText(text) ?? text : text;
    });
    try {
      return isTrue(this.#evaluate(row));
    } catch (error) {
      // A document that lacks what it asks for is not refused by it.
      if (error instanceof CommandError) return true;
      throw error;
    }
  }
}
