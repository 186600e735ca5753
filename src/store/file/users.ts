/** ACL users kept in the database file. Their rules are bytes: key patterns need not be text. */

import type { Engine } from "../../engine/engine.ts";

const SQL = {
  load: "SELECT name, CAST(rules AS BLOB) FROM users ORDER BY name",
  clear: "DELETE FROM users",
  // As text, so that people with sqlite3 in hand can read them.
  save: "INSERT INTO users(name, rules) VALUES (?1, CAST(?2 AS TEXT))",
};

/** A user as the database has it. */
export interface StoredUser {
  /** Its name. */
  readonly name: string;
  /** Its rules, separated by spaces. */
  readonly rules: Uint8Array;
}

/** Reads and writes the users of one file. */
export class Users {
  readonly #engine: Engine;

  /** Takes the engine of the file. */
  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** All users, in the order of their names. */
  load(): StoredUser[] {
    this.#engine.read();
    const statement = this.#engine.prepare(SQL.load);
    const users: StoredUser[] = [];
    while (statement.step()) {
      users.push({ name: statement.columnText(0), rules: statement.columnBlob(1) });
    }
    statement.finalize();
    return users;
  }

  /** Puts these users in place of all others. Part of the turn that runs. */
  save(users: Iterable<StoredUser>): void {
    this.#engine.write();
    const clear = this.#engine.prepare(SQL.clear);
    clear.run();
    clear.finalize();
    const save = this.#engine.prepare(SQL.save);
    for (const { name, rules } of users) {
      save.bindText(1, name);
      save.bindBlob(2, rules, 0, rules.length);
      save.run();
    }
    save.finalize();
  }
}
