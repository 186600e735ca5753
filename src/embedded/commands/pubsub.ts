/** The typed methods of pub/sub. */

import { wrongArity } from "../../store/values/errors.ts";
import { isKey, KEY, wrongType } from "../checks.ts";
import type { Argument, Data, Key } from "../data.ts";
import { publicError } from "../errors.ts";
import type { SubscribeOptions, Subscription } from "../subscription.ts";
import { keyList } from "./given.ts";
import { CommandGroup } from "./group.ts";

/**
 * Channels between parts of this process: who subscribes gets what is published on the same
 * database object, and nothing of other objects or processes on the same file. `V` is what names
 * and messages come back as.
 *
 * @example
 * ```ts
 * import { type PubSubCommands, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const announce = (channels: PubSubCommands<string>, text: string) => channels.publish("news", text);
 * await using news = db.subscribe("news");
 * console.log(announce(db, "hello"), (await news.next()).value?.message); // 1 "hello"
 * ```
 */
export abstract class PubSubCommands<V extends Data> extends CommandGroup<V> {
  /**
   * PUBLISH: sends a message to a channel's subscribers. Inside a transaction it goes out with the
   * commit, or not at all.
   *
   * @returns How many get it.
   */
  publish(channel: Key, message: Argument): number {
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
  subscribe(channels: Key | readonly Key[], options: SubscribeOptions = {}): Subscription<V> {
    return this.core.messages.subscribe(
      "channel",
      names("subscribe", channels, "channels"),
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
  psubscribe(patterns: Key | readonly Key[], options: SubscribeOptions = {}): Subscription<V> {
    return this.core.messages.subscribe(
      "pattern",
      names("psubscribe", patterns, "patterns"),
      this.decode,
      options,
    );
  }
}

/** One or more names. @throws {RedliteError} If there are none. */
function names(command: string, given: Key | readonly Key[], what: string): readonly Key[] {
  const result = keyList(given, what);
  if (result.length === 0) throw publicError(wrongArity(command));
  for (const name of result) if (!isKey(name)) throw wrongType(`each of ${what}`, KEY, name);
  return result;
}
