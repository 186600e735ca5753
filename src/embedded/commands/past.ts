/** A database as it was at a moment: its commands run through HISTORY AT, which refuses writes. */

import type { OnProgress } from "../../engine/jobs.ts";
import { type Argument, type Data, type Decode, type Key, toText } from "../data.ts";
import type { Value } from "../running/value_reply.ts";
import type { Runner } from "./runner.ts";

/** Runs commands as of a moment. */
export class PastRunner implements Runner {
  readonly messages: Runner["messages"];
  readonly #now: Runner;
  readonly #atMs: number;

  /** @param atMs The moment, Unix time in milliseconds. */
  constructor(now: Runner, atMs: number) {
    this.messages = now.messages;
    this.#now = now;
    this.#atMs = atMs;
  }

  get description(): string {
    return `as of ${this.#atMs}, ${this.#now.description}`;
  }

  get(key: Key, decode: Decode): Data | null {
    return this.run(["GET", key], decode) as Data | null;
  }

  set(key: Key, value: Argument): void {
    this.run(["SET", key, value], toText);
  }

  run(words: readonly Argument[], decode: Decode): Value {
    return this.#now.run(["HISTORY", "AT", this.#atMs, ...words], decode);
  }

  wait(words: readonly Argument[], decode: Decode): Promise<Value> {
    return new Promise((resolve) => resolve(this.run(words, decode)));
  }

  prepareScripts(): Promise<void> {
    return this.#now.prepareScripts();
  }

  watchJobs(onProgress: OnProgress): () => void {
    return this.#now.watchJobs(onProgress);
  }
}
