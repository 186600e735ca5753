/** BF.SCANDUMP and BF.LOADCHUNK: Bloom filters in pieces, the first of which are the facts. */

import { CommandError, err } from "../../store/values/errors.ts";
import { type BloomFacts, type BloomLink, isSound, linkBytes } from "../../store/sketches/bloom.ts";
import type { Slice } from "../../store/values/slice.ts";
import type { Context } from "../table/command.ts";
import { assertArity } from "../search/module_arguments.ts";
import { notFound, wholeAt } from "./arguments.ts";

/** Bytes of a piece. */
export const CHUNK_BYTES: number = 16 * 1024 * 1024;
/** Bytes of the facts of a chain, and of each filter. */
const HEADER = 20, LINK = 53;

function header({ size, options, growth, links }: BloomFacts): Uint8Array {
  const bytes = new Uint8Array(HEADER + LINK * links.length);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(size), true);
  view.setUint32(8, links.length, true);
  view.setUint32(12, options, true);
  view.setUint32(16, growth, true);
  let at = HEADER;
  for (const link of links) {
    view.setBigUint64(at, BigInt(linkBytes(link)), true);
    view.setBigUint64(at + 8, BigInt(link.bits), true);
    view.setBigUint64(at + 16, BigInt(link.size), true);
    view.setFloat64(at + 24, link.error, true);
    view.setFloat64(at + 32, link.bitsPerEntry, true);
    view.setUint32(at + 40, link.hashes, true);
    view.setBigUint64(at + 44, BigInt(link.entries), true);
    view.setUint8(at + 52, link.n2);
    at += LINK;
  }
  return bytes;
}

/** The facts in a header. @throws {CommandError} If it is none. */
function factsOf({ bytes, start, end }: Slice): BloomFacts {
  const bad = err("received bad data");
  if (end - start < HEADER + LINK) throw bad;
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, end - start);
  const count = view.getUint32(8, true);
  if (end - start !== HEADER + LINK * count) throw bad;
  const links: BloomLink[] = [];
  let total = 0;
  for (let i = 0, at = HEADER; i < count; i++, at += LINK) {
    const link = {
      bits: Number(view.getBigUint64(at + 8, true)),
      size: Number(view.getBigUint64(at + 16, true)),
      error: view.getFloat64(at + 24, true),
      bitsPerEntry: view.getFloat64(at + 32, true),
      hashes: view.getUint32(at + 40, true),
      entries: Number(view.getBigUint64(at + 44, true)),
      n2: view.getUint8(at + 52),
    };
    if (Number(view.getBigUint64(at, true)) !== linkBytes(link)) throw bad;
    total += link.size;
    links.push(link);
  }
  const facts = {
    size: Number(view.getBigUint64(0, true)),
    options: view.getUint32(12, true),
    growth: view.getUint32(16, true),
    links,
  };
  if (!isSound(facts) || facts.size !== total) throw bad;
  return facts;
}

/** A filter of a chain, and a byte of it, by the number of a byte of all; undefined if there is none. */
function placeOf(links: readonly BloomLink[], iterator: number) {
  let offset = iterator - 1;
  if (offset < 0) return undefined;
  for (const [index, link] of links.entries()) {
    const bytes = linkBytes(link);
    if (offset < bytes) return { index, offset, left: bytes - offset };
    offset -= bytes;
  }
  return undefined;
}

/** BF.SCANDUMP key iterator. */
export function scandump({ args, reply, store, client }: Context): void {
  assertArity(args, 3, 3);
  const filter = store.bloomFilters.read(client.db, args.at(1));
  if (filter === undefined) throw notFound();
  const iterator = wholeAt(args, 2);
  if (iterator === undefined) throw new CommandError("Second argument must be numeric");
  reply.array(2);
  if (iterator === 0) {
    reply.integer(1);
    reply.bulk(header(filter));
    return;
  }
  const place = placeOf(filter.links, iterator);
  if (place === undefined) {
    reply.integer(0);
    reply.text("");
    return;
  }
  const length = Math.min(place.left, CHUNK_BYTES);
  reply.integer(iterator + length);
  reply.bulk(filter.bitsOf(place.index, place.offset, length));
}

/** BF.LOADCHUNK key iterator data. */
export function loadchunk({ args, reply, store, client }: Context): void {
  assertArity(args, 4, 4);
  const iterator = wholeAt(args, 2);
  if (iterator === undefined) throw err("Second argument must be numeric");
  const { bloomFilters, keyspace } = store;
  const data = args.at(3);
  let filter = bloomFilters.edit(client.db, args.at(1));
  if (filter === undefined) {
    if (iterator !== 1) throw notFound();
    filter = bloomFilters.restore(client.db, args.at(1), factsOf(data));
  } else {
    if (iterator <= 0 || iterator < data.length) throw err("received bad data");
    const place = placeOf(filter.links, iterator - data.length);
    if (place === undefined) throw err("invalid offset - no link found");
    if (data.length > place.left) throw err("invalid chunk - Too big for current filter");
    filter.putBits(place.index, place.offset, data.view());
  }
  bloomFilters.changed(filter);
  keyspace.changed(client.db, args.at(1), "bf.loadchunk");
  reply.ok();
}
