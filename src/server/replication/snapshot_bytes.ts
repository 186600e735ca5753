/** Which of the bytes that a master sends are its snapshot, and whether that ends where it should. */

import { LinkError } from "../links/redis_link.ts";

/** What is known of a snapshot's end before it is there. */
export type SnapshotEnd = { readonly size: number } | { readonly mark: string };

const decoder = new TextDecoder();

/** Counts the bytes of a snapshot: so many, or up to a mark. */
export class SnapshotBytes {
  /** Bytes that have come. */
  read = 0;
  /** Bytes that there are, -1 if that is not told. */
  readonly total: number;
  readonly #mark: string;
  #found = false;

  constructor(end: SnapshotEnd) {
    this.total = "size" in end ? end.size : -1;
    this.#mark = "mark" in end ? end.mark : "";
  }

  /** Bytes that may be read before another look is taken. */
  get most(): number {
    return this.total < 0 ? Infinity : this.total - this.read;
  }

  /** Whether all of it has come. */
  get ended(): boolean {
    return this.total < 0 ? this.#found : this.read === this.total;
  }

  /** Counts bytes. */
  take(chunk: Uint8Array): Uint8Array {
    this.read += chunk.length;
    return chunk;
  }

  /** Looks at what its reader has come to. @throws {LinkError} If it ends elsewhere. */
  check({ ended, rest }: { readonly ended: boolean; readonly rest: Uint8Array }): void {
    if (this.total >= 0) {
      if (this.ended && !ended) throw new LinkError("its data end too early");
      return;
    }
    if (!ended) return;
    const text = decoder.decode(rest);
    if (
      !this.#mark.startsWith(text.slice(0, this.#mark.length)) || text.length > this.#mark.length
    ) {
      throw new LinkError("its data do not end with the mark that it told");
    }
    this.#found = text.length === this.#mark.length;
  }
}
