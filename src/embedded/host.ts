/** The process around an embedded store, as far as there is one for commands to ask about. */

import type {
  Client,
  CommandStatistics,
  Configuration,
  Host,
  ProcessInfo,
  Statistics,
} from "../commands/command.ts";
import type { CommandTable } from "../commands/table.ts";
import { VERSION } from "../commands/version.ts";
import { err } from "../store/errors.ts";
import type { Store } from "../store/store.ts";

const onlyInServer = () => err("this needs the server: an embedded database has no connections");

const configuration: Configuration = {
  entries: () => [],
  set: () => {
    throw err("an embedded database is configured when it is opened");
  },
  rewrite: () => {
    throw err("The server is running without a config file");
  },
};

class EmbeddedStatistics implements Statistics {
  connectionsReceived = 0;
  connectionsRejected = 0;
  commandsProcessed = 0;
  netInput = 0;
  netOutput = 0;
  errorReplies = 0;
  readonly errorsByCode: Map<string, number> = new Map();
  readonly commands: Map<string, CommandStatistics> = new Map();
  readonly commandsPerSecond = 0;
  readonly inputKbps = 0;
  readonly outputKbps = 0;
  reset(): void {}
}

/** The host of an embedded store: no connections, no configuration, no shutdown. */
export class EmbeddedHost implements Host {
  readonly commands: CommandTable;
  readonly config: Configuration = configuration;
  readonly stats: Statistics = new EmbeddedStatistics();
  readonly process: ProcessInfo;
  readonly passwordRequired = false;
  readonly #store: Store;
  readonly #client: Client;

  readonly #inTransaction: () => boolean;

  constructor(store: Store, commands: CommandTable, inTransaction: () => boolean) {
    this.#store = store;
    this.#inTransaction = inTransaction;
    this.commands = commands;
    const nowMs = store.engine.clock.now();
    this.process = {
      version: VERSION,
      runId: "0".repeat(40),
      startedAtMs: nowMs,
      port: 0,
      executable: "",
    };
    this.#client = {
      id: 1,
      address: "embedded:0",
      localAddress: "embedded:0",
      unixSocket: false,
      connectedAtMs: nowMs,
      lastCommandAtMs: nowMs,
      lastCommand: "",
      db: 0,
      protocol: 3,
      name: "",
      libraryName: "",
      libraryVersion: "",
      user: "default",
      authenticated: true,
      replyMode: "on",
      noEvict: false,
      noTouch: false,
      commands: 0,
      closeAfterReply: () => {
        throw onlyInServer();
      },
      transport: () => ({
        fd: -1,
        queryBuffer: 0,
        queryBufferFree: 0,
        outputBuffer: 0,
        totalMemory: 0,
        netInput: 0,
        netOutput: 0,
      }),
    };
  }

  clients(): Iterable<Client> {
    return [this.#client];
  }
  client(id = 1): Client {
    if (id !== 1) throw err("No such client");
    return this.#client;
  }
  kill(): void {
    throw onlyInServer();
  }
  authenticate(user: string): boolean {
    return user === "default";
  }
  checkpoint(): void {
    if (this.#inTransaction()) throw err("Command not allowed inside a transaction");
    this.#store.endTurn();
    this.#store.checkpoint();
  }
  get lastSave(): number {
    return this.#store.checkpointer.lastCompleteAt;
  }
  shutdown(): void {
    throw onlyInServer();
  }
}
