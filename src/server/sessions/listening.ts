/** Reading of a connection as bytes come, without a promise for each read. */

import type { ReadySource } from "../../runtime/network.ts";

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
   * @param room Where the next bytes go.
   * @param received Takes how many have come; tells whether to go on.
   * @returns Whether more may come.
   * @throws {Error} What `received` throws.
   */
  run(room: () => Uint8Array, received: (size: number) => boolean): Promise<boolean> {
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
        const size = source.take(room());
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
