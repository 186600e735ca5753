/** What is around the store that commands work on: the process, its clients and its parts. */

import type { Access } from "./access.ts";
import type { BlockedClients, Client, WatchedKeys } from "./client.ts";
import type { Command, Context } from "./command.ts";
import type { CommandHistograms, HotKeys, LatencyMonitor, SlowLog } from "./measurement.ts";
import type { Configuration, ProcessInfo, Statistics } from "./process_facts.ts";
import type { CommandTable } from "./table.ts";
import type { ClusterNode } from "../cluster/node_host.ts";
import type { OnlineBackup } from "../file/online_backup.ts";
import type { Migration } from "../keys/migration_host.ts";
import type { Following } from "../replication/following.ts";
import type { Replication } from "../replication/replicas.ts";
import type { Scripting } from "../scripting/scripting_host.ts";
import type { RdbSaving } from "../server/rdb_saving.ts";
import type { PubSub } from "../sessions/pubsub_host.ts";
import type { TrackingTable } from "../sessions/tracking_host.ts";

/** What commands may ask of the process around the store. The server implements all of it; the
 * embedded API a part, and says so with a `CommandError` otherwise. */
export interface Host {
  /** The command table. */
  readonly commands: CommandTable;
  /** All connected clients, in order of their ids. */
  clients(): Iterable<Client>;
  /** The client of an id. */
  client(id: number): Client | undefined;
  /** Closes a client's connection at once (its pending replies are dropped), or after its reply if it is `self`. */
  kill(client: Client, self: Client): void;
  /** @internal Configuration parameters, CONFIG GET's and SET's. */
  readonly config: Configuration;
  /** @internal Counters for INFO. */
  readonly stats: Statistics;
  /** @internal How long the process is up, and who it is, for INFO. */
  readonly process: ProcessInfo;
  /** @internal The ACL users. */
  readonly access: Access;
  /** @internal Channels and who is subscribed to them. */
  readonly pubsub: PubSub;
  /** @internal Which clients may hold which keys in caches of their own. */
  readonly tracking: TrackingTable;
  /** @internal The keys that clients watch. */
  readonly watched: WatchedKeys;
  /** @internal Those who wait in blocking commands. */
  readonly blocked: BlockedClients;
  /** @internal Commands that took long. */
  readonly slowLog: SlowLog;
  /** @internal Events that took long. */
  readonly latency: LatencyMonitor;
  /** @internal How long commands take. */
  readonly histograms: CommandHistograms;
  /** @internal The keys that are used most. */
  readonly hotKeys: HotKeys;
  /** @internal What runs scripts. */
  readonly scripting: Scripting;
  /** @internal The node of a cluster that the server is, if it is one. */
  readonly cluster?: ClusterNode | undefined;
  /** @internal Replicas, where there may be some. */
  readonly replication?: Replication | undefined;
  /** @internal The RDB file that saves write too, where there is one. */
  readonly rdbFile?: RdbSaving | undefined;
  /** Writes it in the background, and reports what goes wrong. Call with no turn open. */
  saveRdb?(): Promise<void>;
  /** @internal Backups in the form of Redis's files, where there may be some. */
  readonly onlineBackup?: OnlineBackup | undefined;
  /** @internal What moves keys to other servers, where there is somebody who can. */
  readonly migration?: Migration | undefined;
  /** @internal Following another server, where that may be. */
  readonly following?: Following | undefined;
  /**
   * Runs the handler of a command that a script calls, and notes it as that of any command.
   *
   * @param caller Whose script it is.
   * @param context Where the reply goes, an error that the command refuses with included.
   */
  runForScript(caller: Client, command: Command, context: Context): void;
  /**
   * CLIENT PAUSE: lets clients wait with their commands.
   *
   * @param untilMs Unix time in milliseconds; 0 to go on at once.
   * @param writesOnly Whether commands that only read go on.
   */
  pause(untilMs: number, writesOnly: boolean): void;
  /** MONITOR: tells a client of every command from now on, or no longer. */
  monitor(client: Client, on?: boolean): void;
  /** Calls back when the running turn is committed or rolled back, with no turn open. */
  whenCommitted(callback: () => void): void;
  /** Calls back when everything committed up to now, this turn included, is on the disk. */
  whenSynced(callback: () => void): void;
  /** Takes note that the database was found to be damaged. */
  damaged(reason: string): void;
  /**
   * Copies the WAL into the database file, for SAVE. Call with no turn open.
   *
   * @returns A promise where turns go on meanwhile; without one it is done.
   * @throws {CommandError} If it cannot be copied.
   */
  save(): Promise<void> | undefined;
  /**
   * Copies the WAL into the database file after the turn, for SAVE's kin.
   *
   * @param background On another thread, where the driver can.
   */
  checkpoint(background: boolean): void;
  /** When the last save ended that was asked for, Unix time in seconds. */
  readonly lastSave: number;
  /**
   * Ends the process after the turn.
   *
   * @param options.client Who asks: its connection closes last, when the database is closed.
   * @param options.save Whether with a checkpoint.
   * @param options.calledOff Replicas are waited for until they have everything; is told if it does not
   * end after all.
   */
  shutdown(options: {
    readonly client: Client;
    readonly save: boolean;
    readonly calledOff?: () => void;
  }): void;
  /** Calls off an end that waits for replicas. @returns Whether there was one. */
  abortShutdown(): boolean;
}
