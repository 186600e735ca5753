/**
 * What search asks of an index of vectors. The index itself is brought by the extension `vec`; search
 * finds it by {@linkcode vectorIndexesOf}, and has no fields of type VECTOR where it is not enabled.
 *
 * Everything an index is told is part of the running turn: it is committed and rolled back with it,
 * and other processes on the file see it.
 *
 * @module
 */

import type { Engine } from "../engine/engine.ts";

/** What the numbers of a vector are; a vector travels as their bytes, little-endian. */
export type VectorType = "FLOAT16" | "FLOAT32" | "FLOAT64" | "BFLOAT16" | "INT8" | "UINT8";

/**
 * How far apart two vectors are: the square of their Euclidean distance, 1 less their inner product,
 * 1 less the cosine of their angle.
 */
export type VectorMetric = "L2" | "IP" | "COSINE";

/** Bytes of one number of a vector. */
export const VECTOR_TYPE_SIZE: Readonly<Record<VectorType, number>> = {
  FLOAT16: 2,
  FLOAT32: 4,
  FLOAT64: 8,
  BFLOAT16: 2,
  INT8: 1,
  UINT8: 1,
};

/** What a field of vectors is declared as. */
export interface VectorShape {
  /** Numbers of a vector, at least 1. */
  readonly dim: number;
  /** What they are. */
  readonly type: VectorType;
  /** How they are compared. */
  readonly metric: VectorMetric;
  /** Whether every search looks at every vector (FLAT). Otherwise large indexes are approximate. */
  readonly exact: boolean;
}

/** The indexes of one database file. */
export interface VectorIndexes {
  /** Makes an empty index. @returns Its id, which the caller keeps: it is good for every process. */
  create(shape: VectorShape): number;
  /** An index that was made before. @param shape The one it was made with. */
  open(id: number, shape: VectorShape): VectorIndex;
  /** Deletes an index: nobody sees it any more at once, its rows go in the background. */
  drop(id: number): void;
}

/** What a search in an index may do. */
export interface VectorSearch {
  /** Whether a document may be in the result; asked often, so it should be quick. */
  readonly allows?: ((document: number) => boolean) | undefined;
  /** How many documents {@linkcode allows} lets in, as far as the caller knows. */
  readonly allowed?: number | undefined;
  /**
   * How many vectors to have compared by their codes before the best are compared exactly
   * (EF_RUNTIME and the like): more find more. Without it, as many as give a recall of 0.95 and more.
   */
  readonly effort?: number | undefined;
}

/** Documents by their distance, the nearest first; of two as near, the lower number first. */
export interface VectorHits {
  /** Their numbers. */
  readonly documents: readonly number[];
  /** How far each is. */
  readonly distances: readonly number[];
}

/** What there is to tell of an index. */
export interface VectorIndexFacts {
  /** Vectors in it. */
  readonly length: number;
  /** Bytes it takes in the file, as estimated. */
  readonly bytes: number;
  /** Bytes of it that are in memory. */
  readonly memoryBytes: number;
}

/** One index: vectors by the number of the document they are of. */
export interface VectorIndex {
  /** What it was made with. */
  readonly shape: VectorShape;
  /** Vectors in it. */
  readonly length: number;
  /**
   * Sets a document's vector; the former one is forgotten.
   *
   * @param vector As many bytes as `dim` numbers take; {@linkcode isVector} says whether it will do.
   */
  put(document: number, vector: Uint8Array): void;
  /** Removes a document's vector. @returns Whether it had one. */
  delete(document: number): boolean;
  /** A document's vector as it was put, undefined if it has none. */
  vector(document: number): Uint8Array | undefined;
  /** The documents that are nearest, `count` at most. */
  nearest(query: Uint8Array, count: number, search?: VectorSearch): VectorHits;
  /** All documents no farther than `radius`. */
  within(query: Uint8Array, radius: number, search?: VectorSearch): VectorHits;
  /** How far a document's vector is from another, undefined if it has none. */
  distance(document: number, query: Uint8Array): number | undefined;
  /** What there is to tell of it. */
  facts(): VectorIndexFacts;
}

/** Whether bytes are a vector of a shape: as many as its numbers take. */
export function isVector(vector: Uint8Array, { dim, type }: VectorShape): boolean {
  return vector.length === dim * VECTOR_TYPE_SIZE[type];
}

const PROVIDED = new WeakMap<Engine, VectorIndexes>();

/** Says who keeps the vectors of a database; done by the extension when it is attached to one. */
export function provideVectorIndexes(engine: Engine, indexes: VectorIndexes): void {
  PROVIDED.set(engine, indexes);
}

/** The indexes of vectors of a database, undefined where the extension `vec` is not enabled. */
export function vectorIndexesOf(engine: Engine): VectorIndexes | undefined {
  return PROVIDED.get(engine);
}
