/** Asking a filter for items: BF.EXISTS, BF.MEXISTS and those of cuckoo filters. */

import type { Slice } from "../../store/values/slice.ts";
import { assertArity } from "../search/module_arguments.ts";
import type { Context, Handler } from "../table/command.ts";

/** A filter that may have items. */
export interface Filter {
  /** Whether it may have one; if not, it has not. */
  has(item: Slice): boolean;
}

/** The handlers that ask the filters which `filterOf` finds; where there is none nothing is in it. */
export function membership(
  filterOf: (context: Context) => Filter | undefined,
): { exists: Handler; mexists: Handler } {
  return {
    exists: (context) => {
      const { args, reply } = context;
      assertArity(args, 3, 3);
      reply.boolean(filterOf(context)?.has(args.at(2)) ?? false);
    },
    mexists: (context) => {
      const { args, reply } = context;
      assertArity(args, 3);
      const filter = filterOf(context);
      reply.array(args.count - 2);
      for (let i = 2; i < args.count; i++) reply.boolean(filter?.has(args.at(i)) ?? false);
    },
  };
}
