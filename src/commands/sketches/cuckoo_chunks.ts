/** CF.SCANDUMP and CF.LOADCHUNK: cuckoo filters in pieces, the first of which are the facts. */

import { CommandError } from "../../store/values/errors.ts";
import { type CuckooFacts, filterBytes, isSound } from "../../store/sketches/cuckoo.ts";
import type { Slice } from "../../store/values/slice.ts";
import type { Context } from "../table/command.ts";
import { assertArity } from "../search/module_arguments.ts";
import { itemExists, notFound, wholeAt } from "./arguments.ts";
import { CHUNK_BYTES } from "./bloom_chunks.ts";

/** Bytes of the facts. */
const HEADER = 38;

function header(facts: CuckooFacts): Uint8Array {
  const bytes = new Uint8Array(HEADER);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(facts.items), true);
  view.setBigUint64(8, BigInt(facts.buckets), true);
  view.setBigUint64(16, BigInt(facts.deletes), true);
  view.setBigUint64(24, BigInt(facts.filters), true);
  view.setUint16(32, facts.bucketSize, true);
  view.setUint16(34, facts.maxIterations, true);
  view.setUint16(36, facts.expansion, true);
  return bytes;
}

/** The facts in a header. @throws {CommandError} If it is none. */
function factsOf({ bytes, start, end }: Slice): CuckooFacts {
  if (end - start !== HEADER) throw new CommandError("Invalid header");
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, HEADER);
  const facts = {
    items: Number(view.getBigUint64(0, true)),
    buckets: Number(view.getBigUint64(8, true)),
    deletes: Number(view.getBigUint64(16, true)),
    filters: Number(view.getBigUint64(24, true)),
    bucketSize: view.getUint16(32, true),
    maxIterations: view.getUint16(34, true),
    expansion: view.getUint16(36, true),
  };
  if (!isSound(facts)) throw new CommandError("Couldn't create filter!");
  return facts;
}

/** A filter of a chain, and a byte of it, by the number of a byte of all; undefined if there is none. */
function placeOf(facts: CuckooFacts, iterator: number) {
  let offset = iterator - 1;
  if (offset < 0) return undefined;
  for (let index = 0; index < facts.filters; index++) {
    const bytes = filterBytes(facts, index);
    if (offset < bytes) return { index, offset, left: bytes - offset };
    offset -= bytes;
  }
  return undefined;
}

/** CF.SCANDUMP key iterator. */
export function scandump({ args, reply, store, client }: Context): void {
  assertArity(args, 3, 3);
  const iterator = wholeAt(args, 2);
  if (iterator === undefined || iterator < 0) throw new CommandError("Invalid position");
  const filter = store.cuckooFilters.read(client.db, args.at(1));
  if (filter === undefined) throw notFound();
  reply.array(2);
  if (iterator === 0 && filter.items > 0) {
    reply.integer(1);
    reply.bulk(header(filter));
    return;
  }
  const place = filter.items === 0 ? undefined : placeOf(filter, iterator);
  if (place === undefined) {
    reply.integer(0);
    reply.null();
    return;
  }
  const length = Math.min(place.left, CHUNK_BYTES);
  reply.integer(iterator + length);
  reply.bulk(filter.bytesOf(place.index, place.offset, length));
}

/** CF.LOADCHUNK key iterator data. */
export function loadchunk({ args, reply, store, client }: Context): void {
  assertArity(args, 4, 4);
  const iterator = wholeAt(args, 2);
  if (iterator === undefined || iterator <= 0) throw new CommandError("Invalid position");
  const { cuckooFilters, keyspace } = store;
  const data = args.at(3);
  let filter = cuckooFilters.edit(client.db, args.at(1));
  if (iterator === 1) {
    if (filter !== undefined) throw itemExists();
    filter = cuckooFilters.restore(client.db, args.at(1), factsOf(data));
  } else {
    if (filter === undefined) throw notFound();
    const place = data.length === 0 ? undefined : placeOf(filter, iterator - data.length);
    if (place === undefined || data.length > place.left) {
      throw new CommandError("Couldn't load chunk!");
    }
    filter.putBytes(place.index, place.offset, data.view());
  }
  cuckooFilters.changed(filter);
  keyspace.changed(client.db, args.at(1), "cf.loadchunk");
  reply.ok();
}
