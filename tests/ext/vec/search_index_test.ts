/** The indexes of vectors that search builds on. */

import { strict as assert } from "node:assert";
import { vec } from "../../../ext/vec.ts";
import {
  isVector,
  type VectorHits,
  type VectorIndex,
  vectorIndexesOf,
  type VectorMetric,
  type VectorShape,
  type VectorType,
} from "../../../src/search/vector_index.ts";
import { chooseDriver } from "../../../src/sqlite/drivers.ts";
import { Store } from "../../../src/store/store.ts";
import { temporaryDirectory } from "../../harness/servers.ts";
import { dice } from "./generated.ts";

const open = (path = ":memory:") => new Store(chooseDriver({}), path, { extensions: [vec()] });

const TYPES: readonly VectorType[] = ["FLOAT16", "FLOAT32", "FLOAT64", "BFLOAT16", "INT8", "UINT8"];
const METRICS: readonly VectorMetric[] = ["L2", "IP", "COSINE"];

/** The bytes of numbers of a type, and the numbers that they stand for. */
function encoded(
  values: readonly number[],
  type: VectorType,
): { bytes: Uint8Array; exact: number[] } {
  const float32 = Float32Array.from(values);
  switch (type) {
    case "FLOAT64":
      return { bytes: new Uint8Array(Float64Array.from(values).buffer), exact: [...values] };
    case "FLOAT32":
      return { bytes: new Uint8Array(float32.buffer), exact: [...float32] };
    case "BFLOAT16": {
      const upper = Uint16Array.from(new Uint32Array(float32.buffer), (bits) => bits >>> 16);
      const exact = new Float32Array(Uint32Array.from(upper, (bits) => bits << 16).buffer);
      return { bytes: new Uint8Array(upper.buffer), exact: [...exact] };
    }
    case "FLOAT16": {
      // Eighths between -8 and 8 are exact in half precision.
      const exact = values.map((value) => Math.round(value * 8) / 8 || 0.125);
      return { bytes: new Uint8Array(Uint16Array.from(exact, halfBits).buffer), exact };
    }
    case "INT8": {
      const codes = Int8Array.from(values, (value) => value * 20);
      return { bytes: new Uint8Array(codes.buffer), exact: [...codes] };
    }
    case "UINT8": {
      const codes = Uint8Array.from(values, (value) => Math.abs(value) * 20);
      return { bytes: codes, exact: [...codes] };
    }
  }
}

function halfBits(value: number): number {
  const sign = value < 0 ? 0x8000 : 0;
  const exponent = Math.floor(Math.log2(Math.abs(value)));
  return sign | exponent + 15 << 10 | (Math.abs(value) / 2 ** exponent - 1) * 1024;
}

function distance(a: readonly number[], b: readonly number[], metric: VectorMetric): number {
  const dot = (x: readonly number[], y: readonly number[]) =>
    x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  if (metric === "L2") return a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0);
  return metric === "IP" ? 1 - dot(a, b) : 1 - dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

function assertHits(found: VectorHits, wanted: readonly (readonly [number, number])[]): void {
  const near = (a: number, b: number) => Math.abs(a - b) <= 1e-4 * Math.max(1, Math.abs(b));
  assert.equal(found.documents.length, wanted.length);
  for (const [i, [, distance]] of wanted.entries()) {
    assert.ok(near(found.distances[i]!, distance), `${found.distances[i]} is not ${distance}`);
  }
}

interface Filled {
  readonly index: VectorIndex;
  readonly vectors: number[][];
  readonly query: { bytes: Uint8Array; exact: number[] };
}

function fill(store: Store, shape: VectorShape, count: number, seed = 1): Filled {
  const random = dice(seed);
  const point = () =>
    encoded(Array.from({ length: shape.dim }, () => random() * 12 - 6), shape.type);
  const indexes = vectorIndexesOf(store.engine);
  assert.ok(indexes !== undefined);
  store.engine.write();
  const index = indexes.open(indexes.create(shape), shape);
  const vectors: number[][] = [];
  for (let document = 0; document < count; document++) {
    const { bytes, exact } = point();
    assert.ok(isVector(bytes, shape));
    index.put(document, bytes);
    vectors.push(exact);
  }
  store.endTurn();
  return { index, vectors, query: point() };
}

const ranked = ({ vectors, query }: Filled, metric: VectorMetric) =>
  vectors.map((vector, document) => [document, distance(vector, query.exact, metric)] as const)
    .sort((a, b) => a[1] - b[1]);

for (const type of TYPES) {
  for (const metric of METRICS) {
    Deno.test(`an exact index of ${type} finds what is nearest by ${metric}`, async () => {
      const store = open();
      const filled = fill(store, { dim: 9, type, metric, exact: true }, 400);
      const wanted = ranked(filled, metric);
      assertHits(filled.index.nearest(filled.query.bytes, 10), wanted.slice(0, 10));
      const radius = (wanted[20]![1] + wanted[21]![1]) / 2;
      assertHits(filled.index.within(filled.query.bytes, radius), wanted.slice(0, 21));
      const allows = (document: number) => document % 7 === 0;
      assertHits(
        filled.index.nearest(filled.query.bytes, 5, { allows }),
        wanted.filter(([document]) => allows(document)).slice(0, 5),
      );
      await store.close();
    });
  }
}

Deno.test("documents get other vectors, and lose them", async () => {
  const store = open();
  const shape: VectorShape = { dim: 4, type: "FLOAT32", metric: "L2", exact: false };
  const { index } = fill(store, shape, 300);
  const bytes = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
  index.put(7, bytes(100, 100, 100, 100));
  assert.deepEqual(index.nearest(bytes(99, 100, 100, 100), 1), { documents: [7], distances: [1] });
  assert.deepEqual(index.vector(7), bytes(100, 100, 100, 100));
  assert.equal(index.distance(7, bytes(100, 100, 100, 98)), 4);
  assert.equal(index.delete(7), true);
  assert.equal(index.delete(7), false);
  assert.equal(index.length, 299);
  assert.notDeepEqual(index.nearest(bytes(99, 100, 100, 100), 1).documents, [7]);
  store.endTurn();
  await store.close();
});

Deno.test("an index is as the file has it after a turn is rolled back and when it is opened again", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/redlite.db`;
  const shape: VectorShape = { dim: 6, type: "FLOAT32", metric: "COSINE", exact: false };
  const store = open(path);
  const { index, query } = fill(store, shape, 700);
  const before = index.nearest(query.bytes, 5);
  store.engine.write();
  index.delete(before.documents[0]!);
  index.put(9999, query.bytes);
  store.engine.rollback();
  assert.deepEqual(index.nearest(query.bytes, 5), before);
  store.endTurn();
  await store.close();
  const again = open(path);
  const indexes = vectorIndexesOf(again.engine);
  const reopened = indexes!.open(1, shape);
  assert.deepEqual(reopened.nearest(query.bytes, 5), before);
  assert.equal(reopened.facts().length, 700);
  again.engine.write();
  indexes!.drop(1);
  again.endTurn();
  assert.throws(() => indexes!.open(1, shape).length, /there is no index 1/);
  await again.close();
});
