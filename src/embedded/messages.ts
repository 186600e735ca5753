/**
 * Messages on their way to the subscriptions of an embedded database.
 *
 * What a turn that writes publishes is held until its commit, and dropped if it is rolled back. Such
 * a turn is over when the next microtask runs, unless a script that a server has suspended keeps it
 * open; what a turn without writes publishes goes out at once.
 *
 * @module
 */

import type { Listener, PubSubHub } from "../clients/pubsub.ts";
import type { SubscriptionKind } from "../commands/sessions/pubsub_host.ts";
import type { Engine } from "../engine/engine.ts";
import { Slice } from "../store/values/slice.ts";
import { bytesOf } from "./checks.ts";
import type { Data, Decode, Key } from "./data.ts";
import { type Message, type SubscribeOptions, Subscription } from "./subscription.ts";

const encoder = new TextEncoder();

/** A message of a turn that may still be rolled back. */
interface Held {
  readonly turn: number;
  readonly deliver: () => void;
}

/** The subscriptions of one database. */
export class Messages {
  readonly #engine: Engine;
  readonly #hub: PubSubHub;
  readonly #open = new Set<{ finish(): void }>();
  #held: Held[] = [];
  #flushScheduled = false;
  #closed = false;

  /** Takes the channels, and the engine whose turns the messages belong to. */
  constructor(engine: Engine, hub: PubSubHub) {
    this.#engine = engine;
    this.#hub = hub;
    engine.addListener({
      forget: (rolledBack) => {
        if (rolledBack && this.#held.length > 0) this.#drop();
      },
      beforeCommit: () => {},
      turnEnds: () => {
        if (this.#held.length > 0) this.#flushSoon();
      },
    });
  }

  /**
   * Subscribes to channels or to patterns.
   *
   * @param decode How names and messages become values.
   * @throws {TypeError} If the database is closed.
   */
  subscribe<V extends Data>(
    kind: SubscriptionKind,
    names: readonly Key[],
    decode: Decode,
    options: SubscribeOptions,
  ): Subscription<V> {
    if (this.#closed) throw new TypeError("the database is closed");
    const subscription = new Subscription<V>(options);
    const value = ({ bytes, start, end }: Slice) => decode(bytes, start, end) as V;
    const listener: Listener = {
      receive: (channel, text, pattern) => {
        const message: Message<V> = { channel: value(channel), message: value(text) };
        if (pattern !== undefined) message.pattern = value(new Slice(pattern));
        const size = channel.length + text.length;
        this.#deliver(() => subscription.offer(message, size));
      },
    };
    const slices = names.map((name) =>
      new Slice(typeof name === "string" ? encoder.encode(name) : bytesOf(name))
    );
    this.#open.add(subscription);
    for (const name of slices) this.#hub.listen(listener, kind, name);
    subscription.begin(() => {
      for (const name of slices) this.#hub.unlisten(listener, kind, name);
      this.#open.delete(subscription);
    });
    return subscription;
  }

  #deliver(deliver: () => void): void {
    const { writing, turn } = this.#engine;
    if (!writing) {
      this.#flush();
      deliver();
      return;
    }
    this.#held.push({ turn, deliver });
    this.#flushSoon();
  }

  #flushSoon(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    queueMicrotask(() => {
      this.#flushScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    const held = this.#held;
    if (held.length === 0) return;
    const { writing, turn } = this.#engine;
    this.#held = writing ? held.filter((each) => each.turn === turn) : [];
    for (const { turn: of, deliver } of held) if (!writing || of !== turn) deliver();
  }

  /** The turn that runs is rolled back; those before it were committed. */
  #drop(): void {
    const { turn } = this.#engine;
    this.#held = this.#held.filter((held) => held.turn !== turn);
  }

  /** Ends all subscriptions, each after the messages that wait. */
  close(): void {
    this.#closed = true;
    this.#flush();
    for (const subscription of this.#open) subscription.finish();
  }
}
