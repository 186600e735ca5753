/** A server that serves the database of a program, as the program's calls see it, and the other way round. */

import type { SharedState } from "../../clients/shared.ts";
import type { Command } from "../../commands/table/command.ts";
import type { Host } from "../../commands/table/host.ts";
import type { Client } from "../../commands/table/client.ts";
import type { Arguments } from "../../resp/arguments.ts";
import { CAN_SERVE, RUNTIME_TITLE } from "../../runtime/runtime.ts";
import { checked, type Kinds } from "../commands/option_words.ts";
import type { AnswerHttp, ServeHttp } from "./http_serving.ts";
import type { RedliteOptions } from "../open_options.ts";

/** A server that has the turns. The program's calls are turns of their own between its clients'. */
export interface Serving {
  /** What commands of the program ask about connections. */
  readonly host: Pick<
    Host,
    "clients" | "client" | "kill" | "pause" | "process" | "stats"
  >;
  /** Whether a turn of clients runs, which ends by itself. */
  readonly inTurn: boolean;
  /** Whether a client is told of every command. */
  readonly monitored: boolean;
  /**
   * Ends the turn of clients that runs, before a call of the program.
   *
   * @throws {CommandError} If a client's script runs for long.
   */
  settle(): void;
  /** Tells the clients that want to know of a command that has run. */
  tell(client: Client, command: Command, args: Arguments): void;
  /** Ends a turn in which the program has written. @throws {TurnFailed} If SQLite refuses it. */
  endTurn(): void;
  /** Takes back what clients were to be told of in the turn that was rolled back. */
  rolledBack(): void;
  /** Calls back when the turn is over, with no turn open. */
  whenOver(callback: () => void): void;
  /** Lets nobody in any more, and closes the connections. */
  stop(): Promise<void>;
  /** The same without waiting. */
  stopNow(): void;
}

/** The database of a program, as a server takes it over. */
export interface Servable {
  /** What its clients share. */
  readonly shared: SharedState;
  /** How long a call of the program waits for another process's write lock, in milliseconds. */
  readonly busyTimeoutMs: number;
  /** The server that has the turns now. */
  serving: Serving | undefined;
  /** Makes sure that it is open, and that no transaction is. @throws {TypeError} */
  settle(): void;
}

/**
 * Where a database is served, and how.
 *
 * @example
 * ```ts
 * import { type ListenOptions, Redlite } from "@redlite/redlite";
 *
 * const options: ListenOptions = { port: 0, password: "secret", maxclients: 100 };
 * await using db = Redlite.open(":memory:");
 * await using server = await db.listen(options);
 * console.log(server.port > 0); // true
 * ```
 */
export interface ListenOptions {
  /** The TCP port. Default: any that is free, unless there is a `path`. */
  port?: number;
  /** The address to listen on. Default: `127.0.0.1`, where this machine alone gets in. */
  hostname?: string;
  /** The path of a Unix socket, in place of TCP or, with a `port`, beside it. */
  path?: string;
  /** The mode of the socket's file, as `0o600`. Default: as the umask says. */
  mode?: number;
  /** Encrypts TCP connections. */
  tls?: ServerCertificate;
  /** What clients must give with AUTH or HELLO; it holds for every `listen` of the database. */
  password?: string;
  /** Users that may come in, each a line of ACL rules: `"reports on >secret ~stats:* +@read"`. */
  users?: readonly string[];
  /** Whether nobody but this machine is let in without a password. Default: true. */
  protectedMode?: boolean;
  /** Most connections at a time, over every `listen` of the database. Default: 10,000. */
  maxclients?: number;
  /** Seconds after which idle clients are disconnected; 0, the default, for never. */
  timeout?: number;
  /** Clients that may wait to be accepted. Default: 511. */
  backlog?: number;
  /** Takes what an operator should know of all places, a line each; the last that was given. Default: nobody. */
  log?: (message: string, level: string) => void;
}

/**
 * A certificate with the chain behind it and its private key: as text in PEM form, or their files.
 *
 * @example
 * ```ts
 * import type { ServerCertificate } from "@redlite/redlite";
 *
 * const files: ServerCertificate = { certFile: "server.crt", keyFile: "server.key" };
 * ```
 */
export interface ServerCertificate {
  /** The certificates, the server's own first. */
  cert?: string;
  /** The private key. */
  key?: string;
  /** The file of the certificates. */
  certFile?: string;
  /** The file of the private key. */
  keyFile?: string;
}

/**
 * What {@linkcode Redlite.listen} gives: one place, or a port and a socket, where clients come in.
 *
 * @example
 * ```ts
 * import { Redlite, type RedliteServer } from "@redlite/redlite";
 *
 * await using db = Redlite.open(":memory:");
 * await using server: RedliteServer = await db.listen();
 * console.log(server.url.startsWith("redis://127.0.0.1:")); // true
 * ```
 */
export interface RedliteServer extends AsyncDisposable {
  /** What clients connect to: `redis://…`, `rediss://…` with TLS, or `unix://…`. Without a password. */
  readonly url: string;
  /** The address that it listens on; empty where there is a Unix socket alone. */
  readonly hostname: string;
  /** The TCP port; 0 where there is a Unix socket alone. */
  readonly port: number;
  /** The path of the Unix socket, if there is one. */
  readonly path: string | undefined;
  /**
   * Resolves when it is closed, whoever did it: the program, the database's end, SHUTDOWN. It is
   * rejected if the server had to stop, for the disk refused to keep what it had to.
   */
  readonly closed: Promise<void>;
  /** Lets nobody in any more and disconnects its clients. The database stays open. Closing twice does nothing. */
  close(): Promise<void>;
  /** The same at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * How a database is opened and served in one go, by {@linkcode Redlite.serve}.
 *
 * @example
 * ```ts
 * import { Redlite, type ServeOptions } from "@redlite/redlite";
 *
 * const options: ServeOptions = { databases: 1, maxmemory: "10mb", port: 0 };
 * await using server = await Redlite.serve(":memory:", options);
 * ```
 */
export interface ServeOptions extends RedliteOptions, ListenOptions {}

/**
 * What {@linkcode Redlite.serve} gives: a server with the database it serves, which it closes.
 *
 * @example
 * ```ts
 * import { Redlite, type ServedDatabase } from "@redlite/redlite";
 *
 * await using server: ServedDatabase<Redlite> = await Redlite.serve();
 * server.db.set("k", "v");
 * ```
 */
export class ServedDatabase<Database extends { close(): Promise<void> }> implements RedliteServer {
  /** The database. */
  readonly db: Database;
  /** What clients connect to. */
  readonly url: string;
  /** The address that it listens on; empty where there is a Unix socket alone. */
  readonly hostname: string;
  /** The TCP port; 0 where there is a Unix socket alone. */
  readonly port: number;
  /** The path of the Unix socket, if there is one. */
  readonly path: string | undefined;
  /** Resolves when server and database are closed, by the program or by SHUTDOWN. */
  readonly closed: Promise<void>;

  /** @internal */
  constructor(server: RedliteServer, db: Database) {
    this.db = db;
    this.url = server.url;
    this.hostname = server.hostname;
    this.port = server.port;
    this.path = server.path;
    this.closed = server.closed.finally(() => db.close());
    this.closed.catch(() => {});
  }

  /** Disconnects all clients, and closes the database. Closing twice does nothing. */
  async close(): Promise<void> {
    await this.db.close();
    await this.closed;
  }

  /** The same at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** What they take. */
const LISTEN: Kinds<ListenOptions> = {
  port: "number",
  hostname: "text",
  path: "text",
  mode: "number",
  tls: "record",
  password: "text",
  users: "list",
  protectedMode: "flag",
  maxclients: "number",
  timeout: "number",
  backlog: "number",
  log: "function",
};

const CERTIFICATE: Kinds<ServerCertificate> = {
  cert: "text",
  key: "text",
  certFile: "text",
  keyFile: "text",
};

/** Tells the options of a server from those of its database. */
export function splitOptions(options: ServeOptions): {
  readonly listening: ListenOptions;
  readonly opening: RedliteOptions;
} {
  const listens = ([name]: readonly [string, unknown]) => Object.hasOwn(LISTEN, name);
  const entries = Object.entries(options);
  return {
    listening: Object.fromEntries(entries.filter(listens)),
    opening: Object.fromEntries(entries.filter((entry) => !listens(entry))),
  };
}

/** Makes sure of options' names, types and ranges. @throws {TypeError} */
export function assertListenOptions(options: ListenOptions): void {
  const { port, mode, backlog, tls, users, path, hostname } = checked(options, LISTEN);
  if (tls !== undefined) checked(tls, CERTIFICATE);
  assertWhole("port", port, 65535);
  assertWhole("mode", mode, 0o777);
  assertWhole("backlog", backlog, 2 ** 31 - 1);
  if (users?.some((user) => typeof user !== "string")) {
    throw new TypeError("option users must be an array of strings");
  }
  if (path === "" || hostname === "") {
    throw new TypeError(`option ${path === "" ? "path" : "hostname"} must not be empty`);
  }
}

function assertWhole(name: string, value: number | undefined, most: number): void {
  if (value === undefined || Number.isInteger(value) && value >= 0 && value <= most) return;
  throw new TypeError(`option ${name} must be a whole number from 0 to ${most}, not ${value}`);
}

/** Serves a database. It has the server's modules, which are large. */
export type Serve = (database: Servable, options: ListenOptions) => Promise<RedliteServer>;

/** What the server's modules give. */
export interface ServerModules {
  readonly serve: Serve;
  readonly serveHttp: ServeHttp;
  readonly answerHttp: AnswerHttp;
}

let load: (() => Promise<ServerModules>) | undefined;

/** Says where the server's modules are, so that they are loaded when a database is first served. */
export function provideServer(from: () => Promise<ServerModules>): void {
  load = from;
}

/** Loads the server's modules. @throws {TypeError} If there are none, or the runtime has no use for them. */
export async function serverModules(): Promise<ServerModules> {
  if (!CAN_SERVE) {
    throw new TypeError(`${RUNTIME_TITLE} cannot serve clients: it lets no connections in`);
  }
  if (load === undefined) throw new TypeError("the server is not there: import Redlite by mod.ts");
  return await load();
}

/** Serves a database to Redis clients. */
export async function listen(
  database: Servable,
  options: ListenOptions,
): Promise<RedliteServer> {
  assertListenOptions(options);
  database.settle();
  const { serve } = await serverModules();
  return await serve(database, options);
}
