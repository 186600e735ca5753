/**
 * Moves WAL frames into the database file off the event loop. A checkpoint inline halves write
 * throughput at SQLite's default size and stalls everybody at a large one; so a second connection
 * does it on another thread while turns go on.
 *
 * A WAL starts over only if a checkpoint finds every frame copied while nobody writes. The bulk is
 * therefore moved by `passive` checkpoints; when little is left, one `restart` checkpoint, or one that
 * cuts the file, keeps writers out for the few milliseconds the rest takes (reads go on, and a write that comes
 * meanwhile waits as for any other process's lock). A transaction that spans turns need not end for
 * that: begun anew when all frames are copied and before it writes any, it starts the WAL over itself.
 *
 * @module
 */

import {
  type CheckpointMode,
  type CheckpointResult,
  type Connection,
  SqliteError,
} from "../sqlite/sqlite.ts";
import type { Clock, Timer } from "./clock.ts";
import { Timings } from "./timings.ts";

/**
 * Frames in the WAL from which on it is made to start over: 80 MB of 2 KiB pages. A smaller WAL
 * means that a page changed often is copied more often; a larger one, more disk. The file keeps its
 * size when it starts over, for writing into blocks that are there costs a third less than growing.
 */
export const RESTART_FRAMES = 40_000;
/** Frames left after a pass that a restart may copy while writes wait: 1 MB. */
const LAST_PASS_FRAMES = 500;
/** Passes after which a restart comes all the same. */
const MOST_PASSES = 5;
/** Times the frames from which on it is to start over at which it takes a restart, whatever is open. */
const MOST_TIMES_LONG = 2;
/** Milliseconds in which one that is asked for is tried again while somebody reads from the WAL. */
const PATIENCE_MS = 1000;
const RETRY_MS = 20;
/** Milliseconds between two looks at the WAL while there are writes. */
const INTERVAL_MS = 50;
/** Looks left out after a checkpoint that a reader kept from its end, or the open transaction: a second. */
const LOOKS_AFTER_BUSY = 20;
/** Looks after which a WAL of any size is copied, and cut: after five seconds of few writes. */
const LOOKS_PER_CHECKPOINT = 100;

/** Keeps one database's WAL short. */
export class Checkpointer {
  /** Frames in the WAL from which on it is made to start over. */
  restartFrames: number = RESTART_FRAMES;
  /** When the last checkpoint ended that found every frame copied, Unix time in seconds. */
  lastCompleteAt: number;
  /** Whether checkpoints are another program's business. */
  external = false;
  /** Runs what needs the write lock for itself, or as good as. */
  alone: <T>(work: () => Promise<T>) => Promise<T> = (work) => work();
  /**
   * Has the transaction that is open begin anew, after all frames were copied. Returns whether it could:
   * not while it writes; undefined if a restart has to do it.
   */
  beginAnew: () => boolean | undefined = () => undefined;
  /** Whether a checkpoint runs after which the WAL is to start over: better if nothing is written meanwhile. */
  startsOver = false;
  /** Whether the next one begins when the next transaction does, and for how many looks that has been so. */
  #atCommit = false;
  #waited = 0;
  /** Frames of a WAL that is about to start over: until then there seem to be as many. */
  #behindUs = -1;
  /** Whether a checkpoint may run: asked before each. */
  mayRun: () => boolean = () => true;
  /** Whether one is under way that takes the write lock for some of its time. */
  locks = false;
  /** Whether a checkpoint runs now. */
  running = false;
  /** When it began, Unix time in milliseconds. */
  startedAtMs = 0;
  /** Checkpoints that ended without an error. */
  completed = 0;
  /** How many have failed since the last that did not. */
  consecutiveFailures = 0;
  /** How long the last one took, in milliseconds; -1 if there was none. */
  lastDurationMs = -1;
  /** Is told when one has ended: how long it took, and why it failed if it did. */
  onEnded: (ms: number, failure: unknown) => void = () => {};
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #walFrames: () => number | undefined;
  readonly #timings: Timings;
  #looks = 0;
  #pause = 0;
  #timer: Timer | undefined;
  #current: Promise<void> | undefined;
  #closed = false;

  /**
   * @param connection A connection of its own where the driver has `checkpointAsync`; else the
   * engine's, and checkpoints run inline when the timer fires, between two turns.
   * @param walFrames Frames in the WAL, as the engine's connection knows them.
   */
  constructor(
    connection: Connection,
    clock: Clock,
    walFrames: () => number | undefined,
    timings: Timings = new Timings(),
  ) {
    this.#timings = timings;
    this.#connection = connection;
    this.#walFrames = walFrames;
    this.#clock = clock;
    this.lastCompleteAt = Math.floor(clock.now() / 1000);
  }

  /** Notes that something was committed: a look at the WAL is due. */
  committed(): void {
    this.#lookAfter(INTERVAL_MS);
  }

  /** The same, and what turns had left open was committed with it: the next transaction begins. */
  settled(): void {
    if (!this.#atCommit || this.running) return this.committed();
    this.#atCommit = false;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#lookAfter(0);
  }

  #lookAfter(ms: number): void {
    if (this.#timer !== undefined || this.#closed || this.external) return;
    this.#timer = this.#clock.after(ms, () => {
      this.#timer = undefined;
      if (this.#current !== undefined) return;
      if (this.#pause > 0) {
        this.#pause--;
        this.committed();
        return;
      }
      if (this.#atCommit && ++this.#waited < LOOKS_AFTER_BUSY) {
        this.committed();
        return;
      }
      this.#atCommit = false;
      // Where nobody can tell, SQLite's own checkpoints keep the WAL short.
      const frames = this.#walFrames() ?? 0;
      const few = frames < this.restartFrames || frames === this.#behindUs;
      if (few && ++this.#looks < LOOKS_PER_CHECKPOINT) {
        this.committed();
        return;
      }
      this.start();
    });
  }

  /** Starts a checkpoint, unless one is under way. Call between turns. */
  start(): void {
    if (this.#current !== undefined || this.external || !this.mayRun()) return;
    this.#looks = 0;
    this.#current = this.#run(false).finally(() => {
      this.#current = undefined;
    });
  }

  /**
   * Copies the whole WAL and cuts it, as far as readers let it, after a checkpoint under way. Call
   * between turns.
   */
  async cut(): Promise<void> {
    if (this.external) return;
    while (this.#current !== undefined) await this.#current;
    if (!this.mayRun()) return;
    this.#looks = 0;
    this.#current = this.#run(true).finally(() => {
      this.#current = undefined;
    });
    await this.#current;
  }

  async #run(cuts: boolean): Promise<void> {
    if (this.#closed) return;
    const startedAt = this.#timings.begin();
    this.startedAtMs = this.#clock.now();
    this.running = true;
    let failure: unknown;
    try {
      const frames = this.#walFrames() ?? 0;
      const few = frames < this.restartFrames, little = frames < LAST_PASS_FRAMES;
      this.#behindUs = -1;
      this.startsOver = !few && !cuts;
      let result = await this.#checkpoint(little ? "truncate" : "passive");
      const long = !little && (few || result.walFrames >= this.restartFrames) && !this.#closed;
      if (long && !(this.startsOver && this.#startedOver(result))) {
        // Each pass takes what was written during the one before, until little is left to wait for.
        for (let pass = 1; pass < MOST_PASSES && !this.#closed; pass++) {
          if (result.walFrames - result.copiedFrames < LAST_PASS_FRAMES) break;
          result = await this.#checkpoint("passive");
        }
        if (!this.#closed) result = await this.#checkpoint(cuts || few ? "truncate" : "restart");
      }
      this.#note(result);
      // Somebody reads from the WAL, maybe for long: each try keeps writers out, so not too often.
      if (result.busy) this.#pause = LOOKS_AFTER_BUSY;
      if (result.walFrames > result.copiedFrames && !this.#atCommit) this.committed();
      this.completed++;
      this.consecutiveFailures = 0;
    } catch (error) {
      failure = error;
      this.consecutiveFailures++;
      // A full disk or a lock: the frames stay in the WAL, and the next write tries again.
    } finally {
      this.running = this.startsOver = false;
      this.lastDurationMs = this.#clock.now() - this.startedAtMs;
      this.#timings.ended("checkpoint", startedAt);
      this.onEnded(this.lastDurationMs, failure);
    }
  }

  /** Whether the WAL starts over without a restart, or will after the next commit. */
  #startedOver({ walFrames, copiedFrames, busy }: CheckpointResult): boolean {
    if (busy || walFrames >= MOST_TIMES_LONG * this.restartFrames) return false;
    const anew = this.beginAnew();
    if (anew === undefined) return false;
    // Frames that came meanwhile are copied next time, and the transaction writes nothing for a while then.
    this.#atCommit = !anew || walFrames > copiedFrames;
    this.#waited = 0;
    if (!this.#atCommit) this.#behindUs = walFrames;
    return true;
  }

  async #checkpoint(mode: CheckpointMode): Promise<CheckpointResult> {
    const work = async () =>
      await this.#connection.checkpointAsync?.(mode) ?? this.#connection.checkpoint();
    // The others take what is committed, and let writers write.
    if (mode === "passive") return await work();
    this.locks = true;
    try {
      return await this.alone(work);
    } finally {
      this.locks = false;
    }
  }

  #note(result: CheckpointResult): void {
    if (result.walFrames === result.copiedFrames && !result.busy) {
      this.lastCompleteAt = Math.floor(this.#clock.now() / 1000);
    }
  }

  /** Waits for a checkpoint under way. */
  async idle(): Promise<void> {
    while (this.#current !== undefined) await this.#current;
  }

  /**
   * Copies all frames now, on the calling thread, outside of any transaction.
   *
   * @returns Whether all are copied: somebody may still read from the WAL.
   * @throws {SqliteError} If the file cannot be written to.
   */
  complete(connection: Connection): boolean {
    if (this.external || !this.mayRun()) return false;
    try {
      return this.#ended(connection.checkpoint());
    } catch (error) {
      this.consecutiveFailures++;
      throw error;
    }
  }

  /**
   * The same beside the turns, where the driver can, after a checkpoint under way; call between turns.
   * It is tried until all are copied, for a second.
   */
  async completeAside(): Promise<boolean> {
    const deadline = this.#clock.now() + PATIENCE_MS;
    for (;;) {
      if (this.#current !== undefined) {
        await this.#current;
        await this.#betweenTurns(0);
        continue;
      }
      if (this.external || this.#closed || !this.mayRun()) return false;
      const run = this.#passive();
      this.#current = run.then(() => {}, () => {}).finally(() => {
        this.#current = undefined;
      });
      if (await run) return true;
      if (this.#clock.now() >= deadline) return false;
      await this.#betweenTurns(RETRY_MS);
    }
  }

  async #passive(): Promise<boolean> {
    const { checkpointAsync } = this.#connection;
    try {
      // Without an `await` before it where it must be between turns.
      return this.#ended(
        checkpointAsync === undefined
          ? this.#connection.checkpoint()
          : await checkpointAsync("passive"),
      );
    } catch (error) {
      if (error instanceof SqliteError && error.busy) return false;
      this.consecutiveFailures++;
      throw error;
    }
  }

  #betweenTurns(ms: number): Promise<void> {
    return new Promise((resolve) => this.#clock.after(ms, resolve, true));
  }

  /** Notes how a checkpoint ended that was asked for. @returns Whether every frame is copied. */
  #ended(result: CheckpointResult): boolean {
    this.#note(result);
    this.completed++;
    this.consecutiveFailures = 0;
    return !result.busy && result.walFrames === result.copiedFrames;
  }

  /** Waits for a checkpoint under way; starts no other. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#current;
  }
}
