/** The parameters of CONFIG, typed. */

import { isParameterValue, parameterText, type ParameterValue } from "./configuration.ts";
import { wrongType } from "./checks.ts";
import type { Runner } from "./commands/runner.ts";
import { type Argument, toText } from "./data.ts";
import { showAs } from "./shown.ts";

/**
 * The parameters of a database while it is open: Redis's, and Redlite's own. Changes hold until it is
 * closed.
 *
 * @example
 * ```ts
 * import { Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.config.set("maxmemory", "100mb");
 * db.config.set({ "maxmemory-policy": "allkeys-lru", "notify-keyspace-events": "KEA" });
 * console.log(db.config.get("maxmemory")); // "104857600"
 * ```
 */
export class DatabaseConfig {
  static {
    showAs(DatabaseConfig.prototype, (config) => `Redlite config (${config.#core.description})`);
  }

  readonly #core: Runner;

  /** @internal */
  constructor(core: Runner) {
    this.#core = core;
  }

  #run(...words: Argument[]): unknown {
    return this.#core.run(["CONFIG", ...words], toText);
  }

  /**
   * CONFIG GET of one parameter.
   *
   * @param name Its name, as `maxmemory-policy`.
   * @returns Its value as Redis shows it, sizes in bytes; `undefined` if there is none of that name.
   *
   * @example
   * ```ts
   * import { Redlite } from "@redlite/redlite";
   *
   * using db = Redlite.open(":memory:", { maxmemory: 1024 });
   * console.log(db.config.get("maxmemory")); // "1024"
   * ```
   */
  get(name: string): string | undefined {
    if (typeof name !== "string") throw wrongType("name", "a string", name);
    // A name is no pattern.
    return this.matching(name.replace(/[*?[\]\\]/g, "\\$&")).get(name.toLowerCase());
  }

  /**
   * CONFIG GET of all parameters whose names match a pattern.
   *
   * @param pattern As `maxmemory*`. Default: all.
   * @returns Their values by name.
   *
   * @example
   * ```ts
   * import { Redlite } from "@redlite/redlite";
   *
   * using db = Redlite.open(":memory:");
   * console.log(db.config.matching("lfu-*")); // Map { "lfu-log-factor" => "10", … }
   * ```
   */
  matching(pattern = "*"): Map<string, string> {
    const reply = this.#run("GET", pattern) as ReadonlyMap<string, string>;
    return new Map([...reply].map(([name, value]) => [name.toLowerCase(), value]));
  }

  /**
   * CONFIG SET: sets parameters, all of them or none. `true` is `yes`; sizes are numbers of bytes, or
   * as `"100mb"`.
   *
   * @throws {RedliteError} If there is no such parameter, or its value cannot be so.
   *
   * @example
   * ```ts
   * import { Redlite } from "@redlite/redlite";
   *
   * using db = Redlite.open(":memory:");
   * db.config.set("maxmemory", 64 * 1024 * 1024);
   * db.config.set({ maxdisk: "1gb", "lfu-decay-time": 10 });
   * ```
   */
  set(name: string, value: ParameterValue): void;
  /** CONFIG SET of several parameters. */
  set(values: Readonly<Record<string, ParameterValue>>): void;
  set(given: string | Readonly<Record<string, ParameterValue>>, value?: ParameterValue): void {
    const values = typeof given === "string" ? { [given]: value } : given;
    if (typeof values !== "object" || values === null) {
      throw wrongType("parameters", "a name and a value, or an object of them", given);
    }
    const words = Object.entries(values).flatMap(([name, each]) => {
      if (!isParameterValue(each)) throw wrongType(name, "text, a number, true or false", each);
      return [name, parameterText(each)];
    });
    if (words.length > 0) this.#run("SET", ...words);
  }

  /**
   * CONFIG RESETSTAT: sets the counters of INFO to zero.
   *
   * @example
   * ```ts
   * import { Redlite } from "@redlite/redlite";
   *
   * using db = Redlite.open(":memory:");
   * db.config.resetStat();
   * ```
   */
  resetStat(): void {
    this.#run("RESETSTAT");
  }
}
