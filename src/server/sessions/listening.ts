/** Reading of a connection as bytes come, without a promise for each read. */

import type { ReadySource } from "../../runtime/network.ts";

/** Where what comes is put: behind `bytes[0, end)`. */
export interface ReadBuffer {
  /** The array. */
  readonly bytes: Uint8Array;
  /** How many of its bytes are taken. */
  readonly end: number;
}

/** Listens to one connection, again and again. */
export class Listening {
  readonly #source: ReadySource;
  /** Ends what runs; undefined if nothing does. */
  #leave: ((more: boolean) => void) | undefined;

  /** Takes what the bytes come from. */
  constructor(source: ReadySource) {
    this.#source = source;
  }

  /**
   * Has what comes taken, as long as it may.
   *
   * @param input Where the bytes go.
   * @param received Takes how many have come; tells whether to go on.
   * @returns Whether more may come.
   * @throws {Error} What `received` throws.
   */
  run(input: ReadBuffer, received: (size: number) => boolean): Promise<boolean> {
    const source = this.#source;
    return new Promise((resolve, reject) => {
      const stop = () => {
        this.#leave = undefined;
        source.pause();
      };
      this.#leave = (more) => {
        stop();
        resolve(more);
      };
      source.onReadable(() => {
        const size = source.take(input.bytes, input.end);
        if (size === 0) return;
        try {
          if (size < 0) this.end();
          else if (!received(size)) this.#leave?.(true);
        } catch (error) {
          stop();
          reject(error);
        }
      });
    });
  }

  /** Ends what runs, if anything does: no more will come. */
  end(): void {
    this.#leave?.(false);
  }
}
