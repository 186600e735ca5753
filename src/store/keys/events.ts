/** What is told of keys to those who listen: notifications, WATCH, tracking, waiting clients. */

import type { Changes, KeyNote } from "../../engine/changes.ts";
import { TYPE } from "../file/schema.ts";
import type { Slice } from "../values/slice.ts";

/** Where commands tell what they have done to keys. */
export class KeyEvents {
  /** The type of the value that the last write replaced as a whole, `TYPE.NONE` if there was none. */
  replaced: number = TYPE.NONE;
  readonly #engine: { readonly changes: Changes };

  /** @internal */
  constructor(engine: { readonly changes: Changes }) {
    this.#engine = engine;
  }

  /**
   * Notes a change of a key for those who listen.
   *
   * @param fields The fields of a hash that it is about, if {@linkcode tellsFields}.
   */
  changed(db: number, key: Slice, event: string, fields?: readonly Slice[]): void {
    const changes = this.#engine.changes;
    changes.add(db, key, event);
    if (fields !== undefined) changes.details?.fieldsChanged(db, key, event, fields);
  }

  /** Whether anybody wants to know which fields of a hash were changed. */
  get tellsFields(): boolean {
    return this.#engine.changes.details !== undefined;
  }

  /**
   * Notes that a key was given a value as a whole, whatever it held before.
   *
   * @param type The value's type, one of `TYPE`.
   */
  stored(db: number, key: Slice, type: number, event: string): void {
    this.overwrote(db, key, type);
    this.changed(db, key, event);
  }

  /** Tells of the value, if there was one, that the last write replaced by one of type `type`. */
  overwrote(db: number, key: Slice, type: number): void {
    if (this.replaced === TYPE.NONE) return;
    this.noted(db, key, "overwritten");
    if (this.replaced !== type) this.noted(db, key, "type_changed");
  }

  /** @internal Tells what is no change by itself to whoever wants to know. */
  noted(db: number, key: Slice, note: KeyNote): void {
    this.#engine.changes.details?.noted(db, key, note);
  }
}
