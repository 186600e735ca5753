/**
 * The file system. Deno's own functions serve as they are; elsewhere Node's are given their shape.
 *
 * @module
 */

import { nodeCanWrite, nodeCreate, nodeFiles, nodeWriteOut } from "./node/files.ts";
import { DENO } from "./runtime.ts";

/** What is known of a file. */
export interface FileInfo {
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  readonly isSymlink: boolean;
  /** Null on Windows. */
  readonly isSocket: boolean | null;
  /** In bytes. */
  readonly size: number;
  readonly mtime: Date | null;
  readonly birthtime: Date | null;
  readonly dev: number;
  readonly ino: number | null;
  /** The permissions and the kind, as POSIX has them. */
  readonly mode: number | null;
}

/** How a file is opened; only to read unless told. */
export interface OpenFileOptions {
  readonly read?: boolean;
  readonly write?: boolean;
  readonly create?: boolean;
}

/** The beginning of a file, as {@linkcode OpenFile.seekSync} counts from. */
export const START = 0;

/** A file that is open to be read at once. */
export interface OpenFile extends Disposable {
  /** Reads from where it stands. @returns How many bytes; null at the end. */
  readSync(into: Uint8Array): number | null;
  /** Goes to a place in the file. */
  seekSync(offset: number, from: typeof START): number;
  statSync(): FileInfo;
  /** Puts data and metadata on the disk (`fsync`). */
  syncSync(): void;
  close(): void;
}

/** A file that is open to be synced by another thread. */
export interface SyncableFile extends Disposable {
  stat(): Promise<FileInfo>;
  /** Puts data and metadata on the disk (`fsync`). */
  sync(): Promise<void>;
  /** Puts the data on the disk, and of the metadata what it is found by (`fdatasync`). */
  syncData(): Promise<void>;
  close(): void;
}

/** Functions on files. They throw errors that {@linkcode isNotFound} and its like tell apart. */
export interface Files {
  open(path: string, options?: OpenFileOptions): Promise<SyncableFile>;
  openSync(path: string, options?: OpenFileOptions): OpenFile;
  stat(path: string): Promise<FileInfo>;
  statSync(path: string): FileInfo;
  /** Of the link itself, where the path names one. */
  lstatSync(path: string): FileInfo;
  realPathSync(path: string): string;
  readLinkSync(path: string): string;
  readDirSync(path: string): Iterable<{ readonly name: string }>;
  readTextFileSync(path: string): string;
  /** Makes a folder, and those it is in, unless they are there. */
  mkdirSync(path: string, options: { readonly recursive: true; readonly mode: number }): void;
  /** Writes a file that is not there yet. */
  writeFileSync(path: string, bytes: Uint8Array, options: { readonly createNew: true }): void;
  chmod(path: string, mode: number): Promise<void>;
  chmodSync(path: string, mode: number): void;
  rename(from: string, to: string): Promise<void>;
  renameSync(from: string, to: string): void;
  remove(path: string): Promise<void>;
  removeSync(path: string): void;
}

/** The file system of this runtime. */
export const files: Files = DENO ?? nodeFiles;

/** A file that is written from its beginning to its end. */
export interface NewFile extends Disposable {
  /** Writes what follows. @returns How many bytes were taken. */
  write(bytes: Uint8Array): Promise<number>;
  /** Puts the data on the disk (`fdatasync`). */
  syncData(): Promise<void>;
}

/** Begins a file, in place of one that is there. @param mode Its permissions, before the process's mask. */
export const createFile: (path: string, mode?: number) => Promise<NewFile> = DENO === undefined
  ? nodeCreate
  : createBy(DENO);

function createBy(deno: typeof Deno): (path: string, mode?: number) => Promise<NewFile> {
  return (path, mode = 0o666) =>
    deno.open(path, { write: true, create: true, truncate: true, mode });
}

/** Writes to the standard output. @returns How many bytes were taken. */
export const writeOut: (bytes: Uint8Array) => Promise<number> = DENO === undefined
  ? nodeWriteOut
  : writeOutBy(DENO);

function writeOutBy(deno: typeof Deno): (bytes: Uint8Array) => Promise<number> {
  return (bytes) => deno.stdout.write(bytes);
}

/** Whether an error says that there is no such file. */
export function isNotFound(error: unknown): boolean {
  return DENO === undefined ? hasCode(error, "ENOENT") : error instanceof DENO.errors.NotFound;
}

/** Whether there is something of a name, be it a link to nothing. */
export function isTaken(path: string): boolean {
  try {
    files.lstatSync(path);
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

/** Whether an error says that what was taken for a directory is none. */
export function isNotADirectory(error: unknown): boolean {
  return DENO === undefined
    ? hasCode(error, "ENOTDIR")
    : error instanceof DENO.errors.NotADirectory;
}

/** Whether an error says that the file system refuses this user. */
export function isPermissionDenied(error: unknown): boolean {
  return DENO === undefined
    ? hasCode(error, "EACCES") || hasCode(error, "EPERM")
    : error instanceof DENO.errors.PermissionDenied;
}

/**
 * Whether this user may write to a file. Deno can only open it for that, and to close it takes away the
 * locks that this process has on it: call where it has none.
 */
export function canWrite(path: string): boolean {
  try {
    if (DENO === undefined) nodeCanWrite(path);
    else DENO.openSync(path, { write: true }).close();
    return true;
  } catch (error) {
    return !isPermissionDenied(error);
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
