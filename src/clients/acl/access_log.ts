/** ACL LOG: refused commands and failed authentications. */

import type { AccessLogEntry } from "../../commands/table/access.ts";

/** What an entry tells; the log adds the rest. */
export type LoggedRefusal = Pick<
  AccessLogEntry,
  "reason" | "context" | "object" | "username" | "clientInfo"
>;

/** Refusals alike no longer apart than this make one entry, in milliseconds. */
const GROUPED_WITHIN_MS = 60_000;
/** How many of the latest entries are looked at for one alike. */
const LOOKED_AT = 10;

/** The latest refusals. */
export class AccessLog {
  readonly #maxLength: () => number;
  readonly #now: () => number;
  /** The latest last. */
  readonly #entries: AccessLogEntry[] = [];
  #nextId = 0;

  /** Takes what tells how many entries are kept, and the time. Both are asked when one is added. */
  constructor(maxLength: () => number, now: () => number) {
    this.#maxLength = maxLength;
    this.#now = now;
  }

  /** Adds a refusal. */
  add(refusal: LoggedRefusal): void {
    const entries = this.#entries;
    const maxLength = this.#maxLength();
    if (maxLength <= 0) return this.clear();
    const now = this.#now();
    const first = this.#findAlike(refusal, now);
    if (first < 0) {
      const times = { createdAtMs: now, updatedAtMs: now };
      entries.push({ ...refusal, ...times, id: this.#nextId++, count: 1 });
    } else {
      const entry = entries[first]!;
      entries.splice(first, 1);
      const { clientInfo } = refusal;
      entries.push({ ...entry, clientInfo, updatedAtMs: now, count: entry.count + 1 });
    }
    while (entries.length > maxLength) entries.shift();
  }

  #findAlike({ reason, context, object, username }: LoggedRefusal, now: number): number {
    const entries = this.#entries;
    const last = Math.max(0, entries.length - LOOKED_AT);
    for (let i = entries.length - 1; i >= last; i--) {
      const entry = entries[i]!;
      if (
        entry.reason === reason && entry.context === context && entry.object === object &&
        entry.username === username && Math.abs(now - entry.updatedAtMs) <= GROUPED_WITHIN_MS
      ) return i;
    }
    return -1;
  }

  /** The entries, the latest first. */
  entries(): AccessLogEntry[] {
    return [...this.#entries].reverse();
  }

  /** Forgets all entries. Their ids are not given again. */
  clear(): void {
    this.#entries.length = 0;
  }
}
