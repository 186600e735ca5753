/**
 * Waits for many sockets at once. While they have something to be done it goes from one round to the
 * next by itself, in which everything runs that is ready, and lets the event loop have a pass now and
 * then; when nothing comes any more another thread waits.
 *
 * @module
 */

import { DATA_OF_EVENT, type SocketCalls, socketCalls, WORDS_OF_EVENT } from "./calls.ts";

/** What may be waited for, and what is told besides: the names of epoll. */
export const READABLE = 0x1, WRITABLE = 0x4, BROKEN = 0x8 | 0x10;

const EPOLL_CTL_ADD = 1, EPOLL_CTL_DEL = 2, EPOLL_CTL_MOD = 3;
const EPOLL_CLOEXEC = 0o2000000, EFD_CLOEXEC = 0o2000000, EFD_NONBLOCK = 0o4000;
/** Sockets that are told of in a round. */
const MOST_READY = 128;
/** Milliseconds of rounds after which the event loop has a pass. */
const ROUNDS_MS = 2;
/**
 * Of so many passes one is while another thread waits: the runtime looks for what its own sockets have only when it
 * has nothing to do for a moment. The others cost a fraction of that, for no thread has to be woken.
 */
const QUIET_PASSES = 3;
/**
 * Microtasks between two rounds: a turn ends in one, what follows from it does so in others, and all of that
 * is before what comes next.
 */
const STEPS = 8;
/** How long this thread waits for more, as a `struct timespec`. */
const SHORT = new Uint8Array(new BigInt64Array([0n, 100_000n]).buffer);

/** Whom the poller tells. */
export interface Watcher {
  /** Something has come that was waited for. Must not throw. @param events What. */
  ready(events: number): void;
}

let others = 0;

/** Waits for what another thread does, and lets the event loop have a pass after each round meanwhile. */
export async function awaitAside<T>(work: Promise<T>): Promise<T> {
  others++;
  try {
    return await work;
  } finally {
    others--;
  }
}

/** Waits for the sockets of this realm. */
export class Poller {
  readonly #c: SocketCalls;
  readonly #epoll: number;
  /** Wakes the thread that waits. */
  readonly #waker: number;
  readonly #wakerBytes = new Uint8Array(8);
  /** By descriptor. */
  readonly #watchers: (Watcher | undefined)[] = [];
  /** Which use of a descriptor each is, for what is told of the one before must not reach it. */
  readonly #uses: number[] = [];
  #use = 0;
  #count = 0;
  readonly #events = new Uint32Array(MOST_READY * WORDS_OF_EVENT);
  readonly #eventBytes = new Uint8Array(this.#events.buffer);
  readonly #event = new Uint32Array(WORDS_OF_EVENT);
  readonly #eventArgument = new Uint8Array(this.#event.buffer);
  /** Whether rounds go on, or a thread waits. */
  #active = false;
  #waiting = false;
  /** Microtasks before the next round. */
  #steps = 0;
  /** When the event loop had its last pass, and how many it had. */
  #passedAt = 0;
  #passes = 0;

  private constructor(c: SocketCalls) {
    this.#c = c;
    this.#epoll = c.epoll_create1(EPOLL_CLOEXEC);
    this.#waker = c.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    this.#control(EPOLL_CTL_ADD, this.#waker, READABLE, 0);
  }

  static #shared: Poller | undefined;

  /** The one of this realm; undefined where there can be none. */
  static get(): Poller | undefined {
    const c = socketCalls();
    if (c === undefined) return undefined;
    const poller = Poller.#shared ??= new Poller(c);
    return poller.#epoll >= 0 && poller.#waker >= 0 ? poller : undefined;
  }

  /**
   * Waits for something else of a descriptor than before. Nothing must be waited for any more when it is
   * closed.
   *
   * @param before What was waited for, 0 for nothing.
   * @param events What is from now on, 0 for nothing.
   * @returns Whether the system lets it.
   */
  watch(fd: number, watcher: Watcher, before: number, events: number): boolean {
    if (before === events) return true;
    if (events === 0) {
      this.#control(EPOLL_CTL_DEL, fd, 0, 0);
      this.#watchers[fd] = undefined;
      if (--this.#count === 0 && this.#waiting) this.#wake();
      return true;
    }
    if (before !== 0) return this.#control(EPOLL_CTL_MOD, fd, events, this.#uses[fd]!);
    const use = this.#use = (this.#use + 1) >>> 0;
    if (!this.#control(EPOLL_CTL_ADD, fd, events, use)) return false;
    this.#watchers[fd] = watcher;
    this.#uses[fd] = use;
    this.#count++;
    if (!this.#active) {
      this.#active = true;
      queueMicrotask(this.#round);
    }
    return true;
  }

  #control(operation: number, fd: number, events: number, use: number): boolean {
    this.#event[0] = events;
    this.#event[DATA_OF_EVENT] = fd;
    this.#event[DATA_OF_EVENT + 1] = use;
    return this.#c.epoll_ctl(this.#epoll, operation, fd, this.#eventArgument) === 0;
  }

  #wake(): void {
    this.#wakerBytes[0] = 1;
    this.#c.write(this.#waker, this.#wakerBytes, 8n);
  }

  readonly #round = (): void => {
    if (this.#count === 0) {
      this.#active = false;
      return;
    }
    let ready = this.#c.epoll_wait(this.#epoll, this.#eventBytes, MOST_READY, 0);
    if (ready <= 0 && others === 0) {
      ready = this.#c.epoll_pwait2?.(this.#epoll, this.#eventBytes, MOST_READY, SHORT, null) ?? 0;
    }
    if (ready <= 0) return this.#waitAside();
    this.#tell(ready);
    if (others === 0 && performance.now() - this.#passedAt < ROUNDS_MS) this.#goOn();
    else if (++this.#passes % QUIET_PASSES === 0) this.#waitAside();
    else setImmediate(this.#passed);
  };

  readonly #passed = (): void => {
    this.#passedAt = performance.now();
    this.#round();
  };

  #waitAside(): void {
    this.#waiting = true;
    void this.#c.epollWaitAside(this.#epoll, this.#eventBytes, MOST_READY, -1).then(this.#waited);
  }

  readonly #waited = (ready: number): void => {
    this.#waiting = false;
    this.#passedAt = performance.now();
    if (ready > 0) this.#tell(ready);
    this.#goOn();
  };

  #goOn(): void {
    this.#steps = STEPS;
    queueMicrotask(this.#step);
  }

  readonly #step = (): void => {
    if (--this.#steps > 0) queueMicrotask(this.#step);
    else this.#round();
  };

  #tell(ready: number): void {
    const events = this.#events;
    for (let i = 0; i < ready; i++) {
      const at = i * WORDS_OF_EVENT;
      const fd = events[at + DATA_OF_EVENT]!;
      if (fd === this.#waker) this.#c.read(fd, this.#wakerBytes, 8n);
      else if (this.#uses[fd] === events[at + DATA_OF_EVENT + 1]) {
        this.#watchers[fd]?.ready(events[at]!);
      }
    }
  }
}
