/**
 * The end of a server that is followed: it comes when all replicas have everything, for which clients
 * wait with what they write, or when `shutdown-timeout` is over.
 *
 * @module
 */

import type { Clock, Timer } from "../../engine/clock.ts";
import type { Pausing } from "./failover.ts";
import type { Master } from "./master.ts";

/** What is asked of the server that ends. */
export interface AwaitingHost {
  readonly replication: Master;
  readonly config: { get(name: string): string };
  readonly store: { readonly engine: { readonly clock: Clock } };
  readonly report: (message: string, level?: "notice") => void;
}

const SECOND_MS = 1000;
/** Milliseconds between two looks whether a replica is gone, which nobody tells. */
const LOOK_MS = 100;

/** An end that replicas are waited for with, if there is one. */
export class AwaitedReplicas {
  readonly #host: AwaitingHost;
  readonly #pausing: Pausing;
  readonly #calledOff = new Set<() => void>();
  #end: (() => void) | undefined;
  #timer: Timer | undefined;
  #stopWatching: () => void = () => {};

  constructor(host: AwaitingHost, pausing: Pausing) {
    this.#host = host;
    this.#pausing = pausing;
  }

  /** Whether somebody is waited for. */
  get waits(): boolean {
    return this.#end !== undefined;
  }

  /**
   * Ends the server when its replicas have everything. Call between turns.
   *
   * @param end Ends it.
   * @param calledOff Is told if it does not end after all.
   */
  begin(end: () => void, calledOff: () => void = () => {}): void {
    const { replication, config, store: { engine }, report } = this.#host;
    const timeoutMs = SECOND_MS * Number(config.get("shutdown-timeout"));
    if (!this.waits && (timeoutMs === 0 || this.#haveEverything)) return end();
    this.#calledOff.add(calledOff);
    if (this.waits) return;
    this.#end = end;
    report("the end waits until replicas have everything", "notice");
    this.#pausing.pauseWrites();
    const until = engine.clock.now() + timeoutMs;
    const look = () => {
      if (this.#haveEverything) return this.now();
      if (engine.clock.now() < until) return;
      report("replicas that do not have everything are waited for no longer");
      this.now();
    };
    const lookAgain = () => {
      look();
      if (this.waits) this.#timer = engine.clock.after(LOOK_MS, lookAgain);
    };
    this.#timer = engine.clock.after(LOOK_MS, lookAgain);
    this.#stopWatching = replication.watch(look);
  }

  get #haveEverything(): boolean {
    const { replicas, offset } = this.#host.replication;
    return replicas.every((replica) => replica.state === "online" && replica.offset >= offset);
  }

  /** Waits for nobody any more. */
  now(): void {
    const end = this.#end;
    this.close();
    end?.();
  }

  /** Calls it off. @returns Whether there was anything to call off. */
  abort(): boolean {
    if (!this.waits) return false;
    const told = [...this.#calledOff];
    this.close();
    this.#pausing.unpauseWrites();
    for (const calledOff of told) calledOff();
    return true;
  }

  /** Forgets it. */
  close(): void {
    this.#timer?.cancel();
    this.#stopWatching();
    this.#end = this.#timer = undefined;
    this.#calledOff.clear();
  }
}
