/** Random commands for any server: what generators ask is answered by a store that gets them, too. */

import { Dice } from "../../commands/effects/dice.ts";
import { GENERATORS } from "../../commands/effects/generators.ts";
import { Served } from "../../commands/effects/served.ts";
import type { RespClient } from "../../harness/resp_client.ts";
import { SEED } from "../../harness/seed.ts";

/** Every command that writes and has a generator. */
export const ALL = Object.keys(GENERATORS).filter((name) =>
  !/^(flush|function|fcall|eval|script)/.test(name)
)
  .join(" ");

/** Options that are younger than Redis 7. */
const YOUNGER: ReadonlySet<string> = new Set([
  "IDMP",
  "DIFF",
  "KEEPREF",
  "DELREF",
  "ACKED",
  "CLAIM",
]);

/** Writes to a server. */
export class RandomWriter implements AsyncDisposable {
  readonly #dice: Dice;
  readonly #shadow = new Served();
  readonly #names: readonly string[];
  /** Whether what is younger than Redis 7 is left out. */
  readonly #spares: boolean;

  /** @param names The commands, in one text. */
  constructor(names: string, seed: number = SEED) {
    this.#names = names.split(" ");
    this.#spares = names !== ALL;
    this.#dice = new Dice(seed);
  }

  /** Runs random commands, without waiting for the reply to each before the next. */
  async write(client: RespClient, count: number): Promise<void> {
    const dice = this.#dice;
    const replies: Promise<unknown>[] = [];
    for (let i = 0; i < count; i++) {
      if (dice.once(12)) {
        const db = dice.int(0, 2);
        this.#shadow.core.client.db = db;
        replies.push(client.send("SELECT", String(db)));
      }
      const name = dice.one([...this.#names]);
      const words = GENERATORS[name]?.(dice, this.#shadow) ?? [];
      if (this.#spares && words.some((word) => YOUNGER.has(String(word)))) continue;
      const command = [
        ...name.split("|"),
        ...words.map((word) => typeof word === "number" ? String(word) : word),
      ];
      this.#shadow.ask(...command);
      replies.push(client.send(...command));
    }
    await Promise.all(replies);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#shadow[Symbol.asyncDispose]();
  }
}
