/** Messages that clients publish, for the stream: they follow what their turn has written. */

import type { Slice } from "../../store/values/slice.ts";

const encoder = new TextEncoder();

/** The messages of the turn that runs. */
export class PublishedMessages {
  #parts: Uint8Array[] = [];

  /** Whether there are none. */
  get isEmpty(): boolean {
    return this.#parts.length === 0;
  }

  /** Adds one. @param command By which it was published. */
  add(command: string, channel: Slice, message: Slice): void {
    const words = [encoder.encode(command), channel.copy(), message.copy()];
    this.#parts.push(
      ...words.flatMap((word, i) => [
        encoder.encode(`${i === 0 ? "*3\r\n" : "\r\n"}$${word.length}\r\n`),
        word,
      ]),
      encoder.encode("\r\n"),
    );
  }

  /** What they are in the stream, and forgets them. */
  take(): readonly Uint8Array[] {
    const parts = this.#parts;
    this.#parts = [];
    return parts;
  }
}
