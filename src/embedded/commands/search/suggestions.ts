/** The typed methods of suggestion dictionaries, and of dictionaries of words. */

import type { Argument, Data, Key, Many } from "../../data.ts";
import { toText } from "../../data.ts";
import { many } from "../given.ts";
import { CommandGroup } from "../group.ts";
import { checked, type Kinds } from "../option_words.ts";

/**
 * Options of `db.ft.sugadd`.
 *
 * @example
 * ```ts
 * import { Redlite, type SugaddOptions } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const options: SugaddOptions = { incr: true, payload: "id:7" };
 * db.ft.sugadd("titles", "dune", 1, options);
 * console.log(db.ft.sugadd("titles", "dune", 1, options)); // 1
 * ```
 */
export interface SugaddOptions {
  /** Add to the score it has. */
  incr?: boolean;
  /** What it carries. */
  payload?: string | Uint8Array;
}

/**
 * Options of `db.ft.sugget`.
 *
 * @example
 * ```ts
 * import { Redlite, type SuggetOptions } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.ft.sugadd("titles", "dune", 1);
 * const options: SuggetOptions = { fuzzy: true, max: 1 };
 * console.log(db.ft.sugget("titles", "dxn", options)[0]?.suggestion); // "dune"
 * ```
 */
export interface SuggetOptions {
  /** Whether one character may differ. */
  fuzzy?: boolean;
  /** How many at most. Default: 5. */
  max?: number;
}

/**
 * A suggestion that `db.ft.sugget` found.
 *
 * @example
 * ```ts
 * import { type FoundSuggestion, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.ft.sugadd("titles", "dune", 4);
 * const found: FoundSuggestion<string>[] = db.ft.sugget("titles", "du");
 * console.log(found.map(({ suggestion }) => suggestion)); // ["dune"]
 * ```
 */
export interface FoundSuggestion<V> {
  /** The suggestion. */
  suggestion: string;
  /** What it is worth for what was typed. */
  score: number;
  /** What it carries. */
  payload: V | null;
}

const SUGADD: Kinds<SugaddOptions> = { incr: "flag", payload: "value" };
const SUGGET: Kinds<SuggetOptions> = { fuzzy: "flag", max: "number" };

/**
 * The methods of `db.ft` on suggestions and on dictionaries of words.
 *
 * @example
 * ```ts
 * import { Redlite, type SuggestionMethods } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const suggest = (ft: SuggestionMethods<string>, typed: string) => ft.sugget("titles", typed);
 * db.ft.sugadd("titles", "dune", 1);
 * console.log(suggest(db.ft, "d").length); // 1
 * ```
 */
export abstract class SuggestionMethods<V extends Data> extends CommandGroup<V> {
  /**
   * FT.SUGADD: adds a suggestion to a dictionary, or gives it another score.
   *
   * @returns How many suggestions the dictionary has.
   */
  sugadd(key: Key, suggestion: string, score: number, options: SugaddOptions = {}): number {
    const { incr = false, payload } = checked(options, SUGADD);
    const words: Argument[] = ["FT.SUGADD", key, suggestion, score];
    if (incr) words.push("INCR");
    if (payload !== undefined) words.push("PAYLOAD", payload);
    return this.run(words);
  }

  /** FT.SUGGET: the best suggestions for what somebody has typed; none of a dictionary that is absent. */
  sugget(key: Key, typed: string, options: SuggetOptions = {}): FoundSuggestion<V>[] {
    const { fuzzy = false, max } = checked(options, SUGGET);
    const words: Argument[] = ["FT.SUGGET", key, typed, "WITHSCORES", "WITHPAYLOADS"];
    if (fuzzy) words.push("FUZZY");
    if (max !== undefined) words.push("MAX", max);
    const reply = this.run<(V | number | null)[] | null>(words) ?? [];
    const found: FoundSuggestion<V>[] = [];
    for (let i = 0; i + 2 < reply.length; i += 3) {
      const name = reply[i] as V;
      found.push({
        suggestion: typeof name === "string" ? name : decoder.decode(name as Uint8Array),
        score: reply[i + 1] as number,
        payload: reply[i + 2] as V | null,
      });
    }
    return found;
  }

  /** FT.SUGDEL: deletes a suggestion. @returns Whether it was there. */
  sugdel(key: Key, suggestion: string): boolean {
    return this.run<number>(["FT.SUGDEL", key, suggestion]) === 1;
  }

  /** FT.SUGLEN: how many suggestions a dictionary has. */
  suglen(key: Key): number {
    return this.run(["FT.SUGLEN", key]);
  }

  /** FT.DICTADD: adds words to a dictionary. @returns How many are new. */
  dictadd(dictionary: string, ...words: Many<string>): number {
    return this.run(["FT.DICTADD", dictionary, ...many(words)]);
  }

  /** FT.DICTDEL: deletes words from a dictionary. @returns How many were there. */
  dictdel(dictionary: string, ...words: Many<string>): number {
    return this.run(["FT.DICTDEL", dictionary, ...many(words)]);
  }

  /** FT.DICTDUMP: the words of a dictionary. @throws {RedliteError} If there is none of that name. */
  dictdump(dictionary: string): string[] {
    return [...this.core.run(["FT.DICTDUMP", dictionary], toText) as Iterable<string>];
  }
}

const decoder = new TextDecoder();
