/**
 * As much of Deno as the tests of the embedded store use, for running them in Node and in Bun. It is put
 * in the place of the name `Deno` in the tests alone: the source has to do without.
 */

import type { Buffer } from "node:buffer";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { inspect } from "node:util";
import { nodeFiles } from "../../../src/runtime/node/files.ts";
import { OS } from "../../../src/runtime/runtime.ts";
import { OnlyInDeno, test } from "./registered.ts";

/** A class of the errors that the system has one of some codes for. */
function errorOf(...codes: string[]): ErrorConstructor {
  class SystemError extends Error {
    static override [Symbol.hasInstance](error: unknown): boolean {
      return error instanceof Error && "code" in error && codes.includes(String(error.code));
    }
  }
  return SystemError as unknown as ErrorConstructor;
}

interface TemporaryOptions {
  readonly prefix?: string;
  readonly suffix?: string;
}

function makeTempDirSync({ prefix = "" }: TemporaryOptions = {}): string {
  return fs.mkdtempSync(join(tmpdir(), prefix));
}

function makeTempFileSync({ prefix = "", suffix = "" }: TemporaryOptions = {}): string {
  const path = join(tmpdir(), `${prefix}${crypto.randomUUID()}${suffix}`);
  fs.writeFileSync(path, "");
  return path;
}

/** A program. Those that a test would start are programs of Deno, but for tools that it asks for something. */
class Command {
  readonly #program: string;
  readonly #args: readonly string[];

  constructor(program: string, { args = [] }: { readonly args?: readonly string[] } = {}) {
    if (program === process.execPath) throw new OnlyInDeno("starts programs of Deno");
    this.#program = program;
    this.#args = args;
  }

  outputSync() {
    const { error, status, stdout, stderr } = spawnSync(this.#program, [...this.#args]);
    if (error !== undefined) throw error;
    return { success: status === 0, code: status ?? 1, stdout, stderr };
  }

  output(): Promise<never> {
    return Promise.reject(new OnlyInDeno(`starts ${this.#program}`));
  }

  spawn(): never {
    throw new OnlyInDeno(`starts ${this.#program}`);
  }
}

/** Opens a file to write into the middle of it. */
function open(path: string, _options: object) {
  const descriptor = fs.openSync(path, "r+");
  let position = 0;
  return Promise.resolve({
    seek: (offset: number) => Promise.resolve(position = offset),
    write(bytes: Uint8Array): Promise<number> {
      const written = fs.writeSync(descriptor, bytes, 0, bytes.length, position);
      position += written;
      return Promise.resolve(written);
    },
    [Symbol.dispose]: () => fs.closeSync(descriptor),
  });
}

interface Recursive {
  readonly recursive?: boolean;
}

const removal = ({ recursive = false }: Recursive = {}) => ({ recursive, force: false });
const bytesOf = (buffer: Buffer) => new Uint8Array(buffer);

/** The part of Deno. */
export const Deno = {
  ...nodeFiles,
  Command,
  SeekMode: { Start: 0 },
  args: process.argv.slice(2),
  build: { os: OS },
  chdir: (path: string) => process.chdir(path),
  copyFile: (from: string, to: string) => fs.promises.copyFile(from, to),
  copyFileSync: (from: string, to: string) => fs.copyFileSync(from, to),
  cwd: () => process.cwd(),
  env: {
    get: (name: string) => process.env[name],
    set: (name: string, value: string) => void (process.env[name] = value),
    delete: (name: string) => void delete process.env[name],
  },
  errors: {
    AlreadyExists: errorOf("EEXIST"),
    NotCapable: errorOf("ERR_ACCESS_DENIED"),
    NotFound: errorOf("ENOENT"),
    PermissionDenied: errorOf("EACCES", "EPERM"),
  },
  execPath: () => process.execPath,
  // With Deno's quotes.
  inspect: (value: unknown, options: object) => inspect(value, options).replaceAll("'", '"'),
  linkSync: (from: string, to: string) => fs.linkSync(from, to),
  lstat: (path: string) => Promise.resolve(nodeFiles.lstatSync(path)),
  makeTempDir: (options?: TemporaryOptions) => Promise.resolve(makeTempDirSync(options)),
  makeTempDirSync,
  makeTempFile: (options?: TemporaryOptions) => Promise.resolve(makeTempFileSync(options)),
  makeTempFileSync,
  mkdir: (path: string, options?: Recursive) => fs.promises.mkdir(path, options),
  mkdirSync: (path: string, options?: Recursive) => fs.mkdirSync(path, options),
  open,
  openSync(path: string) {
    const descriptor = fs.openSync(path, "r");
    return { close: () => fs.closeSync(descriptor) };
  },
  pid: process.pid,
  realPath: (path: string) => fs.promises.realpath(path),
  readFile: async (path: string | URL) => bytesOf(await fs.promises.readFile(path)),
  readFileSync: (path: string | URL) => bytesOf(fs.readFileSync(path)),
  readTextFile: (path: string | URL) => fs.promises.readFile(path, "utf8"),
  readTextFileSync: (path: string | URL) => fs.readFileSync(path, "utf8"),
  remove: (path: string, options?: Recursive) => fs.promises.rm(path, removal(options)),
  removeSync: (path: string, options?: Recursive) => fs.rmSync(path, removal(options)),
  symlink: (from: string, to: string) => fs.promises.symlink(from, to),
  symlinkSync: (from: string, to: string) => fs.symlinkSync(from, to),
  test,
  truncate: (path: string, size?: number) => fs.promises.truncate(path, size),
  truncateSync: (path: string, size?: number) => fs.truncateSync(path, size),
  uid: () => process.getuid?.() ?? null,
  writeFile: (path: string, bytes: Uint8Array) => fs.promises.writeFile(path, bytes),
  writeFileSync: (path: string, bytes: Uint8Array) => fs.writeFileSync(path, bytes),
  writeTextFile: (path: string, text: string) => fs.promises.writeFile(path, text),
  writeTextFileSync: (path: string, text: string) => fs.writeFileSync(path, text),
};
