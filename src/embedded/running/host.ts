/** The process around an embedded store, as far as there is one for commands to ask about. */

import type { AccessControl } from "../../clients/acl/access_control.ts";
import type { BlockedClients } from "../../clients/blocked_clients.ts";
import type { CommandHistograms } from "../../clients/command_histograms.ts";
import type { HotKeys } from "../../clients/hot_keys.ts";
import type { LatencyMonitor } from "../../clients/latency_monitor.ts";
import type { KeyspaceNotifications } from "../../clients/notifications.ts";
import type { PubSubHub } from "../../clients/pubsub.ts";
import type { SharedState } from "../../clients/shared.ts";
import type { SlowLog } from "../../clients/slow_log.ts";
import type { ClientCaches } from "../../clients/tracking.ts";
import type { WatchTable } from "../../clients/watched_keys.ts";
import { AppliedEffects } from "../../commands/table/applied_effects.ts";
import type { Command, Context } from "../../commands/table/command.ts";
import type { Host } from "../../commands/table/host.ts";
import type { Client } from "../../commands/table/client.ts";
import type {
  CommandStatistics,
  Configuration,
  LoopStatistics,
  ProcessInfo,
  Statistics,
} from "../../commands/table/process_facts.ts";
import { runHandler } from "../../commands/table/run.ts";
import type { CommandTable } from "../../commands/table/table.ts";
import { VERSION } from "../../commands/table/version.ts";
import type { TurnEffects } from "../../engine/effects.ts";
import { RespWriter } from "../../resp/writer.ts";
import type { Scripts } from "../../scripting/scripts.ts";
import { CommandError, err } from "../../store/values/errors.ts";
import type { Store } from "../../store/store.ts";
import { EmbeddedClient, onlyInServer } from "./client.ts";
import type { ProgramTurns } from "./program_turns.ts";
import type { Serving } from "../serving/serving.ts";

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

/**
 * The host of an embedded store: no connections, and no shutdown, unless a server serves it. Then
 * what is about connections is the server's.
 */
export class EmbeddedHost implements Host {
  readonly commands: CommandTable;
  readonly pubsub: PubSubHub;
  readonly notifications: KeyspaceNotifications;
  readonly tracking: ClientCaches;
  readonly watched: WatchTable;
  readonly blocked: BlockedClients;
  readonly slowLog: SlowLog;
  readonly latency: LatencyMonitor;
  readonly histograms: CommandHistograms;
  readonly hotKeys: HotKeys;
  readonly scripting: Scripts;
  readonly #shared: SharedState;
  readonly #store: Store;
  readonly #client: EmbeddedClient;
  readonly #turns: ProgramTurns;
  readonly #stats: Statistics = new EmbeddedStatistics();
  readonly #process: ProcessInfo;

  /** @param client The program, as commands see it. */
  constructor(shared: SharedState, client: EmbeddedClient, turns: ProgramTurns) {
    this.#shared = shared;
    this.#store = shared.store;
    this.#client = client;
    this.#turns = turns;
    this.commands = shared.commands;
    this.pubsub = shared.pubsub;
    this.notifications = shared.notifications;
    this.tracking = shared.tracking;
    this.watched = shared.watched;
    this.blocked = shared.blocked;
    this.slowLog = shared.slowLog;
    this.latency = shared.latency;
    this.histograms = shared.histograms;
    this.hotKeys = shared.hotKeys;
    this.scripting = shared.scripting;
    this.#process = {
      version: VERSION,
      runId: "0".repeat(40),
      startedAtMs: this.#store.engine.clock.now(),
      port: 0,
      places: [],
      executable: "",
      confFile: "",
      supervised: "no",
    };
  }

  /** The server that serves the store. */
  get serving(): Serving | undefined {
    return this.#turns.serving;
  }

  get config(): Configuration {
    return this.#shared.config;
  }
  get stats(): Statistics {
    return this.serving?.host.stats ?? this.#stats;
  }
  get process(): ProcessInfo {
    return this.serving?.host.process ?? this.#process;
  }

  /** The users, for servers; to the program everything is allowed. Read at first use. */
  get access(): AccessControl {
    return this.#shared.access;
  }

  clients(): Iterable<Client> {
    return this.serving?.host.clients() ?? [this.#client];
  }
  client(id: number): Client | undefined {
    return id === this.#client.id ? this.#client : this.serving?.host.client(id);
  }
  kill(client: Client, self: Client): void {
    this.#server.kill(client, self);
  }
  runForScript(_caller: Client, command: Command, context: Context): void {
    try {
      runHandler(command, context);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      context.reply.error(error.message);
    }
  }
  pause(untilMs: number, writesOnly: boolean): void {
    this.#server.pause(untilMs, writesOnly);
  }
  monitor(): void {
    throw onlyInServer();
  }
  whenCommitted(callback: () => void): void {
    // Each call is a turn of its own, and in a transaction nobody waits.
    if (this.serving === undefined) queueMicrotask(callback);
    else this.serving.whenOver(callback);
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
    if (this.#turns.inTransaction) throw err("Command not allowed inside a transaction");
    this.#store.endTurn();
    this.#store.checkpoint();
  }
  get lastSave(): number {
    return this.#store.backups?.lastSaveAt ?? this.#store.checkpointer.lastCompleteAt;
  }
  abortShutdown(): boolean {
    return false;
  }
  shutdown(): void {
    if (this.serving === undefined) throw onlyInServer();
    throw err("SHUTDOWN is for clients: a program closes what listen gave it");
  }

  /** @throws {CommandError} If there is none. */
  get #server(): Serving["host"] {
    if (this.serving === undefined) throw onlyInServer();
    return this.serving.host;
  }
}

/**
 * Applies what an earlier owner of a database left in its log, and begins one where it is wanted. Call
 * when everything that takes part in turns is there, and before anything is read.
 *
 * @throws {Error} If the log cannot be applied, with why in one line.
 */
export function openLog(
  { store, host, report }: {
    readonly store: Store;
    readonly host: Host;
    readonly report: (message: string, level: "notice" | "warning") => void;
  },
): void {
  let applied: AppliedEffects | undefined;
  const apply = (effects: TurnEffects) => {
    applied ??= new AppliedEffects(
      { store, host, client: new EmbeddedClient(store.engine.clock.now(), new RespWriter()) },
      false,
    );
    applied.repeat(effects);
  };
  store.log?.open({ apply, report });
}
