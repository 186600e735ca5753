/**
 * The stored lists of one index: a row of `search_lists` for each term of each kind, in the order of
 * the terms' bytes. A short list is in its row (`tail`); what no longer fits there becomes a row of
 * `search_blocks`, so that merging a few documents into a long list rewrites little.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Statements } from "../../history/statements.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";
import { skipEntry } from "./kinds.ts";
import { type PendingList, textOf } from "./pending.ts";

const SQL = {
  find: `SELECT list, documents, last, tail FROM search_lists
    WHERE contents = ?1 AND kind = ?2 AND term = ?3`,
  add: `INSERT INTO search_lists(contents, kind, term, list, documents, last, tail)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`,
  change: `UPDATE search_lists SET list = ?4, documents = ?5, last = ?6, tail = ?7
    WHERE contents = ?1 AND kind = ?2 AND term = ?3`,
  remove: "DELETE FROM search_lists WHERE contents = ?1 AND kind = ?2 AND term = ?3",
  blockAfter: `SELECT last, entries FROM search_blocks
    WHERE contents = ?1 AND list = ?2 AND first > ?3 ORDER BY first LIMIT 1`,
  blocks: `SELECT last, entries FROM search_blocks
    WHERE contents = ?1 AND list = ?2 ORDER BY first`,
  blockFrom: `SELECT last, entries FROM search_blocks
    WHERE contents = ?1 AND list = ?2 AND first <= ?3 ORDER BY first DESC LIMIT 1`,
  addBlock: `INSERT INTO search_blocks(contents, list, first, last, entries)
    VALUES (?1, ?2, ?3, ?4, ?5)`,
  removeBlocks: "DELETE FROM search_blocks WHERE contents = ?1 AND list = ?2",
  terms: `SELECT term, documents, last FROM search_lists
    WHERE contents = ?1 AND kind = ?2 AND term > ?3 ORDER BY term LIMIT ?4`,
  termsBefore: `SELECT term, documents, last FROM search_lists
    WHERE contents = ?1 AND kind = ?2 AND term > ?3 AND term < ?5 ORDER BY term LIMIT ?4`,
};

/** Bytes of a list that stay in its row: more would not fit what a page holds of a row. */
const TAIL_BYTES = 380;
/** Bytes of a block that is made of many documents at once. */
export const BLOCK_BYTES = 4000;

/** Bytes that the entry of a document takes about, in a block. */
const ENTRY_BYTES = 6;
/** The share of what is kept of blocks that those of one list may take. */
const LIST_SHARE = 1 / 8;
/** What a block takes beside its entries. */
const BLOCK_OBJECT_BYTES = 160;

/** What a row of `search_lists` says. */
export interface ListHead {
  /** By what its blocks are found; 0 if it has none. */
  readonly list: number;
  /** Documents in it, deleted ones included. */
  readonly documents: number;
  /** The last document's number. */
  readonly last: number;
  /** The entries after those of the blocks. */
  readonly tail: Uint8Array;
}

/** A stored block. */
export interface Block {
  /** The last document's number. */
  readonly last: number;
  readonly entries: Uint8Array;
}

/** The blocks of a list, as long as its row says the same. */
interface KeptBlocks {
  readonly documents: number;
  readonly last: number;
  readonly blocks: readonly Block[];
  readonly bytes: number;
}

const encoder = new TextEncoder();
const NOTHING = new Uint8Array(0);

/** What may be kept in memory. */
export interface BlockLimits {
  /** Bytes of blocks that queries have read. */
  readonly keptBytes: number;
}

/** Reads and writes the lists of one index. */
export class ListStore {
  readonly #engine: Engine;
  readonly #statements: Statements;
  readonly #contents: number;
  readonly #newList: () => number;
  readonly #writer = new ByteWriter(2 * BLOCK_BYTES);
  readonly #term = new ByteWriter(256);

  readonly #limits: BlockLimits;
  /** Blocks that queries have read, by list; those that were used last come last. */
  readonly #kept = new Map<number, KeptBlocks>();
  #keptBytes = 0;

  /** @param newList Gives a number to a list that gets its first block. */
  constructor(
    engine: Engine,
    statements: Statements,
    contents: number,
    limits: BlockLimits,
    newList: () => number,
  ) {
    this.#limits = limits;
    this.#engine = engine;
    this.#statements = statements;
    this.#contents = contents;
    this.#newList = newList;
  }

  #ofTerm(sql: string, kind: number, term: string): Statement {
    const statement = this.#statements.get(sql);
    const name = this.#term;
    name.length = 0;
    name.text(term);
    statement.bindInteger(1, this.#contents);
    statement.bindInteger(2, kind);
    statement.bindBlob(3, name.bytes, 0, name.length);
    return statement;
  }

  /** The row of a term, undefined if it has none. */
  find(kind: number, term: string): ListHead | undefined {
    this.#engine.read();
    const statement = this.#ofTerm(SQL.find, kind, term);
    const head = statement.step()
      ? {
        list: statement.columnNumber(0),
        documents: statement.columnNumber(1),
        last: statement.columnNumber(2),
        tail: statement.columnBlob(3),
      }
      : undefined;
    statement.reset();
    return head;
  }

  /** Bytes of memory. */
  get bytes(): number {
    return this.#keptBytes;
  }

  /** Lets go of what can be read again. */
  release(): void {
    this.#kept.clear();
    this.#keptBytes = 0;
  }

  /** All blocks of a list, as its row tells of it; undefined where they are too many to be kept. */
  blocksOf(head: ListHead): readonly Block[] | undefined {
    const { list, documents, last } = head;
    const known = this.#kept.get(list);
    if (known !== undefined) {
      this.#kept.delete(list);
      // A list grows at its end, and what is purged has fewer documents.
      if (known.documents === documents && known.last === last) {
        this.#kept.set(list, known);
        return known.blocks;
      }
      this.#keptBytes -= known.bytes;
    }
    const { keptBytes } = this.#limits;
    if (ENTRY_BYTES * documents > keptBytes * LIST_SHARE) return undefined;
    const blocks: Block[] = [];
    let bytes = 0;
    const statement = this.#statements.get(SQL.blocks);
    statement.bindInteger(1, this.#contents);
    statement.bindInteger(2, list);
    while (statement.step()) {
      const entries = statement.columnBlob(1);
      blocks.push({ last: statement.columnNumber(0), entries });
      bytes += entries.length + BLOCK_OBJECT_BYTES;
    }
    statement.reset();
    this.#kept.set(list, { documents, last, blocks, bytes });
    this.#keptBytes += bytes;
    for (const [oldest, { bytes }] of this.#kept) {
      if (this.#keptBytes <= keptBytes) break;
      this.#kept.delete(oldest);
      this.#keptBytes -= bytes;
    }
    return blocks;
  }

  /** The block after one whose last document is `last`. */
  blockAfter(list: number, last: number): Block | undefined {
    return this.#block(SQL.blockAfter, list, last);
  }

  /** The first block with a document from `number` on, after one whose last document is `last`. */
  blockFrom(list: number, number: number, last: number): Block | undefined {
    const block = this.#block(SQL.blockFrom, list, number);
    if (block !== undefined && block.last >= number) return block;
    return this.#block(SQL.blockAfter, list, block === undefined ? last : block.last);
  }

  #block(sql: string, list: number, number: number): Block | undefined {
    const statement = this.#statements.get(sql);
    statement.bindInteger(1, this.#contents);
    statement.bindInteger(2, list);
    statement.bindInteger(3, number);
    const block = statement.step()
      ? { last: statement.columnNumber(0), entries: statement.columnBlob(1) }
      : undefined;
    statement.reset();
    return block;
  }

  /**
   * Appends what is pending for a term.
   *
   * @returns Whether the term is new.
   */
  append(kind: number, term: string, pending: PendingList): boolean {
    const head = this.find(kind, term);
    // A merge that was interrupted goes on where it was.
    if (head !== undefined && head.last >= pending.last) return false;
    const writer = this.#writer;
    writer.length = 0;
    const tail = head?.tail ?? NOTHING;
    writer.append(tail, 0, tail.length);
    const bytes = pending.copy(), { length } = bytes;
    if (head === undefined) {
      writer.append(bytes, 0, length);
    } else {
      // In memory the first entry has the document's number, here the distance from the last.
      const reader = new ByteReader(bytes);
      let number = reader.varint();
      // What a merge that was interrupted has appended already.
      for (; number <= head.last; number += reader.varint()) skipEntry(kind, reader);
      writer.varint(tail.length === 0 ? number : number - head.last);
      writer.append(bytes, reader.at, length);
    }
    const documents = (head?.documents ?? 0) + pending.documents;
    this.#save(kind, term, head, documents, pending.last, writer.bytes, writer.length);
    return head === undefined;
  }

  #save(
    kind: number,
    term: string,
    head: ListHead | undefined,
    documents: number,
    last: number,
    entries: Uint8Array,
    length: number,
  ): void {
    let list = head?.list ?? 0;
    if (length > TAIL_BYTES) {
      if (list === 0) list = this.#newList();
      this.#addBlocks(kind, list, entries, length, last);
      length = 0;
    }
    const put = this.#ofTerm(head === undefined ? SQL.add : SQL.change, kind, term);
    put.bindInteger(4, list);
    put.bindInteger(5, documents);
    put.bindInteger(6, last);
    put.bindBlob(7, entries, 0, length);
    put.run();
  }

  /** Writes entries as blocks of a moderate size; each begins with the number of its first document. */
  #addBlocks(
    kind: number,
    list: number,
    entries: Uint8Array,
    length: number,
    last: number,
  ): void {
    if (length <= BLOCK_BYTES) {
      return this.#addBlock(list, new ByteReader(entries).varint(), last, entries, length);
    }
    const block = new ByteWriter(BLOCK_BYTES + 1024);
    let first = 0, number = 0;
    const reader = new ByteReader(entries);
    while (reader.at < length) {
      const distance = reader.varint();
      if (block.length >= BLOCK_BYTES && distance > 0) {
        this.#addBlock(list, first, number, block.bytes, block.length);
        block.length = 0;
      }
      number += distance;
      if (block.length === 0) {
        first = number;
        block.varint(number);
      } else {
        block.varint(distance);
      }
      const start = reader.at;
      skipEntry(kind, reader);
      block.append(entries, start, reader.at);
    }
    this.#addBlock(list, first, last, block.bytes, block.length);
  }

  #addBlock(list: number, first: number, last: number, entries: Uint8Array, length: number): void {
    const add = this.#statements.get(SQL.addBlock);
    add.bindInteger(1, this.#contents);
    add.bindInteger(2, list);
    add.bindInteger(3, first);
    add.bindInteger(4, last);
    add.bindBlob(5, entries, 0, length);
    add.run();
  }

  /**
   * Takes deleted documents out of a list. Nothing may be pending that a merge has begun with.
   *
   * @param isLive Whether a document is to stay.
   * @returns The bytes it has become shorter by.
   */
  purge(kind: number, term: string, isLive: (number: number) => boolean): number {
    const head = this.find(kind, term);
    if (head === undefined) return 0;
    const kept = new ByteWriter(BLOCK_BYTES);
    let documents = 0, dropped = false, last = 0, bytes = 0;
    const take = (entries: Uint8Array) => {
      bytes += entries.length;
      const reader = new ByteReader(entries);
      let number = 0;
      while (reader.at < entries.length) {
        number += reader.varint();
        const start = reader.at;
        skipEntry(kind, reader);
        if (!isLive(number)) {
          dropped = true;
          continue;
        }
        if (number !== last || documents === 0) documents++;
        kept.varint(number - last);
        kept.append(entries, start, reader.at);
        last = number;
      }
    };
    let block = head.list === 0 ? undefined : this.blockAfter(head.list, 0);
    while (block !== undefined) {
      take(block.entries);
      block = this.blockAfter(head.list, block.last);
    }
    take(head.tail);
    if (!dropped) return 0;
    if (head.list !== 0) {
      const remove = this.#statements.get(SQL.removeBlocks);
      remove.bindInteger(1, this.#contents);
      remove.bindInteger(2, head.list);
      remove.run();
    }
    if (documents === 0) {
      this.#ofTerm(SQL.remove, kind, term).run();
      return bytes;
    }
    this.#save(kind, term, head, documents, last, kept.bytes, kept.length);
    return bytes - kept.length;
  }

  /**
   * Visits the terms of a kind after one, in the order of their bytes, `limit` of them at most.
   *
   * @param prefix What they begin with, as the one before them does.
   */
  terms(
    kind: number,
    after: string,
    limit: number,
    visit: (term: string, documents: number, last: number) => void,
    prefix = "",
  ): number {
    this.#engine.read();
    const statement = this.#statements.get(prefix === "" ? SQL.terms : SQL.termsBefore);
    const from = encoder.encode(after);
    statement.bindInteger(1, this.#contents);
    statement.bindInteger(2, kind);
    statement.bindBlob(3, from, 0, from.length);
    statement.bindInteger(4, limit);
    if (prefix !== "") {
      // No byte of UTF-8 is the highest there is.
      const end = encoder.encode(prefix);
      end[end.length - 1]! += 1;
      statement.bindBlob(5, end, 0, end.length);
    }
    let count = 0;
    try {
      while (statement.step()) {
        const term = statement.columnBlob(0);
        count++;
        visit(
          textOf(term, 0, term.length),
          statement.columnNumber(1),
          statement.columnNumber(2),
        );
      }
    } finally {
      statement.reset();
    }
    return count;
  }
}
