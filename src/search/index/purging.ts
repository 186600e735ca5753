/**
 * Which documents were deleted, and the slices that take them out of the stored lists.
 *
 * Lists keep entries of deleted documents, which whoever reads them passes over, until there are so
 * many that all lists are purged, kind by kind and term by term. Then `search_deleted` forgets them.
 *
 * @module
 */

import type { Statements } from "../../history/statements.ts";
import type { StoredCounts } from "./counts.ts";
import type { ListStore } from "./lists.ts";
import type { Facts } from "./columns/paged.ts";

/** Deleted documents as a share of all from which on lists are purged. */
const PURGED_SHARE = 0.25;
/** Terms that are purged between two looks at the clock. */
const TERMS = 64;

const SQL = {
  add: "INSERT INTO search_deleted(contents, n, number) VALUES (?1, ?2, ?3)",
  remove: `DELETE FROM search_deleted WHERE contents = ?1 AND n <= ?2 AND number <= ?3`,
  count: "SELECT count(*) FROM search_deleted WHERE contents = ?1",
};

/** From when on lists are purged. */
export interface PurgeLimits {
  /** Deleted documents, at least, that lists may have. */
  readonly deletedDocuments: number;
}

/** How far the lists have been purged. */
interface Purge {
  readonly deletions: number;
  readonly mergedTo: number;
  readonly kinds: number[];
  /** The term that was purged last; undefined at the start of a kind. */
  after: string | undefined;
}

/** What purging an index's lists needs of the index. */
export interface PurgedIndex {
  /** Which documents there are. */
  readonly facts: Facts;
  /** The kinds of lists that it may have. */
  readonly kinds: () => number[];
}

/** The deleted documents of one index. */
export class Purging {
  readonly #statements: Statements;
  readonly #id: number;
  readonly #counts: StoredCounts;
  readonly #lists: ListStore;
  readonly #limits: PurgeLimits;
  #purge: Purge | undefined;
  #deleted: number | undefined;
  /** How often the lists were purged by this process, how long it took, and what it gave back. */
  purges = 0;
  purgeMs = 0;
  lastPurgeMs = 0;
  purgedBytes = 0;

  constructor(
    statements: Statements,
    id: number,
    counts: StoredCounts,
    lists: ListStore,
    limits: PurgeLimits,
  ) {
    this.#statements = statements;
    this.#id = id;
    this.#counts = counts;
    this.#lists = lists;
    this.#limits = limits;
  }

  /** The file may say something else. @param rolledBack Whether a purge is to begin again. */
  forget(rolledBack: boolean): void {
    this.#deleted = undefined;
    if (rolledBack) this.#purge = undefined;
  }

  /** Notes that a document was deleted. */
  add(number: number): void {
    const add = this.#statements.get(SQL.add);
    add.bindInteger(1, this.#id);
    add.bindInteger(2, ++this.#counts.change().deletions);
    add.bindInteger(3, number);
    add.run();
    if (this.#deleted !== undefined) this.#deleted++;
  }

  /** Whether the lists are being purged. */
  get isPurging(): boolean {
    return this.#purge !== undefined;
  }

  /** Whether {@linkcode work} has something to do. */
  get hasWork(): boolean {
    if (this.#purge !== undefined) return true;
    this.#deleted ??= this.#statements.number(SQL.count, this.#id) ?? 0;
    return this.#deleted >= this.#limits.deletedDocuments &&
      this.#deleted >= PURGED_SHARE * this.#counts.now.documents;
  }

  /** Purges until a time, if it is to. @returns Whether there is more. */
  work(until: number, index: PurgedIndex): boolean {
    if (!this.hasWork) return false;
    const startedAt = performance.now();
    if (this.#purge === undefined) {
      this.purges++;
      this.lastPurgeMs = 0;
    }
    try {
      return this.#purgeSome(until, index);
    } finally {
      const ms = performance.now() - startedAt;
      this.purgeMs += ms;
      this.lastPurgeMs += ms;
    }
  }

  #purgeSome(until: number, { facts, kinds }: PurgedIndex): boolean {
    const { deletions, mergedTo } = this.#counts.now;
    const purge = this.#purge ??= { deletions, mergedTo, kinds: kinds(), after: undefined };
    const isLive = (number: number) => facts.isLive(number);
    for (let kind = purge.kinds.at(-1); kind !== undefined; kind = purge.kinds.at(-1)) {
      // The term "" comes before all others, and is asked for by itself.
      const terms: string[] = [];
      if (purge.after === undefined) terms.push("");
      this.#lists.terms(kind, purge.after ?? "", TERMS, (term) => terms.push(term));
      for (const term of terms) {
        this.purgedBytes += this.#lists.purge(kind, term, isLive);
        purge.after = term;
        // A list may take milliseconds.
        if (performance.now() > until) return true;
      }
      if (terms.length < TERMS) {
        purge.kinds.pop();
        purge.after = undefined;
      }
      if (performance.now() > until) return true;
    }
    this.#statements.run(SQL.remove, this.#id, purge.deletions, purge.mergedTo);
    this.#purge = this.#deleted = undefined;
    return this.hasWork;
  }
}
