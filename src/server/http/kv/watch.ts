/**
 * Watching keys: an answer that does not end. Whoever changes one of the keys wakes the watch, which
 * then reads them all like any client, and tells them if one is another than before. So several changes may
 * be told as one, and a watcher that does not keep up holds nothing but the latest.
 *
 * @module
 */

import { entriesFound, readOfKeys, watchMessage } from "../../../commands/kv/answers.ts";
import { watchedKeysOf } from "../../../commands/kv/requests.ts";
import type { Timer } from "../../../engine/clock.ts";
import { CommandError } from "../../../store/values/errors.ts";
import type { Exchange } from "../exchange.ts";
import { HttpRefusal } from "../refusal.ts";
import { databaseOf } from "./data_path.ts";
import { runKv } from "./run.ts";

/** Milliseconds after which a watcher that was told nothing is told that the server is there. */
const SIGN_OF_LIFE_MS = 5000;

/** Answers a `Watch`. */
export async function watch(exchange: Exchange): Promise<Response> {
  const database = databaseOf(exchange);
  const keys = keysOf(await exchange.body());
  const watcher = new Watcher(exchange, database, keys);
  try {
    // What speaks against it is told with a status.
    await watcher.look();
  } catch (error) {
    watcher.end();
    throw error;
  }
  exchange.goesOn = true;
  return exchange.answer(200, watcher.stream, "application/octet-stream", {
    "cache-control": "no-cache",
  });
}

function keysOf(body: Uint8Array): Uint8Array[] {
  try {
    return watchedKeysOf(body);
  } catch (error) {
    if (error instanceof CommandError) throw new HttpRefusal(400, error.message.slice(4));
    throw error;
  }
}

class Watcher {
  /** The messages, each behind its length in four bytes. */
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly #exchange: Exchange;
  readonly #database: string;
  readonly #request: Uint8Array;
  readonly #stop: () => void;
  /** The entries as they were told last. */
  #told: readonly Uint8Array[] | undefined;
  /** What is to be told next. */
  #next: Uint8Array<ArrayBuffer> | undefined;
  #changed = true;
  #ended = false;
  /** Whether nobody reads any more. */
  #cancelled = false;
  #wake: () => void = () => {};
  #timer: Timer | undefined;

  constructor(exchange: Exchange, database: string, keys: readonly Uint8Array[]) {
    this.#exchange = exchange;
    this.#database = database;
    this.#request = readOfKeys(keys);
    this.#stop = exchange.host.store.kv.watch(keys, () => {
      this.#changed = true;
      this.#wake();
    });
    this.stream = new ReadableStream({
      pull: (controller) => this.#pull(controller),
      cancel: () => {
        this.#cancelled = true;
        this.end();
      },
    }, { highWaterMark: 0 });
  }

  /** Reads the keys, and finds what is to be told of them. */
  async look(): Promise<void> {
    // Before the read: a change that comes meanwhile may not be in it.
    this.#changed = false;
    const output = await runKv(this.#exchange, "READ", this.#database, this.#request);
    const found = entriesFound(output);
    const changed = this.#told === undefined ||
      found.some((entry, i) => !same(entry, this.#told?.[i]));
    this.#told = found;
    this.#next = changed ? framed(watchMessage(found)) : undefined;
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>): Promise<void> {
    this.#exchange.client.onClosed = () => this.end();
    try {
      while (this.#next === undefined && !this.#ended) {
        if (this.#changed) await this.look();
        else if (!await this.#change()) this.#next = SIGN_OF_LIFE;
      }
    } catch {
      // The client tries again, and is told then why it may not.
      this.end();
    }
    if (this.#cancelled) return;
    if (this.#ended) return controller.close();
    controller.enqueue(this.#next!);
    this.#next = undefined;
  }

  /** Waits for a change. @returns Whether there is one; not if there was none for a while. */
  #change(): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#wake = () => resolve(true);
    this.#timer = this.#exchange.host.store.engine.clock.after(
      SIGN_OF_LIFE_MS,
      () => resolve(false),
    );
    return promise.finally(() => this.#timer?.cancel());
  }

  /** Watches no more. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stop();
    this.#wake();
    this.#exchange.client.end();
  }
}

function same(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return b !== undefined && a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function framed(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(4 + message.length);
  new DataView(frame.buffer).setUint32(0, message.length, true);
  frame.set(message, 4);
  return frame;
}

/** A message of no length. */
const SIGN_OF_LIFE = new Uint8Array(4);
