/**
 * What is on a disk when the power goes: everything that was written before a sync which has ended, and of the rest
 * nothing, everything, or some sectors here and there, for the system writes them in any order, and of some no more than
 * the beginning.
 */

import type { SystemCall } from "./system_calls.ts";

/** What becomes of writes that were not synced. */
export type Unsynced = "is lost" | "is kept" | "is kept here and there" | "is torn";

/** All of that. */
export const UNSYNCED: readonly Unsynced[] = [
  "is lost",
  "is kept",
  "is kept here and there",
  "is torn",
];

/** How many bytes of a part of a sector that is written reach the disk, from its beginning. */
type Reaching = (length: number) => number;

/** Bytes that a disk writes as a whole, as long as the power lasts. */
const SECTOR = 512;

type Change = Extract<SystemCall, { kind: "write" | "truncate" }>;

class DiskFile {
  #bytes: Uint8Array;
  #size: number;
  #pending: Change[] = [];
  readonly #syncs = new Map<string, number>();

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes.slice();
    this.#size = bytes.length;
  }

  change(change: Change): void {
    this.#pending.push(change);
  }

  syncBegins(thread: string): void {
    this.#syncs.set(thread, this.#pending.length);
  }

  syncEnds(thread: string): void {
    const count = this.#syncs.get(thread) ?? 0;
    for (const change of this.#pending.splice(0, count)) this.#apply(change);
    this.#syncs.delete(thread);
    // Syncs of other threads that are under way have as much less to do.
    for (const [other, left] of this.#syncs) this.#syncs.set(other, Math.max(0, left - count));
  }

  #apply(change: Change, reaching: Reaching = (length) => length): void {
    if (change.kind === "truncate") {
      if (reaching(1) === 0) return;
      this.#reserve(change.size);
      if (change.size < this.#size) this.#bytes.fill(0, change.size, this.#size);
      this.#size = change.size;
      return;
    }
    const { data, at } = change;
    for (let from = at; from < at + data.length;) {
      const to = Math.min(at + data.length, (Math.floor(from / SECTOR) + 1) * SECTOR);
      const length = reaching(to - from);
      if (length > 0) {
        this.#reserve(from + length);
        this.#bytes.set(data.subarray(from - at, from - at + length), from);
        this.#size = Math.max(this.#size, from + length);
      }
      from = to;
    }
  }

  #reserve(size: number): void {
    if (size <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(size, 2 * this.#bytes.length));
    larger.set(this.#bytes.subarray(0, this.#size));
    this.#bytes = larger;
  }

  cut(reaching: Reaching): Uint8Array {
    const after = new DiskFile(this.#bytes.subarray(0, this.#size));
    for (const change of this.#pending) after.#apply(change, reaching);
    return after.#bytes.slice(0, after.#size);
  }
}

/** A disk with a few files. */
export class SimulatedDisk {
  readonly #files = new Map<string, DiskFile>();

  /** @param files What is on it, synced, by path. */
  constructor(files: ReadonlyMap<string, Uint8Array>) {
    for (const [path, bytes] of files) this.#files.set(path, new DiskFile(bytes));
  }

  /** Takes over what a program did. */
  apply(call: SystemCall): void {
    if (call.kind === "send") return;
    let file = this.#files.get(call.file);
    if (file === undefined) {
      // Logs are made as they are needed, and are in their directory before anything is in them.
      if (!/-log2?$/.test(call.file)) return;
      this.#files.set(call.file, file = new DiskFile(new Uint8Array()));
    }
    if (call.kind === "sync begins") file.syncBegins(call.thread);
    else if (call.kind === "sync ends") file.syncEnds(call.thread);
    else file.change(call);
  }

  /** The files after a power cut now, by path. */
  cut(unsynced: Unsynced, random: (below: number) => number): Map<string, Uint8Array> {
    const reaching = REACHING[unsynced];
    return new Map([...this.#files].map(([path, file]) => [
      path,
      file.cut((length) => reaching(length, random)),
    ]));
  }
}

const REACHING: Record<Unsynced, (length: number, random: (below: number) => number) => number> = {
  "is lost": () => 0,
  "is kept": (length) => length,
  "is kept here and there": (length, random) => random(2) === 0 ? length : 0,
  "is torn": (length, random) => [0, length, random(length + 1)][random(3)] ?? 0,
};
