/** The C library's calls for sockets and for waiting on many of them at once. */

import {
  HAS_FFI,
  type LibraryFunctions,
  type LibraryInterface,
  loadLibrary,
  type Pointer,
  viewAt,
} from "../ffi.ts";
import { mayLoadLibrary } from "../permissions.ts";
import { ARCH, OS } from "../runtime.ts";

const SYMBOLS = {
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
  accept4: { parameters: ["i32", "buffer", "buffer", "i32"], result: "i32" },
  // The lower half of their results says all of what is below 2 GB. Of arrays that are used over and
  // over the address is known, which is cheaper to give than the array.
  recv: { parameters: ["i32", "usize", "usize", "i32"], result: "i32" },
  send: { parameters: ["i32", "usize", "usize", "i32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  write: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  shutdown: { parameters: ["i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  eventfd: { parameters: ["u32", "i32"], result: "i32" },
  epoll_create1: { parameters: ["i32"], result: "i32" },
  epoll_ctl: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
  epoll_wait: { parameters: ["i32", "buffer", "i32", "i32"], result: "i32" },
  epoll_pwait2: {
    parameters: ["i32", "buffer", "i32", "buffer", "pointer"],
    result: "i32",
    optional: true,
  },
  epollWaitAside: {
    name: "epoll_wait",
    parameters: ["i32", "buffer", "i32", "i32"],
    result: "i32",
    nonblocking: true,
  },
  __errno_location: { parameters: [], result: "pointer" },
} as const satisfies LibraryInterface;

const LIBRARY = "libc.so.6";

/** The calls. */
export type SocketCalls = LibraryFunctions<typeof SYMBOLS>;

let calls: SocketCalls | undefined | null = null;

/** The calls; undefined where there are none, or they may not be made. */
export function socketCalls(): SocketCalls | undefined {
  if (calls !== null) return calls;
  // The layout of what epoll tells is the processor's.
  if (!HAS_FFI || OS !== "linux" || !(ARCH in EVENT_WORDS)) return calls = undefined;
  if (!mayLoadLibrary(LIBRARY)) return undefined;
  try {
    return calls = loadLibrary(LIBRARY, SYMBOLS);
  } catch {
    return calls = undefined;
  }
}

/**
 * Words of 32 bits of a `struct epoll_event`, and where in it its data are:
 * https://man7.org/linux/man-pages/man3/epoll_event.3type.html
 */
const EVENT_WORDS: Readonly<Record<string, readonly [words: number, data: number]>> = {
  x86_64: [3, 1],
  aarch64: [4, 2],
};
export const [WORDS_OF_EVENT, DATA_OF_EVENT] = EVENT_WORDS[ARCH] ?? [3, 1];

let errorPlace: Deno.UnsafePointerView | undefined;

/** Why the last call failed: `errno`. Nothing else may have been called since. */
export function errorNumber(c: SocketCalls): number {
  if (errorPlace === undefined) {
    const pointer: Pointer = c.__errno_location();
    if (pointer === null) return 0;
    errorPlace = viewAt(pointer);
  }
  return errorPlace.getInt32();
}
