/** Datagrams to a Unix socket, by which a process speaks to syslog and systemd. */

import { openLibc } from "./libc.ts";

const SYMBOLS = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  sendto: {
    parameters: ["i32", "buffer", "usize", "i32", "buffer", "u32"],
    result: "isize",
  },
  close: { parameters: ["i32"], result: "i32" },
} as const;

const AF_UNIX = 1, SOCK_DGRAM = 2;
/** `MSG_DONTWAIT`: whoever does not read keeps nobody waiting. */
const DONT_WAIT = Deno.build.os === "darwin" ? 0x80 : 0x40;
const encoder = new TextEncoder();

/** Sends to one socket. */
export class Datagrams implements Disposable {
  readonly #c: Deno.DynamicLibrary<typeof SYMBOLS>;
  readonly #socket: number;
  readonly #address: Uint8Array<ArrayBuffer>;

  private constructor(c: Deno.DynamicLibrary<typeof SYMBOLS>, socket: number, path: string) {
    this.#c = c;
    this.#socket = socket;
    this.#address = addressOf(path);
  }

  /**
   * Opens a socket to send from.
   *
   * @param path Where to send to; `@` begins a name that is no file, as on Linux.
   * @returns Undefined if the system cannot, or `--allow-ffi` is not given.
   */
  static open(path: string): Datagrams | undefined {
    const c = openLibc(SYMBOLS);
    if (c === undefined) return undefined;
    const socket = c.symbols.socket(AF_UNIX, SOCK_DGRAM, 0);
    if (socket >= 0) return new Datagrams(c, socket, path);
    c.close();
    return undefined;
  }

  /** Sends a text. @returns False if nobody is there, or has no room for it. */
  send(text: string): boolean {
    const bytes = encoder.encode(text);
    const address = this.#address;
    const { sendto } = this.#c.symbols;
    const size = BigInt(bytes.length);
    return Number(sendto(this.#socket, bytes, size, DONT_WAIT, address, address.length)) ===
      bytes.length;
  }

  [Symbol.dispose](): void {
    this.#c.symbols.close(this.#socket);
    this.#c.close();
  }
}

/** A `struct sockaddr_un`: the family (on macOS the length before it), and the path with its zero. */
function addressOf(path: string): Uint8Array<ArrayBuffer> {
  const name = encoder.encode(path);
  const isFile = !path.startsWith("@");
  const address = new Uint8Array(2 + name.length + (isFile ? 1 : 0));
  if (Deno.build.os === "darwin") address.set([address.length, AF_UNIX]);
  else new Uint16Array(address.buffer, 0, 1)[0] = AF_UNIX;
  address.set(name, 2);
  if (!isFile) address[2] = 0;
  return address;
}
