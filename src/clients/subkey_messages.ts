/**
 * The messages that name the fields of a hash an event was about, on four kinds of channels:
 * https://redis.io/docs/latest/develop/pubsub/subkeyspace-notifications/
 *
 * A list of fields is `length:bytes` of each, separated by commas. Where a name could not be told
 * apart from what separates it from the rest, Redis leaves the message out: a key with a line feed
 * has no messages for single fields. No event has a `|` in its name, which is the other such case.
 *
 * @module
 */

import type { KeyBytes } from "../engine/changes.ts";
import type { Slice } from "../store/values/slice.ts";
import { MessageBytes } from "./message_bytes.ts";
import type { Publisher } from "./notifications.ts";

const LINE_FEED = 0x0a;

/** Publishes which fields an event was about. */
export class SubkeyMessages {
  /** The letters of `notify-keyspace-events`, of which S, T, I and V are the channels. */
  channels: ReadonlySet<string> = new Set();
  readonly #publisher: Publisher;
  readonly #channel = new MessageBytes();
  readonly #message = new MessageBytes();

  /** Takes what messages are published by. */
  constructor(publisher: Publisher) {
    this.#publisher = publisher;
  }

  /** Publishes the fields of one event; there is one at least. */
  publish(db: number, key: Slice, event: Slice, fields: readonly KeyBytes[]): void {
    const { channels } = this;
    const channel = this.#channel, message = this.#message;
    if (channels.has("S")) {
      channel.channel("subkeyspace", db).add(key);
      addFields(message.begin().add(event).ascii("|"), fields);
      this.#publisher.publish(channel.slice, message.slice);
    }
    if (channels.has("T")) {
      channel.channel("subkeyevent", db).add(event);
      addFields(message.begin().number(key.length).ascii(":").add(key).ascii("|"), fields);
      this.#publisher.publish(channel.slice, message.slice);
    }
    if (channels.has("I") && !key.view().includes(LINE_FEED)) {
      for (const field of fields) {
        channel.channel("subkeyspaceitem", db).add(key).ascii("\n").add(field);
        this.#publisher.publish(channel.slice, event);
      }
    }
    if (channels.has("V")) {
      channel.channel("subkeyspaceevent", db).add(event).ascii("|").add(key);
      addFields(message.begin(), fields);
      this.#publisher.publish(channel.slice, message.slice);
    }
  }
}

function addFields(message: MessageBytes, fields: readonly KeyBytes[]): void {
  fields.forEach((field, index) => {
    if (index > 0) message.ascii(",");
    message.number(field.end - field.start).ascii(":").add(field);
  });
}
