/** DUMP and RESTORE of vector sets, in Redis's form. */

import type { ModuleInput, ModuleOutput } from "../../../src/store/extensions/module_value.ts";
import type { DumpForm } from "../../../src/store/extensions/extension.ts";
import { err } from "../../../src/store/values/errors.ts";
import { Slice } from "../../../src/store/values/slice.ts";
import { LARGEST_QUERY } from "../kernels/kernels.ts";
import {
  type Coded,
  codeSize,
  projection,
  QUANTIZATION,
  type Quantization,
} from "../quantization.ts";
import type { SetFacts } from "./facts.ts";
import { graphOf, type Links } from "./graph.ts";
import type { VectorSet } from "./vector_set.ts";
import { vectorSets } from "./vector_sets.ts";

const FLAG = { PROJECTION: 1, ATTRIBUTES: 2 } as const;
/** The version of a node's parameters. */
const NODE_VERSION = 1;
const LINKS_UNIT = 256;
const VERSION_UNIT = 0x1000000;
const UPPER = 1n << 32n;
const NOTHING = new Uint8Array(0);

const bad = () => err("Bad data format");

const bits = new DataView(new ArrayBuffer(4));

/** A number of 32 bits as an unsigned integer. */
function floatBits(value: number): number {
  bits.setFloat32(0, value);
  return bits.getUint32(0);
}

function floatOf(value: number): number {
  bits.setUint32(0, value);
  return bits.getFloat32(0);
}

/** The form. */
export const DUMP_FORM: DumpForm = {
  version: 0,
  write: (store, collection, output) => {
    const sets = vectorSets.of(store);
    const set = sets.of(collection);
    const { quantization, links, dim, inputDim, attributes } = set.facts;
    output.unsigned(dim);
    output.unsigned(collection.length);
    output.unsigned(quantization + links * LINKS_UNIT);
    output.unsigned(
      (inputDim > 0 ? FLAG.PROJECTION : 0) | (attributes > 0 ? FLAG.ATTRIBUTES : 0),
    );
    if (inputDim > 0) {
      output.unsigned(inputDim);
      output.string(new Uint8Array(set.matrix().buffer));
    }
    for (const [number, levels] of graphOf(set)) {
      const row = sets.vectors.element(set.id, number);
      const coded = set.codedAt(number);
      if (row === undefined || coded === undefined) throw new Error(`no vector ${number}`);
      output.string(row.element);
      if (attributes > 0) output.string(row.attributes ?? NOTHING);
      output.string(coded.code);
      writeNode(output, set, number, levels, coded);
    }
  },
  read: (input, version, store) => {
    if (version !== 0) throw bad();
    const dim = wholeOf(input), count = wholeOf(input), kind = wholeOf(input);
    const flags = wholeOf(input);
    const quantization = kind % LINKS_UNIT as Quantization;
    if (dim === 0 || dim > LARGEST_QUERY / 4 || quantization > QUANTIZATION.BINARY) throw bad();
    const inputDim = (flags & FLAG.PROJECTION) !== 0 ? wholeOf(input) : 0;
    const matrix = inputDim > 0 ? matrixOf(input, inputDim * dim) : undefined;
    const elements: [Slice, Coded, Uint8Array | undefined][] = [];
    for (let i = 0; i < count; i++) {
      const element = new Slice(input.string());
      const attributes = (flags & FLAG.ATTRIBUTES) !== 0 ? input.string() : NOTHING;
      const code = input.string();
      if (code.length !== codeSize(quantization, dim)) throw bad();
      const coded = { code, ...readNode(input) };
      if (!isFinite(coded.length) || !isFinite(coded.range)) throw bad();
      if (quantization === QUANTIZATION.NONE && !isAllFinite(code)) throw bad();
      elements.push([element, coded, attributes.length === 0 ? undefined : attributes]);
    }
    const facts: SetFacts = {
      quantization,
      links: Math.floor(kind / LINKS_UNIT),
      dim,
      inputDim,
      lastNumber: 0,
      attributes: 0,
      indexed: 0,
    };
    return (collection) => {
      const sets = vectorSets.of(store);
      const set = sets.begin(collection, facts);
      if (matrix !== undefined && !isOurs(matrix, inputDim, dim)) {
        sets.vectors.setMatrix(set.id, matrix);
      }
      for (const [element, coded, attributes] of elements) set.put(element, coded, attributes);
    };
  },
};

/** A node: its number, its levels with their links, and what its code says nothing of. */
function writeNode(
  output: ModuleOutput,
  set: VectorSet,
  number: number,
  levels: readonly Links[],
  { length, range }: Coded,
): void {
  // Of each level there are two counts and its worst link.
  const links = levels.reduce((sum, { numbers }) => sum + numbers.length + 3, 0);
  output.unsigned(3 + links);
  output.unsigned(number);
  output.unsigned(NODE_VERSION * VERSION_UNIT + levels.length - 1);
  for (const [level, { numbers, distances }] of levels.entries()) {
    output.unsigned(numbers.length);
    output.unsigned(level === 0 ? 2 * set.facts.links : set.facts.links);
    for (const other of numbers) output.unsigned(other);
    let worst = 0;
    for (const [i, distance] of distances.entries()) if (distance > distances[worst]!) worst = i;
    output.unsigned(BigInt(floatBits(distances[worst] ?? 0)) * UPPER + BigInt(worst));
  }
  output.unsigned(BigInt(floatBits(range)) * UPPER + BigInt(floatBits(length)));
}

/** Passes over a node's links: the index is another here. */
function readNode(input: ModuleInput): { length: number; range: number } {
  const count = wholeOf(input);
  if (count < 3) throw bad();
  let last = 0n;
  for (let i = 0; i < count; i++) last = BigInt(input.unsigned());
  return { length: floatOf(Number(last % UPPER)), range: floatOf(Number(last / UPPER)) };
}

function wholeOf(input: ModuleInput): number {
  const value = input.unsigned();
  if (typeof value !== "number" || value > 0xffffffff) throw bad();
  return value;
}

function matrixOf(input: ModuleInput, size: number): Float32Array {
  const bytes = input.string();
  if (bytes.length !== 4 * size) throw bad();
  return new Float32Array(bytes.slice().buffer);
}

function isOurs(matrix: Float32Array, inputDim: number, dim: number): boolean {
  const ours = projection(inputDim, dim);
  return matrix.every((value, i) => value === ours[i]);
}

function isAllFinite(code: Uint8Array): boolean {
  return new Float32Array(code.slice().buffer).every(isFinite);
}
