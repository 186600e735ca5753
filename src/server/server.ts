/**
 * The server: accepts connections, and is the host that commands ask about the process around the
 * store and about each other's clients. What runs the commands is in turns.ts and execution.ts.
 *
 * @module
 */

import type { User } from "../commands/table/access.ts";
import { AccessControl } from "../clients/acl/access_control.ts";
import type { AclFile } from "../clients/acl/acl_file.ts";
import { BlockedClients } from "../clients/blocked_clients.ts";
import { CommandHistograms } from "../clients/command_histograms.ts";
import { HotKeys } from "../clients/hot_keys.ts";
import { LatencyMonitor } from "../clients/latency_monitor.ts";
import { KeyspaceNotifications } from "../clients/notifications.ts";
import { PubSubHub } from "../clients/pubsub.ts";
import { SlowLog } from "../clients/slow_log.ts";
import { ClientCaches } from "../clients/tracking.ts";
import { WatchTable } from "../clients/watched_keys.ts";
import type { Client, Command, Context } from "../commands/table/command.ts";
import type { ListeningPlace, ProcessInfo } from "../commands/table/process_facts.ts";
import { commandTable } from "../commands/table/commands.ts";
import { busyWith } from "../commands/scripting/scripting_host.ts";
import { monitorLine } from "../commands/sessions/monitor.ts";
import type { Table } from "../commands/table/table.ts";
import { REDIS_VERSION, VERSION } from "../commands/table/version.ts";
import type { Timer } from "../engine/clock.ts";
import { History } from "../history/history.ts";
import { Search } from "../search/search.ts";
import type { Arguments } from "../resp/arguments.ts";
import type { BusyScript } from "../scripting/busy_script.ts";
import { Scripts } from "../scripting/scripts.ts";
import type { Store } from "../store/store.ts";
import { BufferPool } from "./sessions/buffers.ts";
import type { ServerConfiguration } from "./configuration/configuration.ts";
import { bindParameters } from "./bindings.ts";
import { refusalOf, SAMPLE } from "./execution/calls.ts";
import { HeapGuard } from "./sessions/heap_guard.ts";
import { ClientMemory } from "./sessions/client_memory.ts";
import { Fairness } from "./sessions/fairness.ts";
import { formatAddress } from "./listening/address.ts";
import { Incidents } from "./log/incidents.ts";
import type { Listener } from "./listening/listener.ts";
import type { CutOffCause, Log, Report } from "./log/log.ts";
import { DENIED, protectedModeDenies } from "./listening/protected_mode.ts";
import { Session } from "./sessions/session.ts";
import type { ExecutedSession, SessionHost } from "./sessions/hosts.ts";
import { ServerStatistics } from "./statistics.ts";
import { Turns } from "./turns.ts";

/** Milliseconds between two looks at idle clients, output limits and rates. */
const CRON_MS = 100;

/** Milliseconds for which a client counts as active after a command. */
const ACTIVE_MS = 1000;
/** Milliseconds between two looks for other processes' commits while clients cache keys. */
const POLL_MS = 8;

/** Serves one store. */
export class Server implements SessionHost {
  readonly store: Store;
  readonly config: ServerConfiguration;
  readonly commands: Table;
  readonly stats = new ServerStatistics();
  readonly buffers = new BufferPool();
  readonly process: ProcessInfo;
  readonly turns: Turns;
  readonly fairness = new Fairness();
  readonly access: AccessControl;
  readonly pubsub = new PubSubHub();
  readonly notifications: KeyspaceNotifications;
  readonly tracking: ClientCaches;
  readonly watched: WatchTable;
  /** Clients that wait in a blocking command. */
  readonly blocked: BlockedClients;
  readonly slowLog = new SlowLog();
  readonly latency = new LatencyMonitor();
  readonly histograms = new CommandHistograms();
  readonly hotKeys = new HotKeys();
  readonly scripting = new Scripts({
    version: REDIS_VERSION,
    log: (_level, message) => this.report(message),
  }, {
    began: (script) => {
      this.turns.giveUpParked(busyWith(script).message);
      this.#letOthersGo(script);
    },
    suspended: () => {
      this.turns.layAside();
      this.setExecuting(undefined);
    },
    resumed: (client) => {
      this.turns.takeUp();
      this.setExecuting(client);
    },
    over: () => this.turns.endSoon(),
  });
  /** What clients take, for `maxmemory-clients`. */
  readonly clientMemory = new ClientMemory();
  /** Clients that are told of every command. */
  readonly monitors = new Set<Client>();
  /** The client whose command runs. */
  executing: Client | undefined;
  /** CLIENT PAUSE, while it holds. */
  paused: { readonly untilMs: number; readonly writesOnly: boolean } | undefined;
  /** Whether every call of every command is timed. */
  timesAll = false;
  /** Resolves when the server has stopped; with an error if it had to. */
  readonly finished: Promise<void>;
  readonly #finish: PromiseWithResolvers<void> = Promise.withResolvers();
  /** Tells an operator. */
  readonly report: Report;
  readonly #incidents: Incidents;
  readonly #sessions = new Map<number, Session>();
  readonly heapGuard = new HeapGuard(
    () => this.#sessions.values(),
    (line) => this.report(line),
  );
  readonly #listeners = new Set<Listener>();
  /** Sessions whose commands wait for the end of a pause. */
  #postponed: ExecutedSession[] = [];
  /** Commands that had run before the turn. */
  #commandsBefore = 0;
  #pauseTimer: Timer | undefined;
  #cron: Timer | undefined;
  #poll: Timer | undefined;
  #nextId = 1;
  #stopping = false;

  /**
   * @param options.commands Commands of extensions.
   * @param options.aclFile The file that has the users in place of the database.
   * @param options.users Users that the start declares, each its name and rules.
   * @param options.places Where clients come in, for INFO.
   * @param options.log Where an operator looks.
   */
  constructor(
    store: Store,
    config: ServerConfiguration,
    options: {
      readonly places: () => readonly ListeningPlace[];
      readonly busyTimeoutMs: number;
      readonly commands?: readonly Command[];
      readonly aclFile?: AclFile | undefined;
      readonly users?: readonly string[];
      readonly log: Log;
    },
  ) {
    this.store = store;
    this.config = config;
    this.commands = commandTable(options.commands);
    this.commands.missing = (name) => {
      const extension = store.extensions.absentWith(name);
      return extension &&
        `${name} needs the extension ${extension}: start the server with --ext ${extension}`;
    };
    this.report = options.log.report;
    this.#incidents = new Incidents(options.log, () => store.engine.clock.now());
    store.jobs.watcher = this.#incidents;
    this.finished = this.#finish.promise;
    const { engine, keyspace } = store;
    this.process = {
      version: VERSION,
      runId: randomHex(40),
      startedAtMs: engine.clock.now(),
      get port() {
        return options.places().find(({ port }) => port !== undefined)?.port ?? 0;
      },
      get places() {
        return options.places();
      },
      executable: Deno.mainModule.startsWith("file:") ? Deno.mainModule.slice(7) : Deno.mainModule,
    };
    this.turns = new Turns(store, options.busyTimeoutMs, {
      ending: () => this.tracking.endTurn(),
      ended: (committed) => {
        this.blocked.turnEnded(committed);
        if (!committed) this.tracking.turnFailed();
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
    this.access = new AccessControl({
      commands: this.commands,
      known: store.extensions.absent().flatMap(({ commands }) => commands),
      store: store.users,
      file: options.aclFile,
      defaultPassword: () => config.requirepass,
      onRemoved: (user) => this.#closeWhere(({ account }) => account === user),
      onChannelsReduced: (user) => this.#closeForbidden(user),
      logMaxLength: () => Number(config.get("acllog-max-len")),
      now: () => engine.clock.now(),
      allChannels: () => config.get("acl-pubsub-default") === "allchannels",
    });
    this.access.load();
    for (const declaration of options.users ?? []) this.access.declareUser(declaration);
    engine.commit();
    this.blocked = new BlockedClients(engine, keyspace, (work) => this.turns.run(work));
    this.watched = new WatchTable(engine, keyspace);
    this.tracking = new ClientCaches({ engine, client: (id) => this.client(id) });
    History.of(store);
    Search.of(store);
    this.notifications = new KeyspaceNotifications(engine.changes, this.pubsub);
    if (store.backups !== undefined) {
      store.backups.onDamaged = (problem) => this.report(`the database is damaged: ${problem}`);
      store.backups.onFailed = (error) => this.report(`background save: ${messageOf(error)}`);
    }
    store.checkpointer.onEnded = (ms, failure) => this.#incidents.checkpointEnded(ms, failure);
    store.onFileTrouble = (trouble) => {
      const fine = `${store.path} is where it was again: writes go on`;
      this.report(trouble === undefined ? fine : String(store.engine.refusal));
    };
    store.extensions.onFailed = (extension, error) =>
      this.report(
        `the extension ${extension} does not go on in the background: ${messageOf(error)}`,
      );
    bindParameters(this, config);
    config.bind("hide-user-data-from-log", (text) => {
      this.#incidents.hidesUserData = text === "yes";
    });
    store.start();
    void store.walSync.prepare();
    this.#scheduleCron();
  }

  /** Accepts connections until the server stops. */
  listen(listener: Listener): void {
    this.#listeners.add(listener);
    this.report(`listening on ${formatAddress(listener.addr)}`, "notice");
    void this.#accept(listener);
  }

  async #accept(listener: Listener): Promise<void> {
    try {
      while (!this.#stopping) this.#begin(await listener.accept());
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
      if (this.#stopping) return;
      this.report(`not listening on ${formatAddress(listener.addr)} any more`, "notice");
      this.#listeners.delete(listener);
    }
  }

  #begin(connection: Deno.Conn): void {
    const { config, access } = this;
    if (access.defaultUser.nopass && protectedModeDenies(connection.remoteAddr, config)) {
      this.#turnAway(connection, `-${DENIED}\r\n`, "protected mode is on and there is no password");
      return;
    }
    if (this.#sessions.size >= config.maxClients) {
      const why = `maxclients is ${config.maxClients}`;
      this.#turnAway(connection, "-ERR max number of clients reached\r\n", why);
      return;
    }
    this.stats.connectionsReceived++;
    const session = new Session(this, connection, this.#nextId++);
    this.#sessions.set(session.id, session);
    this.clientMemory.add(session);
    this.#incidents.connection(session, "connected");
    void session.run();
  }

  #turnAway(connection: Deno.Conn, message: string, why: string): void {
    this.stats.connectionsRejected++;
    this.#incidents.turnedAway(hostOf(connection.remoteAddr), why);
    connection.write(new TextEncoder().encode(message)).catch(() => {})
      .finally(() => connection.close());
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
    this.#incidents.connection(session, "closed");
    this.#sessions.delete(session.id);
    this.clientMemory.delete(session);
    this.turns.held.delete(session);
    this.monitors.delete(session);
    this.pubsub.unsubscribeAll(session);
    this.watched.unwatch(session);
    this.tracking.disconnected(session);
  }

  #closeWhere(matches: (session: Session) => boolean): void {
    for (const session of [...this.#sessions.values()]) {
      if (!matches(session)) continue;
      if (session === this.executing) session.closeAfterReply();
      else session.close();
    }
  }

  /** Closes the clients of a user that are subscribed to what it may not hear any more. */
  #closeForbidden(user: User): void {
    this.#closeWhere((session) =>
      session.account === user && session.subscriptions !== undefined &&
      !this.access.allowsSubscriptions(user, session.subscriptions)
    );
  }

  /** Notes whose command runs now. */
  setExecuting(session: Client | undefined): void {
    this.executing = session;
    if (this.tracking.count > 0) this.tracking.executing = session;
  }

  /** Tells the clients that want to know of a command that has run. */
  tellMonitors(session: Client, command: Command, args: Arguments): void {
    // Scripts are flagged so since they are told of before they run.
    if (command.flags.includes("skip_monitor") && !command.needsLua) return;
    if (command.flags.includes("admin")) return;
    const line = monitorLine(session, args, this.store.engine.clock.now());
    for (const monitor of this.monitors) monitor.push((reply) => reply.status(line));
  }

  monitor(client: Client, on = true): void {
    client.monitoring = on;
    if (on) this.monitors.add(client);
    else this.monitors.delete(client);
  }

  /** Notes how long a call took. @param weight For how many calls it stands. */
  measured(
    session: Client,
    command: Command,
    args: Arguments,
    microseconds: number,
    weight: number,
  ): void {
    this.histograms.record(command, microseconds, weight);
    const { slowLog, latency } = this;
    if (slowLog.thresholdMicroseconds >= 0 && microseconds >= slowLog.thresholdMicroseconds) {
      slowLog.add(session, command, args, microseconds, this.store.engine.clock.now());
    }
    if (latency.thresholdMs > 0 && microseconds >= latency.thresholdMs * 1000) {
      latency.sample(command.fast ? "fast-command" : "command", microseconds / 1000);
    }
  }

  runForScript(caller: Client, command: Command, context: Context): void {
    const { args, client } = context;
    const statistics = this.stats.of(command);
    const calls = statistics.calls++;
    const timed = this.timesAll || !command.even || calls % SAMPLE === 0;
    const startedAt = timed ? performance.now() : 0;
    try {
      command.handler?.(context);
    } catch (error) {
      const { message } = refusalOf(command, error, this.store.engine.writing);
      context.reply.error(message);
      this.stats.failed(command, message);
    }
    if (timed) {
      const microseconds = (performance.now() - startedAt) * 1000;
      const weight = this.timesAll || !command.even || calls === 0 ? 1 : SAMPLE;
      statistics.microseconds += microseconds * weight;
      this.measured(client, command, args, microseconds, weight);
    }
    if (this.monitors.size > 0) this.tellMonitors(client, command, args);
    if (command.readsOnly && caller.tracking !== undefined) {
      this.tracking.remember(caller, command, args);
    }
  }

  /**
   * A script turns out to run for long: as it has written nothing, what other clients did in its turn
   * is committed without it, so that they need not wait for it.
   */
  #letOthersGo(script: BusyScript): void {
    const { turns } = this;
    const { engine } = this.store;
    if (script.wrote || script.client.performing || !turns.isAsideShared) return;
    const { writing, nowMs, foreignCommits } = engine;
    turns.takeUp();
    turns.split();
    this.#sessions.get(script.client.id)?.enterTurn();
    // For the script it is the same moment, and the same state of the database.
    engine.nowMs = nowMs;
    try {
      if (writing) engine.write();
      else engine.read();
    } catch (error) {
      script.stop(`ERR the script was stopped: ${messageOf(error)}`);
    }
    if (engine.foreignCommits !== foreignCommits) {
      script.stop("ERR the script was stopped, for another process changed the database meanwhile");
    }
    turns.layAside();
  }

  pause(untilMs: number, writesOnly: boolean): void {
    this.#pauseTimer?.cancel();
    const now = this.store.engine.clock.now();
    // A pause that is already on is made no weaker and no shorter by another.
    if (untilMs > now) {
      this.paused = {
        untilMs: Math.max(untilMs, this.paused?.untilMs ?? 0),
        writesOnly: writesOnly && (this.paused?.writesOnly ?? true),
      };
      this.store.sweeper.paused = true;
      const wait = Math.min(this.paused.untilMs - now, LONGEST_TIMER_MS);
      this.#pauseTimer = this.store.engine.clock.after(wait, () => {
        const left = (this.paused?.untilMs ?? 0) - this.store.engine.clock.now();
        if (left > 0) this.pause(this.paused?.untilMs ?? 0, true);
        else this.#unpause();
      });
    } else {
      this.turns.after(() => this.#unpause());
    }
  }

  #unpause(): void {
    this.paused = undefined;
    this.store.sweeper.paused = false;
    const sessions = this.#postponed.filter((session) => session.parked);
    this.#postponed = [];
    for (const session of sessions) session.retry();
  }

  /** Lets a session wait with its command until the pause is over. */
  postpone(session: ExecutedSession): void {
    session.parked = true;
    this.#postponed.push(session);
  }

  whenCommitted(callback: () => void): void {
    this.turns.after(callback);
  }

  whenSynced(callback: () => void): void {
    this.turns.after(() => void this.store.walSync.sync().then(callback, () => {}));
  }

  #scheduleCron(): void {
    this.#cron = this.store.engine.clock.after(CRON_MS, () => {
      const beganAt = performance.now();
      const now = this.store.engine.clock.now();
      this.stats.sample(now);
      const idleMs = this.config.timeoutSeconds * 1000;
      let active = 0;
      for (const session of this.#sessions.values()) {
        if (session.checkOutputLimit(now)) continue;
        const idle = session.updateIdle(now);
        if (idle < ACTIVE_MS) active++;
        if (idle > idleMs && idleMs > 0 && !session.mayIdle) session.closeIdle(idle);
      }
      this.fairness.activeClients = active;
      this.heapGuard.check();
      this.clientMemory.check();
      if (this.tracking.count > 0 && this.#poll === undefined) this.#pollForeignCommits();
      this.stats.loop.cron(performance.now() - beganAt);
      this.#scheduleCron();
    });
  }

  /** Notices other processes' commits while clients cache keys: a turn begins with looking for them. */
  #pollForeignCommits(): void {
    this.#poll = this.store.engine.clock.after(POLL_MS, () => {
      this.#poll = undefined;
      this.turns.enter();
      if (this.tracking.count > 0) this.#pollForeignCommits();
    });
  }

  clients(): Iterable<Client> {
    return this.#sessions.values();
  }

  client(id: number): Client | undefined {
    return this.#sessions.get(id);
  }

  kill(client: Client, self: Client): void {
    if (client === self) client.closeAfterReply();
    else this.#sessions.get(client.id)?.close();
  }

  async save(): Promise<void> {
    await this.store.save();
  }

  checkpoint(background: boolean): void {
    this.turns.after(() => {
      try {
        if (background) this.store.checkpointer.start();
        else this.store.checkpoint();
      } catch (error) {
        this.report(`checkpoint: ${messageOf(error)}`);
      }
    });
  }

  /** What the last checkpoint cannot copy is in the WAL, from which the next start reads it. */
  #saveAtEnd(): void {
    try {
      this.store.checkpoint();
    } catch (error) {
      // That is told already.
      if (this.store.engine.refusal !== undefined) return;
      this.report(`the last checkpoint: ${messageOf(error)}`);
    }
  }

  get lastSave(): number {
    return this.store.backups?.lastSaveAt ?? this.store.checkpointer.lastCompleteAt;
  }

  shutdown(options: { readonly save: boolean }): void {
    this.turns.after(() => void this.stop({ ...options, why: "SHUTDOWN" }));
  }

  /**
   * Stops: finishes the turn, lets no one in, closes the connections and the store.
   *
   * @param options.why What made it stop, for the log.
   * @param options.failure Why it has to stop: {@linkcode finished} is rejected with it.
   */
  async stop(
    options: {
      readonly save: boolean;
      readonly why?: string;
      readonly failure?: Error;
    } = {
      save: true,
    },
  ): Promise<void> {
    if (this.#stopping) return await this.finished;
    this.#stopping = true;
    const { failure, why = "asked to" } = options;
    if (failure === undefined) this.report(`stopping: ${why}`, "notice");
    else this.report(`stopping: ${failure.message}`);
    for (const listener of this.#listeners) listener.close();
    this.#cron?.cancel();
    this.#poll?.cancel();
    this.#pauseTimer?.cancel();
    this.turns.close();
    try {
      if (this.scripting.running !== undefined) {
        this.scripting.running.abandon();
        this.turns.abandon("ERR the server stops while a script runs: nothing was written");
      }
      this.turns.endNow();
      this.blocked.close();
      if (options.failure === undefined && this.store.walSync.mode !== "no") {
        await this.store.walSync.sync();
      }
      // Replies that waited for the disk have been handed to the system; let them leave.
      await new Promise((resolve) => setTimeout(resolve, 0));
      for (const session of [...this.#sessions.values()]) session.close();
      if (options.save) this.#saveAtEnd();
      await this.store.close();
      if (options.failure === undefined) this.#finish.resolve();
      else this.#finish.reject(options.failure);
    } catch (error) {
      this.#finish.reject(error);
    }
    await this.finished;
  }
}

function hostOf(address: Deno.Addr): string {
  return "hostname" in address ? address.hostname : formatAddress(address);
}

/** Longest time a timer takes, in milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function randomHex(digits: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(digits / 2));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
