/** What commands know of the process around the store: its parameters, its counters, what it is. */

/** The configuration parameters. */
export interface Configuration {
  /** The names and values of all parameters. */
  entries(): Iterable<[name: string, value: string]>;
  /**
   * Sets parameters, all or none.
   *
   * @param unprotected Whether those that name the database file may be set too. Default: no.
   * @throws {CommandError} Redis's error for an unknown, immutable or malformed one.
   */
  set(changes: readonly (readonly [name: string, value: string])[], unprotected?: boolean): void;
  /** Keeps the current values for the next start. */
  rewrite(): void;
}

/** Counters for INFO; reset by CONFIG RESETSTAT. */
export interface Statistics {
  /** Connections accepted. */
  connectionsReceived: number;
  /** Connections refused over maxclients. */
  connectionsRejected: number;
  /** Connections closed over maxmemory-clients. */
  clientsEvicted: number;
  /** Commands run. */
  commandsProcessed: number;
  /** Bytes read from clients. */
  netInput: number;
  /** Bytes sent to clients. */
  netOutput: number;
  /** Reads from clients' connections. */
  reads: number;
  /** Writes to clients' connections. */
  writes: number;
  /** Clients that were closed because of what they sent. */
  queryBufferDisconnections: number;
  /** Clients that were closed because of what they left unread. */
  outputBufferDisconnections: number;
  /** The turns, which are what the passes of an event loop are in Redis. */
  readonly loop: LoopStatistics;
  /** Error replies sent. */
  errorReplies: number;
  /** Error replies by code word. */
  readonly errorsByCode: Map<string, number>;
  /** Calls, time and failures by full command name. */
  readonly commands: Map<string, CommandStatistics>;
  /** Commands a second over the last few samples. */
  readonly commandsPerSecond: number;
  /** Kilobytes a second in, over the last few samples. */
  readonly inputKbps: number;
  /** Kilobytes a second out, over the last few samples. */
  readonly outputKbps: number;
  /** Sets every counter to zero. */
  reset(): void;
}

/** How much there was to do in the turns, and how long they took. */
export interface LoopStatistics {
  /** Turns. */
  readonly cycles: number;
  /** Milliseconds in turns. */
  readonly durationMs: number;
  /** Milliseconds of them in committing. */
  readonly commitMs: number;
  /** Milliseconds in what is done at regular intervals. */
  readonly cronMs: number;
  /** Milliseconds of the longest turn. */
  readonly longestMs: number;
  /** Most commands of one turn. */
  readonly mostCommands: number;
  /** Turns a second over the last few samples. */
  readonly cyclesPerSecond: number;
  /** Microseconds a turn took over the last few samples. */
  readonly recentMicroseconds: number;
}

/** Statistics of one command. */
export interface CommandStatistics {
  /** Calls that reached the handler. */
  calls: number;
  /** Time in the handler, microseconds. */
  microseconds: number;
  /** Calls refused before the handler (arity, authentication...). */
  rejected: number;
  /** Calls that replied with an error. */
  failed: number;
}

/** Where clients come in. */
export interface ListeningPlace {
  /** What they speak there. */
  readonly name: "tcp" | "tls" | "unix" | "http" | "https";
  /** The hosts, or the path. */
  readonly binds: readonly string[];
  /** The port, where there is one. */
  readonly port?: number;
}

/** Facts of the process for INFO. */
export interface ProcessInfo {
  /** Redlite's own version. */
  readonly version: string;
  /** 40 hex digits, new at each start. */
  readonly runId: string;
  /** Start time, Unix time in milliseconds. */
  readonly startedAtMs: number;
  /** The listening TCP port, 0 without one. */
  readonly port: number;
  /** Where clients come in. */
  readonly places: readonly ListeningPlace[];
  /** The command line's program. */
  readonly executable: string;
  /** The configuration file, in full; empty if there is none. */
  readonly confFile: string;
  /** Who watches over it: `systemd` or `no`. */
  readonly supervised: string;
}
