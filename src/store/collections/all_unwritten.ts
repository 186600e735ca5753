/**
 * All rows that are not written yet, of whatever kind, as the engine sees them: they are written, set
 * apart and forgotten together. Their records share the row cache.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { HeldRows } from "../../engine/held_rows.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import type { RowCache } from "../keys/row_cache.ts";
import type { UnwrittenRows } from "../keys/held/unwritten.ts";

/** Holds the kinds together. */
export class AllUnwritten implements HeldRows {
  readonly #strings: UnwrittenRows;
  readonly #elements: UnwrittenRows;
  spilled = false;

  /** @param elements Those whose records have a negative space. */
  constructor(engine: Engine, cache: RowCache, strings: UnwrittenRows, elements: UnwrittenRows) {
    this.#strings = strings;
    this.#elements = elements;
    cache.onGivenUp = (record) => {
      const written = this.written;
      (cache.space(record) < 0 ? elements : strings).settleRecord(record);
      if (this.isApart && this.written === written) this.spilled = true;
    };
    engine.heldRows = this;
    engine.addListener({
      forget: () => {
        strings.forget();
        elements.forget();
      },
      beforeCommit: () => {
        if (!this.isApart) this.#settleAll();
      },
      settleRows: () => this.#settleAll(),
    });
  }

  #settleAll(): void {
    this.#strings.settleAll();
    this.#elements.settleAll();
  }

  get count(): number {
    return this.#strings.count + this.#elements.count;
  }

  get share(): number {
    return this.#strings.share + this.#elements.share;
  }

  get noted(): number {
    return this.#strings.noted + this.#elements.noted;
  }

  get isApart(): boolean {
    return this.#strings.isApart || this.#elements.isApart;
  }

  get left(): number {
    return this.#strings.left + this.#elements.left;
  }

  get written(): number {
    return this.#strings.written + this.#elements.written;
  }

  setApart(): void {
    this.spilled = false;
    this.#strings.setApart();
    this.#elements.setApart();
  }

  writeApart(rows: number): boolean {
    return this.#strings.writeApart(rows) && this.#elements.writeApart(rows);
  }

  gather(rows: number): Statement | undefined {
    return (this.#strings.left > 0 ? this.#strings : this.#elements).gather(rows);
  }

  border(): Statement | undefined {
    return (this.#strings.left > 0 ? this.#strings : this.#elements).border();
  }

  rejoin(): void {
    this.#strings.rejoin();
    this.#elements.rejoin();
  }
}
