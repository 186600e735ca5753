/**
 * A consumer that works through a stream. Each round it is given what is new, and what others were
 * given and have left for long enough; its own entries of a run before it takes up first. What it was
 * given and has not begun when it is told to stop goes back, so that nobody has to wait for it.
 *
 * @module
 */

import type { Argument, Data, Key } from "../../data.ts";
import { RedliteError } from "../../errors.ts";
import type { Value } from "../../running/value_reply.ts";
import { checked, type Kinds } from "../option_words.ts";
import { type EntryWithId, messagesOf, orAborted, type RunWaiting } from "./entries.ts";

/** Options of `consume`. */
export interface ConsumeOptions<V extends Data> {
  /** Ends it: the entry that is being handled is finished, the others are given back. */
  signal?: AbortSignal;
  /** Most entries that it is given at a time; 10 by default. */
  count?: number;
  /** Takes over what others have left for so many milliseconds; 30,000 by default. */
  minIdleMs?: number;
  /** Makes the group, and the stream, if they are not there: it begins after this id, `$` is now. */
  create?: string;
  /** Is told what a handler threw. */
  onError?: (error: unknown, entry: EntryWithId<V>) => void;
}

const CONSUME: Kinds<ConsumeOptions<Data>> = {
  signal: "signal",
  count: "number",
  minIdleMs: "number",
  create: "text",
  onError: "function",
};

/** What `consume` did. */
export interface Consumption {
  /** Entries that were handled and acknowledged. */
  acknowledged: number;
  /** Times that the handler threw. */
  failed: number;
}

const USUAL_COUNT = 10, USUAL_IDLE_MS = 30_000;

/** Who consumes what. */
interface Place {
  readonly stream: Key;
  readonly group: Key;
  readonly consumer: Key;
}

/** Runs a command at once. */
type Run<V extends Data> = (words: readonly Argument[]) => Value<V>;

/** Begins to consume: with a handler as a promise, without one as an iteration. */
export function startConsuming<V extends Data>(
  place: Place,
  handlerOrOptions: ((entry: EntryWithId<V>) => unknown) | ConsumeOptions<V>,
  options: ConsumeOptions<V>,
  run: Run<V>,
  runWaiting: RunWaiting<V>,
): Promise<Consumption> | AsyncGenerator<EntryWithId<V>, void, void> {
  if (typeof handlerOrOptions === "function") {
    return handleAll(new Consumer(place, options, run, runWaiting), handlerOrOptions);
  }
  return iterate(new Consumer(place, handlerOrOptions, run, runWaiting));
}

async function handleAll<V extends Data>(
  consumer: Consumer<V>,
  handler: (entry: EntryWithId<V>) => unknown,
): Promise<Consumption> {
  const done = { acknowledged: 0, failed: 0 };
  try {
    for (let entry = await consumer.next(); entry !== undefined; entry = await consumer.next()) {
      try {
        await handler(entry);
      } catch (error) {
        done.failed++;
        consumer.onError?.(error, entry);
        continue;
      }
      consumer.acknowledge(entry);
      done.acknowledged++;
    }
  } finally {
    consumer.giveBack();
  }
  return done;
}

async function* iterate<V extends Data>(
  consumer: Consumer<V>,
): AsyncGenerator<EntryWithId<V>, void, void> {
  try {
    for (let entry = await consumer.next(); entry !== undefined; entry = await consumer.next()) {
      yield entry;
      consumer.acknowledge(entry);
    }
  } finally {
    consumer.giveBack();
  }
}

class Consumer<V extends Data> {
  readonly onError: ConsumeOptions<V>["onError"];
  readonly #place: Place;
  readonly #signal: AbortSignal | undefined;
  readonly #count: number;
  readonly #minIdleMs: number;
  readonly #run: Run<V>;
  readonly #runWaiting: RunWaiting<V>;
  #given: EntryWithId<V>[] = [];
  /** The last of its own entries that it took up again; undefined once it has them all. */
  #own: string | undefined = "0-0";

  constructor(place: Place, options: ConsumeOptions<V>, run: Run<V>, runWaiting: RunWaiting<V>) {
    const { signal, count, minIdleMs, create, onError } = checked<ConsumeOptions<V>>(
      options,
      CONSUME as Kinds<ConsumeOptions<V>>,
    );
    this.#place = place;
    this.#signal = signal;
    this.#count = count ?? USUAL_COUNT;
    this.#minIdleMs = minIdleMs ?? USUAL_IDLE_MS;
    this.onError = onError;
    this.#run = run;
    this.#runWaiting = runWaiting;
    if (create !== undefined) this.#create(create);
  }

  #create(from: string): void {
    const { stream, group } = this.#place;
    try {
      this.#run(["XGROUP", "CREATE", stream, group, from, "MKSTREAM"]);
    } catch (error) {
      if (!(error instanceof RedliteError) || error.code !== "BUSYGROUP") throw error;
    }
  }

  /** The next entry; undefined at the end. */
  async next(): Promise<EntryWithId<V> | undefined> {
    while (this.#signal?.aborted !== true) {
      const entry = this.#given.shift();
      if (entry !== undefined) return entry;
      await this.#read();
    }
    return undefined;
  }

  async #read(): Promise<void> {
    const { stream, group, consumer } = this.#place;
    const asked = ["XREADGROUP", "GROUP", group, consumer, "COUNT", this.#count];
    if (this.#own !== undefined) {
      const again = messagesOf<V>(this.#run([...asked, "STREAMS", stream, this.#own]));
      this.#own = again.at(-1)?.id;
      for (const entry of again) {
        // One without fields was deleted from the stream: there is nothing to be done about it.
        if (entry.fields.size === 0) this.acknowledge(entry);
        else this.#given.push(withoutStream(entry));
      }
      return;
    }
    const words = [...asked, "BLOCK", 0, "CLAIM", this.#minIdleMs, "STREAMS", stream, ">"];
    const value = await orAborted(this.#runWaiting(words, this.#signal), this.#signal);
    this.#given.push(...messagesOf<V>(value).map(withoutStream));
  }

  acknowledge({ id }: { readonly id: string }): void {
    const { stream, group } = this.#place;
    this.#run(["XACK", stream, group, id]);
  }

  /** Gives back what it was given and has not begun. */
  giveBack(): void {
    const ids = this.#given.splice(0).map(({ id }) => id);
    if (ids.length === 0) return;
    const { stream, group } = this.#place;
    this.#run(["XNACK", stream, group, "SILENT", "IDS", ids.length, ...ids]);
  }
}

function withoutStream<V extends Data>(
  { id, fields, deliveries, idleMs }: EntryWithId<V>,
): EntryWithId<V> {
  return { id, fields, deliveries, idleMs };
}
