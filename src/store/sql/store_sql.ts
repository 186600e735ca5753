import type { Engine } from "../../engine/engine.ts";
import type { Databases } from "../keys/databases.ts";
import { query, type SqlLimits, type SqlResult, type SqlValue } from "./queries.ts";
import { ProgramSql, type SqlWritten } from "./writes.ts";

/** SQL within a store's turns. */
export class StoreSql {
  readonly #engine: Engine;
  readonly #databases: Databases;
  #program: ProgramSql | undefined;

  constructor(engine: Engine, databases: Databases) {
    this.#engine = engine;
    this.#databases = databases;
  }

  /** Runs a query now. @throws What `Store.query` throws. */
  query(text: string, args: readonly SqlValue[], limits: SqlLimits): SqlResult {
    const engine = this.#engine;
    engine.read();
    if (engine.transactionOpen) this.#writeOwed();
    return query(engine.connection, text, args, limits);
  }

  /** Runs a statement of the program's own. @throws What `Store.writeSql` throws. */
  write(text: string, args: readonly SqlValue[]): SqlWritten {
    this.#engine.write();
    // It may read what is Redlite's.
    this.#writeOwed();
    return (this.#program ??= new ProgramSql(this.#engine.connection)).run(text, args);
  }

  #writeOwed(): void {
    this.#engine.settleRows();
    this.#databases.save();
  }
}
