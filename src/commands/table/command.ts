/**
 * The shape of the command table: one {@linkcode Command} a command, and what its handler gets.
 *
 * @module
 */

import type { Arguments, Slice } from "../../resp/arguments.ts";
import type { Reply } from "../../resp/reply.ts";
import type { Store } from "../../store/store.ts";
import type { Access, User } from "./access.ts";
import type { CommandHistograms, HotKeys, LatencyMonitor, SlowLog } from "./measurement.ts";
import type { Configuration, ProcessInfo, Statistics } from "./process_facts.ts";
import type { PubSub, Subscriptions } from "../sessions/pubsub_host.ts";
import type { ClusterNode } from "../cluster/node_host.ts";
import type { CommandTable } from "./table.ts";
import type { OnlineBackup } from "../file/online_backup.ts";
import type { Migration } from "../keys/migration_host.ts";
import type { Following } from "../replication/following.ts";
import type { Replication } from "../replication/replicas.ts";
import type { RdbSaving } from "../server/rdb_saving.ts";
import type { Scripting } from "../scripting/scripting_host.ts";
import type { Tracking, TrackingTable } from "../sessions/tracking_host.ts";

/** A command flag, as `COMMAND INFO` prints it. */
export type CommandFlag =
  | "write"
  | "readonly"
  | "denyoom"
  | "admin"
  | "pubsub"
  | "noscript"
  | "blocking"
  | "loading"
  | "stale"
  | "fast"
  | "no_auth"
  | "movablekeys"
  | "no_async_loading"
  | "no_multi"
  | "allow_busy"
  | "skip_monitor"
  | "skip_slowlog"
  | "no_mandatory_keys"
  | "asking";

/** What a command does to the keys of a key specification, as `COMMAND INFO` prints it. */
export type KeyFlag =
  | "RO"
  | "RW"
  | "OW"
  | "RM"
  | "access"
  | "update"
  | "insert"
  | "delete"
  | "not_key"
  | "incomplete"
  | "variable_flags";

/**
 * Where a command's keys are: https://redis.io/docs/latest/develop/reference/key-specs/
 * `begin` is the index of the first key argument (of the subcommand's arguments too, counted from
 * the command's name), or a keyword to find from a position; `find` says which of the following are keys.
 */
export interface KeySpec {
  /** What happens to the keys. */
  readonly flags: readonly KeyFlag[];
  /** Where to begin. */
  readonly begin:
    | { readonly index: number }
    | { readonly keyword: string; readonly startFrom: number }
    | "unknown";
  /** Which arguments from there on are keys. */
  readonly find:
    | { readonly lastKey: number; readonly step: number; readonly limit: number }
    | { readonly countAt: number; readonly firstKey: number; readonly step: number }
    | "unknown";
  /** A remark that `COMMAND INFO` prints with it. */
  readonly notes?: string;
}

/** A key argument that {@linkcode Command.findKeys} found. */
export interface FoundKey {
  /** Index of the argument. */
  readonly index: number;
  /** What happens to it. */
  readonly flags: readonly KeyFlag[];
}

/** A command's group, as `COMMAND DOCS` prints it. */
export type CommandGroup =
  | "string"
  | "generic"
  | "connection"
  | "server"
  | "hash"
  | "list"
  | "set"
  | "sorted-set"
  | "bitmap"
  | "hyperloglog"
  | "array"
  | "transactions"
  | "cluster"
  | "pubsub"
  | "stream"
  | "geo"
  | "json"
  | "search"
  | "suggestion"
  | "timeseries"
  | "bf"
  | "cf"
  | "cms"
  | "topk"
  | "tdigest"
  | "vector_set"
  | "scripting"
  | "module";

/**
 * What of a command those are told who follow the store (see engine/effects.ts): the command `itself`,
 * as it came, if it changed anything (`engine.changes` tells); what its handler has `said`; or `none`.
 */
export type CommandEffects = "itself" | "said" | "none";

/** The facts and the handler of one command, or of one subcommand. */
export interface Command {
  /** Name in lower case; of a subcommand only its own word. */
  readonly name: string;
  /** The name in errors and statistics: `client|list` of a subcommand, else {@linkcode name}. */
  readonly fullName: string;
  /** The group it is documented under. */
  readonly group: CommandGroup;
  /** The extension it comes from, if it does. */
  readonly module?: string;
  /** The Redis version that introduced it. */
  readonly since: string;
  /** What it does, in one line. */
  readonly summary: string;
  /** Time complexity. */
  readonly complexity: string;
  /** Number of arguments, the name (and the container's name) included; negative: at least. */
  readonly arity: number;
  /** Command flags. */
  readonly flags: readonly CommandFlag[];
  /** Whether the flags have `write`: the command runs with the write lock held. */
  readonly writes: boolean;
  /** How its effects are told. */
  readonly effects: CommandEffects;
  /** Whether the flags have `readonly`. */
  readonly readsOnly: boolean;
  /** Whether the flags have `fast`. */
  readonly fast: boolean;
  /** Whether calls take about as long as one another, so that some of them tell of all. */
  readonly even: boolean;
  /** Whether the flags have `denyoom`: it is refused where there is no room for more data. */
  readonly needsRoom: boolean;
  /** Whether it reads whatever it likes, so that only who may read every key may run it. */
  readonly readsAllKeys: boolean;
  /** Whether it takes the interpreter of scripts: MULTI does not queue it before that is loaded. */
  readonly needsLua: boolean;
  /** Whether the flags have `noscript`: a script may not call it. */
  readonly noScript: boolean;
  /** Whether the flags have `no_auth`: a client that has not authenticated may run it. */
  readonly noAuth: boolean;
  /** ACL categories, without `@`. */
  readonly categories: readonly string[];
  /** Hints for proxies, such as `request_policy:all_shards`. */
  readonly tips: readonly string[];
  /** Where the keys are. */
  readonly keys: readonly KeySpec[];
  /** The command line, in the notation of Redis's documentation. */
  readonly syntax: string;
  /**
   * Finds the key arguments where no key specification can (`movablekeys`, `variable_flags`). An
   * index alone takes its flags from the key specification of the same rank, or from the last.
   */
  readonly findKeys?: ((args: Arguments) => readonly (number | FoundKey)[]) | undefined;
  /** Runs the command. Absent on a container whose subcommands do. */
  readonly handler?: Handler | undefined;
  /** The subcommands of a container. */
  readonly subcommands?: readonly Command[] | undefined;
}

/** Runs one command: reads `context.args`, writes one reply, or throws a `CommandError` before any. */
export type Handler = (context: Context) => void;

/** What a handler works with. One object a session, filled anew for each command. */
export interface Context {
  /** The command's arguments; index 0 is the name. */
  args: Arguments;
  /** Where the reply goes. */
  readonly reply: Reply;
  /** The data. */
  readonly store: Store;
  /** Who asks. */
  readonly client: Client;
  /** The process around the store: clients, configuration, statistics. */
  readonly host: Host;
}

/** The state of the client a command came from that commands read and change. */
export interface Client {
  /** Unique, never reused. */
  readonly id: number;
  /** `ip:port` of the peer, or the Unix socket's path with `:0`. */
  readonly address: string;
  /** `ip:port` of our side. */
  readonly localAddress: string;
  /** Whether it came by a Unix socket. */
  readonly unixSocket: boolean;
  /** Whether it is no connection, but the program that has the store open. */
  readonly isProgram?: boolean;
  /** Whether it is a replica, which gets what is written. */
  isReplica?: boolean;
  /** Whether it is the server that this one follows. */
  readonly isMaster?: boolean;
  /** When it connected, Unix time in milliseconds. */
  readonly connectedAtMs: number;
  /** When its last command ran, Unix time in milliseconds. */
  lastCommandAtMs: number;
  /** The last command's full name, such as `client|list`. */
  readonly lastCommand: string;
  /** The selected database. */
  db: number;
  /** RESP version, 2 or 3. */
  protocol: 2 | 3;
  /** Name given by CLIENT SETNAME; empty if none. */
  name: string;
  /** Given by CLIENT SETINFO. */
  libraryName: string;
  /** Given by CLIENT SETINFO. */
  libraryVersion: string;
  /** @internal The ACL user it acts as. */
  account: User;
  /** Whether commands other than AUTH, HELLO, QUIT and RESET are allowed. */
  authenticated: boolean;
  /** CLIENT REPLY: `skip` suppresses the reply to the next command only. */
  replyMode: "on" | "off" | "skip" | "skip-next";
  /** CLIENT NO-EVICT. */
  noEvict: boolean;
  /** CLIENT NO-TOUCH: reads do not change a key's access time. */
  noTouch: boolean;
  /** Total commands run. */
  readonly commands: number;
  /** @internal What it is subscribed to; undefined until its first SUBSCRIBE. */
  subscriptions: Subscriptions | undefined;
  /** @internal CLIENT TRACKING; undefined while off. */
  tracking: Tracking | undefined;
  /** @internal What MULTI has begun; undefined outside of a transaction. */
  transaction: Transaction | undefined;
  /** @internal The keys it watches; undefined if there are none. */
  watch: Watch | undefined;
  /** Whether it is told of every command (MONITOR). */
  monitoring: boolean;
  /** Whether its command is a part of EXEC, where nobody may wait. */
  readonly performing: boolean;
  /** @internal The command it waits in; undefined if it does not wait. */
  readonly waiting: Waiting | undefined;
  /** Whether its next command is held back, for one by CLIENT PAUSE. */
  readonly parked: boolean;
  /**
   * Makes the client wait in the command that runs now, which writes no reply: it runs again, with
   * the same arguments, when one of the keys is there. Inside a transaction nobody waits: there
   * the reply for when nothing came is written at once.
   * @internal
   */
  wait(wait: Wait): void;
  /**
   * Runs a queued command, whose reply becomes a part of the reply that is being written.
   *
   * @internal
   */
  perform(queued: QueuedCommand): void;
  /**
   * Sends messages out of turn: to the client whose command runs now after that command's reply, to
   * another at once; always with the replies of the running turn, so that nobody sees them before
   * its commit, and not at all if it fails.
   *
   * @param write Writes whole messages.
   */
  push(write: (reply: Reply) => void): void;
  /** The same for messages that are bytes already. They are not to be changed afterwards. */
  pushBytes(bytes: Uint8Array): void;
  /** Closes the connection once the replies written so far are sent. */
  closeAfterReply(): void;
  /** @internal The fields that depend on the transport, for CLIENT LIST. */
  transport(): TransportState;
}

/** A command that MULTI has queued. */
export interface QueuedCommand {
  /** The command. */
  readonly command: Command;
  /** Its arguments, in bytes of their own. */
  readonly args: Arguments;
}

/** What MULTI has queued. */
export interface QueuedCommands extends Iterable<QueuedCommand> {
  /** How many commands. */
  readonly length: number;
  /** The commands, each once. */
  readonly kinds: ReadonlySet<Command>;
  /** Bytes of memory. */
  readonly memory: number;
  /** Puts a command behind those there are. */
  push(command: Command, args: Arguments): void;
}

/** A transaction between MULTI and EXEC. */
export interface Transaction {
  /** What EXEC will run. */
  readonly queued: QueuedCommands;
  /** Whether a command was refused, so that EXEC will run none. */
  refused: boolean;
  /** Whether one of the commands writes. */
  writes: boolean;
}

/** What a client watches; kept by {@linkcode WatchedKeys}. */
export interface Watch {
  /** How many keys. */
  readonly size: number;
  /** Whether one was seen to change. */
  readonly dirty: boolean;
  /** Bytes of memory. */
  readonly memory: number;
}

/** The keys that clients watch. */
export interface WatchedKeys {
  /** Watches a key for a client, unless it does so already. */
  watch(client: Client, db: number, key: Slice): void;
  /** Ends all watching of a client. */
  unwatch(client: Client): void;
  /** Whether a key that the client watches is not any more what it was. */
  isDirty(client: Client): boolean;
  /** Clients that watch keys. */
  readonly clients: number;
  /** Keys that are watched. */
  readonly keys: number;
}

/** What a blocking command waits for. */
export interface Wait {
  /** The arguments that are keys, in the order they are looked at. */
  readonly keys: readonly number[];
  /** The type one of them must have before the command is tried again: one of `TYPE`. */
  readonly type: number;
  /** Whether the command is tried again whatever becomes of a key, if it is deleted too. */
  readonly anyType?: boolean;
  /** When it is tried again whatever happens, Unix time in milliseconds; 0 for never. */
  readonly againAtMs?: number;
  /** Milliseconds, 0 for ever. */
  readonly timeoutMs: number;
  /** Writes the reply for when nothing came in time. */
  readonly giveUp: (reply: Reply) => void;
  /** Writes the reply where nobody may wait, if it is another. */
  readonly denied?: (reply: Reply) => void;
}

/** Those who wait in blocking commands. */
export interface BlockedClients {
  /** Clients. */
  readonly count: number;
  /** Keys they wait for. */
  readonly keys: number;
}

/** A client that waits in a blocking command. */
export interface Waiting {
  /**
   * Ends the waiting with a reply.
   *
   * @param write Writes the reply; left out, it is the one for when nothing came.
   */
  end(write?: (reply: Reply) => void): void;
}

/** The transport's part of a CLIENT LIST line; sizes in bytes. */
export interface TransportState {
  /** File descriptor, or -1 where the runtime does not tell. */
  readonly fd: number;
  /** Bytes received and not yet parsed. */
  readonly queryBuffer: number;
  /** Free space in the query buffer. */
  readonly queryBufferFree: number;
  /** Replies waiting to be sent. */
  readonly outputBuffer: number;
  /** Memory held for this client. */
  readonly totalMemory: number;
  /** Bytes read since it connected. */
  readonly netInput: number;
  /** Bytes sent since it connected. */
  readonly netOutput: number;
}

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
   * @param options.save Whether with a checkpoint.
   */
  shutdown(options: { readonly save: boolean }): void;
}
