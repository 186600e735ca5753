/** The statements of one part of history, prepared when they are first used. */

import type { Engine } from "../engine/engine.ts";
import type { Statement } from "../sqlite/sqlite.ts";
import type { Slice } from "../store/values/slice.ts";

/** Prepares statements once each. */
export class Statements {
  readonly #engine: Engine;
  readonly #prepared = new Map<string, Statement>();

  /** Takes the engine they run on. */
  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** The statement of a text. */
  get(sql: string): Statement {
    let statement = this.#prepared.get(sql);
    if (statement === undefined) {
      statement = this.#engine.prepare(sql);
      this.#prepared.set(sql, statement);
    }
    return statement;
  }

  /** Runs a statement with numbers as its first parameters. */
  run(sql: string, ...parameters: readonly number[]): void {
    const statement = this.get(sql);
    parameters.forEach((parameter, i) => statement.bindInteger(i + 1, parameter));
    statement.run();
  }

  /** The number that a statement selects, undefined if it selects none. */
  number(sql: string, ...parameters: readonly number[]): number | undefined {
    const statement = this.get(sql);
    parameters.forEach((parameter, i) => statement.bindInteger(i + 1, parameter));
    return numberOf(statement);
  }

  /** The number that a statement selects whose first parameters are a space, a key and a number. */
  ofName(sql: string, space: number, key: Slice, parameter?: number): number | undefined {
    const statement = this.get(sql);
    bindName(statement, space, key);
    if (parameter !== undefined) statement.bindInteger(3, parameter);
    return numberOf(statement);
  }
}

function numberOf(statement: Statement): number | undefined {
  const found = statement.step() && !statement.columnIsNull(0)
    ? statement.columnNumber(0)
    : undefined;
  statement.reset();
  return found;
}

/** Binds a space and a key as the first two parameters. */
export function bindName(statement: Statement, space: number, key: Slice): void {
  statement.bindInteger(1, space);
  statement.bindBlob(2, key.bytes, key.start, key.end);
}

/** Binds an integer, or NULL. */
export function bindOptional(statement: Statement, at: number, value: number | undefined): void {
  if (value === undefined) statement.bindNull(at);
  else statement.bindInteger(at, value);
}

/** Runs what writes to temporary tables only. */
export function temporarily({ connection }: Engine, work: () => void): void {
  if (connection.temporarily === undefined) work();
  else connection.temporarily(work);
}
