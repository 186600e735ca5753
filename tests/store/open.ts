/** Opens stores for tests: on every driver this machine has, in a directory that goes away. */

import { join } from "node:path";
import { ManualClock } from "../../src/engine/clock.ts";
import { RUNTIME } from "../../src/runtime/runtime.ts";
import { chooseDriver } from "../../src/sqlite/drivers.ts";
import type { Connection, Driver } from "../../src/sqlite/sqlite.ts";
import { Slice } from "../../src/store/values/slice.ts";
import { claim } from "../../src/store/place/open_files.ts";
import { Store, type StoreOptions } from "../../src/store/store.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

function findDrivers(): Driver[] {
  if (RUNTIME === "browser") return [chooseDriver()];
  const builtin = chooseDriver({ driver: "builtin" });
  try {
    return [chooseDriver({ driver: "ffi" }), builtin];
  } catch {
    return [builtin];
  }
}

/** The drivers to test on: the native library's, if there is one, and Deno's own; in a browser its own. */
export const DRIVERS: readonly Driver[] = findDrivers();

/** Registers a test on each driver. */
export function testOnDrivers(name: string, body: (driver: Driver) => void | Promise<void>): void {
  for (const driver of DRIVERS) Deno.test(`${name} (${driver.info.name})`, () => body(driver));
}

/** A database file of a test, what the test opened of it, and the test's clock. */
export class DatabaseFile implements AsyncDisposable {
  readonly driver: Driver;
  readonly directory: string = Deno.makeTempDirSync({ prefix: "redlite-" });
  readonly path: string = join(this.directory, "test.db");
  readonly clock: ManualClock = new ManualClock();
  readonly #stores: Store[] = [];
  readonly #connections: Connection[] = [];
  readonly #claims: (() => void)[] = [];

  constructor(driver: Driver) {
    this.driver = driver;
  }

  /** Opens a store on the file. */
  open(options: StoreOptions = {}): Store {
    const store = new Store(this.driver, this.path, { clock: this.clock, ...options });
    this.#stores.push(store);
    return store;
  }

  /** Opens a connection beside the stores, as another process would. */
  connect(): Connection {
    // It is of the same library, which a store could not tell of a descriptor that nobody claims.
    this.#claims.push(claim(this.path, this.driver.info));
    const connection = this.driver.open(this.path);
    this.#connections.push(connection);
    return connection;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const connection of this.#connections) connection.close();
    for (const store of this.#stores) await store.close();
    for (const release of this.#claims) release();
    await Deno.remove(this.directory, { recursive: true });
  }
}

/** Opens a store in memory. */
export function memoryStore(driver: Driver, clock: ManualClock = new ManualClock()): Store {
  return new Store(driver, ":memory:", { clock });
}

/** The bytes of a text, or the bytes themselves. */
export function bytesOf(data: string | Uint8Array): Uint8Array {
  return typeof data === "string" ? encoder.encode(data) : data;
}

/** A slice of a text or of bytes, not at the start of its array, as in a socket's buffer. */
export function slice(data: string | Uint8Array): Slice {
  const bytes = bytesOf(data);
  const padded = new Uint8Array(bytes.length + 7);
  padded.set(bytes, 3);
  return new Slice(padded, 3, 3 + bytes.length);
}

/** A slice as text. */
export const text = (bytes: Uint8Array): string => decoder.decode(bytes);

/** Sets a string in the current turn. */
export function put(
  store: Store,
  key: string | Uint8Array,
  value: string | Uint8Array,
  { db = 0, expiresAtMs = 0 } = {},
): void {
  store.engine.write();
  const name = slice(key);
  if (expiresAtMs === 0) {
    store.strings.set(db, name, slice(value));
  } else {
    store.keyspace.find(db, name);
    store.strings.replace(db, name, slice(value), expiresAtMs);
  }
}

/** A string's bytes. */
export function bytesAt(store: Store, key: string | Uint8Array, db = 0): Uint8Array | undefined {
  return store.strings.get(db, slice(key))?.materialize().copy();
}

/** A string as text. */
export function get(store: Store, key: string | Uint8Array, db = 0): string | undefined {
  const bytes = bytesAt(store, key, db);
  return bytes && text(bytes);
}

/** Deletes a key in the current turn. */
export function remove(store: Store, key: string | Uint8Array, db = 0): boolean {
  store.engine.write();
  return store.keyspace.delete(db, slice(key));
}

/** One number that a statement selects. */
export function number(connection: Connection, sql: string): number {
  const statement = connection.prepare(sql);
  try {
    statement.step();
    return statement.columnNumber(0);
  } finally {
    statement.finalize();
  }
}
