/**
 * Listeners and connections by the system's own calls. The runtime opens the listener, and so asks for
 * the permission; accepting, reading and sending are calls that cost a fraction of its operations and
 * promises.
 *
 * @module
 */

import { addressAt } from "../memory.ts";
import type { NetworkConnection, NetworkListener, ReadySource } from "../network.ts";
import { localAddress, SocketAddress } from "./addresses.ts";
import { errorNumber, type SocketCalls, socketCalls } from "./calls.ts";
import { BROKEN, Poller, READABLE, type Watcher, WRITABLE } from "./poller.ts";

const MSG_DONTWAIT = 0x40, MSG_NOSIGNAL = 0x4000;
const SOL_SOCKET = 1, SO_KEEPALIVE = 9, SO_ACCEPTCONN = 30;
const IPPROTO_TCP = 6, TCP_NODELAY = 1;
const F_DUPFD_CLOEXEC = 1030;
const SOCK_CLOEXEC = 0o2000000, SOCK_NONBLOCK = 0o4000;
const SHUT_WR = 1;
/** Nobody is there after all; the call was interrupted; the peer went before it was let in. */
const EINTR = 4, EAGAIN = 11, ECONNABORTED = 103;
const EMFILE = 24, ENFILE = 23;
/** Descriptors that are looked through for a listener's. */
const MOST_DESCRIPTORS = 4096;

/**
 * Takes a listener over from the runtime.
 *
 * @returns The same, if that cannot be done.
 */
export function takeOver(listener: NetworkListener): NetworkListener {
  const poller = Poller.get(), c = socketCalls();
  if (poller === undefined || c === undefined) return listener;
  const own = descriptorOf(c, listener.addr);
  if (own === undefined) return listener;
  const fd = c.fcntl(own, F_DUPFD_CLOEXEC, 0);
  if (fd < 0) return listener;
  const { addr } = listener;
  // With the runtime's listener the file of a Unix socket would go.
  if (addr.transport !== "unix") listener.close();
  return new SocketListener(c, poller, fd, addr, () => {
    if (addr.transport === "unix") listener.close();
  });
}

/** The descriptor of what listens at an address. */
function descriptorOf(c: SocketCalls, address: Deno.Addr): number | undefined {
  const flag = new Uint32Array(1), size = new Uint32Array([4]);
  const flagBytes = new Uint8Array(flag.buffer), sizeBytes = new Uint8Array(size.buffer);
  for (let fd = 3; fd < MOST_DESCRIPTORS; fd++) {
    const found = c.getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, flagBytes, sizeBytes);
    if (found === 0 && flag[0] === 1 && isSame(localAddress(c, fd), address)) return fd;
  }
  return undefined;
}

function isSame(one: Deno.Addr | undefined, other: Deno.Addr): boolean {
  if (one?.transport === "tcp" && other.transport === "tcp") {
    return one.port === other.port && one.hostname === other.hostname;
  }
  return one?.transport === "unix" && other.transport === "unix" && one.path === other.path;
}

/** Somebody who waits for a connection. */
interface Waiting {
  readonly resolve: (connection: NetworkConnection) => void;
  readonly reject: (error: Error) => void;
}

/** A socket that lets connections in. */
class SocketListener implements NetworkListener, Watcher {
  readonly addr: Deno.Addr;
  readonly #c: SocketCalls;
  readonly #poller: Poller;
  readonly #fd: number;
  readonly #onClosed: () => void;
  readonly #remote = new SocketAddress();
  #watched = 0;
  #waiting: Waiting | undefined;
  #closed = false;

  /** @param closed Is called when it is closed. */
  constructor(
    c: SocketCalls,
    poller: Poller,
    fd: number,
    addr: Deno.Addr,
    closed: () => void,
  ) {
    this.#c = c;
    this.#poller = poller;
    this.#fd = fd;
    this.addr = addr;
    this.#onClosed = closed;
  }

  accept(): Promise<NetworkConnection> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new Error("the listener is closed"));
      this.#waiting = { resolve, reject };
      this.#watch(READABLE);
    });
  }

  ready(): void {
    const waiting = this.#waiting;
    // Whoever comes while nobody is to be let in waits in the system's queue.
    if (waiting === undefined) return this.#watch(0);
    const c = this.#c;
    const { bytes, size } = this.#remote.clear();
    const fd = c.accept4(this.#fd, bytes, size, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
      const code = errorNumber(c);
      if (code === EAGAIN || code === EINTR || code === ECONNABORTED) return;
      this.#waiting = undefined;
      const tooMany = code === EMFILE || code === ENFILE;
      const why = tooMany ? "Too many open files" : "The system lets nobody in";
      return waiting.reject(new Error(`${why} (os error ${code})`));
    }
    this.#waiting = undefined;
    const remote = this.#remote.read() ?? this.addr;
    const local = localAddress(c, fd) ?? this.addr;
    waiting.resolve(new SocketConnection(c, this.#poller, fd, local, remote));
  }

  #watch(events: number): void {
    this.#poller.watch(this.#fd, this, this.#watched, events);
    this.#watched = events;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watch(0);
    this.#c.close(this.#fd);
    this.#onClosed();
    this.#waiting?.reject(new Error("the listener is closed"));
    this.#waiting = undefined;
  }
}

/** A connection that was let in. */
class SocketConnection implements NetworkConnection, ReadySource, Watcher {
  readonly localAddr: Deno.Addr;
  readonly remoteAddr: Deno.Addr;
  readonly fd: number;
  readonly source: ReadySource = this;
  readonly #c: SocketCalls;
  readonly #poller: Poller;
  #watched = 0;
  /** What runs when something can be taken; undefined while nobody asks. */
  #onReadable: (() => void) | undefined;
  /** What runs when something can be sent again. */
  #onWritable: (() => void) | undefined;
  /** Whether the peer is gone. */
  #broken = false;
  #closed = false;

  constructor(
    c: SocketCalls,
    poller: Poller,
    fd: number,
    localAddr: Deno.Addr,
    remoteAddr: Deno.Addr,
  ) {
    this.#c = c;
    this.#poller = poller;
    this.fd = fd;
    this.localAddr = localAddr;
    this.remoteAddr = remoteAddr;
  }

  setNoDelay(noDelay = true): void {
    if (this.localAddr.transport === "tcp") this.#set(IPPROTO_TCP, TCP_NODELAY, noDelay);
  }

  setKeepAlive(keepAlive = true): void {
    this.#set(SOL_SOCKET, SO_KEEPALIVE, keepAlive);
  }

  #set(level: number, option: number, on: boolean): void {
    if (this.#closed) return;
    this.#c.setsockopt(this.fd, level, option, new Uint8Array([on ? 1 : 0, 0, 0, 0]), 4);
  }

  onReadable(ready: () => void): void {
    if (this.#closed) return;
    this.#onReadable = ready;
    this.#watch();
  }

  pause(): void {
    this.#onReadable = undefined;
    this.#watch();
  }

  /** Sees to it that what is asked for is waited for. */
  #watch(): void {
    if (this.#closed) return;
    const events = (this.#onReadable === undefined ? 0 : READABLE) |
      (this.#onWritable === undefined ? 0 : WRITABLE);
    if (events === this.#watched) return;
    if (this.#poller.watch(this.fd, this, this.#watched, events)) {
      this.#watched = events;
      return;
    }
    // The system refuses to tell: nothing will come of it.
    this.#broken = true;
    queueMicrotask(() => this.ready(BROKEN));
  }

  ready(events: number): void {
    if ((events & BROKEN) !== 0) this.#broken = true;
    if ((events & ~WRITABLE) !== 0) this.#onReadable?.();
    if ((events & ~READABLE) !== 0) this.#onWritable?.();
  }

  take(into: Uint8Array, at = 0): number {
    if (this.#closed) return -1;
    const length = into.length - at;
    const taken = this.#c.recv(this.fd, addressAt(into, at), BigInt(length | 0), MSG_DONTWAIT);
    if (taken > 0) return taken;
    return (taken === 0 && length > 0) || this.#broken ? -1 : 0;
  }

  sendNow(bytes: Uint8Array, size: number): number {
    if (this.#closed) return -1;
    return this.#c.send(
      this.fd,
      addressAt(bytes, 0),
      BigInt(size | 0),
      MSG_DONTWAIT | MSG_NOSIGNAL,
    );
  }

  async read(into: Uint8Array): Promise<number | null> {
    while (!this.#closed) {
      const taken = this.take(into);
      if (taken !== 0) return taken < 0 ? null : taken;
      await new Promise<void>((resolve) => this.onReadable(resolve));
      this.pause();
    }
    throw new Error("the connection is closed");
  }

  async write(bytes: Uint8Array): Promise<number> {
    while (!this.#closed && !this.#broken) {
      const taken = this.sendNow(bytes, bytes.length);
      if (taken >= 0) return taken;
      await new Promise<void>((resolve) => {
        this.#onWritable = resolve;
        this.#watch();
      });
      this.#onWritable = undefined;
      this.#watch();
    }
    throw new Error("the connection is closed");
  }

  close(): void {
    if (this.#closed) return;
    const readable = this.#onReadable, writable = this.#onWritable;
    this.#onReadable = this.#onWritable = undefined;
    this.#watch();
    this.#closed = true;
    // The peer is to find the end before it finds that something of its was not read.
    this.#c.shutdown(this.fd, SHUT_WR);
    this.#c.close(this.fd);
    // Who waits for it learns that it is over.
    readable?.();
    writable?.();
  }
}
