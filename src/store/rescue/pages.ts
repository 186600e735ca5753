/**
 * Reads rows from the pages of a database file themselves, for what SQLite cannot reach: rows below a
 * damaged inner page, and all of them if the first page is damaged. In a file that can give pages back
 * (`auto_vacuum`), every page's parent stands in a map; so each page's table is known without the pages
 * between (https://www.sqlite.org/fileformat.html).
 *
 * @module
 */

import { files, type OpenFile, START } from "../../runtime/files.ts";

/** A value of a row; a REAL apart from whole numbers. */
export type RawValue = null | number | bigint | string | Uint8Array | { readonly real: number };

/** A row as it is stored. */
export interface RawRow {
  /** The rowid, in tables that have one. */
  readonly rowid: number | bigint | undefined;
  readonly values: readonly RawValue[];
}

const MAGIC = "SQLite format 3\0";
const ROOT = 1, BTREE = 5;
const INDEX_INNER = 2, TABLE_INNER = 5, INDEX_LEAF = 10, TABLE_LEAF = 13;
const ENTRY = 5;
/** Page sizes to try where the first page does not tell, the likeliest first. */
const PAGE_SIZES = [2048, 4096, 1024, 8192, 16384, 32768, 65536, 512];
/** Entries of the map of which most must make sense for a page size to be right. */
const PROBED = 64;

const text = new TextDecoder("utf-8", { ignoreBOM: true });

/** The pages of one file. */
export class PageFile implements Disposable {
  /** Bytes of a page. */
  readonly pageSize: number;
  readonly #file: OpenFile;
  readonly #usable: number;
  readonly #pages: number;
  /** What each page is, and its parent. */
  readonly #types: Uint8Array;
  readonly #parents: Uint32Array;

  private constructor(file: OpenFile, pageSize: number, usable: number, size: number) {
    this.#file = file;
    this.pageSize = pageSize;
    this.#usable = usable;
    this.#pages = Math.floor(size / pageSize);
    this.#types = new Uint8Array(this.#pages + 1);
    this.#parents = new Uint32Array(this.#pages + 1);
    this.#readMap();
  }

  /**
   * Opens a file. Call where this process has it open in no other way: closing it takes its locks.
   *
   * @returns Undefined if it has no map of its pages.
   */
  static open(path: string): PageFile | undefined {
    const file = files.openSync(path);
    try {
      const { size } = file.statSync();
      const head = readAt(file, 0, 100);
      const told = text.decode(head.subarray(0, 16)) === MAGIC;
      const view = new DataView(head.buffer);
      const own = view.getUint16(16) === 1 ? 65536 : view.getUint16(16);
      for (const pageSize of told && PAGE_SIZES.includes(own) ? [own] : PAGE_SIZES) {
        const usable = pageSize - (told ? head[20] ?? 0 : 0);
        if (hasMap(file, pageSize, usable, size)) return new PageFile(file, pageSize, usable, size);
      }
    } catch (error) {
      file.close();
      throw error;
    }
    file.close();
    return undefined;
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }

  #readMap(): void {
    const entries = Math.floor(this.#usable / ENTRY);
    for (let at = 2; at <= this.#pages; at += entries + 1) {
      const map = this.#page(at);
      for (let i = 0; i < entries && at + 1 + i <= this.#pages; i++) {
        this.#types[at + 1 + i] = map[i * ENTRY] ?? 0;
        this.#parents[at + 1 + i] = new DataView(map.buffer).getUint32(i * ENTRY + 1);
      }
    }
  }

  #page(number: number): Uint8Array<ArrayBuffer> {
    return readAt(this.#file, (number - 1) * this.pageSize, this.pageSize);
  }

  /** The root of the tree that a page is in; 0 if none can be told. */
  #rootOf(page: number): number {
    for (let steps = 0; steps < 32; steps++) {
      if (this.#types[page] === ROOT) return page;
      if (this.#types[page] !== BTREE) return 0;
      page = this.#parents[page] ?? 0;
      if (page === 0 || page > this.#pages) return 0;
    }
    return 0;
  }

  /** Every row that is on a page of a tree and makes sense, in no order. */
  *rowsOf(root: number): Generator<RawRow> {
    // From above, for where the map is damaged; from below, for where an inner page is.
    const below = this.#pagesBelow(root);
    for (let page = 3; page <= this.#pages; page++) {
      if (!below.has(page) && this.#rootOf(page) !== root) continue;
      yield* this.#rowsOn(this.#page(page));
    }
  }

  /** A page and those that inner pages lead to from it. */
  #pagesBelow(root: number): Set<number> {
    const found = new Set([root]);
    // What is added to a set while it is walked through is walked through too.
    for (const number of found) {
      const page = this.#page(number);
      const kind = page[0];
      if (kind !== INDEX_INNER && kind !== TABLE_INNER) continue;
      const view = new DataView(page.buffer);
      const children = [view.getUint32(8)];
      const cells = Math.min(view.getUint16(3), Math.floor((this.#usable - 12) / 2));
      for (let i = 0; i < cells; i++) {
        const cell = view.getUint16(12 + 2 * i);
        if (cell + 4 <= this.#usable) children.push(view.getUint32(cell));
      }
      for (const child of children) if (this.#mayBeBelow(child)) found.add(child);
    }
    return found;
  }

  /** Whether the map does not say that a page is something else than a part of a tree. */
  #mayBeBelow(page: number): boolean {
    if (page < 3 || page > this.#pages) return false;
    const type = this.#types[page] ?? 0;
    return type === BTREE || type === 0 || type > BTREE;
  }

  *#rowsOn(bytes: Uint8Array<ArrayBuffer>): Generator<RawRow> {
    const kind = bytes[0];
    if (kind !== INDEX_INNER && kind !== INDEX_LEAF && kind !== TABLE_LEAF) return;
    const view = new DataView(bytes.buffer);
    const header = kind === INDEX_INNER ? 12 : 8;
    const cells = view.getUint16(3);
    if (header + 2 * cells > this.#usable) return;
    for (let i = 0; i < cells; i++) {
      let row: RawRow | undefined;
      try {
        row = this.#row(bytes, view.getUint16(header + 2 * i), kind);
      } catch {
        // Damaged: what it says leads beyond the page or the file.
      }
      if (row !== undefined) yield row;
    }
  }

  #row(page: Uint8Array<ArrayBuffer>, cell: number, kind: number): RawRow | undefined {
    let at = kind === INDEX_INNER ? cell + 4 : cell;
    const [size, afterSize] = varint(page, at);
    at = afterSize;
    let rowid: number | bigint | undefined;
    if (kind === TABLE_LEAF) [rowid, at] = varint(page, at);
    return record(this.#payload(page, at, Number(size), kind), rowid);
  }

  /** A cell's bytes, those on overflow pages included. */
  #payload(
    page: Uint8Array<ArrayBuffer>,
    at: number,
    size: number,
    kind: number,
  ): Uint8Array<ArrayBuffer> {
    const usable = this.#usable;
    if (size < 0 || size > this.#pages * usable) throw new RangeError("no such size");
    const most = kind === TABLE_LEAF ? usable - 35 : Math.floor((usable - 12) * 64 / 255) - 23;
    if (size <= most) return cut(page, at, size);
    const least = Math.floor((usable - 12) * 32 / 255) - 23;
    const fitting = least + (size - least) % (usable - 4);
    const local = fitting <= most ? fitting : least;
    const payload = new Uint8Array(size);
    payload.set(cut(page, at, local));
    let next = new DataView(page.buffer).getUint32(at + local);
    for (let done = local; done < size;) {
      if (next === 0 || next > this.#pages) throw new RangeError("no such page");
      const overflow = this.#page(next);
      const part = Math.min(usable - 4, size - done);
      payload.set(cut(overflow, 4, part), done);
      next = new DataView(overflow.buffer).getUint32(0);
      done += part;
    }
    return payload;
  }
}

/** Whether the map of pages makes sense where it would be. */
function hasMap(file: OpenFile, pageSize: number, usable: number, size: number): boolean {
  const pages = Math.floor(size / pageSize);
  if (pages < 3) return false;
  const map = readAt(file, pageSize, pageSize);
  const view = new DataView(map.buffer);
  const entries = Math.min(PROBED, pages - 2, Math.floor(usable / ENTRY));
  let sensible = 0;
  for (let i = 0; i < entries; i++) {
    const type = map[i * ENTRY] ?? 0, parent = view.getUint32(i * ENTRY + 1);
    if (type >= 1 && type <= 5 && parent <= pages && (type <= 2) === (parent === 0)) sensible++;
  }
  // The map itself may be damaged, in part.
  return sensible > entries / 2;
}

function readAt(file: OpenFile, at: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  file.seekSync(at, START);
  for (let done = 0; done < length;) {
    let count: number | null;
    try {
      count = file.readSync(bytes.subarray(done));
    } catch {
      // A bad sector: the rest of the page is zeros.
      count = null;
    }
    if (count === null) break;
    done += count;
  }
  return bytes;
}

function cut(bytes: Uint8Array<ArrayBuffer>, at: number, length: number): Uint8Array<ArrayBuffer> {
  if (at < 0 || length < 0 || at + length > bytes.length) throw new RangeError("beyond the page");
  return bytes.slice(at, at + length);
}

/** A number of up to nine bytes, and where it ends. */
function varint(bytes: Uint8Array, at: number): [value: number | bigint, end: number] {
  let value = 0n;
  for (let i = 0; i < 9; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) throw new RangeError("beyond the page");
    if (i === 8) return [narrow(BigInt.asIntN(64, value << 8n | BigInt(byte))), at + 9];
    value = value << 7n | BigInt(byte & 0x7f);
    if (byte < 0x80) return [narrow(value), at + i + 1];
  }
  throw new RangeError("no number");
}

function narrow(value: bigint): number | bigint {
  const small = value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;
  return small ? Number(value) : value;
}

/** Takes a record apart: https://www.sqlite.org/fileformat.html#record_format */
function record(bytes: Uint8Array<ArrayBuffer>, rowid: number | bigint | undefined): RawRow {
  const [headerSize, start] = varint(bytes, 0);
  const values: RawValue[] = [];
  let at = start, body = Number(headerSize);
  if (body > bytes.length) throw new RangeError("no record");
  const end = body;
  while (at < end) {
    const [code, next] = varint(bytes, at);
    const [value, size] = valueAt(bytes, body, Number(code));
    values.push(value);
    at = next;
    body += size;
  }
  if (body !== bytes.length) throw new RangeError("no record");
  return { rowid, values };
}

function valueAt(
  bytes: Uint8Array<ArrayBuffer>,
  at: number,
  code: number,
): [value: RawValue, size: number] {
  if (code === 0) return [null, 0];
  if (code === 8 || code === 9) return [code - 8, 0];
  if (code === 10 || code === 11) throw new RangeError("no value");
  if (code >= 12) {
    const size = Math.floor((code - 12) / 2);
    const part = cut(bytes, at, size);
    return [code % 2 === 0 ? part : text.decode(part), size];
  }
  const view = new DataView(bytes.buffer);
  if (code === 7) return [{ real: view.getFloat64(at) }, 8];
  const size = code <= 4 ? code : code === 5 ? 6 : 8;
  let value = 0n;
  for (const byte of cut(bytes, at, size)) value = value << 8n | BigInt(byte);
  return [narrow(BigInt.asIntN(8 * size, value)), size];
}
