/**
 * Where the data stand in a stream of changes, for whoever goes on with the stream at the next start: a
 * server that followed another, or was followed. It is written in the transaction of the data that it
 * is about, and taken away by the first write of whoever does not know of the stream: an older place
 * would have changes made twice.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Settings } from "./settings.ts";

/** The setting of the file that has it. */
const NAME = "stream-place";

/** The place in a stream that a file keeps. */
export class StreamPlace {
  readonly #engine: Engine;
  readonly #settings: Settings;
  /** What the file has; undefined if that is not known. */
  #kept: string | undefined;
  /** Whether writes are made by who says the place with each of them. */
  #told = false;

  /** Takes the file's engine. */
  constructor(engine: Engine, settings: Settings) {
    this.#engine = engine;
    this.#settings = settings;
    engine.addListener({
      forget: () => {
        this.#kept = undefined;
      },
      beforeCommit: () => {},
      beginWrite: () => {
        if (!this.#told) this.#write("");
      },
    });
  }

  /** What the file keeps; empty if that is nothing. */
  get text(): string {
    return this.#kept ??= this.#settings.own(NAME) ?? "";
  }

  /** Says the place, in the turn that makes it so. Whoever does says it with every turn, or lets go. */
  tell(text: string): void {
    this.#told = true;
    this.#engine.write();
    this.#write(text);
  }

  /** The next turn that writes leaves the stream: what is kept is then over. */
  letGo(): void {
    this.#told = false;
  }

  #write(text: string): void {
    if (this.text === text) return;
    this.#settings.setOwn(NAME, text);
    this.#kept = text;
  }
}
