/**
 * Files by the C library's own calls: appends that cost a microsecond, and record locks, which no
 * runtime has. Linux alone, for the structures are its own.
 *
 * @module
 */

import {
  addressOfBytes,
  HAS_FFI,
  type LibraryInterface,
  loadLibrary,
  memoryAt,
  pointerAt,
} from "./ffi.ts";
import { OS } from "./runtime.ts";

const SYMBOLS = {
  open: { parameters: ["buffer", "i32", "u32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  pwrite: { parameters: ["i32", "usize", "usize", "i64"], result: "isize" },
  ftruncate: { parameters: ["i32", "i64"], result: "i32" },
  fdatasync: { parameters: ["i32"], result: "i32" },
  fdatasyncAside: { name: "fdatasync", parameters: ["i32"], result: "i32", nonblocking: true },
  readlink: { parameters: ["buffer", "buffer", "usize"], result: "isize" },
  fcntl: { parameters: ["i32", "i32", "usize"], result: "i32" },
  mmap: { parameters: ["usize", "usize", "i32", "i32", "i32", "i64"], result: "usize" },
  munmap: { parameters: ["usize", "usize"], result: "i32" },
} as const satisfies LibraryInterface;

const O_RDWR = 2, O_CREAT = 0o100, O_CLOEXEC = 0o2000000;
/** Questions and answers about locks: https://man7.org/linux/man-pages/man2/fcntl_locking.2.html */
const F_GETLK = 5, F_OFD_GETLK = 36, F_OFD_SETLK = 37;
const F_RDLCK = 0, F_WRLCK = 1, F_UNLCK = 2;
const PROT_READ = 1, MAP_SHARED = 1, MAP_FAILED = 2n ** 64n - 1n;
/** Descriptors that are looked through for one of a name. */
const MOST_DESCRIPTORS = 65_536;
/** Numbers in a row that are no descriptor, after which no other is expected. */
const GAP = 256;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const cString = (text: string) => encoder.encode(`${text}\0`);

/** Bytes of a file as they are and will be. */
export interface MappedFile {
  readonly bytes: ArrayBuffer;
  /** Ends it; nothing may look at the bytes after that. */
  unmap(): void;
}

/** Calls of the C library on files, by their descriptors. */
export class Posix {
  readonly #c: ReturnType<typeof loadLibrary<typeof SYMBOLS>>;
  /** `struct flock` of 64-bit systems: type, whence, start, length, process. */
  readonly #lock = new Int32Array(8);
  readonly #lockType = new Int16Array(this.#lock.buffer);
  readonly #lockAddress: bigint;
  /** What was written last, and its address: asking for it costs more than a short write. */
  #written: Uint8Array<ArrayBuffer> | undefined;
  #address = 0n;

  private constructor(c: ReturnType<typeof loadLibrary<typeof SYMBOLS>>) {
    this.#c = c;
    this.#lockAddress = addressOfBytes(new Uint8Array(this.#lock.buffer));
  }

  /** The calls; undefined where there are none, or they may not be made. */
  static load(): Posix | undefined {
    if (!HAS_FFI || OS !== "linux") return undefined;
    try {
      return new Posix(loadLibrary("libc.so.6", SYMBOLS));
    } catch {
      return undefined;
    }
  }

  /** Opens a file to read and write, made if need be. @returns The descriptor; -1 if it cannot. */
  open(path: string, create: boolean, mode = 0o644): number {
    return this.#c.open(cString(path), O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0), mode);
  }

  close(fd: number): void {
    this.#c.close(fd);
  }

  /** Writes all of `bytes[start, end)` at a place of a file. @returns Whether all of it is written. */
  writeAt(fd: number, bytes: Uint8Array<ArrayBuffer>, end: number, at: number): boolean {
    if (this.#written !== bytes) {
      this.#written = bytes;
      this.#address = addressOfBytes(bytes);
    }
    const address = this.#address;
    for (let done = 0; done < end;) {
      const left = end - done;
      const written = Number(
        this.#c.pwrite(fd, address + BigInt(done), BigInt(left), BigInt(at + done)),
      );
      if (written <= 0) return false;
      done += written;
    }
    return true;
  }

  /** Cuts a file, or makes it longer. @returns Whether it could. */
  truncate(fd: number, size: number): boolean {
    return this.#c.ftruncate(fd, BigInt(size)) === 0;
  }

  /** Shows the first bytes of a file, which has as many. @returns Undefined if that cannot be done. */
  map(fd: number, bytes: number): MappedFile | undefined {
    const size = BigInt(bytes);
    const address = this.#c.mmap(0n, size, PROT_READ, MAP_SHARED, fd, 0n);
    const at = address === MAP_FAILED ? null : pointerAt(address);
    if (at === null) return undefined;
    return { bytes: memoryAt(at, bytes), unmap: () => void this.#c.munmap(address, size) };
  }

  /** Puts a file's data on the disk. @returns Whether they are there. */
  sync(fd: number): boolean {
    return this.#c.fdatasync(fd) === 0;
  }

  /** The same on another thread. */
  async syncAside(fd: number): Promise<boolean> {
    return await this.#c.fdatasyncAside(fd) === 0;
  }

  /**
   * The descriptor by which this process has a file open. Nothing is opened for it: to close a
   * descriptor of a file with record locks would drop them.
   *
   * @param path The file's real path.
   */
  descriptorOf(path: string): number | undefined {
    const link = new Uint8Array(4096);
    for (let fd = 0, missing = 0; fd < MOST_DESCRIPTORS && missing < GAP; fd++) {
      const length = Number(
        this.#c.readlink(cString(`/proc/self/fd/${fd}`), link, BigInt(link.length)),
      );
      if (length < 0) {
        missing++;
        continue;
      }
      missing = 0;
      if (decoder.decode(link.subarray(0, length)) === path) return fd;
    }
    return undefined;
  }

  /** Whether a descriptor still leads to the file of a name. */
  leadsTo(fd: number, path: string): boolean {
    const link = new Uint8Array(4096);
    const length = Number(
      this.#c.readlink(cString(`/proc/self/fd/${fd}`), link, BigInt(link.length)),
    );
    return length > 0 && decoder.decode(link.subarray(0, length)) === path;
  }

  /** Whether another process holds any lock on a byte; undefined if that cannot be told. */
  lockedElsewhere(fd: number, byte: number): boolean | undefined {
    return this.#asked(fd, F_GETLK, byte);
  }

  /** Whether another descriptor, of whatever process, holds any lock of its own on a byte. */
  lockedByOthers(fd: number, byte: number): boolean | undefined {
    return this.#asked(fd, F_OFD_GETLK, byte);
  }

  #asked(fd: number, question: number, byte: number): boolean | undefined {
    this.#describe(F_WRLCK, byte);
    if (this.#c.fcntl(fd, question, this.#lockAddress) !== 0) return undefined;
    return this.#lockType[0] !== F_UNLCK;
  }

  /** Locks a byte for this descriptor, together with others. @returns Whether it is locked. */
  share(fd: number, byte: number): boolean {
    this.#describe(F_RDLCK, byte);
    return this.#c.fcntl(fd, F_OFD_SETLK, this.#lockAddress) === 0;
  }

  #describe(type: number, byte: number): void {
    // What the descriptor holds by itself is asked for with no process. Whoever is in the way is told of
    // in all of it.
    this.#lockType[0] = type;
    this.#lockType[1] = 0;
    const lock = this.#lock;
    lock[2] = byte;
    lock[4] = 1;
    lock[3] = lock[5] = lock[6] = 0;
  }
}
