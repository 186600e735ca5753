/**
 * Threads of the C library, each of which calls one function of a native library and ends: unlike a call
 * that is awaited, it can be waited for at once.
 *
 * @module
 */

import {
  HAS_FFI,
  type LibraryFunctions,
  type LibraryInterface,
  loadLibrary,
  type Pointer,
} from "../ffi.ts";
import { mayLoadLibrary } from "../permissions.ts";
import { OS } from "../runtime.ts";

const SYMBOLS = {
  pthread_create: { parameters: ["buffer", "pointer", "pointer", "pointer"], result: "i32" },
  pthread_tryjoin_np: { parameters: ["u64", "buffer"], result: "i32" },
  pthread_join: { parameters: ["u64", "buffer"], result: "i32" },
} as const satisfies LibraryInterface;

const LOADER = {
  dlopen: { parameters: ["buffer", "i32"], result: "pointer" },
} as const satisfies LibraryInterface;
const RTLD_NOW = 2;

/** Where they are since glibc 2.34, and where they were before. */
const LIBRARIES = ["libc.so.6", "libpthread.so.0"], LOADERS = ["libc.so.6", "libdl.so.2"];

type ThreadCalls = LibraryFunctions<typeof SYMBOLS>;

const encoder = new TextEncoder();
let calls: ThreadCalls | undefined | null = null;

/** The calls; undefined where there are none, or they may not be made. */
function threadCalls(): ThreadCalls | undefined {
  if (calls === null) calls = HAS_FFI && OS === "linux" ? first(LIBRARIES, SYMBOLS) : undefined;
  return calls;
}

/** The first of some libraries that has the functions. */
function first<const T extends LibraryInterface>(
  libraries: readonly string[],
  functions: T,
): LibraryFunctions<T> | undefined {
  for (const library of libraries) {
    if (!mayLoadLibrary(library)) continue;
    try {
      return loadLibrary(library, functions);
    } catch {
      // The C library is another one.
    }
  }
  return undefined;
}

const kept = new Map<string, boolean>();

/**
 * Keeps a library in memory until the process ends: the runtime lets go of it when a program ends or throws,
 * whether a thread still runs in it or not.
 *
 * @returns Whether it stays.
 */
function keepLoaded(library: string): boolean {
  let stays = kept.get(library);
  if (stays === undefined) {
    const path = encoder.encode(`${library}\0`);
    stays = first(LOADERS, LOADER)?.dlopen(path, RTLD_NOW) != null;
    kept.set(library, stays);
  }
  return stays;
}

/** One thread at a time. */
export class CallingThread {
  /** Whether one runs, or has ended and was not joined. */
  running = false;
  readonly #calls: ThreadCalls;
  readonly #id = new BigUint64Array(1);
  readonly #idBytes = new Uint8Array(this.#id.buffer);
  readonly #result = new Int32Array(2);
  readonly #resultBytes = new Uint8Array(this.#result.buffer);

  private constructor(calls: ThreadCalls) {
    this.#calls = calls;
  }

  /**
   * A thread to be begun; undefined where there are none, or no processor for it.
   *
   * @param library The path of the library whose functions it calls.
   */
  static make(library: string): CallingThread | undefined {
    if (navigator.hardwareConcurrency < 2) return undefined;
    const calls = threadCalls();
    return calls !== undefined && keepLoaded(library) ? new CallingThread(calls) : undefined;
  }

  /**
   * Begins one: a function of one address that returns an `int`. What it uses must last until it has ended,
   * even if the program ends before: no memory of the program's own is such.
   *
   * @returns Whether it runs.
   */
  begin(work: Pointer, argument: Pointer): boolean {
    this.running = this.#calls.pthread_create(this.#idBytes, null, work, argument) === 0;
    return this.running;
  }

  /** Whether it has ended: then it is joined. */
  tryJoin(): boolean {
    if (this.#calls.pthread_tryjoin_np(this.#id[0]!, this.#resultBytes) !== 0) return false;
    this.running = false;
    return true;
  }

  /** Waits for its end. */
  join(): void {
    this.#calls.pthread_join(this.#id[0]!, this.#resultBytes);
    this.running = false;
  }

  /** What the function returned whose thread was joined. */
  get result(): number {
    return this.#result[0]!;
  }
}
