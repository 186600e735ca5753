/** A connection that reads the past: the present's own, with its statements turned to the views. */

import type {
  CheckpointResult,
  Connection,
  Driver,
  DriverInfo,
  Statement,
} from "../sqlite/sqlite.ts";

/** The past cannot be changed. */
function refuse(): never {
  throw new TypeError("the past is not to be written");
}

/** Stands for a statement that would write: a store prepares those too, and here runs none. */
const UNWRITABLE: Statement = {
  bindInteger: refuse,
  bindBigint: refuse,
  bindNull: refuse,
  bindReal: refuse,
  bindText: refuse,
  bindBlob: refuse,
  step: refuse,
  run: refuse,
  reset: () => {},
  columnIsNull: refuse,
  columnNumber: refuse,
  columnBigint: refuse,
  columnText: refuse,
  columnLength: refuse,
  columnInto: refuse,
  columnEquals: refuse,
  columnBlob: refuse,
  parameterCount: () => undefined,
  columnNames: () => [],
  columnType: refuse,
  finalize: () => {},
};

/** Reads the past on a connection whose transactions are somebody else's. */
export class PastConnection implements Connection {
  readonly info: DriverInfo;
  readonly autocommit = false;
  /** Whether another moment is to be read from now on. */
  moved = true;
  readonly #present: Connection;
  readonly #aboutPast: (sql: string) => string;

  /**
   * @param present The connection of the present.
   * @param aboutPast Turns a statement that reads to the views.
   */
  constructor(present: Connection, aboutPast: (sql: string) => string) {
    this.#present = present;
    this.#aboutPast = aboutPast;
    this.info = present.info;
  }

  /** Opens this connection, whatever the path. */
  get driver(): Driver {
    return { info: this.info, open: () => this };
  }

  prepare(sql: string): Statement {
    const word = sql.trimStart().slice(0, 6).toUpperCase();
    if (word === "PRAGMA") return this.#present.prepare(sql);
    return word === "SELECT" ? this.#present.prepare(this.#aboutPast(sql)) : UNWRITABLE;
  }

  exec(): void {
    // What a store sets up on its connection is the present's business.
  }
  changes(): number {
    return 0;
  }
  begin(write: boolean): void {
    if (write) refuse();
  }
  commit(): void {}
  rollback(): void {}

  changedByOthers(): boolean {
    const { moved } = this;
    this.moved = false;
    return moved;
  }

  setBusyTimeout(): void {}
  walFrames(): undefined {
    return undefined;
  }
  uncopiedFrames(): undefined {
    return undefined;
  }
  releasePages(): void {}
  checkpoint(): CheckpointResult {
    return { walFrames: -1, copiedFrames: -1, busy: false };
  }
  close(): void {}
}
