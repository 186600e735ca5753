/** Databases whose time stands still until a test moves it on, and what they hold and held. */

import { commandTable } from "../../src/commands/table/commands.ts";
import { Core } from "../../src/embedded/running/core.ts";
import { toBytes, toText } from "../../src/embedded/data.ts";
import { RedliteError } from "../../src/embedded/errors.ts";
import type { ManualClock } from "../../src/engine/clock.ts";
import type { Value } from "../../src/embedded/running/value_reply.ts";
import type { Store } from "../../src/store/store.ts";
import { DRIVERS, memoryStore } from "../store/open.ts";
import { ManualClock as Clock } from "../../src/engine/clock.ts";

/** One process on a database. */
export class Process implements Disposable {
  readonly core: Core;
  readonly clock: ManualClock;

  constructor(store: Store, clock: ManualClock) {
    this.core = new Core(store, commandTable());
    this.clock = clock;
  }

  /** Opens a database in memory. */
  static inMemory(driver = DRIVERS[0]): Process {
    const clock = new Clock();
    return new Process(memoryStore(driver!, clock), clock);
  }

  get store(): Store {
    return this.core.store;
  }

  /** The database's time, Unix time in milliseconds. */
  get now(): number {
    return this.clock.now();
  }

  /** The reply to a line of words, an error as its text. */
  ask(line: string): Value {
    return this.run(line.split(" "));
  }

  /** The reply to a command. */
  run(words: readonly (string | Uint8Array)[]): Value {
    try {
      return this.core.run(words, toText);
    } catch (error) {
      if (error instanceof RedliteError) return `${error.code} ${error.message}`;
      throw error;
    }
  }

  /** The reply to a line as bytes, in hexadecimal. */
  bytes(line: string): string {
    const value = this.core.run(line.split(" "), toBytes);
    return value instanceof Uint8Array
      ? Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join("")
      : JSON.stringify(value);
  }

  /** Moves the time on. @returns The time before. */
  advance(ms = 10): number {
    this.store.endTurn();
    const before = this.now;
    this.clock.advance(ms);
    return before;
  }

  /** Runs background work until there is none. */
  sweep(): void {
    while (this.store.sweeper.sweep());
  }

  /** One number that a statement selects. */
  number(sql: string): number {
    this.store.engine.read();
    const statement = this.store.engine.prepare(sql);
    statement.step();
    const number = statement.columnNumber(0);
    statement.finalize();
    this.store.endTurn();
    return number;
  }

  [Symbol.dispose](): void {
    this.core.closeNow();
  }
}

/** An entry of HISTORY GET. */
export interface GivenEntry {
  readonly version: number;
  readonly operation: string;
  readonly timestamp: number;
  readonly type: string;
  readonly data: unknown;
}

/** The entries of a key, the latest first. */
export function entriesOf(process: Process, key: string, options = ""): GivenEntry[] {
  const entries = process.ask(`HISTORY GET ${key}${options}`) as unknown[][];
  if (!Array.isArray(entries)) throw new TypeError(String(entries));
  return entries.map((flat) => {
    const entry: Record<string, unknown> = {};
    for (let i = 0; i < flat.length; i += 2) entry[String(flat[i])] = flat[i + 1];
    return entry as unknown as GivenEntry;
  });
}

/** The operations of a key, the first one first. */
export function operationsOf(process: Process, key: string): string {
  return entriesOf(process, key).map(({ operation }) => operation).reverse().join(" ");
}

/** All that a database holds: of each key its type, value, expiry. */
export function snapshot(process: Process, prefix = ""): Record<string, string> {
  const keys = process.ask(`${prefix}KEYS *`);
  if (!Array.isArray(keys)) throw new TypeError(String(keys));
  const all: Record<string, string> = { size: process.bytes(`${prefix}DBSIZE`) };
  for (const key of keys) {
    const name = String(key);
    all[`key ${name}`] = [`TYPE ${name}`, `PEXPIRETIME ${name}`, `DUMP ${name}`]
      .map((line) => process.bytes(prefix + line)).join(" ");
  }
  return all;
}
