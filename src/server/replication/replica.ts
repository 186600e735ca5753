/** One replica: what it said of itself, and how far what it gets has come. */

import type { ReplicaFacts } from "../../commands/replication/replicas.ts";
import type { OutputBufferLimit } from "../../clients/configuration/configuration.ts";
import type { Client } from "../../commands/table/client.ts";
import type { Backlog } from "./backlog.ts";
import type { Snapshot } from "./snapshot.ts";

/** What a Redlite says that it understands (REPLCONF capa). */
export const OURS = "redlite";
/** Bytes that may wait in a connection's output. */
const MOST_WAITING = 1024 * 1024;
/** Pieces of a snapshot that are made in one go, when they are only counted. */
const PIECES_AT_ONCE = 8;

const encoder = new TextEncoder();
const NEWLINE = encoder.encode("\n");

/** The snapshot that a replica is given. */
interface Sending {
  readonly snapshot: Snapshot;
  /** The pieces, or the first look at them, by which their size is known. */
  pieces: Iterator<Uint8Array>;
  /** Bytes counted so far, where the size is told before; undefined once it is told, or need not be. */
  size: number | undefined;
  /** What ends the snapshot. */
  readonly mark: string;
}

/** A replica, as the master sees it. */
export class Replica {
  readonly client: Client;
  /** Whether it has asked for the stream. */
  follows = false;
  /** Whether it is a Redlite, to which all may be told. */
  isOurs = false;
  #port = 0;
  #address = "";
  /** Whether it finds the end of a snapshot by a mark. */
  #findsEnd = false;
  /** Whether it wants the snapshot alone. */
  #snapshotOnly = false;
  /** What it wants of the snapshot. */
  #parts: ReadonlySet<string> = new Set(["keys", "functions"]);
  #sending: Sending | undefined;
  /** Bytes of the stream that were sent, and that it has applied. */
  #sent = 0;
  #applied = 0;
  #onDisk = 0;
  #overSoftSinceMs = 0;
  #heardAtMs: number;
  /** Whether it has to say that it has found the end of the snapshot before anything follows. */
  #isFinding = false;

  constructor(client: Client, nowMs: number) {
    this.client = client;
    this.#heardAtMs = nowMs;
  }

  /** Whether it still gets the snapshot. */
  get syncing(): boolean {
    return this.#sending !== undefined || this.#isFinding;
  }

  /** Where it is, for the log. */
  get shown(): string {
    return this.#port === 0 ? this.client.address : `${this.#host}:${this.#port}`;
  }

  get #host(): string {
    return this.#address || this.client.address.replace(/:\d+$/, "");
  }

  /** What INFO tells. */
  facts(nowMs: number): ReplicaFacts {
    const sending = this.#sending;
    const found = sending === undefined && !this.#isFinding;
    return {
      address: this.#host,
      port: this.#port,
      state: found ? "online" : sending?.size === undefined ? "send_bulk" : "wait_bgsave",
      offset: this.#applied,
      lagSeconds: Math.max(0, Math.floor((nowMs - this.#heardAtMs) / 1000)),
    };
  }

  /** Notes what it says of itself. */
  configure(name: string, value: string): void {
    if (name === "listening-port") this.#port = Number(value) || 0;
    else if (name === "ip-address") this.#address = value;
    else if (name === "capa" && value.toLowerCase() === "eof") this.#findsEnd = true;
    else if (name === "capa" && value.toLowerCase() === OURS) this.isOurs = true;
    else if (name === "rdb-filter-only") this.#parts = new Set(value.split(" "));
    else if (name === "rdb-only") this.#snapshotOnly = value === "1";
  }

  /** Goes on with the stream. */
  resume(id: string, at: number): void {
    this.follows = true;
    this.#sent = this.#applied = at;
    this.#onDisk = 0;
    this.#push(encoder.encode(`+CONTINUE ${id}\r\n`));
  }

  /** Begins with a snapshot. @param id The stream's, for who goes by that. */
  begin(snapshot: Snapshot, at: number, id: string | undefined): void {
    this.close();
    this.follows = true;
    this.#sent = at;
    this.#applied = this.#onDisk = 0;
    if (id !== undefined) this.#push(encoder.encode(`+FULLRESYNC ${id} ${at}\r\n`));
    const mark = this.#findsEnd ? crypto.randomUUID().replaceAll("-", "").padEnd(40, "0") : "";
    if (this.#findsEnd) this.#push(encoder.encode(`$EOF:${mark}\r\n`));
    const size = this.#findsEnd ? undefined : 0;
    this.#sending = { snapshot, pieces: snapshot.pieces(this.#parts), size, mark };
    while (snapshot.atOnce && this.#sending !== undefined) this.#step(this.#sending);
  }

  /** Sends what its connection takes of what there is. */
  send(backlog: Backlog): "done" | "more" | "lost" {
    while (this.#sending !== undefined) {
      if (this.#isFull) return "more";
      this.#step(this.#sending);
      // One piece in a go: others are to be served, too.
      if (this.#sending !== undefined) return "more";
    }
    if (this.#snapshotOnly || this.#isFinding) return "done";
    while (this.#sent < backlog.end) {
      if (this.#isFull) return "more";
      const bytes = backlog.from(this.#sent);
      if (bytes === undefined) return "lost";
      this.#push(bytes);
      this.#sent += bytes.length;
    }
    return "done";
  }

  get #isFull(): boolean {
    return this.client.transport().outputBuffer >= MOST_WAITING;
  }

  /** Sends the next piece of the snapshot, or counts some. */
  #step(sending: Sending): void {
    if (sending.size !== undefined) {
      for (let i = 0; i < PIECES_AT_ONCE; i++) {
        const next = sending.pieces.next();
        if (next.done === true) {
          this.#push(encoder.encode(`$${sending.size}\r\n`));
          sending.size = undefined;
          sending.pieces = sending.snapshot.pieces(this.#parts);
          return;
        }
        sending.size += next.value.length;
      }
      return;
    }
    const next = sending.pieces.next();
    if (next.done !== true) return this.#push(next.value.slice());
    if (sending.mark !== "") {
      this.#push(encoder.encode(sending.mark));
      this.#isFinding = true;
    }
    sending.snapshot.close();
    this.#sending = undefined;
  }

  #push(bytes: Uint8Array): void {
    this.client.pushBytes(bytes);
  }

  /** Lets it know that there will be a snapshot. */
  keepAlive(): void {
    if (this.#sending?.size !== undefined) this.#push(NEWLINE);
  }

  /** It has applied so much. */
  acknowledge(offset: number, onDisk: number | undefined, nowMs: number): void {
    this.#applied = Math.max(this.#applied, offset);
    this.#onDisk = Math.max(this.#onDisk, onDisk ?? 0);
    if (this.#sending === undefined) this.#isFinding = false;
    this.#heardAtMs = nowMs;
  }

  /** Whether it has applied so much. @param onDisk Whether that has to be on its disk. */
  isAt(offset: number, onDisk: boolean): boolean {
    return this.follows && !this.syncing && (onDisk ? this.#onDisk : this.#applied) >= offset;
  }

  /** Bytes of the stream that it was not sent yet. */
  lag(end: number): number {
    return this.follows && !this.#snapshotOnly ? end - this.#sent : 0;
  }

  /** Whether it leaves more unread than it may. */
  exceeds({ hard, soft, seconds }: OutputBufferLimit, end: number, nowMs: number): boolean {
    const lag = this.lag(end) + this.client.transport().outputBuffer;
    if (hard > 0 && lag >= hard) return true;
    if (soft === 0 || lag < soft) {
      this.#overSoftSinceMs = 0;
      return false;
    }
    this.#overSoftSinceMs ||= nowMs;
    return nowMs - this.#overSoftSinceMs > 1000 * seconds;
  }

  /** For how long it has said nothing; while it is given the snapshot that is no matter. */
  silentMs(nowMs: number): number {
    return this.#sending === undefined && !this.#isFinding ? nowMs - this.#heardAtMs : 0;
  }

  /** Lets go of the snapshot. */
  close(): void {
    this.#sending?.snapshot.close();
    this.#sending = undefined;
    this.#isFinding = false;
  }
}
