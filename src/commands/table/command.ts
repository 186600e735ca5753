/**
 * The shape of the command table: one {@linkcode Command} a command, and what its handler gets.
 *
 * @module
 */

import type { Arguments } from "../../resp/arguments.ts";
import type { Reply } from "../../resp/reply.ts";
import type { Store } from "../../store/store.ts";
import type { Client } from "./client.ts";
import type { Host } from "./host.ts";

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
