/** Moves keys to other servers, for MIGRATE. */

import { isConnectionRefused } from "../../runtime/network.ts";
import { dumpPayload } from "../../commands/keys/dump.ts";
import type { Migration, MigrationRequest } from "../../commands/keys/migration_host.ts";
import { latin1Of } from "../../commands/table/latin1.ts";
import { sayDeleted } from "../../commands/table/effects.ts";
import type { ServerReply } from "../../resp/reply_parser.ts";
import { TYPE } from "../../store/file/schema.ts";
import type { Store } from "../../store/store.ts";
import { CommandError, err } from "../../store/values/errors.ts";
import { Slice } from "../../store/values/slice.ts";
import { RedisLink, type Word } from "./redis_link.ts";

/** What the server gives. */
export interface MigrationHost {
  readonly store: Store;
  /** Runs its argument in a turn. */
  runTurn(work: () => void): void;
}

/** How often a key that changes on its way is sent. */
const MOST_TRIES = 10;
/** Milliseconds between two looks at another process's lock, and how many looks are taken. */
const AGAIN_MS = 2, MOST_LOOKS = 2500;

/** A key as it was when it was looked at. */
interface Sent {
  readonly key: Uint8Array;
  readonly payload: Uint8Array;
  readonly expiresAtMs: number;
}

/** Moves keys, several commands' at once. */
export class Migrations implements Migration {
  readonly #host: MigrationHost;

  constructor(host: MigrationHost) {
    this.#host = host;
  }

  async move(request: MigrationRequest): Promise<void> {
    using target = await Target.open(request);
    let { keys } = request;
    for (let tries = 1; keys.length > 0; tries++) {
      const sent = this.#look(request.db, keys);
      // What this has put there already is its own to replace.
      const { taken, refusal } = await target.restore(sent, request.replace || tries > 1);
      keys = request.copy ? [] : await this.#delete(request.db, taken);
      if (refusal !== undefined) {
        throw err(`Target instance replied with error: ${latin1Of(refusal)}`);
      }
      if (keys.length > 0 && tries === MOST_TRIES) {
        throw err("the keys change faster than they can be sent: the target has what they were");
      }
    }
  }

  /** What keys are now; those that are gone are left out. */
  #look(db: number, keys: readonly Uint8Array[]): Sent[] {
    const found: Sent[] = [];
    this.#host.runTurn(() => {
      for (const key of keys) {
        const sent = this.#sentOf(db, key);
        if (sent !== undefined) found.push(sent);
      }
    });
    return found;
  }

  #sentOf(db: number, key: Uint8Array): Sent | undefined {
    const { store } = this.#host;
    if (store.keyspace.find(db, new Slice(key)) === TYPE.NONE) return undefined;
    const { expiresAtMs } = store.keyspace.row;
    const payload = dumpPayload(store);
    return payload && { key, payload: payload.copy(), expiresAtMs };
  }

  /** Deletes keys that are what was sent. @returns Those that are something else by now. */
  async #delete(db: number, sent: readonly Sent[]): Promise<Uint8Array[]> {
    const changed: Uint8Array[] = [];
    const { store } = this.#host;
    await this.#write(() => {
      for (const was of sent) {
        const is = this.#sentOf(db, was.key);
        if (is === undefined) continue;
        if (is.expiresAtMs !== was.expiresAtMs || !isSame(is.payload, was.payload)) {
          changed.push(was.key);
          continue;
        }
        const key = new Slice(was.key);
        if (store.keyspace.delete(db, key)) sayDeleted(store, db, key);
      }
    });
    return changed;
  }

  /** Runs work in a turn that may write. */
  async #write(work: () => void): Promise<void> {
    const { store } = this.#host;
    for (let looks = 1;; looks++) {
      let may = false;
      this.#host.runTurn(() => {
        may = store.tryWrite();
        if (may) work();
      });
      if (may) return;
      if (looks === MOST_LOOKS) {
        throw new CommandError(
          "BUSY another process holds the write lock: the keys are on both sides",
        );
      }
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** What is wrong with a connection, in Redis's words. */
const ioError = (what: string): CommandError => new CommandError(`IOERR error or timeout ${what}`);

/** The server that keys go to. */
class Target implements Disposable {
  readonly #link: RedisLink;
  readonly #timeoutMs: number;
  /** What has to be said before anything else. */
  #greeting: Word[][];

  private constructor(link: RedisLink, { user, password, toDb, timeoutMs }: MigrationRequest) {
    this.#link = link;
    this.#timeoutMs = timeoutMs;
    this.#greeting = password === undefined
      ? [["SELECT", toDb]]
      : [["AUTH", ...user === "" ? [] : [user], password], ["SELECT", toDb]];
  }

  /** Connects. @throws {CommandError} IOERR if that takes too long, or there is nobody. */
  static async open(request: MigrationRequest): Promise<Target> {
    const { hostname, port, timeoutMs } = request;
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      return new Target(await RedisLink.open({ hostname, port, signal }), request);
    } catch (error) {
      // Redis connects without waiting, and finds out when it writes.
      const refused = isConnectionRefused(error);
      throw ioError(refused ? "writing to target instance" : "connecting to the client");
    }
  }

  /**
   * Has the target put keys in place.
   *
   * @returns Those that it has, and what it said of the first that it has not.
   */
  async restore(
    sent: readonly Sent[],
    replace: boolean,
  ): Promise<{ readonly taken: Sent[]; readonly refusal: string | undefined }> {
    const greeting = this.#greeting;
    this.#greeting = [];
    const nowMs = Date.now();
    const commands = sent.map(({ key, payload, expiresAtMs }): Word[] => {
      const ttl = expiresAtMs === 0 ? 0 : Math.max(1, expiresAtMs - nowMs);
      return ["RESTORE", key, ttl, payload, ...replace ? ["REPLACE"] : []];
    });
    await this.#within("writing", () => this.#link.send(...greeting, ...commands));
    let refusal: string | undefined;
    for (const _ of greeting) refusal ??= refusalOf(await this.#reply());
    const denied = refusal !== undefined;
    const taken: Sent[] = [];
    for (const each of sent) {
      const why = refusalOf(await this.#reply());
      refusal ??= why;
      if (why === undefined && !denied) taken.push(each);
    }
    return { taken, refusal };
  }

  #reply(): Promise<ServerReply> {
    return this.#within("reading", () => this.#link.reply());
  }

  /** Gives up what takes too long. @throws {CommandError} IOERR */
  async #within<T>(what: string, work: () => Promise<T>): Promise<T> {
    const timer = setTimeout(() => this[Symbol.dispose](), this.#timeoutMs);
    try {
      return await work();
    } catch {
      throw ioError(`${what} to target instance`);
    } finally {
      clearTimeout(timer);
    }
  }

  [Symbol.dispose](): void {
    this.#link[Symbol.dispose]();
  }
}

function refusalOf(reply: ServerReply): string | undefined {
  return reply.type === "error" ? reply.text : undefined;
}
