/** The typed methods of the sorted set commands. */

import type { Data } from "./core.ts";
import { SetCommands } from "./set_commands.ts";

/** The sorted set commands; `V` is what values come back as. */
export class SortedSetCommands<V extends Data> extends SetCommands<V> {
}
