/** Payloads with something changed in the value and a checksum that is right, so that parsers are reached. */

import { DumpWriter } from "../../../src/store/rdb/writer.ts";
import { OLD_ENCODINGS } from "./old_encodings.ts";
import {
  binaryDouble,
  bytesOf,
  listpack,
  listpackString,
  littleEndian,
  sealed,
  slice,
  string,
} from "./payloads.ts";

const WORDS = ["", "a", "12", "-5000", "word", "x".repeat(40), "ab".repeat(70)];

/** Payloads of every type, without their footers. */
export function bodies(): Uint8Array[] {
  const payloads = OLD_ENCODINGS.map(({ payload }) => payload);
  for (const compress of [false, true]) {
    const writer = new DumpWriter(compress);
    const finish = () => payloads.push(writer.finish().copy());
    writer.begin("list");
    for (const word of [...WORDS, "y".repeat(8200)]) writer.element(slice(word));
    finish();
    for (const compact of [false, true]) {
      writer.begin("set", { compact });
      for (const member of ["1", "-70000", "3"]) writer.member(slice(member));
      finish();
      writer.begin("zset", { compact });
      for (const [i, word] of WORDS.entries()) writer.scored(slice(word), i / 3);
      finish();
      writer.begin("hash", { compact });
      for (const word of WORDS) writer.field(slice(word), slice(word));
      finish();
    }
    writer.begin("hash", { earliestExpiryMs: 1000 });
    for (const [i, word] of WORDS.entries()) writer.field(slice(word), slice(word), i * 1000);
    finish();
    for (const lastInserted of [undefined, 3, 1n << 60n]) {
      writer.begin("array", { lastInserted });
      for (const [i, word] of WORDS.entries()) writer.indexed(i ** 12, slice(word));
      writer.indexed(1n << 63n, slice("last"));
      finish();
    }
  }
  payloads.push(...streams());
  const triples = listpack([
    ...[listpackString("f"), 5, [0xf2, 1, 2, 3]],
    ...[listpackString("g"), 6, [0xf3, 1, 2, 3, 4]],
    ...[listpackString("h"), 7, 0],
  ]);
  payloads.push(
    sealed([25, littleEndian(1, 8), string(triples)]),
    sealed([23, string(triples)]),
    sealed([22, 2, 0x41, 0, string("f"), string("v"), 0, string("g"), string("w")]),
    sealed([28, 2, 0, 5, 2, binaryDouble(0.5), 70, 1, 3, string("small")]),
    sealed([20, string(listpack([listpackString("a"), 5, listpackString("b")]))]),
  );
  return payloads.map((payload) => payload.slice(0, -10));
}

/** Streams of two nodes, with groups, consumers and pending entries. */
function streams(): Uint8Array[] {
  const id = (ms: number) => {
    const bytes = new Uint8Array(16);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(ms));
    return bytes;
  };
  return [false, true].flatMap((compress) => [false, true].map((whole) => ({ compress, whole })))
    .map(({ compress, whole }) => {
      const writer = new DumpWriter(compress);
      writer.begin("stream", { nodes: { bytes: 0, entries: 5 }, whole });
      const { stream } = writer;
      for (let i = 1; i <= 8; i++) {
        const fields = i % 3 === 0 ? WORDS.slice(0, 6) : ["a", WORDS[i % 7] ?? ""];
        const parts = fields.map(slice);
        stream.entry(id(i), { at: (index) => parts[index] ?? slice("") }, parts.length / 2);
      }
      const ends = { lastId: id(9), firstId: id(1), maxDeletedId: id(0) };
      stream.end({ length: 8, ...ends, added: 11, groups: 2 });
      for (const name of ["g", "other"]) {
        stream.group(slice(name), id(5), -1, 2);
        for (const ms of [2, 4]) stream.pending(id(ms), 1000 + ms, ms);
        stream.consumers(2);
        for (const ms of [2, 4]) {
          stream.consumer(slice(`consumer ${ms}`), 2000, -1, 1);
          stream.owned(id(ms));
        }
        if (whole) stream.givenBack(0);
      }
      if (whole) {
        const facts = { seconds: 100, most: 10, added: 3, duplicates: 1 };
        stream.producers(facts, 1);
        stream.producer(slice("p"), 2);
        for (const ms of [2, 4]) stream.idempotentId(slice(`token ${ms}`), id(ms));
        stream.endIds(facts);
      }
      return writer.finish().copy();
    });
}

const EDGES = [0, 1, 2, 5, 63, 64, 127, 128, 129, 192, 195, 224, 240, 241, 244, 253, 254, 255];

/** A body with one to three changes: bytes set, flipped, put in, taken out, doubled, or the end cut off. */
export function mutated(body: Uint8Array, below: (limit: number) => number): Uint8Array {
  let bytes = body;
  for (let changes = 1 + below(3); changes > 0; changes--) {
    // The first bytes are where the structure is.
    const at = 1 + below(below(2) === 0 ? Math.min(24, bytes.length) : bytes.length);
    const before = bytes.slice(0, at), after = bytes.subarray(at);
    const size = 1 + below(4);
    switch (below(7)) {
      case 0:
        bytes = bytesOf(before, EDGES[below(EDGES.length)]!, after.subarray(1));
        break;
      case 1:
        bytes = bytesOf(before, below(256), after.subarray(1));
        break;
      case 2:
        bytes = bytesOf(before, (after[0] ?? 0) ^ (1 << below(8)), after.subarray(1));
        break;
      case 3:
        bytes = bytesOf(before, EDGES[below(EDGES.length)]!, after);
        break;
      case 4:
        bytes = bytesOf(before, after.subarray(size));
        break;
      case 5:
        bytes = bytesOf(before, after.subarray(0, size), after);
        break;
      default:
        bytes = below(4) === 0
          ? before
          : bytesOf(before, ((after[0] ?? 0) + 1) & 255, after.subarray(1));
    }
  }
  return bytes;
}
