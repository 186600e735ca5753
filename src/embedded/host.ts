/** The process around an embedded store, as far as there is one for commands to ask about. */

import { AccessControl } from "../clients/acl/access_control.ts";
import { BlockedClients } from "../clients/blocked_clients.ts";
import { CommandHistograms } from "../clients/command_histograms.ts";
import { HotKeys } from "../clients/hot_keys.ts";
import { KeyspaceNotifications } from "../clients/notifications.ts";
import { LatencyMonitor } from "../clients/latency_monitor.ts";
import { PubSubHub } from "../clients/pubsub.ts";
import { SlowLog } from "../clients/slow_log.ts";
import { ClientCaches } from "../clients/tracking.ts";
import { WatchTable } from "../clients/watched_keys.ts";
import type { Client, Command, Context, Host } from "../commands/table/command.ts";
import type {
  CommandStatistics,
  Configuration,
  LoopStatistics,
  ProcessInfo,
  Statistics,
} from "../commands/table/process_facts.ts";
import { runHandler } from "../commands/table/run.ts";
import type { CommandTable } from "../commands/table/table.ts";
import { REDIS_VERSION, VERSION } from "../commands/table/version.ts";
import { Scripts } from "../scripting/scripts.ts";
import { CommandError, err } from "../store/values/errors.ts";
import type { Store } from "../store/store.ts";
import type { Reply } from "../resp/reply.ts";
import { EmbeddedClient, onlyInServer } from "./client.ts";

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
  clientsEvicted = 0;
  commandsProcessed = 0;
  netInput = 0;
  netOutput = 0;
  reads = 0;
  writes = 0;
  queryBufferDisconnections = 0;
  outputBufferDisconnections = 0;
  readonly loop: LoopStatistics = {
    cycles: 0,
    durationMs: 0,
    commitMs: 0,
    cronMs: 0,
    longestMs: 0,
    mostCommands: 0,
    cyclesPerSecond: 0,
    recentMicroseconds: 0,
  };
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
  readonly pubsub: PubSubHub = new PubSubHub();
  readonly notifications: KeyspaceNotifications;
  readonly tracking: ClientCaches;
  readonly watched: WatchTable;
  readonly blocked: BlockedClients;
  readonly slowLog: SlowLog = new SlowLog();
  readonly latency: LatencyMonitor = new LatencyMonitor();
  readonly histograms: CommandHistograms = new CommandHistograms();
  readonly hotKeys: HotKeys = new HotKeys();
  readonly scripting: Scripts = new Scripts({ version: REDIS_VERSION, log: () => {} });
  readonly #store: Store;
  readonly #client: EmbeddedClient;
  readonly #inTransaction: () => boolean;
  #access: AccessControl | undefined;

  /** @param reply Where the replies of the client's commands go. */
  constructor(
    store: Store,
    commands: CommandTable,
    reply: Reply,
    { inTransaction, runTurn }: {
      readonly inTransaction: () => boolean;
      readonly runTurn: (work: () => void) => void;
    },
  ) {
    this.#store = store;
    this.#inTransaction = inTransaction;
    this.commands = commands;
    const nowMs = store.engine.clock.now();
    this.process = {
      version: VERSION,
      runId: "0".repeat(40),
      startedAtMs: nowMs,
      port: 0,
      places: [],
      executable: "",
    };
    const { engine, keyspace } = store;
    this.notifications = new KeyspaceNotifications(engine.changes, this.pubsub);
    this.watched = new WatchTable(engine, keyspace);
    this.blocked = new BlockedClients(engine, keyspace, runTurn, true);
    this.tracking = new ClientCaches({ engine, client: () => undefined });
    this.#client = new EmbeddedClient(nowMs, reply);
  }

  /** The users, for servers on the same file; here everything is allowed. Read at first use. */
  get access(): AccessControl {
    if (this.#access === undefined) {
      this.#access = new AccessControl({
        commands: this.commands,
        known: this.#store.extensions.absent().flatMap(({ commands }) => commands),
        store: this.#store.users,
        onRemoved: () => {},
        onChannelsReduced: () => {},
        logMaxLength: () => 128,
        now: () => this.#store.engine.clock.now(),
      });
      this.#access.load();
    }
    return this.#access;
  }

  clients(): Iterable<Client> {
    return [this.#client];
  }
  client(id = 1): EmbeddedClient {
    if (id !== 1) throw err("No such client");
    return this.#client;
  }
  kill(): void {
    throw onlyInServer();
  }
  runForScript(_caller: Client, command: Command, context: Context): void {
    try {
      runHandler(command, context);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      context.reply.error(error.message);
    }
  }
  pause(): void {
    throw onlyInServer();
  }
  monitor(): void {
    throw onlyInServer();
  }
  whenCommitted(callback: () => void): void {
    // Each call is a turn of its own, and in a transaction nobody waits.
    queueMicrotask(callback);
  }
  whenSynced(callback: () => void): void {
    void this.#store.walSync.sync().then(callback, () => {});
  }
  damaged(): void {
    // Whoever calls learns it from the call's error, and there is no log.
  }
  save(): undefined {
    this.checkpoint();
  }
  checkpoint(): void {
    if (this.#inTransaction()) throw err("Command not allowed inside a transaction");
    this.#store.endTurn();
    this.#store.checkpoint();
  }
  get lastSave(): number {
    return this.#store.backups?.lastSaveAt ?? this.#store.checkpointer.lastCompleteAt;
  }
  shutdown(): void {
    throw onlyInServer();
  }
}
