/** What a vector set's key says of it, in the bytes of metadata in its row. */

import type { Quantization } from "../quantization.ts";

/** Bytes of the metadata. */
const SIZE = 40;

/** What all vectors of a set have in common, and what is counted. */
export interface SetFacts {
  /** How its vectors are kept. */
  readonly quantization: Quantization;
  /** Links of a node, as VADD's M says. */
  readonly links: number;
  /** Numbers of a vector, as kept. */
  readonly dim: number;
  /** Numbers of a vector as given, if REDUCE makes them fewer; else 0. */
  readonly inputDim: number;
  /** The number given last. */
  lastNumber: number;
  /** Elements that have attributes. */
  attributes: number;
  /** The version of the set that the index in the file is of. */
  indexed: number;
}

/** Facts as bytes. */
export function packFacts(facts: SetFacts): Uint8Array {
  const bytes = new Uint8Array(SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, facts.quantization);
  view.setUint16(2, facts.links, true);
  view.setUint32(4, facts.dim, true);
  view.setUint32(8, facts.inputDim, true);
  view.setFloat64(16, facts.lastNumber, true);
  view.setFloat64(24, facts.attributes, true);
  view.setFloat64(32, facts.indexed, true);
  return bytes;
}

/** The facts that bytes are. */
export function unpackFacts(bytes: Uint8Array): SetFacts {
  if (bytes.length !== SIZE) throw new Error("a vector set's key has no facts of it");
  const view = new DataView(bytes.buffer, bytes.byteOffset, SIZE);
  return {
    quantization: view.getUint8(0) as Quantization,
    links: view.getUint16(2, true),
    dim: view.getUint32(4, true),
    inputDim: view.getUint32(8, true),
    lastNumber: view.getFloat64(16, true),
    attributes: view.getFloat64(24, true),
    indexed: view.getFloat64(32, true),
  };
}
