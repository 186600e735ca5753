/**
 * Vector sets: elements that are found by how near their vectors are to another, with the commands of
 * Redis 8.
 *
 * ```ts
 * import { Redlite } from "@redlite/redlite";
 * import { vec } from "@redlite/redlite/ext/vec";
 *
 * using db = Redlite.open(":memory:", { extensions: [vec()] });
 * db.vadd("words", "apple", [0.9, 0.1]);
 * db.vadd("words", "pear", [0.8, 0.3]);
 * db.vadd("words", "house", [-0.2, 0.9]);
 * console.log(db.vsim("words", { element: "apple" }, { count: 2 })); // ["apple", "pear"]
 * ```
 *
 * @module
 */

import type { Extension, LoadableExtension, Methods } from "../src/embedded/extension.ts";
import { provideVectorIndexes } from "../src/search/vector_index.ts";
import { commands } from "./vec/commands/table.ts";
import { VectorCommands, type VectorReadMethod } from "./vec/methods/commands.ts";
import { StoredIndexes } from "./vec/search/vector_indexes.ts";
import { DUMP_FORM } from "./vec/sets/dump.ts";
import { CHECKS, ELEMENT_TABLES, MIGRATIONS, TYPE_NAME } from "./vec/sets/tables.ts";
import { DEFAULT_MEMORY, vectorSets } from "./vec/sets/vector_sets.ts";

export type {
  SimilarElement,
  VaddOptions,
  Vector,
  VectorCommands,
  VectorQuery,
  VectorReadMethod,
  VectorSetInfo,
  VsimOptions,
} from "./vec/methods/commands.ts";

/** Bytes of a megabyte. */
const MB = 1024 * 1024;
/** Megabytes of codes at most: WebAssembly's memory has 4096. */
const MOST_MEMORY = 3072;

/**
 * The extension.
 *
 * @returns What `open` takes among its `extensions`.
 *
 * @example
 * ```ts
 * import { Redlite } from "@redlite/redlite";
 * import { vec } from "@redlite/redlite/ext/vec";
 *
 * using db = Redlite.open(":memory:", { extensions: [vec()] });
 * db.vadd("points", "a", [1, 0]);
 * console.log(db.vcard("points")); // 1
 * ```
 */
export function vec(): LoadableExtension<
  Methods<VectorCommands<string>, VectorCommands<Uint8Array>, VectorReadMethod>
> {
  const extension: Extension<
    Methods<VectorCommands<string>, VectorCommands<Uint8Array>, VectorReadMethod>
  > = {
    name: "vec",
    version: 1,
    migrations: MIGRATIONS,
    types: [{
      name: TYPE_NAME,
      tables: ELEMENT_TABLES,
      whole: ["vgetall"],
      dump: DUMP_FORM,
      digest: (store, collection, element) => vectorSets.of(store).digest(collection, element),
    }],
    checks: CHECKS,
    parameters: [{
      name: "memory",
      initial: String(DEFAULT_MEMORY / MB),
      parse(text) {
        if (/^[1-9]\d{0,3}$/.test(text) && Number(text) <= MOST_MEMORY) return text;
        throw new Error(`argument must be between 1 and ${MOST_MEMORY} megabytes`);
      },
      apply: (store, value) => {
        vectorSets.of(store).shelf.limit = Number(value) * MB;
      },
    }],
    commands,
    methods: VectorCommands,
    attach: (store) => {
      const indexes = new StoredIndexes(store.engine, () => vectorSets.of(store));
      provideVectorIndexes(store.engine, indexes);
      return {
        copied: (type, id, newId) => vectorSets.of(store).copied(type, id, newId),
        gone: (type, id) => vectorSets.of(store).gone(type, id),
        slice: () => indexes.slice() || vectorSets.of(store).slice(),
        info: () => {
          const { shelf } = vectorSets.of(store);
          return { memory_limit: shelf.limit, memory_used: shelf.used };
        },
      };
    },
  };
  return extension;
}

export default vec;
