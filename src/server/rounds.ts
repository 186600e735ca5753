/**
 * What a server looks at now and then, whoever asks it for something or not: idle clients, output
 * limits, memory, rates, and other processes' commits.
 *
 * @module
 */

import type { ClientCaches } from "../clients/tracking.ts";
import type { Timer } from "../engine/clock.ts";
import type { Store } from "../store/store.ts";
import type { ConfigurationValues } from "../clients/configuration/configuration.ts";
import type { ClientMemory } from "./sessions/client_memory.ts";
import type { Fairness } from "./sessions/fairness.ts";
import type { HeapGuard } from "./sessions/heap_guard.ts";
import type { ServerStatistics } from "./statistics.ts";
import type { Turns } from "./turns.ts";

/** Milliseconds between two looks at clients and rates. */
const ROUND_MS = 100;
/** Milliseconds for which a client counts as active after a command. */
const ACTIVE_MS = 1000;
/** Milliseconds between two looks for other processes' commits while clients cache keys. */
const POLL_MS = 8;

/** A session as it is looked at. */
export interface WatchedSession {
  /** Whether it has nothing to send for as long as it likes. */
  readonly mayIdle: boolean;
  /** Closes it if it leaves too much unread for too long. @returns Whether it was closed. */
  checkOutputLimit(nowMs: number): boolean;
  /** Notes whether commands came since the last call. @returns Milliseconds without any. */
  updateIdle(nowMs: number): number;
  /** Closes it because nothing has come for too long. */
  closeIdle(idleMs: number): void;
}

/** What is looked at. */
export interface WatchedServer {
  readonly store: Store;
  readonly config: ConfigurationValues;
  readonly stats: ServerStatistics;
  readonly turns: Turns;
  readonly tracking: ClientCaches;
  readonly fairness: Fairness;
  readonly heapGuard: HeapGuard;
  readonly clientMemory: ClientMemory;
}

/** The rounds of one server. */
export class Rounds {
  readonly #server: WatchedServer;
  readonly #sessions: () => Iterable<WatchedSession>;
  #next: Timer | undefined;
  #poll: Timer | undefined;

  constructor(server: WatchedServer, sessions: () => Iterable<WatchedSession>) {
    this.#server = server;
    this.#sessions = sessions;
  }

  /** Begins, and goes on until it is stopped. */
  start(): void {
    this.#next = this.#server.store.engine.clock.after(ROUND_MS, () => {
      this.#look();
      this.start();
    });
  }

  stop(): void {
    this.#next?.cancel();
    this.#poll?.cancel();
  }

  #look(): void {
    const server = this.#server;
    const beganAt = performance.now();
    const now = server.store.engine.clock.now();
    server.stats.sample(now);
    const idleMs = server.config.timeoutSeconds * 1000;
    let active = 0;
    for (const session of this.#sessions()) {
      if (session.checkOutputLimit(now)) continue;
      const idle = session.updateIdle(now);
      if (idle < ACTIVE_MS) active++;
      if (idle > idleMs && idleMs > 0 && !session.mayIdle) session.closeIdle(idle);
    }
    server.fairness.activeClients = active;
    server.heapGuard.check();
    server.clientMemory.check();
    if (server.tracking.count > 0 && this.#poll === undefined) this.#pollForeignCommits();
    server.stats.loop.cron(performance.now() - beganAt);
  }

  /** Notices other processes' commits while clients cache keys: a turn begins with looking for them. */
  #pollForeignCommits(): void {
    const { store, turns, tracking } = this.#server;
    this.#poll = store.engine.clock.after(POLL_MS, () => {
      this.#poll = undefined;
      turns.enter();
      if (tracking.count > 0) this.#pollForeignCommits();
    });
  }
}
