import { strict as assert } from "node:assert";
import type { HeldRows } from "../../src/engine/held_rows.ts";
import { type SettledLog, Settling } from "../../src/engine/settling.ts";
import { Transaction } from "../../src/engine/transaction.ts";
import { TurnListeners } from "../../src/engine/turn_listeners.ts";
import type { Connection, Statement } from "../../src/sqlite/sqlite.ts";
import { named } from "../harness/lacking.ts";
import { DatabaseFile, DRIVERS } from "../store/open.ts";

const driver = DRIVERS.find((each) => each.info.name === "ffi");

/** So many rows that are held back. They are written by one statement for many. */
class Rows implements HeldRows {
  readonly share = 1;
  readonly spilled = false;
  readonly noted = 3000;
  left = 3000;
  isApart = false;
  written = 0;
  readonly #write: Statement;
  readonly #stand: Statement;

  constructor(connection: Connection) {
    this.#write = connection.prepare("INSERT INTO rows VALUES(1)");
    this.#stand = connection.prepare("SELECT n FROM rows");
  }

  get count(): number {
    return this.left;
  }
  setApart(): void {
    this.isApart = true;
  }
  rejoin(): void {
    this.isApart = false;
  }
  writeApart(): boolean {
    this.left = 0;
    return true;
  }
  gather(): Statement {
    this.left -= 1500;
    this.written++;
    return this.#write;
  }
  border(): Statement {
    this.#stand.step();
    return this.#stand;
  }
}

Deno.test({
  ...named(
    "a commit in slices that a turn disturbs leaves no statement that reads",
    driver === undefined ? "no native SQLite library" : undefined,
  ),
  async fn() {
    await using file = new DatabaseFile(driver ?? DRIVERS[0]!);
    const connection = file.connect(), other = file.connect();
    connection.exec("PRAGMA journal_mode = WAL; CREATE TABLE rows(n); INSERT INTO rows VALUES(0)");
    const transaction = new Transaction(connection, () => {});
    const heldRows = new Rows(connection);
    let disturbed = 0;
    const behind: SettledLog = {
      on: true,
      owed: 0,
      mustCommit: false,
      alone: true,
      committing() {},
      committed() {},
      settlingInSlices() {},
      committedInSlices() {},
      disturbed() {
        disturbed++;
        settling.atOnce();
      },
    };
    const settling = new Settling(
      { connection, writing: false, heldRows, behind, writeFailed: false },
      transaction,
      new TurnListeners(),
      () => assert.fail("nothing is undone"),
    );
    transaction.write();
    settling.begin();
    // The rows, and then their pages, while a statement stands on one of them.
    for (let slice = 0; slice < 2; slice++) {
      settling.slice(1500);
      while (settling.busy) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    connection.aside?.ended();
    connection.exec("INSERT INTO rows VALUES(2)");
    settling.slice(1500);
    assert.equal(disturbed, 1);
    assert.equal(transaction.open, false);
    other.setBusyTimeout(0);
    other.exec("SELECT n FROM rows");
    assert.equal((await other.checkpointAsync?.("restart"))?.busy, false);
  },
});
