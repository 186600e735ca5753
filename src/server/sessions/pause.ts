/** CLIENT PAUSE: sessions wait with their commands, and what they would see does not change. */

import type { Timer } from "../../engine/clock.ts";
import type { Store } from "../../store/store.ts";
import type { Turns } from "../turns.ts";
import type { ExecutedSession } from "./hosts.ts";

/** Longest time a timer takes, in milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A pause while it holds. */
export interface ClientPause {
  /** Unix time in milliseconds. */
  readonly untilMs: number;
  /** Whether commands that only read go on. */
  readonly writesOnly: boolean;
}

/** Who is paused. */
export interface PausedServer {
  /** The pause, while it holds: looked at before each command. */
  paused: ClientPause | undefined;
  readonly store: Store;
  readonly turns: Turns;
}

/** Begins and ends the pauses of one server. */
export class Pauses {
  readonly #server: PausedServer;
  /** Sessions whose commands wait for the end of the pause. */
  #postponed: ExecutedSession[] = [];
  #timer: Timer | undefined;

  constructor(server: PausedServer) {
    this.#server = server;
  }

  /** See `Host.pause`. */
  pause(untilMs: number, writesOnly: boolean): void {
    const server = this.#server;
    const { clock } = server.store.engine;
    this.#timer?.cancel();
    const now = clock.now();
    // A pause that is already on is made no weaker and no shorter by another.
    if (untilMs > now) {
      server.paused = {
        untilMs: Math.max(untilMs, server.paused?.untilMs ?? 0),
        writesOnly: writesOnly && (server.paused?.writesOnly ?? true),
      };
      server.store.sweeper.paused = true;
      const wait = Math.min(server.paused.untilMs - now, LONGEST_TIMER_MS);
      this.#timer = clock.after(wait, () => {
        const left = (server.paused?.untilMs ?? 0) - clock.now();
        if (left > 0) this.pause(server.paused?.untilMs ?? 0, true);
        else this.#unpause();
      });
    } else {
      server.turns.after(() => this.#unpause());
    }
  }

  #unpause(): void {
    this.#server.paused = undefined;
    this.#server.store.sweeper.paused = false;
    const sessions = this.#postponed.filter((session) => session.parked);
    this.#postponed = [];
    for (const session of sessions) session.retry();
  }

  /** Lets a session wait with its command until the pause is over. */
  postpone(session: ExecutedSession): void {
    session.parked = true;
    this.#postponed.push(session);
  }

  /** Pauses end no more: the server stops. */
  close(): void {
    this.#timer?.cancel();
  }
}
