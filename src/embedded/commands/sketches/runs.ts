/** What the typed methods on filters and sketches have in common. */

import type { Argument } from "../../data.ts";
import { toBytes, toText } from "../../data.ts";
import type { Runner } from "../runner.ts";

/**
 * What `db.bf`, `db.cf`, `db.cms`, `db.topk` and `db.tdigest` have in common: commands that begin with the name of
 * their family.
 *
 * @example
 * ```ts
 * import { Redlite, type SketchFamily } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const families: SketchFamily[] = [db.bf, db.cf, db.cms, db.topk, db.tdigest];
 * console.log(families.length); // 5
 * ```
 */
export class SketchFamily {
  /** @internal */
  protected readonly core: Runner;
  /** @internal */
  protected readonly family: string;

  /** @internal */
  constructor(core: Runner, family: string) {
    this.core = core;
    this.family = family;
  }

  /** @internal Runs a command of the family. */
  protected run<T>(name: string, ...words: readonly Argument[]): T {
    return this.core.run([`${this.family}.${name}`, ...words], toText) as T;
  }

  /** @internal Runs a command that replies with names and values, and gives these by names of ours. */
  protected facts<Facts>(
    key: Argument,
    names: Readonly<Record<keyof Facts & string, string>>,
  ): Facts {
    const reply = this.run<ReadonlyMap<string, unknown>>("INFO", key);
    return Object.fromEntries(
      Object.entries<string>(names).map(([name, theirs]) => [name, reply.get(theirs)]),
    ) as Facts;
  }

  /** @internal The pieces of a filter. */
  protected *pieces(key: Argument): Generator<[iterator: number, data: Uint8Array]> {
    for (let iterator = 0;;) {
      const [next, data] = this.core.run([`${this.family}.SCANDUMP`, key, iterator], toBytes) as [
        number,
        Uint8Array,
      ];
      if (next === 0) return;
      yield [next, data];
      iterator = next;
    }
  }
}
