/**
 * What takes long beside the turns, and how far it has come: for INFO, the log, and the callbacks of
 * programs.
 *
 * @module
 */

import type { Clock } from "./clock.ts";

/** What takes long. */
export type JobName = "backup" | "integrity" | "vacuum" | "migration";

/** How far a job has come. */
export interface Progress {
  /** What takes long. */
  readonly job: JobName;
  /** What it does now: a step of its work, in a word or two. */
  readonly phase: string;
  /** How much of the phase is done, of `total`. */
  readonly done: number;
  /** Pages or checks of the phase; 0 where nobody can tell. */
  readonly total: number;
}

/** Is told how far a job has come. What it throws is ignored: the job goes on. */
export type OnProgress = (progress: Progress) => void;

/** Watches all jobs. */
export interface JobWatcher {
  /** A job has come further. */
  progressed(job: Job): void;
  /** A job has ended. @param failure Why, undefined if it ended well. */
  ended(job: Job, failure: unknown): void;
}

/** One job under way. */
export class Job implements Progress {
  phase = "starting";
  done = 0;
  total = 0;
  readonly job: JobName;
  /** Unix time in milliseconds. */
  readonly startedAtMs: number;
  readonly #told: (job: Job) => void;

  /** @param told Is called whenever it has come further. */
  constructor(job: JobName, startedAtMs: number, told: (job: Job) => void) {
    this.job = job;
    this.startedAtMs = startedAtMs;
    this.#told = told;
  }

  /** Notes how far it has come. */
  at(phase: string, done = 0, total = 0): void {
    this.phase = phase;
    this.done = Math.min(done, total);
    this.total = total;
    this.#told(this);
  }

  /** How much of the phase is done, from 0 to 1; undefined where nobody can tell. */
  get share(): number | undefined {
    return this.total === 0 ? undefined : this.done / this.total;
  }
}

/** The jobs of one store. */
export class Jobs {
  /** Is told of all of them, if anybody is. */
  watcher: JobWatcher | undefined;
  readonly #clock: Clock;
  readonly #running = new Set<Job>();
  readonly #listeners = new Set<OnProgress>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The job of a name that began first, if one runs. */
  find(name: JobName): Job | undefined {
    for (const job of this.#running) if (job.job === name) return job;
    return undefined;
  }

  /** Tells of all jobs from now on. @returns What ends that. */
  listen(onProgress: OnProgress): () => void {
    this.#listeners.add(onProgress);
    return () => void this.#listeners.delete(onProgress);
  }

  /** Runs a job. */
  async run<T>(
    name: JobName,
    onProgress: OnProgress | undefined,
    work: (job: Job) => Promise<T>,
  ): Promise<T> {
    const job = new Job(name, this.#clock.now(), (job) => {
      this.watcher?.progressed(job);
      tell(onProgress, job);
      for (const listener of this.#listeners) tell(listener, job);
    });
    this.#running.add(job);
    try {
      const outcome = await work(job);
      this.#ended(job, undefined);
      return outcome;
    } catch (error) {
      this.#ended(job, error);
      throw error;
    }
  }

  #ended(job: Job, failure: unknown): void {
    this.#running.delete(job);
    this.watcher?.ended(job, failure);
  }
}

/** Tells whoever asked, a copy of its own. */
export function tell(onProgress: OnProgress | undefined, progress: Progress): void {
  if (onProgress === undefined) return;
  const { job, phase, done, total } = progress;
  try {
    onProgress({ job, phase, done, total });
  } catch {
    // A fault of the caller's must not leave half a copy, or a file half brought forward.
  }
}
