/**
 * The fields of vectors of one index, kept by whoever provides indexes of vectors.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import { CommandError } from "../../store/values/errors.ts";
import {
  isVector,
  type VectorIndex,
  type VectorIndexes,
  vectorIndexesOf,
  type VectorShape,
} from "../vector_index.ts";
import type { IndexDefinition, VectorField } from "./definition.ts";
import { type DocumentSource, Unindexable } from "./source.ts";
import { float16Bits } from "../../store/values/float16.ts";

/** What a field is declared as, for an index of vectors. */
export function shapeOf({ dimensions, dataType, metric, algorithm }: VectorField): VectorShape {
  return { dim: dimensions, type: dataType, metric, exact: algorithm === "FLAT" };
}

/** Who keeps vectors. @throws {CommandError} If nobody does. */
export function requireVectors(engine: Engine): VectorIndexes {
  const indexes = vectorIndexesOf(engine);
  if (indexes === undefined) {
    throw new CommandError(
      "ERR fields of type VECTOR need the extension vec, which is not enabled here",
    );
  }
  return indexes;
}

/** The same definition with new, empty indexes of vectors. @throws {CommandError} If nobody keeps any. */
export function withNewVectors(engine: Engine, definition: IndexDefinition): IndexDefinition {
  if (!definition.fields.some(({ type }) => type === "VECTOR")) return definition;
  const indexes = requireVectors(engine);
  const fields = definition.fields.map((field) =>
    field.type === "VECTOR" && field.vectors === 0
      ? { ...field, vectors: indexes.create(shapeOf(field)) }
      : field
  );
  return { ...definition, fields };
}

/** The same definition without any index of vectors yet. */
export function withoutVectors(definition: IndexDefinition): IndexDefinition {
  const fields = definition.fields.map((field) =>
    field.type === "VECTOR" ? { ...field, vectors: 0 } : field
  );
  return { ...definition, fields };
}

/** The vectors of an index's documents. */
export class Vectors {
  readonly #engine: Engine;
  readonly #fields: readonly VectorField[];
  readonly #open = new Map<string, VectorIndex>();

  constructor(engine: Engine, definition: IndexDefinition) {
    this.#engine = engine;
    this.#fields = definition.fields.filter((field) => field.type === "VECTOR");
  }

  /** The index of a field; undefined if there is no such field of vectors. */
  of(name: string): VectorIndex | undefined {
    const field = this.#fields.find((candidate) => candidate.name === name);
    if (field === undefined) return undefined;
    let index = this.#open.get(name);
    if (index === undefined) {
      index = requireVectors(this.#engine).open(field.vectors, shapeOf(field));
      this.#open.set(name, index);
    }
    return index;
  }

  /** Makes sure that a document's vectors can be indexed. @throws {Unindexable} If one cannot. */
  check(source: DocumentSource): void {
    for (const field of this.#fields) {
      const vector = source.value(field)?.vector(field);
      if (vector === undefined || isVector(vector, shapeOf(field))) continue;
      throw new Unindexable(
        `Could not add vector with blob size ${vector.length} (expected size ${
          this.#bytes(field)
        })`,
        field,
      );
    }
  }

  #bytes(field: VectorField): number {
    let bytes = 0;
    while (!isVector(new Uint8Array(bytes), shapeOf(field))) bytes += field.dimensions;
    return bytes;
  }

  /** Puts a document's vectors in. */
  put(number: number, source: DocumentSource): void {
    for (const field of this.#fields) {
      const vector = source.value(field)?.vector(field);
      if (vector !== undefined) this.of(field.name)?.put(number, vector);
    }
  }

  /** Takes a document's vectors out. */
  remove(number: number): void {
    for (const { name } of this.#fields) this.of(name)?.delete(number);
  }

  /** Deletes all of them. */
  drop(): void {
    if (this.#fields.length === 0) return;
    const indexes = vectorIndexesOf(this.#engine);
    for (const { vectors } of this.#fields) indexes?.drop(vectors);
  }

  /** Bytes they take, as estimated. */
  get bytes(): number {
    if (this.#fields.length === 0 || vectorIndexesOf(this.#engine) === undefined) return 0;
    return this.#fields.reduce((sum, { name }) => sum + (this.of(name)?.facts().bytes ?? 0), 0);
  }

  /** Bytes of memory of all of them. */
  get memoryBytes(): number {
    return this.#fields.reduce(
      (sum, { name }) => sum + (this.of(name)?.facts().memoryBytes ?? 0),
      0,
    );
  }
}

/** Numbers as the bytes of a vector. */
export function vectorBytes(numbers: readonly number[], { dataType }: VectorField): Uint8Array {
  switch (dataType) {
    case "FLOAT64":
      return new Uint8Array(new Float64Array(numbers).buffer);
    case "INT8":
      return new Uint8Array(new Int8Array(numbers).buffer);
    case "UINT8":
      return new Uint8Array(numbers);
    case "FLOAT16":
      return new Uint8Array(Uint16Array.from(numbers, float16Bits).buffer);
    case "BFLOAT16": {
      const floats = new Uint32Array(new Float32Array(numbers).buffer);
      // The upper half of a float, rounded to the nearest, ties to even.
      return new Uint8Array(
        Uint16Array.from(floats, (bits) => (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16).buffer,
      );
    }
    default:
      return new Uint8Array(new Float32Array(numbers).buffer);
  }
}
