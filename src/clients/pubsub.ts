/**
 * Pub/sub: who is subscribed to which channels, and the messages to them.
 *
 * A message is encoded once for each protocol that a subscriber of it speaks, and the same bytes go
 * to all of them: RESP2 and RESP3 differ in the first byte. Patterns are matched one after the
 * other, so publishing costs as much as there are patterns.
 *
 * Names are bytes. Maps know them as strings (`mapKey`), which V8 hashes with a seed of its own, so
 * nobody can make many names collide.
 *
 * @module
 */

import { Glob } from "../store/values/glob.ts";
import type {
  PubSub,
  SubscribedNames,
  Subscriber,
  SubscriptionKind,
  Subscriptions,
} from "../commands/sessions/pubsub_host.ts";
import { RespWriter } from "../resp/writer.ts";
import { mapKey } from "../store/values/map_key.ts";
import type { Slice } from "../store/values/slice.ts";

/** What is subscribed inside this process: no client of a connection, but a function of its own. */
export interface Listener {
  /**
   * Takes a message. The slices are valid until the call returns, and the turn is not committed yet.
   *
   * @param pattern The pattern it was subscribed by; undefined for a channel by its name.
   */
  receive(channel: Slice, message: Slice, pattern: Uint8Array | undefined): void;
}

/** A name that somebody is subscribed to. */
class Topic {
  readonly name: Uint8Array;
  /** The name, ready to be matched, if it is a pattern. */
  readonly glob: Glob | undefined;
  readonly clients: Set<Subscriber> = new Set();
  listeners: Set<Listener> | undefined;

  constructor(name: Uint8Array, isPattern: boolean) {
    this.name = name;
    this.glob = isPattern ? new Glob(name) : undefined;
  }

  get size(): number {
    return this.clients.size + (this.listeners?.size ?? 0);
  }
}

/** The names of one kind that somebody is subscribed to, in the order they were first. */
class Topics implements SubscribedNames {
  readonly byName: Map<string, Topic> = new Map();

  get size(): number {
    return this.byName.size;
  }

  *names(): Iterable<Uint8Array> {
    for (const { name } of this.byName.values()) yield name;
  }
}

/** What one client is subscribed to. */
class ClientSubscriptions implements Subscriptions {
  readonly channels: Topics = new Topics();
  readonly patterns: Topics = new Topics();
  readonly shardChannels: Topics = new Topics();
  memory = 0;

  get count(): number {
    return this.channels.size + this.patterns.size;
  }

  get isSubscribed(): boolean {
    return this.count + this.shardChannels.size > 0;
  }
}

/** The property that holds the names of a kind, of a client's and of all. */
const TOPICS = { channel: "channels", pattern: "patterns", shard: "shardChannels" } as const;

/** The channels of one process and their subscribers. */
export class PubSubHub implements PubSub {
  readonly #topics: Record<SubscriptionKind, Topics> = {
    channel: new Topics(),
    pattern: new Topics(),
    shard: new Topics(),
  };
  readonly #subscriptions = new Map<Subscriber, ClientSubscriptions>();

  /** Whether anybody is subscribed to a channel or a pattern. */
  get hasSubscribers(): boolean {
    return this.#topics.channel.size > 0 || this.#topics.pattern.size > 0;
  }

  get clients(): number {
    return this.#subscriptions.size;
  }

  publish(channel: Slice, message: Slice): number {
    if (!this.hasSubscribers) return 0;
    let sent = 0;
    const named = this.#topics.channel.byName;
    const topic = named.size > 0 ? named.get(mapKey(channel)) : undefined;
    if (topic !== undefined) sent += this.#send("message", topic, channel, message);
    for (const topic of this.#topics.pattern.byName.values()) {
      if (topic.glob?.matches(channel.bytes, channel.start, channel.end)) {
        sent += this.#send("pmessage", topic, channel, message);
      }
    }
    return sent;
  }

  publishToShard(channel: Slice, message: Slice): number {
    const topic = this.#topics.shard.byName.get(mapKey(channel));
    return topic === undefined ? 0 : this.#send("smessage", topic, channel, message);
  }

  #send(kind: string, topic: Topic, channel: Slice, message: Slice): number {
    const { size } = topic;
    const pattern = topic.glob === undefined ? undefined : topic.name;
    let resp2: Uint8Array | undefined, resp3: Uint8Array | undefined;
    for (const client of topic.clients) {
      client.pushBytes(
        client.protocol === 3
          ? resp3 ??= encode(3, kind, pattern, channel, message)
          : resp2 ??= encode(2, kind, pattern, channel, message),
      );
    }
    for (const listener of topic.listeners ?? []) listener.receive(channel, message, pattern);
    return size;
  }

  subscribe(client: Subscriber, kind: SubscriptionKind, name: Slice): number {
    let own = this.#subscriptions.get(client);
    if (own === undefined) {
      own = new ClientSubscriptions();
      this.#subscriptions.set(client, own);
      client.subscriptions = own;
    }
    const topics = own[TOPICS[kind]].byName;
    const key = mapKey(name);
    if (!topics.has(key)) {
      const topic = this.#topic(kind, name, key);
      topic.clients.add(client);
      topics.set(key, topic);
      own.memory += memoryOf(topic);
    }
    return told(own, kind);
  }

  unsubscribe(client: Subscriber, kind: SubscriptionKind, name: Slice): number {
    const own = this.#subscriptions.get(client);
    if (own === undefined) return 0;
    const topics = own[TOPICS[kind]].byName;
    const key = mapKey(name);
    const topic = topics.get(key);
    if (topic !== undefined) {
      topics.delete(key);
      topic.clients.delete(client);
      own.memory -= memoryOf(topic);
      this.#forget(kind, topic, key);
      if (!own.isSubscribed) this.#end(client);
    }
    return told(own, kind);
  }

  unsubscribeAll(client: Subscriber): void {
    const own = this.#subscriptions.get(client);
    if (own === undefined) return;
    this.#end(client);
    for (const kind of ["channel", "pattern", "shard"] as const) {
      for (const [key, topic] of own[TOPICS[kind]].byName) {
        topic.clients.delete(client);
        this.#forget(kind, topic, key);
      }
    }
  }

  /** A client without subscriptions is like one that never had any. */
  #end(client: Subscriber): void {
    this.#subscriptions.delete(client);
    client.subscriptions = undefined;
  }

  /** Subscribes a listener. Doing so twice is the same as once. */
  listen(listener: Listener, kind: SubscriptionKind, name: Slice): void {
    const topic = this.#topic(kind, name, mapKey(name));
    topic.listeners ??= new Set();
    topic.listeners.add(listener);
  }

  /** Ends a listener's subscription, if there is one. */
  unlisten(listener: Listener, kind: SubscriptionKind, name: Slice): void {
    const key = mapKey(name);
    const topic = this.#topics[kind].byName.get(key);
    if (topic?.listeners?.delete(listener)) this.#forget(kind, topic, key);
  }

  #topic(kind: SubscriptionKind, name: Slice, key: string): Topic {
    const { byName } = this.#topics[kind];
    let topic = byName.get(key);
    if (topic === undefined) {
      topic = new Topic(name.copy(), kind === "pattern");
      byName.set(key, topic);
    }
    return topic;
  }

  /** Nothing is kept of a name that nobody is subscribed to any more. */
  #forget(kind: SubscriptionKind, topic: Topic, key: string): void {
    if (topic.size === 0) this.#topics[kind].byName.delete(key);
  }

  names(kind: SubscriptionKind, glob?: Glob): Uint8Array[] {
    const names = [...this.#topics[kind].names()];
    return glob === undefined ? names : names.filter((name) => glob.matches(name, 0, name.length));
  }

  subscribers(kind: SubscriptionKind, name: Slice): number {
    return this.#topics[kind].byName.get(mapKey(name))?.size ?? 0;
  }

  count(kind: SubscriptionKind): number {
    return this.#topics[kind].size;
  }
}

/** Bytes of memory that a subscription takes beside the name: its entries in maps, the topic if it is the first. */
const SUBSCRIPTION = 1000;
/** What a pattern takes more, to be matched. */
const PATTERN = 400;

/** Bytes of memory that a subscription takes. The name is there as bytes and as characters. */
function memoryOf({ name, glob }: Topic): number {
  return SUBSCRIPTION + 2 * name.length + (glob === undefined ? 0 : PATTERN + name.length);
}

/** The number that a client is told after a change of its subscriptions. */
function told(own: ClientSubscriptions, kind: SubscriptionKind): number {
  return kind === "shard" ? own.shardChannels.size : own.count;
}

/** Bytes that a message takes beside its names and its text, at most. */
const FRAME = 5 * 24 + 8;

function encode(
  protocol: 2 | 3,
  kind: string,
  pattern: Uint8Array | undefined,
  channel: Slice,
  message: Slice,
): Uint8Array {
  const writer = new RespWriter(FRAME + (pattern?.length ?? 0) + channel.length + message.length);
  writer.protocol = protocol;
  writer.push(pattern === undefined ? 3 : 4);
  writer.text(kind);
  if (pattern !== undefined) writer.bulk(pattern);
  writer.bulk(channel.bytes, channel.start, channel.end);
  writer.bulk(message.bytes, message.start, message.end);
  return writer.bytes.subarray(0, writer.end);
}
