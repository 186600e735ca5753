/** The typed methods of pub/sub. */

import { wrongArity } from "../../store/values/errors.ts";
import type { Data } from "../data.ts";
import { publicError } from "../errors.ts";
import type { SubscribeOptions, Subscription } from "../subscription.ts";
import { CommandGroup } from "./group.ts";

/**
 * Channels between parts of this process: who subscribes gets what is published on the same
 * database object, and nothing of other objects or processes on the same file. `V` is what names
 * and messages come back as.
 */
export abstract class PubSubCommands<V extends Data> extends CommandGroup<V> {
  /**
   * PUBLISH: sends a message to a channel's subscribers. Inside a transaction it goes out with the
   * commit, or not at all.
   *
   * @returns How many get it.
   */
  publish(channel: Data, message: Data): number {
    return this.run(["PUBLISH", channel, message]);
  }

  /**
   * SUBSCRIBE: the messages of one or more channels from now on.
   *
   * @example
   * ```ts
   * import { Redlite } from "@redlite/redlite";
   *
   * using db = Redlite.open(":memory:");
   * const news = db.subscribe(["news", "weather"]);
   * db.publish("weather", "sunny");
   * for await (const { channel, message } of news) {
   *   console.log(channel, message); // "weather" "sunny"
   *   break;
   * }
   * ```
   */
  subscribe(channels: Data | readonly Data[], options: SubscribeOptions = {}): Subscription<V> {
    return this.core.messages.subscribe(
      "channel",
      names("subscribe", channels),
      this.decode,
      options,
    );
  }

  /**
   * PSUBSCRIBE: the messages of all channels whose names match one or more glob-style patterns, one
   * for each pattern that matches.
   *
   * @example
   * ```ts
   * import { Redlite } from "@redlite/redlite";
   *
   * using db = Redlite.open(":memory:");
   * await using orders = db.psubscribe("order:*");
   * db.publish("order:7", "paid");
   * const { value } = await orders.next();
   * console.log(value?.channel, value?.pattern); // "order:7" "order:*"
   * ```
   */
  psubscribe(patterns: Data | readonly Data[], options: SubscribeOptions = {}): Subscription<V> {
    return this.core.messages.subscribe(
      "pattern",
      names("psubscribe", patterns),
      this.decode,
      options,
    );
  }
}

/** One or more names. @throws {RedliteError} If there are none. */
function names(command: string, given: Data | readonly Data[]): readonly Data[] {
  const result = typeof given === "string" || given instanceof Uint8Array ? [given] : given;
  if (result.length === 0) throw publicError(wrongArity(command));
  return result;
}
