/**
 * The server: puts its parts together, and is the host that commands ask about the process around
 * the store and about each other's clients. Who is connected is in sessions/, what runs the commands
 * in execution/ and turns.ts.
 *
 * @module
 */

import type { AccessControl } from "../clients/acl/access_control.ts";
import type { BlockedClients } from "../clients/blocked_clients.ts";
import type { CommandHistograms } from "../clients/command_histograms.ts";
import type { HotKeys } from "../clients/hot_keys.ts";
import type { LatencyMonitor } from "../clients/latency_monitor.ts";
import type { KeyspaceNotifications } from "../clients/notifications.ts";
import type { PubSubHub } from "../clients/pubsub.ts";
import { SharedState, type TurnKeeper } from "../clients/shared.ts";
import type { SlowLog } from "../clients/slow_log.ts";
import type { ClientCaches } from "../clients/tracking.ts";
import type { WatchTable } from "../clients/watched_keys.ts";
import type { User } from "../commands/table/access.ts";
import type { Command, Context } from "../commands/table/command.ts";
import type { Client } from "../commands/table/client.ts";
import type { ProcessInfo } from "../commands/table/process_facts.ts";
import { commandTable } from "../commands/table/commands.ts";
import type { Table } from "../commands/table/table.ts";
import { History } from "../history/history.ts";
import { openLog } from "../embedded/running/host.ts";
import { Search } from "../search/search.ts";
import type { Scripts } from "../scripting/scripts.ts";
import type { Store } from "../store/store.ts";
import { BufferPool } from "./sessions/buffers.ts";
import type { ConfigurationValues } from "../clients/configuration/configuration.ts";
import { bindParameters, bindReplication } from "./bindings.ts";
import { OnlyNode } from "./cluster_node.ts";
import { runForScript } from "./execution/calls.ts";
import { Monitors } from "./execution/monitors.ts";
import { LongScripts, type LongScriptsHost } from "./execution/long_scripts.ts";
import { HeapGuard } from "./sessions/heap_guard.ts";
import { ClientMemory } from "./sessions/client_memory.ts";
import { Fairness } from "./sessions/fairness.ts";
import { formatAddress } from "./listening/address.ts";
import type { Listener } from "./listening/listener.ts";
import { Ending, type StopOptions } from "./ending.ts";
import { Incidents } from "./log/incidents.ts";
import { reportStore } from "./log/store_reports.ts";
import type { CutOffCause, Report } from "./log/log.ts";
import { processFacts } from "./process/process_facts.ts";
import { renameCommands } from "./renamed_commands.ts";
import { Migrations } from "./links/migration.ts";
import { AwaitedReplicas } from "./replication/awaited_replicas.ts";
import { Follower } from "./replication/following.ts";
import { Master } from "./replication/master.ts";
import { restoreStream } from "./replication/kept_stream.ts";
import { Surroundings } from "./replication/surroundings.ts";
import { Rounds } from "./rounds.ts";
import { Saves } from "./saves.ts";
import type { ClientConnection } from "./sessions/client_connection.ts";
import { Connections } from "./sessions/connections.ts";
import type { Session } from "./sessions/session.ts";
import { type ClientPause, Pauses } from "./sessions/pause.ts";
import type { ExecutedSession, SessionHost } from "./sessions/hosts.ts";
import type { ServerFiles, ServerOptions } from "./server_options.ts";
import { ServerStatistics } from "./statistics.ts";
import { Turns } from "./turns.ts";

/** Serves one store. */
export class Server implements SessionHost, LongScriptsHost, TurnKeeper {
  readonly store: Store;
  readonly config: ConfigurationValues;
  readonly commands: Table;
  readonly stats = new ServerStatistics();
  readonly buffers = new BufferPool();
  readonly process: ProcessInfo;
  readonly turns: Turns;
  readonly fairness = new Fairness();
  readonly access: AccessControl;
  readonly pubsub: PubSubHub;
  readonly notifications: KeyspaceNotifications;
  readonly tracking: ClientCaches;
  readonly watched: WatchTable;
  /** Clients that wait in a blocking command. */
  readonly blocked: BlockedClients;
  readonly slowLog: SlowLog;
  readonly latency: LatencyMonitor;
  readonly histograms: CommandHistograms;
  readonly hotKeys: HotKeys;
  readonly scripting: Scripts;
  /** What clients take, for `maxmemory-clients`. */
  readonly clientMemory = new ClientMemory();
  /** Replicas. */
  readonly replication: Master;
  /** The RDB file that saves write, too. */
  readonly rdbFile: ServerFiles["rdbFile"];
  /** Backups in the form of Redis's files. */
  readonly onlineBackup: ServerFiles["onlineBackup"] | undefined;
  /** The node of a cluster that it is, if it is one. */
  readonly cluster: OnlyNode | undefined;
  /** What moves keys to other servers. */
  readonly migration = new Migrations(this);
  /** The server that this one follows. */
  readonly following: Follower;
  /** Clients that are told of every command. */
  readonly monitors = new Monitors(() => this.store.engine.clock.now());
  /** The client whose command runs. */
  executing: Client | undefined;
  /** CLIENT PAUSE, while it holds. */
  paused: ClientPause | undefined;
  /** Whether every call of every command is timed. */
  timesAll = false;
  /** Told once, when it begins to stop. */
  onStopping: () => void = () => {};
  readonly #closedAtStop: (() => void)[] = [];
  /** Tells an operator. */
  readonly report: Report;
  readonly #incidents: Incidents;
  readonly #connections: Connections;
  readonly #pauses: Pauses;
  readonly #awaited: AwaitedReplicas;
  readonly #rounds: Rounds;
  readonly #ending: Ending;
  readonly #saves: Saves;
  readonly #shared: SharedState;
  /** Whether the store is open for the server alone, which closes it. */
  readonly #ownsStore: boolean;
  readonly heapGuard = new HeapGuard(
    () => this.#connections.all(),
    (line) => this.report(line),
  );
  /** Commands that had run before the turn. */
  #commandsBefore = 0;

  /** Takes the turns of a store over. */
  constructor(store: Store, config: ConfigurationValues, options: ServerOptions) {
    this.store = store;
    this.config = config;
    this.report = options.log.report;
    this.#incidents = new Incidents(options.log, () => store.engine.clock.now());
    const endReports = reportStore(store, this.#incidents, this.report);
    const files = options.files?.(this);
    this.rdbFile = files?.rdbFile;
    this.onlineBackup = files?.onlineBackup;
    this.#saves = new Saves(store, this.rdbFile, this.report);
    const { engine } = store;
    this.replication = new Master({
      store,
      config,
      get commands() {
        return commands();
      },
      whenCommitted: (callback) => this.whenCommitted(callback),
      disconnect: (client) => this.#connections.get(client.id)?.close(),
      report: (message, level) => this.report(message, level),
    });
    const commands = () => this.commands;
    const surroundings = new Surroundings(this, {
      ownsStore: options.shared === undefined,
      takeId: () => this.#connections.takeId(),
      reportLimited: (cause, message) => options.log.limited(cause, message),
    });
    this.following = new Follower(this, surroundings);
    this.#awaited = new AwaitedReplicas(this, surroundings);
    this.process = processFacts(engine.clock.now(), options.places, options.facts);
    // A program that shares the store is the client before all others.
    this.#connections = new Connections(
      this,
      this.#incidents,
      options.shared === undefined ? 1 : 2,
    );
    this.turns = new Turns(store, options.busyTimeoutMs, {
      ending: () => this.tracking.endTurn(),
      ended: (committed) => {
        this.blocked.turnEnded(committed);
        if (committed) return;
        this.tracking.turnFailed();
        this.replication.turnFailed();
        this.following.turnFailed();
      },
      measured: (beganAt, committingAt, endedAt) => {
        const commands = this.stats.commandsProcessed - this.#commandsBefore;
        this.#commandsBefore = this.stats.commandsProcessed;
        this.stats.loop.turn(beganAt, committingAt, endedAt, commands);
      },
      report: (message) => options.log.limited(message, message),
      refused: (failure) => this.#incidents.refused(failure),
      failed: (reason) =>
        void this.stop({ save: false, failure: new Error(reason) }).catch(() => {}),
    });
    this.#ownsStore = options.shared === undefined;
    const shared = this.#shared = options.shared ?? this.#newSharedState(options);
    this.commands = shared.commands;
    this.access = shared.access;
    for (const declaration of options.users ?? []) this.access.declareUser(declaration);
    engine.commit();
    this.cluster = config.get("cluster-enabled") === "yes"
      ? new OnlyNode(store, config)
      : undefined;
    this.pubsub = shared.pubsub;
    this.blocked = shared.blocked;
    this.watched = shared.watched;
    this.tracking = shared.tracking;
    this.notifications = shared.notifications;
    this.slowLog = shared.slowLog;
    this.latency = shared.latency;
    this.histograms = shared.histograms;
    this.hotKeys = shared.hotKeys;
    this.scripting = shared.scripting;
    const former = shared.keeper;
    shared.keeper = this;
    shared.scripting.server = new LongScripts(this);
    this.#pauses = new Pauses(this);
    this.#rounds = new Rounds(this, () => this.#connections.all());
    this.#ending = new Ending(this, {
      ownsStore: this.#ownsStore,
      begin: () => {
        this.#connections.stopListening();
        for (const close of this.#closedAtStop) close();
        this.#rounds.stop();
        this.following.close();
        this.#awaited.close();
      },
      quiet: () => {
        this.#pauses.close();
        this.turns.close();
      },
      connections: this.#connections,
      saves: this.#saves,
      release: () => {
        options.onReleased?.();
        store.keyspace.noTouch = false;
        shared.keeper = former;
        shared.scripting.server = undefined;
        endReports();
        store.walSync.onSynced = () => {};
        store.walSync.onFailed = () => {};
      },
    });
    History.of(store);
    Search.of(store);
    bindParameters(this, config, this.#ownsStore ? shared : undefined);
    bindReplication(this);
    config.bind("hide-user-data-from-log", (text) => {
      this.#incidents.hidesUserData = text === "yes";
    });
    if (this.#ownsStore) {
      openLog({ store, host: this, report: this.report });
      store.start();
    }
    void store.walSync.prepare();
    this.#rounds.start();
    if (this.#ownsStore) restoreStream(this);
  }

  #newSharedState({ commands, renamings = [], aclFile }: ServerOptions): SharedState {
    const { store, config } = this;
    const table = commandTable(commands);
    renameCommands(table, renamings);
    table.missing = (name) => {
      const extension = store.extensions.absentWith(name);
      return extension &&
        `${name} needs the extension ${extension}: start the server with --ext ${extension}`;
    };
    return new SharedState(store, this, { commands: table, config: () => config, aclFile });
  }

  runTurn(work: () => void): void {
    this.turns.run(work);
  }

  closeOf(user: User): void {
    this.#connections.closeOf(user);
  }

  closeForbidden(user: User): void {
    this.#connections.closeForbidden(user);
  }

  /** Whether it stops, or has. */
  get stopping(): boolean {
    return this.#ending.begun;
  }

  /** Resolves when the server has stopped; with an error if it had to. */
  get finished(): Promise<void> {
    return this.#ending.finished;
  }

  /** Accepts connections until the server stops, or the listener is closed. */
  listen(listener: Listener): void {
    this.report(`listening on ${formatAddress(listener.addr)}`, "notice");
    void this.#connections.accept(listener);
  }

  /** Closes something when it begins to stop, that lets clients in by other ways than a listener. */
  closeAtStop(close: () => void): void {
    this.#closedAtStop.push(close);
  }

  /** Whether there are as many clients as there may be. */
  get isFull(): boolean {
    return this.#connections.size >= this.config.maxClients;
  }

  /** Why a client may not come in now; undefined if it may. */
  refusal(address: Deno.Addr): string | undefined {
    return this.#connections.refusal(address);
  }

  /** Lets a client in that comes by no listener. Its session is to be run. */
  admit(connection: ClientConnection): Session {
    return this.#connections.admit(connection);
  }

  /** Closes the connections that came in by some listeners. */
  closeFrom(listeners: readonly Listener[]): void {
    this.#connections.closeFrom(listeners);
  }

  cutOff(client: Client, cause: CutOffCause, why: string): void {
    if (cause === "query buffer limit") this.stats.queryBufferDisconnections++;
    else if (cause === "output limit" || cause === "unread refusals") {
      this.stats.outputBufferDisconnections++;
    }
    this.#incidents.cutOff(client, cause, why);
  }

  damaged(reason: string): void {
    this.#incidents.damaged(reason);
  }

  /** Notes that a session is closed. */
  ended(session: ExecutedSession): void {
    this.replication.disconnected(session);
    this.#connections.delete(session);
    this.clientMemory.delete(session);
    this.turns.held.delete(session);
    this.monitors.delete(session);
    this.pubsub.unsubscribeAll(session);
    this.watched.unwatch(session);
    this.tracking.disconnected(session);
  }

  /** Notes whose command runs now. */
  setExecuting(session: Client | undefined): void {
    this.executing = session;
    if (this.tracking.count > 0) this.tracking.executing = session;
  }

  session(client: Client): Session | undefined {
    return this.#connections.get(client.id);
  }

  monitor(client: Client, on = true): void {
    client.monitoring = on;
    if (on) this.monitors.add(client);
    else this.monitors.delete(client);
  }

  runForScript(caller: Client, command: Command, context: Context): void {
    runForScript(this, caller, command, context);
  }

  pause(untilMs: number, writesOnly: boolean): void {
    this.#pauses.pause(untilMs, writesOnly);
  }

  /** Lets a session wait with its command until the pause is over. */
  postpone(session: ExecutedSession): void {
    this.#pauses.postpone(session);
  }

  whenCommitted(callback: () => void): void {
    this.turns.after(callback);
  }

  whenSynced(callback: () => void): void {
    this.turns.after(() => void this.store.walSync.sync().then(callback, () => {}));
  }

  *clients(): Iterable<Client> {
    yield* this.#connections.all();
    if (this.following.client !== undefined) yield this.following.client;
  }

  client(id: number): Client | undefined {
    const { client } = this.following;
    return client?.id === id ? client : this.#connections.get(id);
  }

  kill(client: Client, self: Client): void {
    if (client.isMaster) client.closeAfterReply();
    else if (client === self) client.closeAfterReply();
    else this.#connections.get(client.id)?.close();
  }

  save(): Promise<void> {
    return this.#saves.save();
  }

  saveRdb(): Promise<void> {
    return this.#saves.saveRdb();
  }

  checkpoint(background: boolean): void {
    this.turns.after(() => this.#saves.checkpoint(background));
  }

  get lastSave(): number {
    return this.#saves.last;
  }

  /** What the server's clients and the program share. */
  get shared(): SharedState {
    return this.#shared;
  }

  shutdown({ client, save, calledOff }: {
    readonly client: Client;
    readonly save: boolean;
    readonly calledOff?: () => void;
  }): void {
    const closeLast = () => this.session(client)?.hangUp.wait();
    const end = () => void this.stop({ save, why: "SHUTDOWN" });
    if (calledOff === undefined) {
      closeLast();
      return this.turns.after(end);
    }
    this.turns.after(() => this.#awaited.begin(() => (closeLast(), end()), calledOff));
  }

  abortShutdown(): boolean {
    return this.#awaited.abort();
  }

  /** Stops when replicas have everything; asked for again, at once. */
  stopInOrder(options: StopOptions): void {
    const end = () => void this.stop(options);
    if (this.#awaited.waits || this.replication.replicas.length === 0) end();
    else this.runTurn(() => this.turns.after(() => this.#awaited.begin(end)));
  }

  /** See {@linkcode Ending.stop}. */
  stop(options?: StopOptions): Promise<void> {
    return this.#ending.stop(options);
  }

  /** See {@linkcode Ending.stopNow}. */
  stopNow(): void {
    this.#ending.stopNow();
  }
}
