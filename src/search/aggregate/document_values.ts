/** Values of documents by their numbers, for rows. */

import type { Documents, LoadedDocument } from "../results.ts";
import { byteText, byteTextOf } from "./byte_text.ts";
import type { Origin } from "./lookup.ts";
import { numberOfText, type Value } from "./values.ts";

/** Reads a value of a document; undefined if it has none. */
export type ReadValue = (number: number) => Value | undefined;

/** Texts whose numbers are remembered. */
const MOST_NUMBERS = 4096;

/** Reads documents, each once at most while it is the current one. */
export class DocumentValues {
  readonly #documents: Documents;
  readonly #dialect: number;
  #loaded: LoadedDocument | undefined;
  #loadedNumber = 0;

  readonly #checkTime: () => void;

  /**
   * @param dialect The query's: from 3 on, values of JSON are arrays of all that a path finds.
   * @param checkTime Throws where time is up; called behind documents that were read.
   */
  constructor(documents: Documents, dialect: number, checkTime: () => void) {
    this.#checkTime = checkTime;
    this.#documents = documents;
    this.#dialect = dialect;
  }

  /** The document of a number; undefined if its key is gone. */
  load(number: number): LoadedDocument | undefined {
    if (number !== this.#loadedNumber) {
      if (this.#loadedNumber !== 0) this.#checkTime();
      this.#loaded = this.#documents.load(number, this.#dialect);
      this.#loadedNumber = number;
    }
    return this.#loaded;
  }

  /** What reads values of an origin. */
  reader(origin: Origin): ReadValue {
    const documents = this.#documents;
    switch (origin.kind) {
      case "sort": {
        const { field } = origin;
        return (number) => {
          const value = documents.sortValue(field, number);
          return typeof value === "string" ? byteTextOf(value) : value;
        };
      }
      case "document": {
        const { path, numeric } = origin;
        const column = documents.column(path);
        const read = (number: number): string | null | undefined => {
          const known = column?.at(number);
          if (known !== undefined) return known ?? undefined;
          const bytes = this.load(number)?.value(path);
          return bytes === undefined || bytes === null ? bytes : byteText(bytes);
        };
        if (!numeric) return read;
        const numbers = new Map<string, Value>();
        return (number) => {
          const text = read(number);
          if (text === null || text === undefined) return text;
          let value = numbers.get(text);
          if (value === undefined) {
            if (numbers.size >= MOST_NUMBERS) numbers.clear();
            numbers.set(text, value = numberOfText(text) ?? text);
          }
          return value;
        };
      }
      case "key":
        return (number) => byteText(documents.key(number));
      default:
        return () => undefined;
    }
  }
}
