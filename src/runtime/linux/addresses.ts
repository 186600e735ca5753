/** Addresses of sockets as the system has them, in Deno's form. */

import type { SocketCalls } from "./calls.ts";

const AF_UNIX = 1, AF_INET = 2, AF_INET6 = 10;
/** Bytes of the longest address that a socket has: of a Unix socket's path. */
const MOST_BYTES = 128;

const decoder = new TextDecoder();

/** Where the system puts an address. */
export class SocketAddress {
  readonly bytes: Uint8Array<ArrayBuffer> = new Uint8Array(MOST_BYTES);
  readonly #size = new Uint32Array(1);
  /** Where it puts its size. */
  readonly size: Uint8Array<ArrayBuffer> = new Uint8Array(this.#size.buffer);

  /** Call before the system is asked. */
  clear(): this {
    this.#size[0] = MOST_BYTES;
    return this;
  }

  /** What the system has put there; undefined if it is of another family. */
  read(): Deno.Addr | undefined {
    const { bytes } = this;
    const family = bytes[0]! | bytes[1]! << 8;
    if (family === AF_UNIX) {
      const end = Math.min(this.#size[0]!, MOST_BYTES);
      const zero = bytes.indexOf(0, 2);
      const path = bytes.subarray(2, Math.max(2, zero === -1 ? end : Math.min(zero, end)));
      return { transport: "unix", path: decoder.decode(path) };
    }
    const port = bytes[2]! << 8 | bytes[3]!;
    if (family === AF_INET) {
      return { transport: "tcp", hostname: bytes.subarray(4, 8).join("."), port };
    }
    if (family === AF_INET6) {
      return { transport: "tcp", hostname: ipv6(bytes.subarray(8, 24)), port };
    }
    return undefined;
  }
}

/** An address of IPv6 as RFC 5952 has it written. */
function ipv6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes[2 * i]! << 8 | bytes[2 * i + 1]!);
  const isMapped = groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
  if (isMapped) return `::ffff:${bytes.subarray(12).join(".")}`;
  let start = 0, length = 0;
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && groups[end] === 0) end++;
    if (end - i > length) [start, length] = [i, end - i];
    if (end > i) i = end - 1;
  }
  const text = (some: readonly number[]) => some.map((group) => group.toString(16)).join(":");
  if (length < 2) return text(groups);
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}

const name = new SocketAddress();

/** The local address of a descriptor; undefined if it is no socket of a known family. */
export function localAddress(c: SocketCalls, fd: number): Deno.Addr | undefined {
  const { bytes, size } = name.clear();
  return c.getsockname(fd, bytes, size) === 0 ? name.read() : undefined;
}
