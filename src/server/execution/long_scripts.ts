/** Scripts that run for long: their turn is laid aside whenever others have theirs. */

import { busyWith } from "../../commands/scripting/scripting_host.ts";
import type { Client } from "../../commands/table/client.ts";
import type { BusyScript } from "../../scripting/busy_script.ts";
import type { BusyServer } from "../../scripting/engine.ts";
import type { Store } from "../../store/store.ts";
import type { Turns, TurnSession } from "../turns.ts";

/** The server that serves others meanwhile. */
export interface LongScriptsHost {
  readonly store: Store;
  readonly turns: Turns;
  /** Says whose command runs. */
  setExecuting(client: Client | undefined): void;
  /** The connected client of an id. */
  client(id: number): Client | undefined;
  /** A client's session, if it is connected. */
  session(client: Client): LongSession | undefined;
}

/** The session whose command a script is. */
export interface LongSession extends TurnSession {
  /** Whether its turn had written something when its command began. */
  readonly foundWritten: boolean;
  /** Takes part in the turn that runs. */
  enterTurn(): void;
}

/** Serves others between the slices of a script. */
export class LongScripts implements BusyServer {
  readonly #server: LongScriptsHost;

  constructor(server: LongScriptsHost) {
    this.#server = server;
  }

  serves(client: Client): boolean {
    return this.#server.client(client.id) === client;
  }

  began(script: BusyScript): void {
    this.#server.turns.giveUpParked(busyWith(script).message);
    this.#letOthersGo(script);
  }

  suspended(): void {
    this.#server.turns.layAside();
    this.#server.setExecuting(undefined);
  }

  resumed(client: Client): void {
    this.#server.turns.takeUp();
    this.#server.setExecuting(client);
  }

  over(): void {
    this.#server.turns.endSoon();
  }

  /**
   * A script turns out to run for long: other clients of its turn need not wait for it if they have
   * only read. What they wrote is committed without it, as long as it has written nothing itself.
   */
  #letOthersGo(script: BusyScript): void {
    const { turns, store: { engine } } = this.#server;
    if (!turns.isAsideShared) return;
    const session = this.#server.session(script.client);
    if (session?.foundWritten === false) return turns.letOthersGo(session);
    if (script.wrote || script.client.performing) return;
    const { writing, nowMs, foreignCommits } = engine;
    turns.takeUp();
    turns.split();
    session?.enterTurn();
    // For the script it is the same moment, and the same state of the database.
    engine.nowMs = engine.expiryMs = nowMs;
    try {
      if (writing) engine.writeTold();
      else engine.read();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      script.stop(`ERR the script was stopped: ${why}`);
    }
    if (engine.foreignCommits !== foreignCommits) {
      script.stop("ERR the script was stopped, for another process changed the database meanwhile");
    }
    turns.layAside();
  }
}
