/**
 * How long a script may run, and what becomes of it then.
 *
 * Where others can be served meanwhile, a script that has used its time up is suspended every few
 * milliseconds. It began as a plain call, where none of its names suggests that C will call back
 * into Lua (own_stack.ts): then it can yield from the hook. Else it began on a stack of its own,
 * which costs a microsecond more, and can be suspended anywhere. Where nobody can be served it is
 * stopped.
 *
 * @module
 */

import { STATUS } from "../lua/constants.ts";
import type { Lua } from "../lua/state.ts";

/** Most instructions of a thread between two looks at the clock. */
const MOST_INSTRUCTIONS = 1000;
/** Milliseconds between two looks from which on the next one comes sooner. */
const SLOW_MS = 2;

/** Milliseconds that a script runs at a time when others are served in between. */
const SLICE_MS = 8;

/** For how many times the limit a script goes on where it cannot be suspended, and milliseconds at least. */
const STUCK = { times: 10, leastMs: 5000 } as const;

/** What is done around the pauses of a script, so that others are served meanwhile. */
export interface Pauses {
  /** The script is suspended. */
  suspended(): void;
  /** It goes on. */
  resumed(): void;
}

/** Runs the scripts of one interpreter. */
export class Slices {
  /** How long a thread may run, in milliseconds; 0 for as long as it likes. */
  limitMs = 0;
  /** The error of one that is stopped when its time is up, if there is one for it. */
  tooLong: string | undefined;
  /** When it was started, on the clock of `performance`. */
  startedAt = 0;
  /** Whether the last one could not be suspended where it was when its time was up. */
  neededStack = false;
  readonly #lua: Lua;
  readonly #hook: number;
  readonly #runOnStack: (thread: number, args: number) => Promise<void>;
  readonly #ended: (status: number, error: unknown) => void;
  /** What to do around its pauses; undefined to stop it when its time is up. */
  #pauses: Pauses | undefined;
  #thread = 0;
  /** Instructions between two looks. */
  #count = MOST_INSTRUCTIONS;
  #lookedAt = 0;
  /** When it is suspended, or stopped. */
  #deadline = 0;
  /** When it is stopped because it cannot be suspended. */
  #stuckAt = 0;
  /** Whether it could not be suspended when that was tried last. */
  #inVain = false;
  /** The error that it is to end with. */
  #killed: string | undefined;
  /** Whether it has been told to end. */
  #stopped = false;
  #onStack = false;
  /** Whether it has yielded from the hook. */
  #yielded = false;
  /** Whether it was suspended: who began it does not wait any more. */
  #left = false;
  /** Whether it is suspended. */
  #isOut = false;
  /** The thread that runs in it, when it is suspended. */
  #state = 0;
  #status: number | undefined;
  /** What goes on with it soon. */
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param failed What `pcall` makes of an error on top of the stack.
   * @param ended Is called when one that was suspended has ended: with its status, or with what
   * passed through it.
   */
  constructor(lua: Lua, failed: () => number, ended: (status: number, error: unknown) => void) {
    this.#lua = lua;
    this.#ended = ended;
    const { module } = lua;
    this.#hook = module.add(module.frames.function("hook"));
    this.#runOnStack = module.frames.onOwnStack();
    module.interrupts = {
      due: (state, inHook) => this.#due(state, inHook !== 0),
      resumed: (state) => {
        this.#enter();
        if (this.#killed !== undefined) this.#stopKilled(state, this.#killed);
      },
      failed: (state) => {
        lua.state = state;
        return failed();
      },
      suspend: () => {
        this.#leave();
        return new Promise((resolve) => this.#soon(resolve));
      },
      finished: (status) => {
        this.#status = status;
      },
    };
  }

  /**
   * Runs a thread.
   *
   * @param pauses What to do around its pauses; undefined to stop it when its time is up.
   * @param ownStack Whether it must be possible to suspend it anywhere.
   * @returns Its status; undefined if it is suspended, and goes on by itself.
   */
  start(
    thread: number,
    args: number,
    pauses: Pauses | undefined,
    ownStack: boolean,
  ): number | undefined {
    const lua = this.#lua;
    const { limitMs } = this;
    this.#pauses = pauses;
    this.#thread = thread;
    this.#killed = undefined;
    this.neededStack = this.#stopped = false;
    this.#yielded =
      this.#left =
      this.#isOut =
      this.#inVain =
        false;
    this.#status = undefined;
    this.#count = MOST_INSTRUCTIONS;
    const now = this.startedAt = this.#lookedAt = performance.now();
    this.#deadline = now + limitMs;
    this.#stuckAt = now + this.#stuckMs;
    lua.setHook(this.#hook, limitMs > 0 ? this.#count : 0);
    this.#onStack = ownStack && pauses !== undefined && limitMs > 0;
    if (this.#onStack) return this.#startOnStack(args);
    const status = lua.resume(args);
    if (!this.#yielded) return status;
    this.#onStack = true;
    this.#leave();
    this.#soon(() => {
      this.#enter();
      this.#startOnStack(0);
    });
    return undefined;
  }

  #startOnStack(args: number): number | undefined {
    const outcome = this.#runOnStack(this.#thread, args);
    if (this.#status !== undefined && !this.#left) {
      this.#lua.state = this.#thread;
      return this.#status;
    }
    // What has passed through it comes with the promise.
    if (!this.#left) this.#leave();
    outcome.then(
      () => this.#end(this.#status ?? STATUS.RUN),
      (error) => this.#end(STATUS.RUN, error),
    );
    return undefined;
  }

  get #stuckMs(): number {
    return Math.max(STUCK.times * this.limitMs, STUCK.leastMs);
  }

  /** Ends the script with an error at the next chance, whatever it catches. */
  kill(message: string): void {
    this.#killed = message;
    this.#deadline = 0;
  }

  /** Never goes on with a suspended script. The interpreter is of no use any more. */
  abandon(): void {
    clearTimeout(this.#timer);
    this.#pauses = undefined;
  }

  /** Looks at the clock. @returns 1 to have the stack suspended. */
  #due(state: number, inHook: boolean): number {
    const now = performance.now();
    if (inHook && !this.#stopped) this.#adapt(state, now);
    if (now < this.#deadline) return 0;
    if (this.#killed !== undefined) this.#stopKilled(state, this.#killed);
    if (this.#pauses === undefined) {
      this.#stop(state, this.tooLong ?? stopped(`ran longer than ${this.limitMs} ms`));
    }
    // The process may have stood still, or C worked for so long: now it can be suspended.
    if (now > this.#stuckAt && this.#inVain) {
      this.#stop(state, stopped(`could not be interrupted for ${Math.round(this.#stuckMs)} ms`));
    }
    if (this.#onStack) return 1;
    const lua = this.#lua;
    if (inHook && state === this.#thread && lua.mayYield(state, this.#count)) {
      this.#yielded = true;
      lua.yieldInHook(state);
    } else {
      this.neededStack = this.#inVain = true;
    }
    return 0;
  }

  /** A thousand instructions take 40 µs, or minutes where each of them walks through all memory. */
  #adapt(state: number, now: number): void {
    const elapsed = now - this.#lookedAt;
    this.#lookedAt = now;
    const count = this.#count;
    if (elapsed > SLOW_MS) this.#count = Math.max(1, count >> 3);
    else if (count < MOST_INSTRUCTIONS) this.#count = Math.min(MOST_INSTRUCTIONS, 2 * count);
    if (count !== this.#count) this.#lua.setHook(this.#hook, this.#count, state);
  }

  /** Others are served. */
  #leave(): void {
    this.#left = this.#isOut = true;
    this.#state = this.#lua.state;
    this.#pauses?.suspended();
  }

  #soon(goOn: () => void): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      goOn();
    });
  }

  /** The script goes on. */
  #enter(): void {
    if (!this.#isOut) return;
    this.#isOut = false;
    const now = this.#lookedAt = performance.now();
    if (this.#timer === undefined) {
      this.#stuckAt = now + this.#stuckMs;
      this.#inVain = false;
    } else {
      // It was not suspended, for a frame of JavaScript is in between.
      this.#inVain = true;
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    this.#lua.state = this.#state;
    this.#pauses?.resumed();
    if (this.#killed === undefined && !this.#stopped) this.#deadline = now + SLICE_MS;
  }

  #end(status: number, error?: unknown): void {
    this.#enter();
    this.#pauses = undefined;
    this.#lua.state = this.#thread;
    this.#ended(status, error);
  }

  /** From now on each line of the script is an error, so that no `pcall` in a loop goes on for ever. */
  #stopKilled(state: number, message: string): never {
    const lua = this.#lua;
    lua.state = state;
    this.#stopped = true;
    lua.setLineHook(this.#hook, state);
    lua.reserve(3);
    lua.pushTable(0, 1);
    lua.pushLatin1(message);
    lua.setField(-2, "err");
    return lua.raise();
  }

  /** From now on each instruction of the script is an error, so that no `pcall` around it goes on. */
  #stop(state: number, message: string): never {
    const lua = this.#lua;
    lua.state = state;
    this.#stopped = true;
    this.#count = 1;
    lua.setHook(this.#hook, 1);
    lua.setHook(this.#hook, 1, this.#thread);
    lua.reserve(2);
    lua.pushLatin1(message);
    return lua.raise();
  }
}

function stopped(why: string): string {
  return `the script was stopped, for it ${why}`;
}
