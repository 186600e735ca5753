/**
 * A group of typed methods: a class whose methods {@linkcode install} puts on the prototype of the
 * class that has them all. So a call costs what a method's call costs, whatever group it is of, and
 * a new group is a class and a line in `all.ts`. Objects are never made by a group's own
 * constructor: its methods use nothing but what {@linkcode CommandGroup} has, and no `#private`.
 *
 * @module
 */

import type { Argument, Data, Decode, Many } from "../data.ts";
import type { Value } from "../running/value_reply.ts";
import { many } from "./given.ts";
import type { Runner } from "./runner.ts";

/**
 * What every group of typed methods has; `V` is what values come back as.
 *
 * @example
 * ```ts
 * import { type CommandGroup, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const names = (group: CommandGroup<string>) => group.call("KEYS", "*");
 * console.log(names(db)); // []
 * ```
 */
export abstract class CommandGroup<V extends Data> {
  /** @internal */
  protected readonly core: Runner;
  /** @internal */
  protected readonly decode: Decode;

  /** @internal */
  constructor(core: Runner, decode: Decode) {
    this.core = core;
    this.decode = decode;
  }

  /** @internal Runs a command: its name and arguments. */
  protected run<T>(words: readonly Argument[]): T {
    return this.core.run(words, this.decode) as T;
  }

  /** @internal Runs a command that may wait. */
  protected async runWaiting<T>(words: readonly Argument[], signal?: AbortSignal): Promise<T> {
    return await this.core.wait(words, this.decode, signal) as T;
  }

  /**
   * Runs any command of the table (`COMMAND LIST` names them) and gives its reply as a value.
   *
   * @throws {RedliteError} What Redis would reply with.
   */
  call(name: string, ...args: Many<Argument>): Value<V> {
    return this.run([name, ...many(args)]);
  }
}

/** A class of typed methods. */
type Group = abstract new (...args: never) => CommandGroup<Data>;

/** Gives a class the methods of groups. @throws {TypeError} If two have one of the same name. */
export function install(target: Group, groups: readonly Group[]): void {
  for (const { prototype } of groups) {
    const { constructor: _, ...methods } = Object.getOwnPropertyDescriptors(prototype);
    const taken = Object.keys(methods).find((name) => name in target.prototype);
    if (taken !== undefined) throw new TypeError(`two groups have a method ${taken}`);
    for (const [name, method] of Object.entries(methods)) {
      Object.defineProperty(target.prototype, name, method);
    }
  }
}
