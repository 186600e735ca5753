/** What typed methods ask of the database under them. */

import type { OnProgress } from "../../engine/jobs.ts";
import type { Argument, Data, Decode, Key } from "../data.ts";
import type { SubscribeOptions, Subscription } from "../subscription.ts";
import type { Value } from "../running/value_reply.ts";

/** Runs commands. */
export interface Runner {
  /** What it runs commands on, for people. */
  readonly description: string;
  /** GET. */
  get(key: Key, decode: Decode): Data | null;
  /** SET without options. */
  set(key: Key, value: Argument): void;
  /** Runs any command. @throws {RedliteError} */
  run(words: readonly Argument[], decode: Decode): Value;
  /** Runs a command that may wait, until `signal` ends the waiting. @throws {RedliteError} */
  wait(words: readonly Argument[], decode: Decode, signal?: AbortSignal): Promise<Value>;
  /** Loads what runs scripts. @throws {RedliteError} If that cannot be. */
  prepareScripts(): Promise<void>;
  /** Tells how far what takes long has come. @returns What ends that. */
  watchJobs(onProgress: OnProgress): () => void;
  /** The subscriptions. */
  readonly messages: {
    subscribe<V extends Data>(
      kind: "channel" | "pattern",
      names: readonly Key[],
      decode: Decode,
      options: SubscribeOptions,
    ): Subscription<V>;
  };
}
