/** Opens embedded databases for tests: on every driver, in memory or in a directory that goes away. */

import { join } from "node:path";
import { Redlite, type RedliteOptions } from "../../mod.ts";
import type { DriverName } from "../../src/sqlite/sqlite.ts";
import { DRIVERS } from "../store/open.ts";

/** Registers a test that gets a database in memory, on each driver. */
export function testInMemory(name: string, body: (db: Redlite) => void | Promise<void>): void {
  for (const { info } of DRIVERS) {
    Deno.test(`${name} (${info.name})`, async () => {
      await using db = Redlite.open(":memory:", { driver: info.name });
      await body(db);
    });
  }
}

/** Registers a test that opens a file, on each driver. */
export function testOnFile(name: string, body: (file: RedliteFile) => void | Promise<void>): void {
  for (const { info } of DRIVERS) {
    Deno.test(`${name} (${info.name})`, async () => {
      await using file = new RedliteFile(info.name);
      await body(file);
    });
  }
}

/** A database file of a test and what the test opened of it. */
export class RedliteFile implements AsyncDisposable {
  readonly driver: DriverName;
  readonly directory: string = Deno.makeTempDirSync({ prefix: "redlite-" });
  readonly path: string = join(this.directory, "test.db");
  readonly #open: Redlite[] = [];

  constructor(driver: DriverName) {
    this.driver = driver;
  }

  /** Opens the file. */
  open(options: RedliteOptions = {}): Redlite {
    const db = Redlite.open(this.path, { driver: this.driver, ...options });
    this.#open.push(db);
    return db;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const db of this.#open) await db.close();
    await Deno.remove(this.directory, { recursive: true });
  }
}

const encoder = new TextEncoder();

/** The UTF-8 bytes of a text. */
export const bytes = (text: string): Uint8Array => encoder.encode(text);
