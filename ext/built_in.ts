/**
 * The extensions that come with the server, by the names that `--ext` takes. Each is loaded when it is
 * asked for; written out like this, they are part of what `deno compile` makes.
 *
 * @module
 */

import type { BuiltInExtensions } from "../src/server/extensions.ts";

/** The extensions, in the order they are loaded. */
export const builtIn: BuiltInExtensions = {
  geo: () => import("./geo.ts"),
  vec: () => import("./vec.ts"),
};
