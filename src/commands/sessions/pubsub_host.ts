/**
 * What the commands of pub/sub and those that tell about clients know of channels and subscribers.
 *
 * @module
 */

import type { Slice } from "../../resp/arguments.ts";
import type { Client } from "../table/client.ts";
import type { Glob } from "../../store/values/glob.ts";

/** What a client subscribes to: a channel by name, channels by a pattern, or a shard channel. */
export type SubscriptionKind = "channel" | "pattern" | "shard";

/** Names a client is subscribed to, in the order it subscribed. */
export interface SubscribedNames {
  /** How many. */
  readonly size: number;
  /** The names. */
  names(): Iterable<Uint8Array>;
}

/** What pub/sub needs of a client. */
export type Subscriber = Pick<Client, "protocol" | "subscriptions" | "pushBytes">;

/** What one client is subscribed to. */
export interface Subscriptions {
  /** Channels by name. */
  readonly channels: SubscribedNames;
  /** Patterns. */
  readonly patterns: SubscribedNames;
  /** Shard channels. */
  readonly shardChannels: SubscribedNames;
  /** Channels and patterns, which are counted together. */
  readonly count: number;
  /** Whether it is subscribed to anything. */
  readonly isSubscribed: boolean;
  /** Bytes of memory. */
  readonly memory: number;
}

/** Who is subscribed to what. Names are bytes; they and messages are copied where they are kept. */
export interface PubSub {
  /** Sends a message to the subscribers of a channel. @returns How many messages that were. */
  publish(channel: Slice, message: Slice): number;
  /** Sends a message to the subscribers of a shard channel. @returns How many messages that were. */
  publishToShard(channel: Slice, message: Slice): number;
  /** Subscribes a client. @returns What it is told: its channels and patterns, or shard channels, by now. */
  subscribe(client: Subscriber, kind: SubscriptionKind, name: Slice): number;
  /** Ends a subscription, if there is one. @returns As {@linkcode subscribe}. */
  unsubscribe(client: Subscriber, kind: SubscriptionKind, name: Slice): number;
  /** Ends all subscriptions of a client without telling it. */
  unsubscribeAll(client: Subscriber): void;
  /** The names somebody is subscribed to. @param glob What they match; undefined for all. */
  names(kind: SubscriptionKind, glob?: Glob): Uint8Array[];
  /** How many are subscribed to a name. */
  subscribers(kind: SubscriptionKind, name: Slice): number;
  /** How many names somebody is subscribed to. */
  count(kind: SubscriptionKind): number;
  /** How many clients are subscribed to anything. */
  readonly clients: number;
}
