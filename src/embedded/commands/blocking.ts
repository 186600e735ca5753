/** The typed methods of the commands that wait. */

import type { Argument, Data } from "../data.ts";
import { CommandGroup } from "./group.ts";
import type { ListSide, LmovemOptions } from "./lists.ts";
import { words } from "./options.ts";
import type { ZsetElement } from "./sorted_sets.ts";

/** Options of the commands that wait. */
export interface WaitOptions {
  /** Seconds to wait, fractions too; for ever by default. */
  timeout?: number;
  /** Ends the waiting: the promise is rejected with its reason. */
  signal?: AbortSignal;
}

/** Options of `blmpop` and `bzmpop`. */
export interface WaitPopOptions extends WaitOptions {
  /** Most elements to pop; 1 by default. */
  count?: number;
}

/** Options of `blmovem`. */
export interface BlmovemOptions extends LmovemOptions, WaitOptions {}

/**
 * The commands that wait for elements, as promises; `V` is what values come back as. Who waits
 * longest is served first, whichever process on the same file adds the element. Inside a
 * transaction they do not wait. The process does not end while one of them waits.
 */
export abstract class BlockingCommands<V extends Data> extends CommandGroup<V> {
  /** BLPOP: pops the first element of the first list that has one. @returns `null` if none came. */
  blpop(
    keys: Data | readonly Data[],
    options: WaitOptions = {},
  ): Promise<[key: V, element: V] | null> {
    return this.runWaiting(["BLPOP", ...listOf(keys), options.timeout ?? 0], options.signal);
  }

  /** BRPOP: pops the last element of the first list that has one. @returns `null` if none came. */
  brpop(
    keys: Data | readonly Data[],
    options: WaitOptions = {},
  ): Promise<[key: V, element: V] | null> {
    return this.runWaiting(["BRPOP", ...listOf(keys), options.timeout ?? 0], options.signal);
  }

  /** BLMPOP: pops elements of the first list that has any. @returns `null` if none came. */
  blmpop(
    keys: readonly Data[],
    side: ListSide,
    options: WaitPopOptions = {},
  ): Promise<[key: V, elements: V[]] | null> {
    return this.runWaiting(
      ["BLMPOP", options.timeout ?? 0, ...popWords(keys, side, options)],
      options.signal,
    );
  }

  /** BLMOVE: moves an element from an end of a list to an end of another. @returns It, or `null`. */
  blmove(
    source: Data,
    destination: Data,
    from: ListSide,
    to: ListSide,
    options: WaitOptions = {},
  ): Promise<V | null> {
    return this.runWaiting(
      ["BLMOVE", source, destination, from, to, options.timeout ?? 0],
      options.signal,
    );
  }

  /** BLMOVEM: moves several elements, one without options. @returns `null` if they did not come. */
  blmovem(
    source: Data,
    destination: Data,
    from: ListSide,
    to: ListSide,
    options: WaitOptions | BlmovemOptions = {},
  ): Promise<V[] | null> {
    const { timeout, signal: _, ...move } = options;
    const { order, ...amount }: Partial<LmovemOptions> = move;
    const block = order === undefined ? [] : [...words(amount), order];
    return this.runWaiting(
      ["BLMOVEM", source, destination, from, to, timeout ?? 0, ...block],
      options.signal,
    );
  }

  /** BRPOPLPUSH: moves the last element of a list to the front of another. @returns It, or `null`. */
  brpoplpush(source: Data, destination: Data, options: WaitOptions = {}): Promise<V | null> {
    return this.runWaiting(
      ["BRPOPLPUSH", source, destination, options.timeout ?? 0],
      options.signal,
    );
  }

  /** BZPOPMIN: pops the member with the lowest score of the first sorted set that has any. */
  bzpopmin(
    keys: Data | readonly Data[],
    options: WaitOptions = {},
  ): Promise<[key: V, member: V, score: number] | null> {
    return this.runWaiting(["BZPOPMIN", ...listOf(keys), options.timeout ?? 0], options.signal);
  }

  /** BZPOPMAX: pops the member with the highest score of the first sorted set that has any. */
  bzpopmax(
    keys: Data | readonly Data[],
    options: WaitOptions = {},
  ): Promise<[key: V, member: V, score: number] | null> {
    return this.runWaiting(["BZPOPMAX", ...listOf(keys), options.timeout ?? 0], options.signal);
  }

  /** BZMPOP: pops members of the first sorted set that has any. @returns `null` if none came. */
  async bzmpop(
    keys: readonly Data[],
    end: "min" | "max",
    options: WaitPopOptions = {},
  ): Promise<{ key: V; elements: ZsetElement<V>[] } | null> {
    const popped = await this.runWaiting<[V, ZsetElement<V>[]] | null>(
      ["BZMPOP", options.timeout ?? 0, ...popWords(keys, end, options)],
      options.signal,
    );
    return popped && { key: popped[0], elements: popped[1] };
  }

  /**
   * WAIT: waits for replicas, of which there are none.
   *
   * @param timeout Milliseconds; 0 is for ever.
   * @returns 0
   */
  wait(
    replicas: number,
    timeout: number,
    options: Pick<WaitOptions, "signal"> = {},
  ): Promise<number> {
    return this.runWaiting(["WAIT", replicas, timeout], options.signal);
  }

  /**
   * WAITAOF: waits until what was written is on the disk.
   *
   * @param local 1 to wait for the disk of this machine.
   * @param replicas 0, for there are none.
   * @param timeout Milliseconds; 0 is for ever.
   * @returns Whether it is on the disk here (1 or 0), and 0.
   */
  waitaof(
    local: 0 | 1,
    replicas: number,
    timeout: number,
    options: Pick<WaitOptions, "signal"> = {},
  ): Promise<[local: number, replicas: number]> {
    return this.runWaiting(["WAITAOF", local, replicas, timeout], options.signal);
  }
}

function listOf(keys: Data | readonly Data[]): readonly Data[] {
  return typeof keys === "string" || keys instanceof Uint8Array ? [keys] : keys;
}

function popWords(keys: readonly Data[], side: string, { count }: WaitPopOptions): Argument[] {
  return [keys.length, ...keys, side, ...(count === undefined ? [] : ["COUNT", count])];
}
