/**
 * What the CLIENT commands know of server-assisted caching: which clients may hold which keys in
 * caches of their own.
 *
 * @module
 */

import type { Reply } from "../../resp/reply.ts";

/** Which reads count as cached: all, those after CLIENT CACHING YES, or all but those after CACHING NO. */
export type TrackingMode = "all" | "optin" | "optout";

/** What CLIENT TRACKING ON asks for. */
export interface TrackingOptions {
  /** The id of the client that gets the messages; 0 for the client itself. */
  readonly redirect: number;
  /** Whether every change counts, be the key read or not. */
  readonly broadcast: boolean;
  /** What the keys to tell of begin with, one character a byte; none for all keys. Only with `broadcast`. */
  readonly prefixes: readonly string[];
  /** Which reads count. */
  readonly mode: TrackingMode;
  /** Whether the client's own changes are left out. */
  readonly noLoop: boolean;
}

/** CLIENT TRACKING's state of one client. */
export interface Tracking extends TrackingOptions {
  /** All prefixes by now, in the order of their bytes; the empty one stands for all keys. */
  readonly prefixes: readonly string[];
  /** Whether a message could not be sent since the client of {@linkcode TrackingOptions.redirect} is gone. */
  readonly brokenRedirect: boolean;
  /** Bytes of memory. */
  readonly memory: number;
  /** Whether CLIENT CACHING was said of the command or transaction to come. */
  caching: boolean;
}

/** What tracking needs of a client. */
export interface TrackedClient {
  /** Unique, never reused. */
  readonly id: number;
  /** RESP version, 2 or 3. */
  readonly protocol: 2 | 3;
  /** Its state, kept by {@linkcode TrackingTable}; undefined while tracking is off. */
  tracking: Tracking | undefined;
  /** What MULTI has begun; undefined outside of a transaction. */
  readonly transaction: object | undefined;
  /** Whether it can get messages in RESP2. */
  readonly subscriptions: { readonly isSubscribed: boolean } | undefined;
  /** Sends messages out of turn: after the client's running command, and never before the commit. */
  push(write: (reply: Reply) => void): void;
  /** The same for messages that are bytes already. */
  pushBytes(bytes: Uint8Array): void;
}

/** The clients that have tracking on, and what they may hold. */
export interface TrackingTable {
  /** Clients with tracking on. */
  readonly count: number;
  /** Keys that somebody may hold. */
  readonly totalKeys: number;
  /** Pairs of a key and a client that may hold it. */
  readonly totalItems: number;
  /** Prefixes that changes are told for. */
  readonly totalPrefixes: number;
  /**
   * Switches tracking on, or changes its options: prefixes are added to those there are. The
   * caller has made sure that no two overlap and that `broadcast` stays as it is.
   */
  enable(client: TrackedClient, options: TrackingOptions): void;
  /** Switches tracking off, if it is on. */
  disable(client: TrackedClient): void;
}
