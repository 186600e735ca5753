/**
 * The master's side of replication, in Redis's protocol: replicas get a snapshot and then the effects
 * of every turn, or only what they lack of these.
 *
 * The stream is kept from the first replica on. What is sent goes in pieces, as fast as the replica
 * takes them: what it has not taken waits in the backlog, once for all of them, and a replica that
 * falls behind what is kept is cut off, to come back for everything.
 *
 * Commits of other processes are in no effects: after one the stream is another, under a new id, so
 * that every replica comes back for everything.
 *
 * @module
 */

import type {
  BacklogFacts,
  ReplicaFacts,
  Replication,
} from "../../commands/server/replication_host.ts";
import type { Client } from "../../commands/table/command.ts";
import type { CommandTable } from "../../commands/table/table.ts";
import type { Timer } from "../../engine/clock.ts";
import type { TurnEffects } from "../../engine/effects.ts";
import type { Store } from "../../store/store.ts";
import { Backlog } from "./backlog.ts";
import { Replica } from "./replica.ts";
import { Snapshot } from "./snapshot.ts";
import { Stream } from "./stream.ts";

/** What a master needs of its server. */
export interface MasterHost {
  readonly store: Store;
  readonly commands: CommandTable;
  readonly config: { get(name: string): string };
  /** Calls back when the running turn is over, with none open. */
  whenCommitted(callback: () => void): void;
  /** Closes a client's connection. */
  disconnect(client: Client): void;
  /** Takes one line about what an operator should know. */
  report(message: string, level?: "notice"): void;
}

/** Milliseconds between two tries to send to who has not taken all. */
const AGAIN_MS = 2;
const SECOND_MS = 1000;
/** Bytes that are kept while a replica gets the snapshot. */
const KEPT_FOR_SYNC = 256 * 1024 * 1024;

const encoder = new TextEncoder();
const PING = encoder.encode("*1\r\n$4\r\nPING\r\n");
const GETACK = encoder.encode("*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n");

/** The replicas of one server. */
export class Master implements Replication {
  id: string = newId();
  fullSyncs = 0;
  partialSyncs = 0;
  refusedPartialSyncs = 0;
  readonly #host: MasterHost;
  readonly #clients = new Map<Client, Replica>();
  readonly #watchers = new Set<() => void>();
  #stream: Stream | undefined;
  #backlog: Backlog | undefined;
  #stopListening: () => void = () => {};
  #foreignCommits = 0;
  #again: Timer | undefined;
  #beat: Timer | undefined;
  #beats = 0;
  #aloneSinceMs = 0;
  #flushing = false;
  #closed = false;

  constructor(host: MasterHost) {
    this.#host = host;
  }

  get offset(): number {
    return this.#backlog?.end ?? 0;
  }

  get replicas(): readonly ReplicaFacts[] {
    return this.#following().map((replica) => replica.facts(this.#nowMs));
  }

  get backlog(): BacklogFacts | undefined {
    const backlog = this.#backlog;
    if (backlog === undefined) return undefined;
    const { start, end } = backlog;
    return { size: this.#size, first: start + 1, length: end - start };
  }

  get #nowMs(): number {
    return this.#host.store.engine.clock.now();
  }

  get #size(): number {
    return Number(this.#host.config.get("repl-backlog-size"));
  }

  #following(): Replica[] {
    return [...this.#clients.values()].filter(({ follows }) => follows);
  }

  #of(client: Client): Replica {
    let replica = this.#clients.get(client);
    if (replica === undefined) {
      replica = new Replica(client, this.#nowMs);
      this.#clients.set(client, replica);
    }
    return replica;
  }

  configure(client: Client, name: string, value: string): void {
    this.#of(client).configure(name, value);
  }

  follow(client: Client, asked: { readonly id: string; readonly from: number } | undefined): void {
    const replica = this.#of(client);
    // What the turn does is in the stream, or in the snapshot, when it is over.
    this.#host.whenCommitted(() => {
      if (this.#closed || !this.#clients.has(client)) return;
      try {
        this.#begin(replica, asked);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        this.#host.report(`a replica cannot be given all data: ${why}`);
        this.#host.disconnect(client);
      }
    });
  }

  #begin(replica: Replica, asked: { readonly id: string; readonly from: number } | undefined) {
    this.#listen();
    this.#noticeOthers();
    const backlog = this.#backlog;
    if (backlog === undefined) return;
    const at = (asked?.from ?? 0) - 1;
    if (asked?.id === this.id && at >= backlog.start && at <= backlog.end) {
      replica.resume(this.id, at);
      this.partialSyncs++;
      this.#host.report(`replica ${replica.shown}: goes on from byte ${at}`, "notice");
    } else {
      this.fullSyncs++;
      if (asked !== undefined && asked.id !== "?") this.refusedPartialSyncs++;
      // The next command selects its database: the snapshot's reader has none selected.
      if (this.#stream !== undefined) this.#stream.db = -1;
      replica.begin(new Snapshot(this.#host.store), backlog.end, asked && this.id);
      this.#host.report(`replica ${replica.shown}: gets all data`, "notice");
    }
    this.#flush();
    this.#schedule();
  }

  /** Makes the stream from now on. */
  #listen(): void {
    if (this.#backlog !== undefined) return;
    const { engine } = this.#host.store;
    this.#backlog = new Backlog(0);
    this.#stream = new Stream(this.#host.commands);
    this.#foreignCommits = engine.foreignCommits;
    this.#stopListening = engine.effects.listen((effects) => this.#heard(effects));
  }

  #heard(effects: TurnEffects): void {
    const bytes = this.#stream?.of(effects);
    if (bytes === undefined || bytes.length === 0) return;
    this.#append(bytes);
    if (this.#flushing) return;
    this.#flushing = true;
    // After the commit, which this is told in the middle of.
    queueMicrotask(() => {
      this.#flushing = false;
      if (!this.#closed) this.#flush();
    });
  }

  #append(bytes: Uint8Array): void {
    this.#backlog?.append(bytes);
    const syncing = this.#following().some(({ syncing }) => syncing);
    this.#backlog?.trim(syncing ? KEPT_FOR_SYNC : this.#size);
  }

  /** Another process has written: what follows the stream lacks that. */
  #noticeOthers(): void {
    const { foreignCommits } = this.#host.store.engine;
    if (foreignCommits === this.#foreignCommits) return;
    this.#foreignCommits = foreignCommits;
    this.id = newId();
    for (const { client } of this.#following()) this.#host.disconnect(client);
  }

  #flush(): void {
    const backlog = this.#backlog;
    if (backlog === undefined) return;
    let more = false;
    for (const replica of this.#following()) {
      const outcome = replica.send(backlog);
      if (outcome === "lost") {
        this.#host.report(`replica ${replica.shown}: is cut off, for it is too far behind`);
        this.#host.disconnect(replica.client);
      } else if (outcome === "more") more = true;
    }
    if (more) {
      this.#again ??= this.#host.store.engine.clock.after(AGAIN_MS, () => {
        this.#again = undefined;
        this.#flush();
      });
    }
  }

  #schedule(): void {
    this.#beat ??= this.#host.store.engine.clock.after(SECOND_MS, () => {
      this.#beat = undefined;
      if (this.#closed) return;
      this.#tick();
      if (this.#backlog !== undefined) this.#schedule();
    });
  }

  /** Each second: looks for who is gone, and lets those who are there know that we are. */
  #tick(): void {
    this.#noticeOthers();
    const { config } = this.#host;
    const timeoutMs = SECOND_MS * Number(config.get("repl-timeout"));
    const following = this.#following();
    for (const replica of following) {
      if (replica.silentMs(this.#nowMs) <= timeoutMs) continue;
      this.#host.report(`replica ${replica.shown}: has said nothing for too long`);
      this.#host.disconnect(replica.client);
    }
    for (const replica of following) replica.keepAlive();
    if (following.length === 0) return this.#forget();
    this.#aloneSinceMs = 0;
    if (++this.#beats % Number(config.get("repl-ping-replica-period")) > 0) return;
    this.#append(PING);
    this.#flush();
  }

  /** Nobody follows: after a time nobody is expected to come back, and nothing is kept. */
  #forget(): void {
    this.#aloneSinceMs ||= this.#nowMs;
    const seconds = Number(this.#host.config.get("repl-backlog-ttl"));
    if (seconds === 0 || this.#nowMs - this.#aloneSinceMs < SECOND_MS * seconds) return;
    this.#stopListening();
    this.#backlog = this.#stream = undefined;
    this.#aloneSinceMs = 0;
    this.id = newId();
  }

  acknowledged(client: Client, offset: number): void {
    const replica = this.#clients.get(client);
    if (replica === undefined) return;
    const { syncing } = replica;
    replica.acknowledge(offset, this.#nowMs);
    if (syncing && !replica.syncing) this.#flush();
    for (const watcher of [...this.#watchers]) watcher();
  }

  countAt(offset: number): number {
    return this.#following().filter((replica) => replica.isAt(offset)).length;
  }

  watch(callback: () => void): () => void {
    this.#watchers.add(callback);
    if (this.#following().length > 0) {
      this.#append(GETACK);
      this.#flush();
    }
    return () => this.#watchers.delete(callback);
  }

  /** The turn was rolled back, and with it what clients were about to be sent. */
  turnFailed(): void {
    for (const { client } of this.#following()) this.#host.disconnect(client);
  }

  /** A client's connection is closed. */
  disconnected(client: Client): void {
    const replica = this.#clients.get(client);
    if (replica === undefined) return;
    replica.close();
    this.#clients.delete(client);
    if (replica.follows) this.#host.report(`replica ${replica.shown}: is gone`, "notice");
  }

  /** The server stops. */
  close(): void {
    this.#closed = true;
    this.#stopListening();
    this.#again?.cancel();
    this.#beat?.cancel();
    for (const replica of this.#clients.values()) replica.close();
    this.#clients.clear();
  }
}

function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(20));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
