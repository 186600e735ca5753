/**
 * A backup as Redis 8.10 makes it: an RDB file of one moment, a log of what is written from then until
 * it is sealed, and the manifest of both. Redis 7.0 and later start from such a folder, as long as
 * there are only its own types.
 *
 * The log is that of the effects of turns; another process's commits leave none here, so after one the
 * backup fails.
 *
 * @module
 */

import { join } from "node:path";
import { createFile, files, type NewFile } from "../../runtime/files.ts";
import type { BackupState, OnlineBackup } from "../../commands/file/online_backup.ts";
import type { Timer } from "../../engine/clock.ts";
import type { TurnEffects } from "../../engine/effects.ts";
import { RUNTIME, RUNTIME_TITLE } from "../../runtime/runtime.ts";
import { encodeCommands } from "../links/redis_link.ts";
import { type CommandError, err, messageOf } from "../../store/values/errors.ts";
import type { Store } from "../../store/store.ts";
import type { ServerFilesHost } from "../server_options.ts";
import { writePieces } from "./file.ts";
import { Moment } from "./moment.ts";
import { rdbPieces } from "./rdb.ts";

const BASE = "appendonly.aof.1.base.rdb";
const LOG = "appendonly.aof.1.incr.aof";
const MANIFEST = "appendonly.aof.manifest";
const SECOND_MS = 1000;

/** The backups of one server, one after the other. */
export class OnlineBackups implements OnlineBackup {
  state: BackupState = "idle";
  error = "";
  startedAt = 0;
  sealedAt = 0;
  files: readonly string[] = [];
  readonly #host: ServerFilesHost;
  #folder = "";
  #log: EffectLog | undefined;
  /** Commits of other processes when it began. */
  #foreignCommits = 0;
  #timer: Timer | undefined;
  /** The backup that runs: whoever is of another one has been called off. */
  #run = 0;

  constructor(host: ServerFilesHost) {
    this.#host = host;
  }

  get #nowSeconds(): number {
    return Math.floor(this.#host.store.engine.clock.now() / 1000);
  }

  async start(): Promise<void> {
    if (RUNTIME !== "deno") {
      throw err(
        `BACKUP START takes a server of Deno, and this is ${RUNTIME_TITLE}: BACKUP takes a path`,
      );
    }
    if (this.state !== "idle" && this.state !== "failed") throw this.#notNow("START");
    const { config, store } = this.#host;
    const folder = join(config.get("dir") || ".", config.get("backupdirname"));
    prepare(folder);
    this.#folder = folder;
    this.error = "";
    this.sealedAt = 0;
    this.files = [];
    this.startedAt = this.#nowSeconds;
    this.state = "snapshotting";
    const run = ++this.#run;
    const beside = Moment.beside(store);
    this.#foreignCommits = store.engine.foreignCommits;
    // No turn comes between the moment and the log, which begins with the next.
    this.#log = new EffectLog(store, join(folder, LOG));
    const pieces = beside === undefined ? this.#atOnce() : rdbPieces(beside.moment, true, true);
    void this.#snapshot(run, pieces).finally(() => beside?.close());
    await Promise.resolve();
  }

  /** The pieces of a database that has no connection beside. */
  #atOnce(): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    this.#host.runTurn(() => {
      for (const piece of rdbPieces(new Moment(this.#host.store), true, true)) {
        pieces.push(piece.slice());
      }
    });
    return pieces;
  }

  async #snapshot(run: number, pieces: Iterable<Uint8Array>): Promise<void> {
    const path = join(this.#folder, BASE);
    try {
      await writePieces(path, this.#whileRunning(run, pieces), false, () => {});
      if (run !== this.#run) return;
      this.state = "incrementing";
      this.files = [path];
    } catch (error) {
      if (run === this.#run) await this.#fail(messageOf(error));
    }
  }

  *#whileRunning(run: number, pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
    for (const piece of pieces) {
      if (run !== this.#run) throw new Error("the backup was aborted");
      yield piece;
    }
  }

  async seal(): Promise<void> {
    if (this.state !== "incrementing" || this.#log === undefined) throw this.#notNow("SEAL");
    const { store: { engine } } = this.#host;
    const log = this.#log;
    try {
      engine.settle();
      await log.end();
      if (engine.foreignCommits !== this.#foreignCommits) {
        throw new Error("another process has written to the database meanwhile");
      }
      const lines = [`file ${BASE} seq 1 type b`, `file ${LOG} seq 1 type i`, ""];
      const manifest = join(this.#folder, MANIFEST);
      await writePieces(manifest, [new TextEncoder().encode(lines.join("\n"))], false, () => {});
      this.#log = undefined;
      this.files = [BASE, LOG, MANIFEST].map((name) => join(this.#folder, name));
      this.sealedAt = this.#nowSeconds;
      this.state = "sealed";
      this.#lookWhetherItIsOver();
    } catch (error) {
      await this.#fail(messageOf(error));
      throw err(`the backup failed: ${messageOf(error)}`);
    }
  }

  /** A sealed one is cleaned up when `backup-sealed-ttl` is over, which may be changed meanwhile. */
  #lookWhetherItIsOver(): void {
    const { config, store: { engine: { clock } } } = this.#host;
    this.#timer?.cancel();
    this.#timer = clock.after(SECOND_MS, () => {
      if (this.state !== "sealed") return;
      const seconds = Number(config.get("backup-sealed-ttl"));
      if (seconds > 0 && this.#nowSeconds - this.sealedAt >= seconds) void this.cleanup();
      else this.#lookWhetherItIsOver();
    });
  }

  async abort(): Promise<void> {
    if (this.state !== "snapshotting" && this.state !== "incrementing") throw this.#notNow("ABORT");
    await this.#fail("aborted");
  }

  async cleanup(): Promise<void> {
    if (this.state !== "sealed" && this.state !== "failed") throw this.#notNow("CLEANUP");
    this.files = [];
    this.error = "";
    this.startedAt = this.sealedAt = 0;
    this.state = "idle";
    await this.#remove();
  }

  async #fail(why: string): Promise<void> {
    this.#run++;
    this.state = "failed";
    this.error = why;
    this.files = [];
    this.#host.report(`backup: ${why}`);
    await this.#log?.end().catch(() => {});
    this.#log = undefined;
    await this.#remove();
  }

  async #remove(): Promise<void> {
    for (const name of [BASE, `${BASE}.part`, LOG, MANIFEST]) {
      await files.remove(join(this.#folder, name)).catch(() => {});
    }
  }

  #notNow(subcommand: string): CommandError {
    return err(`BACKUP ${subcommand} is of no use now: the backup is ${this.state}`);
  }

  /** The server stops: what is not sealed is given up. */
  close(): void {
    this.#run++;
    this.#timer?.cancel();
    this.#log?.close();
    this.#log = undefined;
  }
}

/** Makes a folder, if it is not there. @throws {CommandError} If there is something in it. */
function prepare(folder: string): void {
  try {
    files.mkdirSync(folder, { recursive: true, mode: 0o700 });
    if ([...files.readDirSync(folder)].length === 0) return;
  } catch (error) {
    throw err(`the folder of backups cannot be made: ${messageOf(error)}`);
  }
  throw err("the folder of backups is not empty: BACKUP CLEANUP, or another backupdirname");
}

/** Writes the effects of turns into a file, in order. */
class EffectLog {
  readonly #file: Promise<NewFile>;
  readonly #stopListening: () => void;
  /** The database that is selected at the end. */
  #db = -1;
  #writing: Promise<void> = Promise.resolve();
  #failure: unknown;
  #closed = false;

  constructor(store: Store, path: string) {
    this.#file = createFile(path, 0o600);
    this.#file.catch((error) => this.#failure ??= error);
    this.#stopListening = store.engine.effects.listen((effects) => this.#heard(effects));
  }

  #heard({ bytes, db, endDb }: TurnEffects): void {
    const parts = db === this.#db ? [] : [encodeCommands([["SELECT", db]])];
    this.#db = endDb;
    parts.push(bytes.slice());
    this.#writing = this.#writing.then(() => this.#write(parts)).catch((error) => {
      this.#failure ??= error;
    });
  }

  async #write(parts: readonly Uint8Array[]): Promise<void> {
    const file = await this.#file;
    for (const part of parts) {
      for (let at = 0; at < part.length;) at += await file.write(part.subarray(at));
    }
  }

  /** Ends the file, when all is on the disk. @throws {Error} If it could not be written. */
  async end(): Promise<void> {
    this.#stopListening();
    await this.#writing;
    try {
      if (this.#failure !== undefined) throw this.#failure;
      if (!this.#closed) await (await this.#file).syncData();
    } finally {
      this.close();
    }
  }

  /** Lets go of the file. */
  close(): void {
    this.#stopListening();
    if (this.#closed) return;
    this.#closed = true;
    void this.#file.then((file) => file[Symbol.dispose](), () => {});
  }
}
