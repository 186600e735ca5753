/**
 * Which log a database has, and the last of its turns that the database holds: a row of the settings,
 * written with the data.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Connection, Statement } from "../../sqlite/sqlite.ts";

const SQL = {
  load: "SELECT value FROM settings WHERE name = 'file:log'",
  save: `INSERT INTO settings(name, value) VALUES ('file:log', ?1)
    ON CONFLICT(name) DO UPDATE SET value = ?1`,
};

/** What the database says of its log. */
export interface AppliedTurns {
  /** The log's identity, in hexadecimal digits. */
  readonly identity: string;
  /** The last turn that is in the database. */
  readonly turn: number;
}

/** Reads and writes it. */
export class AppliedTurnsRow {
  readonly #engine: Engine;
  #load: Statement | undefined;
  #save: Statement | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** What the database says; undefined if it never had a log. */
  load(): AppliedTurns | undefined {
    const statement = this.#load ??= this.#engine.prepare(SQL.load);
    try {
      return read(statement);
    } finally {
      statement.reset();
    }
  }

  /** Writes it into the open transaction. */
  save({ identity, turn }: AppliedTurns): void {
    const statement = this.#save ??= this.#engine.prepare(SQL.save);
    statement.bindText(1, `${identity} ${turn}`);
    statement.run();
  }
}

function read(statement: Statement): AppliedTurns | undefined {
  if (!statement.step()) return undefined;
  const [identity = "", turn = ""] = statement.columnText(0).split(" ");
  return { identity, turn: Number(turn) };
}

/** What a database says that is open for reading; undefined if it never had a log. */
export function appliedTurns(connection: Connection): AppliedTurns | undefined {
  const statement = connection.prepare(SQL.load);
  try {
    return read(statement);
  } finally {
    statement.finalize();
  }
}

/** The bytes of an identity as hexadecimal digits. */
export function hexOf(identity: Uint8Array): string {
  return Array.from(identity, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
