/** The typed methods of the commands that wait. */

import type { Argument, Data, Key } from "../data.ts";
import { counted, keyList } from "./given.ts";
import { CommandGroup } from "./group.ts";
import type { ListSide } from "./lists.ts";
import { LMOVEM, type LmovemOptions, moveWords } from "./options.ts";
import { checked, type Kinds } from "./option_words.ts";
import type { ZsetElement } from "./sorted_sets.ts";

/**
 * Options of the commands that wait.
 *
 * @example
 * ```ts
 * import { Redlite, type WaitOptions } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const options: WaitOptions = { timeout: 0.01 };
 * console.log(await db.blpop("queue", options)); // null
 * ```
 */
export interface WaitOptions {
  /** Seconds to wait, fractions too; for ever by default. */
  timeout?: number;
  /** Ends the waiting: the promise is rejected with its reason. */
  signal?: AbortSignal;
}

/** What they take. */
const WAIT: Kinds<WaitOptions> = { timeout: "number", signal: "signal" };

/**
 * Options of `blmpop` and `bzmpop`.
 *
 * @example
 * ```ts
 * import { Redlite, type WaitPopOptions } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.rpush("queue", 1, 2, 3);
 * const options: WaitPopOptions = { count: 2, timeout: 1 };
 * console.log(await db.blmpop(["queue"], "left", options)); // ["queue", ["1", "2"]]
 * ```
 */
export interface WaitPopOptions extends WaitOptions {
  /** Most elements to pop; 1 by default. */
  count?: number;
}

/** What they take. */
const WAIT_POP: Kinds<WaitPopOptions> = { ...WAIT, count: "number" };

/**
 * Options of `blmovem`.
 *
 * @example
 * ```ts
 * import { type BlmovemOptions, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.rpush("queue", 1, 2, 3);
 * const options: BlmovemOptions = { count: 2, order: "bulk", timeout: 1 };
 * console.log(await db.blmovem("queue", "taken", "left", "right", options)); // ["1", "2"]
 * ```
 */
export interface BlmovemOptions extends LmovemOptions, WaitOptions {}

/** What they take. */
const BLMOVEM: Kinds<Partial<BlmovemOptions>> = { ...WAIT, ...LMOVEM };

/**
 * The commands that wait for elements, as promises; `V` is what values come back as. Who waits
 * longest is served first, whichever process on the same file adds the element. Inside a
 * transaction they do not wait. The process does not end while one of them waits.
 *
 * @example
 * ```ts
 * import { type BlockingCommands, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const take = (lists: BlockingCommands<string>) => lists.blpop("queue", { timeout: 5 });
 * const job = take(db);
 * db.rpush("queue", "clean");
 * console.log(await job); // ["queue", "clean"]
 * ```
 */
export abstract class BlockingCommands<V extends Data> extends CommandGroup<V> {
  /** BLPOP: pops the first element of the first list that has one. @returns `null` if none came. */
  async blpop(
    keys: Key | readonly Key[],
    options: WaitOptions = {},
  ): Promise<[key: V, element: V] | null> {
    return await this.runWaiting(["BLPOP", ...keyList(keys), timeoutOf(options)], options.signal);
  }

  /** BRPOP: pops the last element of the first list that has one. @returns `null` if none came. */
  async brpop(
    keys: Key | readonly Key[],
    options: WaitOptions = {},
  ): Promise<[key: V, element: V] | null> {
    return await this.runWaiting(["BRPOP", ...keyList(keys), timeoutOf(options)], options.signal);
  }

  /** BLMPOP: pops elements of the first list that has any. @returns `null` if none came. */
  async blmpop(
    keys: Key | readonly Key[],
    side: ListSide,
    options: WaitPopOptions = {},
  ): Promise<[key: V, elements: V[]] | null> {
    return await this.runWaiting(
      ["BLMPOP", timeoutOf(options, WAIT_POP), ...popWords(keys, side, options)],
      options.signal,
    );
  }

  /** BLMOVE: moves an element from an end of a list to an end of another. @returns It, or `null`. */
  async blmove(
    source: Key,
    destination: Key,
    from: ListSide,
    to: ListSide,
    options: WaitOptions = {},
  ): Promise<V | null> {
    return await this.runWaiting(
      ["BLMOVE", source, destination, from, to, timeoutOf(options)],
      options.signal,
    );
  }

  /** BLMOVEM: moves several elements, one without options. @returns `null` if they did not come. */
  async blmovem(
    source: Key,
    destination: Key,
    from: ListSide,
    to: ListSide,
    options: WaitOptions | BlmovemOptions = {},
  ): Promise<V[] | null> {
    const { timeout, signal, ...move }: WaitOptions & Partial<BlmovemOptions> = checked(
      options,
      BLMOVEM,
    );
    const block = "order" in move ? moveWords(move as LmovemOptions) : [];
    return await this.runWaiting(
      ["BLMOVEM", source, destination, from, to, timeout ?? 0, ...block],
      signal,
    );
  }

  /** BRPOPLPUSH: moves the last element of a list to the front of another. @returns It, or `null`. */
  async brpoplpush(source: Key, destination: Key, options: WaitOptions = {}): Promise<V | null> {
    return await this.runWaiting(
      ["BRPOPLPUSH", source, destination, timeoutOf(options)],
      options.signal,
    );
  }

  /** BZPOPMIN: pops the member with the lowest score of the first sorted set that has any. */
  async bzpopmin(
    keys: Key | readonly Key[],
    options: WaitOptions = {},
  ): Promise<[key: V, member: V, score: number] | null> {
    return await this.runWaiting(
      ["BZPOPMIN", ...keyList(keys), timeoutOf(options)],
      options.signal,
    );
  }

  /** BZPOPMAX: pops the member with the highest score of the first sorted set that has any. */
  async bzpopmax(
    keys: Key | readonly Key[],
    options: WaitOptions = {},
  ): Promise<[key: V, member: V, score: number] | null> {
    return await this.runWaiting(
      ["BZPOPMAX", ...keyList(keys), timeoutOf(options)],
      options.signal,
    );
  }

  /** BZMPOP: pops members of the first sorted set that has any. @returns `null` if none came. */
  async bzmpop(
    keys: Key | readonly Key[],
    end: "min" | "max",
    options: WaitPopOptions = {},
  ): Promise<{ key: V; elements: ZsetElement<V>[] } | null> {
    const popped = await this.runWaiting<[V, ZsetElement<V>[]] | null>(
      ["BZMPOP", timeoutOf(options, WAIT_POP), ...popWords(keys, end, options)],
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
  async wait(
    replicas: number,
    timeout: number,
    options: Pick<WaitOptions, "signal"> = {},
  ): Promise<number> {
    return await this.runWaiting(
      ["WAIT", replicas, timeout],
      checked<WaitOptions>(options, WAIT).signal,
    );
  }

  /**
   * WAITAOF: waits until what was written is on the disk.
   *
   * @param local 1 to wait for the disk of this machine.
   * @param replicas 0, for there are none.
   * @param timeout Milliseconds; 0 is for ever.
   * @returns Whether it is on the disk here (1 or 0), and 0.
   */
  async waitaof(
    local: 0 | 1,
    replicas: number,
    timeout: number,
    options: Pick<WaitOptions, "signal"> = {},
  ): Promise<[local: number, replicas: number]> {
    return await this.runWaiting(
      ["WAITAOF", local, replicas, timeout],
      checked<WaitOptions>(options, WAIT).signal,
    );
  }
}

/** The words of what is popped, how much, and from where. */
function popWords(keys: Key | readonly Key[], end: string, { count }: WaitPopOptions): Argument[] {
  return [...counted(keys), end, ...(count === undefined ? [] : ["COUNT", count])];
}

/** Seconds to wait. */
function timeoutOf<Options extends WaitOptions>(
  options: Options,
  kinds: Kinds<Options> | Kinds<WaitOptions> = WAIT,
): number {
  return checked(options, kinds as Kinds<Options>).timeout ?? 0;
}
