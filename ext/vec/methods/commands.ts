/** The typed methods of vector sets. */

import { many } from "../../../src/embedded/commands/given.ts";
import { CommandGroup } from "../../../src/embedded/commands/group.ts";
import { type Kinds, words } from "../../../src/embedded/commands/option_words.ts";
import type { Argument, Data, Key, Many } from "../../../src/embedded/data.ts";

/**
 * A vector: its numbers.
 *
 * @example
 * ```ts
 * import type { Vector } from "@redlite/redlite/ext/vec";
 *
 * const vectors: Vector[] = [[1, 0.5], new Float32Array(2)];
 * console.log(vectors.length); // 2
 * ```
 */
export type Vector = readonly number[] | Float32Array | Float64Array;

/**
 * What `vsim` looks for: what is near a vector, or near an element of the set.
 *
 * @example
 * ```ts
 * import type { VectorQuery } from "@redlite/redlite/ext/vec";
 *
 * const queries: VectorQuery[] = [[1, 0], { element: "apple" }];
 * console.log(queries.length); // 2
 * ```
 */
export type VectorQuery = Vector | { readonly element: Argument };

/**
 * Options of `vadd`.
 *
 * @example
 * ```ts
 * import { Redlite } from "@redlite/redlite";
 * import { vec, type VaddOptions } from "@redlite/redlite/ext/vec";
 *
 * using db = Redlite.open(":memory:", { extensions: [vec()] });
 * const options: VaddOptions = { quantization: "NOQUANT", setattr: JSON.stringify({ year: 1994 }) };
 * db.vadd("films", "Heat", [0.3, 0.7], options);
 * console.log(db.vgetattr("films", "Heat")); // '{"year":1994}'
 * ```
 */
export interface VaddOptions {
  /** Makes a new set one whose vectors have so many numbers: others are projected. */
  reduce?: number;
  /** How a new set keeps its vectors: all of each number, 8 bits (the default) or one bit of it. */
  quantization?: "NOQUANT" | "Q8" | "BIN";
  /** The element's attributes, a JSON object as text, by which `vsim` can filter. */
  setattr?: Argument;
  /** Links of a node of Redis's graph. Of a new set it is kept, for DUMP. */
  m?: number;
  /** Redis's effort of linking; nothing here depends on it. */
  ef?: number;
  /** Redis's way of adding in the background; nothing here depends on it. */
  cas?: boolean;
}

const VADD: Kinds<Omit<VaddOptions, "reduce" | "quantization">> = {
  setattr: "value",
  m: "number",
  ef: "number",
  cas: "flag",
};

const VADD_ALL: Kinds<VaddOptions> = {
  ...VADD,
  reduce: "number",
  quantization: ["NOQUANT", "Q8", "BIN"],
};

/**
 * Options of `vsim`.
 *
 * @example
 * ```ts
 * import { Redlite } from "@redlite/redlite";
 * import { vec, type VsimOptions } from "@redlite/redlite/ext/vec";
 *
 * using db = Redlite.open(":memory:", { extensions: [vec()] });
 * db.vadd("films", "Heat", [0.3, 0.7], { setattr: '{"year":1994}' });
 * db.vadd("films", "Alien", [0.4, 0.6], { setattr: '{"year":1979}' });
 * const options: VsimOptions = { count: 5, filter: ".year < 1990" };
 * console.log(db.vsim("films", [0.3, 0.7], options)); // ["Alien"]
 * ```
 */
export interface VsimOptions {
  /** Elements at most; 10 by default. */
  count?: number;
  /** Only elements with a score of 1 less this at least. */
  epsilon?: number;
  /** How much is searched, 100 by default: more find more, in more time. */
  ef?: number;
  /** Only elements whose attributes fulfil an expression. */
  filter?: string;
  /** Redis's effort of filtering; nothing here depends on it. */
  filterEf?: number;
  /** Look at every vector, so that the result is certain. */
  truth?: boolean;
}

const VSIM: Kinds<VsimOptions> = {
  count: "number",
  epsilon: "number",
  ef: "number",
  filter: "text",
  filterEf: "number",
  truth: "flag",
};

/**
 * An element that `vsimWithScores` found.
 *
 * @example
 * ```ts
 * import { Redlite } from "@redlite/redlite";
 * import { vec, type SimilarElement } from "@redlite/redlite/ext/vec";
 *
 * using db = Redlite.open(":memory:", { extensions: [vec()] });
 * db.vadd("points", "a", [1, 0]);
 * const found: SimilarElement<string>[] = db.vsimWithScores("points", [1, 0]);
 * console.log(found); // [{ element: "a", score: 1, attributes: null }]
 * ```
 */
export interface SimilarElement<V extends Data> {
  /** The element. */
  readonly element: V;
  /** How near it is: 1 in the same direction, 0.5 at a right angle, 0 in the opposite one. */
  readonly score: number;
  /** Its attributes, `null` without any. */
  readonly attributes: V | null;
}

/**
 * What `vinfo` tells.
 *
 * @example
 * ```ts
 * import { Redlite } from "@redlite/redlite";
 * import { vec, type VectorSetInfo } from "@redlite/redlite/ext/vec";
 *
 * using db = Redlite.open(":memory:", { extensions: [vec()] });
 * db.vadd("points", "a", [1, 0]);
 * const info: VectorSetInfo | null = db.vinfo("points");
 * console.log(info?.["quant-type"], info?.["vector-dim"]); // int8 2
 * ```
 */
export interface VectorSetInfo {
  /** How vectors are kept. */
  readonly "quant-type": "f32" | "int8" | "bin";
  /** Links of a node of Redis's graph. */
  readonly "hnsw-m": number;
  /** Numbers of a vector, as kept. */
  readonly "vector-dim": number;
  /** Numbers of a vector as given, where they are reduced; else 0. */
  readonly "projection-input-dim": number;
  /** Elements. */
  readonly size: number;
  /** The highest level of a node. */
  readonly "max-level": number;
  /** Elements that have attributes. */
  readonly "attributes-count": number;
  /** The set's id. */
  readonly "vset-uid": number;
  /** Vectors added so far. */
  readonly "hnsw-max-node-uid": number;
}

/**
 * The commands of vector sets; `V` is what values come back as.
 *
 * @example
 * ```ts
 * import { Redlite } from "@redlite/redlite";
 * import { vec, type VectorCommands } from "@redlite/redlite/ext/vec";
 *
 * using db = Redlite.open(":memory:", { extensions: [vec()] });
 * const nearest = (sets: VectorCommands<string>, x: number, y: number) =>
 *   sets.vsim("points", [x, y], { count: 1 });
 * db.vadd("points", "east", [1, 0]);
 * db.vadd("points", "north", [0, 1]);
 * console.log(nearest(db, 0.2, 0.9)); // ["north"]
 * ```
 */
export abstract class VectorCommands<V extends Data> extends CommandGroup<V> {
  /** VADD: adds an element, or sets the vector of one. @returns Whether it is new. */
  vadd(key: Key, element: Argument, vector: Vector, options: VaddOptions = {}): boolean {
    const { reduce, quantization, ...others } = options;
    words({ reduce, quantization } as VaddOptions, VADD_ALL);
    return this.run([
      "VADD",
      key,
      ...reduce === undefined ? [] : ["REDUCE", reduce],
      "FP32",
      blobOf(vector),
      element,
      ...quantization === undefined ? [] : [quantization],
      ...words(others, VADD),
    ]);
  }

  /** VSIM: the elements that are nearest, the nearest first. */
  vsim(key: Key, query: VectorQuery, options: VsimOptions = {}): V[] {
    return this.run(["VSIM", key, ...queryWords(query), ...vsimWords(options)]);
  }

  /** VSIM with WITHSCORES and WITHATTRIBS: the same with their scores and attributes. */
  vsimWithScores(key: Key, query: VectorQuery, options: VsimOptions = {}): SimilarElement<V>[] {
    const found = this.run<Map<V, [number, V | null]> | []>([
      "VSIM",
      key,
      ...queryWords(query),
      ...vsimWords(options),
      "WITHSCORES",
      "WITHATTRIBS",
    ]);
    return Array.from(found, ([element, [score, attributes]]) => ({ element, score, attributes }));
  }

  /**
   * VSIMBATCH: the same search in several sets.
   *
   * @returns The keys, each with the elements that are nearest there.
   */
  vsimbatch(keys: readonly Key[], query: VectorQuery, options: VsimOptions = {}): [V, V[]][] {
    const search = [...queryWords(query), ...vsimWords(options)];
    return this.run(["VSIMBATCH", keys.length, ...keys, ...search]);
  }

  /** VREM: removes an element, and the set with its last one. @returns Whether it was there. */
  vrem(key: Key, element: Argument): boolean {
    return this.run(["VREM", key, element]);
  }

  /** VCARD: the number of elements. */
  vcard(key: Key): number {
    return this.run(["VCARD", key]);
  }

  /** VDIM: how many numbers the vectors have. @throws {RedliteError} If there is no such key. */
  vdim(key: Key): number {
    return this.run(["VDIM", key]);
  }

  /** VEMB: an element's vector, as nearly as it is kept; `null` if it is not there. */
  vemb(key: Key, element: Argument): number[] | null {
    return this.run(["VEMB", key, element]);
  }

  /** VGET: as `vemb`. */
  vget(key: Key, element: Argument): number[] | null {
    return this.run(["VGET", key, element]);
  }

  /** VGETALL: all elements with their vectors. */
  vgetall(key: Key): [V, number[]][] {
    return this.run(["VGETALL", key]);
  }

  /** VINFO: facts of a set, `null` if there is none. */
  vinfo(key: Key): VectorSetInfo | null {
    const facts = this.run<Map<string, unknown> | null>(["VINFO", key]);
    return facts && Object.fromEntries(facts) as unknown as VectorSetInfo;
  }

  /** VISMEMBER: whether there is such an element. */
  vismember(key: Key, element: Argument): boolean {
    return this.run(["VISMEMBER", key, element]);
  }

  /** VEXISTS: as `vismember`. */
  vexists(key: Key, element: Argument): boolean {
    return this.run(["VEXISTS", key, element]);
  }

  /** VLINKS with WITHSCORES: an element's neighbours, the highest level first; `null` if it is not there. */
  vlinks(key: Key, element: Argument): Map<V, number>[] | null {
    return this.run(["VLINKS", key, element, "WITHSCORES"]);
  }

  /** VRANDMEMBER: a random element, `null` if the key is absent. */
  vrandmember(key: Key): V | null;
  /** VRANDMEMBER: `count` distinct elements, or with a negative count as many with repetition. */
  vrandmember(key: Key, count: number): V[];
  vrandmember(key: Key, count?: number): V | V[] | null {
    return count === undefined
      ? this.run(["VRANDMEMBER", key])
      : this.run(["VRANDMEMBER", key, count]);
  }

  /**
   * VRANGE: the elements from one to another, in the order of their bytes.
   *
   * @param start `-`, or an element after `[` (with it) or `(` (without it).
   * @param end `+`, or an element in the same way.
   * @param count How many at most.
   */
  vrange(key: Key, start: Key, end: Key, count?: number): V[] {
    return this.run(["VRANGE", key, start, end, ...count === undefined ? [] : [count]]);
  }

  /** VSETATTR: sets attributes, or removes them by an empty text. @returns Whether there is such an element. */
  vsetattr(key: Key, element: Argument, attributes: Argument): boolean {
    return this.run(["VSETATTR", key, element, attributes]);
  }

  /** VGETATTR: an element's attributes, `null` if there are none. */
  vgetattr(key: Key, element: Argument): V | null {
    return this.run(["VGETATTR", key, element]);
  }

  /** VSETATTRIBUTES: sets attributes. @throws {RedliteError} If there is no such element. */
  vsetattributes(key: Key, element: Argument, attributes: Argument): void {
    this.run(["VSETATTRIBUTES", key, element, attributes]);
  }

  /** VGETATTRIBUTES: the attributes of several elements. */
  vgetattributes(key: Key, ...elements: Many<Argument>): Map<V, V | null> {
    return this.run(["VGETATTRIBUTES", key, ...many(elements)]);
  }

  /** VDELATTRIBUTES: removes an element's attributes. @throws {RedliteError} If there is no such element. */
  vdelattributes(key: Key, element: Argument): void {
    this.run(["VDELATTRIBUTES", key, element]);
  }
}

/** A vector as FP32 has it. */
function blobOf(vector: Vector): Uint8Array {
  const isVector = Array.isArray(vector) || vector instanceof Float32Array ||
    vector instanceof Float64Array;
  if (!isVector || !vector.every((value: unknown) => typeof value === "number")) {
    throw new TypeError("the vector must be an array of numbers");
  }
  const blob = new DataView(new ArrayBuffer(4 * vector.length));
  for (let i = 0; i < vector.length; i++) blob.setFloat32(4 * i, vector[i]!, true);
  return new Uint8Array(blob.buffer);
}

function queryWords(query: VectorQuery): Argument[] {
  return typeof query === "object" && query !== null && "element" in query
    ? ["ELE", query.element]
    : ["FP32", blobOf(query)];
}

function vsimWords(options: VsimOptions): Argument[] {
  return words(options, VSIM).map((word) => word === "FILTEREF" ? "FILTER-EF" : word);
}

/** The methods of them that only read. */
export type VectorReadMethod =
  | "vsim"
  | "vsimWithScores"
  | "vsimbatch"
  | "vcard"
  | "vdim"
  | "vemb"
  | "vget"
  | "vgetall"
  | "vinfo"
  | "vismember"
  | "vexists"
  | "vlinks"
  | "vrandmember"
  | "vrange"
  | "vgetattr"
  | "vgetattributes";
