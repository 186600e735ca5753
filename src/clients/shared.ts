/**
 * What the clients of one store share in this process: those of a server, and the program itself that
 * has the store open. A server that serves a program's database takes it over for as long.
 *
 * @module
 */

import type { User } from "../commands/table/access.ts";
import type { Client } from "../commands/table/client.ts";
import type { Table } from "../commands/table/table.ts";
import { REDIS_VERSION } from "../commands/table/version.ts";
import { Scripts } from "../scripting/scripts.ts";
import type { Store } from "../store/store.ts";
import { AccessControl } from "./acl/access_control.ts";
import type { AclFile } from "./acl/acl_file.ts";
import { BlockedClients } from "./blocked_clients.ts";
import { CommandHistograms } from "./command_histograms.ts";
import type { ConfigurationValues } from "./configuration/configuration.ts";
import { HotKeys } from "./hot_keys.ts";
import { LatencyMonitor } from "./latency_monitor.ts";
import { KeyspaceNotifications } from "./notifications.ts";
import { PubSubHub } from "./pubsub.ts";
import { SlowLog } from "./slow_log.ts";
import { ClientCaches } from "./tracking.ts";
import { WatchTable } from "./watched_keys.ts";

/** Who runs the turns and has the connections. */
export interface TurnKeeper {
  /** Runs something in the running turn, or in one of its own. */
  runTurn(work: () => void): void;
  /** The connected client of an id. */
  client(id: number): Client | undefined;
  /** Disconnects the clients of a user that is no more. */
  closeOf(user: User): void;
  /** Disconnects the clients of a user that are subscribed to what it may not hear any more. */
  closeForbidden(user: User): void;
  /** Takes a line about what an operator should know. */
  report(message: string): void;
}

/** What it is made with. */
export interface SharedOptions {
  /** The command table. */
  readonly commands: Table;
  /** The parameters, asked for when they are needed. */
  readonly config: () => ConfigurationValues;
  /** The file that has the users in place of the database. */
  readonly aclFile?: AclFile | undefined;
  /** Whether the process must not end while somebody waits in a blocking command. */
  readonly keepAlive?: boolean;
}

/** What the clients of one store share. */
export class SharedState {
  readonly store: Store;
  readonly commands: Table;
  readonly pubsub: PubSubHub = new PubSubHub();
  readonly notifications: KeyspaceNotifications;
  readonly tracking: ClientCaches;
  readonly watched: WatchTable;
  /** Clients that wait in a blocking command. */
  readonly blocked: BlockedClients;
  readonly slowLog: SlowLog = new SlowLog();
  readonly latency: LatencyMonitor = new LatencyMonitor();
  readonly histograms: CommandHistograms = new CommandHistograms();
  readonly hotKeys: HotKeys = new HotKeys();
  readonly scripting: Scripts;
  /** Who runs the turns now. */
  keeper: TurnKeeper;
  readonly #options: SharedOptions;
  #access: AccessControl | undefined;

  constructor(store: Store, keeper: TurnKeeper, options: SharedOptions) {
    const { engine, keyspace } = store;
    this.store = store;
    this.keeper = keeper;
    this.commands = options.commands;
    this.#options = options;
    this.notifications = new KeyspaceNotifications(engine.changes, this.pubsub);
    this.watched = new WatchTable(engine, keyspace);
    this.blocked = new BlockedClients(
      engine,
      keyspace,
      (work) => this.keeper.runTurn(work),
      options.keepAlive,
    );
    this.tracking = new ClientCaches({ engine, client: (id) => this.keeper.client(id) });
    this.scripting = new Scripts({
      version: REDIS_VERSION,
      log: (_level, message) => this.keeper.report(message),
    });
  }

  /** The parameters. */
  get config(): ConfigurationValues {
    return this.#options.config();
  }

  /** The users, read at first use. */
  get access(): AccessControl {
    return this.#access ??= this.#loadUsers();
  }

  #loadUsers(): AccessControl {
    const { store, commands } = this;
    const { config, aclFile } = this.#options;
    const access = new AccessControl({
      commands,
      known: store.extensions.absent().flatMap((extension) => extension.commands),
      store: store.users,
      file: aclFile,
      defaultPassword: () => config().requirepass,
      onRemoved: (user) => this.keeper.closeOf(user),
      onChannelsReduced: (user) => this.keeper.closeForbidden(user),
      logMaxLength: () => Number(config().get("acllog-max-len")),
      now: () => store.engine.clock.now(),
      allChannels: () => config().get("acl-pubsub-default") === "allchannels",
    });
    access.load();
    return access;
  }
}
