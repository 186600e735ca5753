/**
 * Files by `node:fs`, in the shape that Deno's functions have.
 *
 * @module
 */

import type { Stats } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import type {
  FileInfo,
  Files,
  NewFile,
  OpenFile,
  OpenFileOptions,
  SyncableFile,
} from "../files.ts";
import { nodeModule } from "../runtime.ts";

const fs = () => nodeModule("node:fs");

function infoOf(stats: Stats): FileInfo {
  return {
    isFile: stats.isFile(),
    isDirectory: stats.isDirectory(),
    isSymlink: stats.isSymbolicLink(),
    isSocket: stats.isSocket(),
    size: stats.size,
    mtime: stats.mtime,
    birthtime: stats.birthtime,
    dev: stats.dev,
    ino: stats.ino,
    mode: stats.mode,
  };
}

function flagsOf({ read = false, write = false, create = false }: OpenFileOptions): number {
  const { O_CREAT, O_RDONLY, O_RDWR, O_WRONLY } = fs().constants;
  const access = !write ? O_RDONLY : read ? O_RDWR : O_WRONLY;
  return create ? access | O_CREAT : access;
}

/** An open descriptor. */
class DescriptorFile implements OpenFile {
  #descriptor: number | undefined;
  #position = 0;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  get #open(): number {
    if (this.#descriptor === undefined) throw new TypeError("the file is closed");
    return this.#descriptor;
  }

  readSync(into: Uint8Array): number | null {
    const count = fs().readSync(this.#open, into, 0, into.length, this.#position);
    this.#position += count;
    return count === 0 && into.length > 0 ? null : count;
  }

  seekSync(offset: number): number {
    return this.#position = offset;
  }

  statSync(): FileInfo {
    return infoOf(fs().fstatSync(this.#open));
  }

  syncSync(): void {
    fs().fsyncSync(this.#open);
  }

  close(): void {
    const descriptor = this.#open;
    this.#descriptor = undefined;
    fs().closeSync(descriptor);
  }

  [Symbol.dispose](): void {
    if (this.#descriptor !== undefined) this.close();
  }
}

/**
 * An open file of Node's promises. With `--permission` Node syncs these alone, and no descriptors.
 */
class HandleFile implements SyncableFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async stat(): Promise<FileInfo> {
    return infoOf(await this.#handle.stat());
  }

  sync(): Promise<void> {
    return this.#handle.sync();
  }

  syncData(): Promise<void> {
    return this.#handle.datasync();
  }

  close(): void {
    // What is synced is synced, and nothing was written through it.
    this.#handle.close().catch(() => {});
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Begins a file, in place of one that is there. */
export async function nodeCreate(path: string, mode = MODE): Promise<NewFile> {
  const handle = await fs().promises.open(path, "w", mode);
  return {
    write: async (bytes) => (await handle.write(bytes)).bytesWritten,
    syncData: () => handle.datasync(),
    [Symbol.dispose]: () => void handle.close().catch(() => {}),
  };
}

/** Writes to the standard output. @returns How many bytes there were. */
export function nodeWriteOut(bytes: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    fs().write(
      STANDARD_OUTPUT,
      bytes,
      (error, written) => error ? reject(error) : resolve(written),
    );
  });
}

const STANDARD_OUTPUT = 1;

/** Asks whether a file may be written to, without opening it. @throws {Error} If not. */
export function nodeCanWrite(path: string): void {
  fs().accessSync(path, fs().constants.W_OK);
}

const READ: OpenFileOptions = { read: true };
/** Permissions of a new file, before the process's mask. */
const MODE = 0o666;

/** The file system by `node:fs`. */
export const nodeFiles: Files = {
  open: async (path, options = READ) =>
    new HandleFile(await fs().promises.open(path, flagsOf(options), MODE)),
  openSync: (path, options = READ) =>
    new DescriptorFile(fs().openSync(path, flagsOf(options), MODE)),
  stat: async (path) => infoOf(await fs().promises.stat(path)),
  statSync: (path) => infoOf(fs().statSync(path)),
  lstatSync: (path) => infoOf(fs().lstatSync(path)),
  realPathSync: (path) => fs().realpathSync.native(path),
  readLinkSync: (path) => fs().readlinkSync(path),
  readDirSync: (path) => fs().readdirSync(path).map((name) => ({ name })),
  readTextFileSync: (path) => fs().readFileSync(path, "utf8"),
  mkdirSync: (path, options) => void fs().mkdirSync(path, options),
  writeFileSync: (path, bytes) => fs().writeFileSync(path, bytes, { flag: "wx" }),
  chmod: (path, mode) => fs().promises.chmod(path, mode),
  chmodSync: (path, mode) => fs().chmodSync(path, mode),
  rename: (from, to) => fs().promises.rename(from, to),
  renameSync: (from, to) => fs().renameSync(from, to),
  remove: (path) => fs().promises.unlink(path),
  removeSync: (path) => fs().unlinkSync(path),
};
