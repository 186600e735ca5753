/** How a server ends: with all that was answered on the disk, or at once. */

import type { BlockedClients } from "../clients/blocked_clients.ts";
import type { Scripts } from "../scripting/scripts.ts";
import type { Report } from "./log/log.ts";
import { keepStream, type StreamKeeper } from "./replication/kept_stream.ts";
import type { ServerFiles } from "./server_options.ts";
import type { Saves } from "./saves.ts";
import type { Turns } from "./turns.ts";

/** How a server stops. */
export interface StopOptions {
  /** Whether data is saved: the write-ahead log copied, the RDB file written. */
  readonly save: boolean;
  /** What made it stop, for the log. */
  readonly why?: string;
  /** Why it has to stop: {@linkcode Ending.finished} is rejected with it. */
  readonly failure?: Error;
}

/** The server that ends. */
export interface EndingServer extends StreamKeeper {
  readonly turns: Turns;
  readonly scripting: Scripts;
  readonly blocked: BlockedClients;
  readonly onlineBackup: ServerFiles["onlineBackup"] | undefined;
  readonly report: Report;
  /** Told once, when it begins to stop. */
  onStopping: () => void;
}

/** What a server has that only its end asks for. */
export interface EndingParts {
  /** Whether the store is open for the server alone, which closes it. */
  readonly ownsStore: boolean;
  /** Lets nobody in any more, and begins nothing new. */
  readonly begin: () => void;
  /** Lets nobody wait for a later turn. */
  readonly quiet: () => void;
  readonly connections: { close(): void };
  readonly saves: Saves;
  /** Gives the store and its turns back to the program that shares them. */
  readonly release: () => void;
}

/** The end of one server. */
export class Ending {
  readonly #server: EndingServer;
  readonly #parts: EndingParts;
  readonly #finish: PromiseWithResolvers<void> = Promise.withResolvers();
  #begun = false;
  #released = false;

  constructor(server: EndingServer, parts: EndingParts) {
    this.#server = server;
    this.#parts = parts;
  }

  /** Whether it has begun, or is over. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Resolves when the server has stopped; with an error if it had to. */
  get finished(): Promise<void> {
    return this.#finish.promise;
  }

  /** Stops: finishes the turn, lets no one in, closes the connections and the store. */
  async stop(options: StopOptions = { save: true }): Promise<void> {
    if (this.#begun) return await this.finished;
    this.#begun = true;
    const { failure, why = "asked to" } = options;
    const { ownsStore, connections, saves, begin, quiet } = this.#parts;
    const server = this.#server;
    const { store, turns, report } = server;
    server.onStopping();
    if (failure === undefined) report(`stopping: ${why}`, "notice");
    else report(`stopping: ${failure.message}`);
    begin();
    quiet();
    try {
      this.#abandonScript();
      turns.endNow();
      if (ownsStore && failure === undefined) keepStream(server);
      server.replication.close();
      server.onlineBackup?.close();
      if (ownsStore) server.blocked.close();
      if (failure === undefined && store.walSync.mode !== "no") await store.walSync.sync();
      // Replies that waited for the disk have been handed to the system; let them leave.
      await new Promise((resolve) => setTimeout(resolve, 0));
      connections.close();
      if (options.save) await saves.saveAtEnd();
      if (ownsStore) await store.close();
      else this.#release();
      if (failure === undefined) this.#finish.resolve();
      else this.#finish.reject(failure);
    } catch (error) {
      if (!ownsStore) this.#release();
      this.#finish.reject(error);
    }
    await this.finished;
  }

  /**
   * Stops without waiting, and leaves the store to the program that has it open. Replies on their way
   * are lost.
   */
  stopNow(): void {
    const { connections, begin, quiet } = this.#parts;
    const { turns, replication, onlineBackup } = this.#server;
    if (this.#begun) {
      // The store will not be there any more when the stopping is done.
      connections.close();
      this.#release();
      return;
    }
    this.#begun = true;
    begin();
    replication.close();
    onlineBackup?.close();
    quiet();
    this.#abandonScript();
    turns.endNow();
    connections.close();
    this.#release();
    this.#finish.resolve();
  }

  #abandonScript(): void {
    const { running } = this.#server.scripting;
    if (running === undefined) return;
    running.abandon();
    this.#server.turns.abandon("ERR the server stops while a script runs: nothing was written");
  }

  /** The turns are the program's again. */
  #release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#parts.release();
  }
}
