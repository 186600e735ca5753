import type { Statement } from "../sqlite/sqlite.ts";

/** Rows that are held back in memory, and can be written to the database in slices. */
export interface HeldRows {
  /** How many there are. */
  readonly count: number;
  /** How many there are, those set apart not counted, of as many as there should be: 1 if it is time to write them. */
  readonly share: number;
  /** Whether one had to be written out of its turn since some were set apart, for want of memory. */
  readonly spilled: boolean;
  /** How many there ever were. */
  readonly noted: number;
  /** Whether some are set apart. */
  readonly isApart: boolean;
  /** How many of those set apart may not be written yet. */
  readonly left: number;
  /** How many were ever written of those that had been set apart. */
  readonly written: number;
  /** Sets those apart that there are: as they are now they are written, whatever changes from here on. */
  setApart(): void;
  /** Writes so many of those set apart, about. @returns Whether none is left. */
  writeApart(rows: number): boolean;
  /**
   * Gathers those set apart that come next, about so many, for one statement; what cannot be together
   * with others is written.
   *
   * @returns It; undefined if they are too few for one, or none of them can be.
   */
  gather(rows: number): Statement | undefined;
  /** Has a statement stand on the page that the next of those set apart may belong to; it is to be reset. */
  border(): Statement | undefined;
  /** Those set apart are like the others again. */
  rejoin(): void;
}
