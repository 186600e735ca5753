/**
 * Whether the WAL beside a database is that database's. SQLite believes so of any WAL that is whole by
 * itself, and applies it; if somebody has put a backup in the place of a database whose server had
 * crashed, the backup is destroyed by being opened. So a WAL that is left is looked at before.
 *
 * A WAL does not name its database. What can be told is what cannot be: other pages than the database
 * has, a first page older than the database's, pages that are neither in the one nor in the other, a
 * database file that came to be after the last write to the log. The files may be in use: everything is
 * read in an order in which that cannot look wrong.
 *
 * @module
 */

import { type FileInfo, files, type OpenFile, START } from "../../runtime/files.ts";

/** A WAL beside a database that cannot be its own. */
export class ForeignLog extends Error {
  override readonly name = "ForeignLog";
}

const WAL_HEADER = 32;
const FRAME_HEADER = 24;
const MAGIC = 0x377f0682;
/** Where the first page has what is compared. */
const FIRST_PAGE = { pageSize: 16, changes: 24, schema: 40, version: 60, application: 68 } as const;
const FIRST_BYTES = 100;
/** Frames read at a time. */
const FRAMES = 256;
/** Two times of files that are nearer are taken for the same, in milliseconds. */
const CLOCK_MS = 1000;

/** What a WAL holds, as far as it is whole. */
interface Log {
  readonly pageSize: number;
  /** Pages of the database after the last commit; 0 without one. */
  readonly databasePages: number;
  readonly pages: ReadonlySet<number>;
  /** The head of the database's first page at the last commit that has it. */
  readonly firstPage: DataView | undefined;
}

/**
 * Makes sure that a WAL beside a database may be its own. Opens both files: call where this process
 * has neither open, for closing them takes its locks away.
 *
 * @param path The real path of the database.
 * @param encrypted Whether pages cannot be read; then sizes and times are all there is.
 * @throws {ForeignLog}
 */
export function assertOwnLog(path: string, encrypted = false): void {
  const wal = `${path}-wal`;
  if ((statOf(wal)?.size ?? 0) <= WAL_HEADER || statOf(path) === undefined) return;
  // The database first: what is in it later can only be newer.
  const first = read(path, 0, FIRST_BYTES);
  if (first === undefined || first.byteLength < FIRST_BYTES) return;
  const log = readLog(wal);
  if (log === undefined || log.databasePages === 0) return;
  const problem = (encrypted ? undefined : byFirstPage(first, log)) ?? byFiles(path, wal, log);
  if (problem === undefined) return;
  throw new ForeignLog(
    `${wal} is not the log of ${path}: ${problem}. Another database has left it, and opening both ` +
      "would destroy this one; move the log away if you do not need it, or use --restore",
  );
}

function byFirstPage(database: DataView, { pageSize, firstPage }: Log): string | undefined {
  const size = database.getUint16(FIRST_PAGE.pageSize);
  const own = size === 1 ? 65536 : size;
  if (own !== pageSize) return `it has pages of ${pageSize} bytes, the database of ${own}`;
  if (firstPage === undefined) return undefined;
  if (firstPage.getUint32(FIRST_PAGE.application) !== database.getUint32(FIRST_PAGE.application)) {
    // A file that is marked for the first time has the mark in its log only.
    if (database.getUint32(FIRST_PAGE.application) !== 0) return "it is of another application";
  }
  for (
    const [name, at] of [["change", FIRST_PAGE.changes], ["schema", FIRST_PAGE.schema]] as const
  ) {
    if (firstPage.getUint32(at) < database.getUint32(at)) {
      return `its last ${name} is older than the database's`;
    }
  }
  return undefined;
}

function byFiles(path: string, wal: string, log: Log): string | undefined {
  const database = statOf(path), file = statOf(wal);
  if (database === undefined || file === undefined) return undefined;
  const pages = Math.floor(database.size / log.pageSize);
  for (let page = pages + 1; page <= log.databasePages; page++) {
    if (!log.pages.has(page)) {
      return `the database it is of has ${log.databasePages} pages, this one ${pages}`;
    }
  }
  const born = database.birthtime?.getTime(), logBorn = file.birthtime?.getTime();
  const written = file.mtime?.getTime();
  if (born === undefined || logBorn === undefined || written === undefined) return undefined;
  // A copy of both is no exception: it has the database first, by its name.
  if (born > logBorn + CLOCK_MS && born > written + CLOCK_MS) {
    return "the database file was made after it was written";
  }
  return undefined;
}

/** Reads a WAL up to its last commit that is whole: https://www.sqlite.org/fileformat.html#walformat */
function readLog(path: string): Log | undefined {
  const header = read(path, 0, WAL_HEADER);
  if (header === undefined || header.byteLength < WAL_HEADER) return undefined;
  const magic = header.getUint32(0);
  if (magic >>> 1 !== MAGIC >>> 1) return undefined;
  const littleEndian = (magic & 1) === 0;
  const pageSize = header.getUint32(8);
  if (pageSize < 512 || pageSize > 65536 || (pageSize & (pageSize - 1)) !== 0) return undefined;
  const sums = new Uint32Array(2);
  addTo(sums, header, 0, 24, littleEndian);
  if (sums[0] !== header.getUint32(24) || sums[1] !== header.getUint32(28)) return undefined;
  const frameSize = FRAME_HEADER + pageSize;
  const committed = new Set<number>();
  let pending: number[] = [];
  let first: DataView | undefined, pendingFirst: DataView | undefined;
  let databasePages = 0;
  using file = files.openSync(path);
  file.seekSync(WAL_HEADER, START);
  const buffer = new Uint8Array(FRAMES * frameSize);
  for (;;) {
    const frames = Math.floor(fill(file, buffer) / frameSize);
    for (let i = 0; i < frames; i++) {
      const frame = new DataView(buffer.buffer, i * frameSize, frameSize);
      const salted = frame.getUint32(8) === header.getUint32(16) &&
        frame.getUint32(12) === header.getUint32(20);
      if (!salted) return { pageSize, databasePages, pages: committed, firstPage: first };
      addTo(sums, frame, 0, 8, littleEndian);
      addTo(sums, frame, FRAME_HEADER, frameSize, littleEndian);
      if (sums[0] !== frame.getUint32(16) || sums[1] !== frame.getUint32(20)) {
        return { pageSize, databasePages, pages: committed, firstPage: first };
      }
      const page = frame.getUint32(0);
      pending.push(page);
      if (page === 1) {
        const start = i * frameSize + FRAME_HEADER;
        pendingFirst = new DataView(buffer.slice(start, start + FIRST_BYTES).buffer);
      }
      const pagesAfter = frame.getUint32(4);
      if (pagesAfter === 0) continue;
      databasePages = pagesAfter;
      for (const each of pending) committed.add(each);
      pending = [];
      first = pendingFirst ?? first;
      pendingFirst = undefined;
    }
    if (frames < FRAMES) return { pageSize, databasePages, pages: committed, firstPage: first };
  }
}

/** Goes on with the checksum over `bytes[start, end)`, a multiple of 8 bytes. */
function addTo(
  sums: Uint32Array,
  bytes: DataView,
  start: number,
  end: number,
  littleEndian: boolean,
): void {
  let a = sums[0]!, b = sums[1]!;
  for (let at = start; at < end; at += 8) {
    a = (a + bytes.getUint32(at, littleEndian) + b) >>> 0;
    b = (b + bytes.getUint32(at + 4, littleEndian) + a) >>> 0;
  }
  sums[0] = a;
  sums[1] = b;
}

function statOf(path: string): FileInfo | undefined {
  try {
    return files.statSync(path);
  } catch {
    return undefined;
  }
}

/** Bytes of a file; undefined if it cannot be read, which SQLite may say better. */
function read(path: string, at: number, length: number): DataView | undefined {
  try {
    using file = files.openSync(path);
    file.seekSync(at, START);
    const bytes = new Uint8Array(length);
    return new DataView(bytes.buffer, 0, fill(file, bytes));
  } catch {
    return undefined;
  }
}

/** Reads as much as there is, or fits. */
function fill(file: OpenFile, bytes: Uint8Array): number {
  let length = 0;
  while (length < bytes.length) {
    const count = file.readSync(bytes.subarray(length));
    if (count === null) break;
    length += count;
  }
  return length;
}
