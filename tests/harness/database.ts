/** One way to work on a database for those that have it in their process and those that ask a server. */

import { type Redlite, RedliteError } from "../../mod.ts";
import type { Reply, RespClient } from "./resp_client.ts";
import { latin1 } from "./resp_client.ts";

/** A command as words. */
export type Words = readonly [string, ...string[]];

/** A reply as a plain value: what a pipe between processes carries. */
export type Value = string | number | null | Value[];

/** A database, wherever it is. */
export interface Database {
  /** Runs a command. @throws {Error} With Redis's error reply. */
  call(...words: Words): Promise<Value>;
  /** Runs commands as one transaction. */
  transaction(commands: readonly Words[]): Promise<Value[]>;
  /** Puts in place of a string what a function makes of it, and loses nobody's change. */
  update(key: string, change: (value: string | null) => string): Promise<void>;
  /** Pops the first element of a list, waiting for one for so many seconds. */
  pop(key: string, seconds: number): Promise<string | null>;
}

/** Operations after which a process with an embedded database lets timers run. */
const CALLS_A_PASS = 20;

/** A database in this process. */
export class EmbeddedDatabase implements Database {
  readonly #db: Redlite;
  #calls = 0;

  constructor(db: Redlite) {
    this.#db = db;
  }

  async call(...[name, ...args]: Words): Promise<Value> {
    await this.#pause();
    return this.#retried(() => plain(this.#db.call(name, ...args)));
  }

  async transaction(commands: readonly Words[]): Promise<Value[]> {
    await this.#pause();
    return this.#retried(() =>
      this.#db.transaction(() =>
        commands.map(([name, ...args]) => plain(this.#db.call(name, ...args)))
      )
    );
  }

  async update(key: string, change: (value: string | null) => string): Promise<void> {
    await this.#pause();
    this.#retried(() => this.#db.transaction(() => this.#db.set(key, change(this.#db.get(key)))));
  }

  async pop(key: string, seconds: number): Promise<string | null> {
    return (await this.#db.blpop(key, { timeout: seconds }))?.[1] ?? null;
  }

  async #pause(): Promise<void> {
    if (++this.#calls % CALLS_A_PASS === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  }

  #retried<T>(work: () => T): T {
    for (;;) {
      try {
        return work();
      } catch (error) {
        if (!(error instanceof RedliteError && error.code === "BUSY")) throw error;
      }
    }
  }
}

function plain(value: unknown): Value {
  if (value instanceof Map) return [...value].flat().map(plain);
  if (value instanceof Set || Array.isArray(value)) return [...value].map(plain);
  if (value === null || typeof value === "string" || typeof value === "number") return value;
  throw new TypeError(`not a value: ${value}`);
}

/** A database that a server has open. */
export class ServedDatabase implements Database {
  readonly #client: RespClient;

  constructor(client: RespClient) {
    this.#client = client;
  }

  async call(...words: Words): Promise<Value> {
    for (;;) {
      const reply = await this.#client.send(...words);
      if (!isBusy(reply)) return valueOf(reply);
    }
  }

  async transaction(commands: readonly Words[]): Promise<Value[]> {
    for (;;) {
      const replies = await this.#client.pipeline([["MULTI"], ...commands, ["EXEC"]]);
      const last = replies[replies.length - 1]!;
      if (isBusy(last)) continue;
      // Of what a command was refused for EXEC says nothing.
      const values = valueOf(replies.find(({ type }) => type === "error") ?? last);
      if (!Array.isArray(values)) throw new Error(`EXEC replied ${values}`);
      return values;
    }
  }

  async update(key: string, change: (value: string | null) => string): Promise<void> {
    for (;;) {
      await this.call("WATCH", key);
      const value = await this.call("GET", key) as string | null;
      const replies = await this.#client.pipeline([["MULTI"], ["SET", key, change(value)], [
        "EXEC",
      ]]);
      if (!isBusy(replies[2]!) && valueOf(replies[2]!) !== null) return;
    }
  }

  async pop(key: string, seconds: number): Promise<string | null> {
    const value = await this.call("BLPOP", key, String(seconds));
    return Array.isArray(value) ? value[1] as string : null;
  }
}

/** Whether another process had the write lock for too long: nothing was done. */
function isBusy(reply: Reply): boolean {
  return reply.type === "error" && reply.value.startsWith("BUSY ");
}

function valueOf(reply: Reply): Value {
  switch (reply.type) {
    case "error":
      throw new Error(reply.value);
    case "simple":
      return reply.value;
    case "bulk":
      return latin1(reply.value);
    case "integer":
      return Number(reply.value);
    case "array":
      return reply.items.map(valueOf);
    case "null-bulk":
    case "null-array":
      return null;
    default:
      throw new TypeError(`not a reply of RESP2: ${reply.type}`);
  }
}
