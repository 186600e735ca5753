/** What commands may ask of the server that this one follows. */

/** The server that is followed, and how it stands with it. */
export interface MasterFacts {
  readonly host: string;
  readonly port: number;
  /** How far the connection has come. */
  readonly state: "connect" | "connecting" | "sync" | "connected";
  /** Seconds since something last came, -1 while there is no connection. */
  readonly silentSeconds: number;
  /** Seconds since there was a connection by which changes came; -1 if there never was. */
  readonly downSeconds: number;
  /** What has come of all its data, while these come. */
  readonly snapshot: SnapshotFacts | undefined;
  /** Bytes of its stream that have come, and that have been applied. */
  readonly received: number;
  readonly applied: number;
}

/** Data that are coming. */
export interface SnapshotFacts {
  /** Bytes that there are, -1 if that is not told. */
  readonly total: number;
  readonly read: number;
  readonly silentSeconds: number;
}

/** Where a failover is. */
export type FailoverState =
  | "no-failover"
  | "waiting-for-sync"
  | "failover-in-progress";

/** What FAILOVER is asked for. */
export interface FailoverRequest {
  /** The replica that is to take over; undefined for any. */
  readonly to: { readonly host: string; readonly port: number } | undefined;
  /** Whether it is to, when time is up, whether it has all data or not. */
  readonly force: boolean;
  /** How long to wait for it to have all, 0 for ever. */
  readonly timeoutMs: number;
}

/** Following another server. */
export interface Following {
  /** The server that is followed; undefined if none is. */
  readonly master: MasterFacts | undefined;
  /** Whether clients may not write, for a server is followed. */
  readonly refusesWrites: boolean;
  /** Whether the data are too old to be shown. */
  readonly isStale: boolean;
  /** Where a failover is. */
  readonly failover: FailoverState;
  /** Follows a server from now on. @returns False if it does so already. */
  follow(host: string, port: number): boolean;
  /** Follows nobody from now on. */
  standAlone(): void;
  /** Lets a replica take over. @throws {CommandError} If none can. */
  failOver(request: FailoverRequest): void;
  /** Gives a failover up. @throws {CommandError} If there is none. */
  abortFailover(): void;
}

/** The error where a server is followed that alone is written to. */
export const READ_ONLY_REPLICA = "READONLY You can't write against a read only replica.";
/** The error where old data are not shown. */
export const MASTER_DOWN =
  "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.";
