/** Fields of a hash, each behind the time it expires at. */

import { badDataFormat, MAX_FIELD_EXPIRY_MS } from "./format.ts";
import type { RdbInput } from "./input.ts";
import { PlainElements } from "./plain.ts";

/** A walk over fields and values that knows when the field given last expires. */
export class TimedFields extends PlainElements {
  /** When the field expires, 0 for never. */
  expiresAtMs = 0;
  readonly #base: number;

  /**
   * Reads the number of fields.
   *
   * @param base What is to be added to a time to make it absolute.
   */
  constructor(input: RdbInput, base: number) {
    super(input);
    this.#base = base;
  }

  /** Reads when the field expires. */
  protected override lead(): void {
    const time = this.input.length();
    this.expiresAtMs = time === 0 ? 0 : time + this.#base;
    if (this.expiresAtMs > MAX_FIELD_EXPIRY_MS) throw badDataFormat();
  }
}
