/** `db.ft`: the typed methods of search. */

import type { Data } from "../../data.ts";
import { showAs } from "../../shown.ts";
import { CommandGroup, install } from "../group.ts";
import { AggregationMethods } from "./aggregations.ts";
import { IndexMethods } from "./indexes.ts";
import { SuggestionMethods } from "./suggestions.ts";

/**
 * What `db.ft` is; `V` is what values come back as.
 *
 * @example
 * ```ts
 * import { Redlite, type SearchMethods } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const ft: SearchMethods<string> = db.ft;
 * ft.sugadd("titles", "dune", 1);
 * console.log(ft.suglen("titles")); // 1
 * ```
 */
export interface SearchMethods<V extends Data>
  extends AggregationMethods<V>, IndexMethods<V>, SuggestionMethods<V> {}

/** The class of them. */
export class SearchMethods<V extends Data> extends CommandGroup<V> {
  static {
    showAs(SearchMethods.prototype, () => "Redlite ft");
  }
}

install(SearchMethods, [AggregationMethods, IndexMethods, SuggestionMethods]);

/**
 * The group of methods that `db.ft` is.
 *
 * @example
 * ```ts
 * import { Redlite, type SearchCommands } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const length = (commands: SearchCommands<string>) => commands.ft.suglen("titles");
 * console.log(length(db)); // 0
 * ```
 */
export abstract class SearchCommands<V extends Data> extends CommandGroup<V> {
  /** Search: aggregations, suggestions, spelling. */
  get ft(): SearchMethods<V> {
    return new SearchMethods<V>(this.core, this.decode);
  }
}
