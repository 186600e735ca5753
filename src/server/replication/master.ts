/**
 * The master's side of replication, in Redis's protocol: replicas get a snapshot and then the effects
 * of every turn, or only what they lack of these.
 *
 * The stream is kept from the first replica on. What is sent goes in pieces, as fast as the replica
 * takes them: what it has not taken waits in the backlog, once for all of them, and a replica that
 * falls behind what is kept is cut off, to come back for everything.
 *
 * While this server follows another the stream is that one's, byte for byte, and goes on as one of its
 * own when it does no more: under a new id, with the former one known as far as it went.
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
} from "../../commands/replication/replicas.ts";
import type { Client } from "../../commands/table/client.ts";
import type { CommandTable } from "../../commands/table/table.ts";
import type { Timer } from "../../engine/clock.ts";
import type { TurnEffects } from "../../engine/effects.ts";
import type { Store } from "../../store/store.ts";
import type { Slice } from "../../store/values/slice.ts";
import { Backlog } from "./backlog.ts";
import { PublishedMessages } from "./published.ts";
import type { Replica } from "./replica.ts";
import { Replicas, type ReplicasHost } from "./replicas.ts";
import { Snapshot } from "./snapshot.ts";
import { Stream } from "./stream.ts";
import { NO_STREAM, type StreamPosition } from "./stream_position.ts";

/** What a master needs of its server. */
export interface MasterHost extends ReplicasHost {
  readonly store: Store;
  readonly commands: CommandTable;
  /** Calls back when the running turn is over, with none open. */
  whenCommitted(callback: () => void): void;
}

/** Milliseconds between two tries to send to who has not taken all. */
const AGAIN_MS = 2;
const SECOND_MS = 1000;

const encoder = new TextEncoder();
const PING = encoder.encode("*1\r\n$4\r\nPING\r\n");
const GETACK = encoder.encode("*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n");

/** The replicas of one server. */
export class Master implements Replication {
  id: string = newId();
  /** The id that the stream had, and up to where. */
  former: { readonly id: string; readonly offset: number } = NO_STREAM;
  /** Replicas without which nothing may be written, and how long ago they must have been heard. */
  required = 0;
  mostLagSeconds = 0;
  fullSyncs = 0;
  partialSyncs = 0;
  refusedPartialSyncs = 0;
  /** Whether the stream is that of a server that this one follows. */
  #passesOn = false;
  /** The database that the stream has selected, but for what `#stream` has added. */
  #selected = 0;
  readonly #host: MasterHost;
  readonly #replicas: Replicas;
  readonly #watchers = new Set<() => void>();
  #stream: Stream | undefined;
  /** Whether a Redlite has followed: it may come back, and then must not lack what Redis does. */
  #tellsAll = false;
  #backlog: Backlog | undefined;
  /** Where the stream ends while nothing of it is kept. */
  #end = 0;
  #stopListening: () => void = () => {};
  #foreignCommits = 0;
  #again: Timer | undefined;
  #beat: Timer | undefined;
  #beats = 0;
  #aloneSinceMs = 0;
  #flushing = false;
  readonly #published = new PublishedMessages();
  #closed = false;

  constructor(host: MasterHost) {
    this.#host = host;
    this.#replicas = new Replicas(host);
  }

  get offset(): number {
    return this.#backlog?.end ?? this.#end;
  }

  get replicas(): readonly ReplicaFacts[] {
    return this.#replicas.facts();
  }

  get backlog(): BacklogFacts | undefined {
    const backlog = this.#backlog;
    if (backlog === undefined) return undefined;
    const { start, end } = backlog;
    return { size: this.#size, first: start + 1, length: end - start };
  }

  /** Where the stream is, for who goes on with it later; undefined while nobody follows or is followed. */
  get position(): StreamPosition | undefined {
    if (this.#backlog === undefined) return undefined;
    const { id, offset, former } = this;
    return { id, offset, db: this.#stream?.selected ?? this.#selected, former };
  }

  get #nowMs(): number {
    return this.#host.store.engine.clock.now();
  }

  get #size(): number {
    return Number(this.#host.config.get("repl-backlog-size"));
  }

  configure(client: Client, name: string, value: string): void {
    this.#replicas.of(client).configure(name, value);
  }

  follow(client: Client, asked: { readonly id: string; readonly from: number } | undefined): void {
    const replica = this.#replicas.of(client);
    client.isReplica = true;
    // What the turn does is in the stream, or in the snapshot, when it is over.
    this.#host.whenCommitted(() => {
      if (this.#closed || this.#replicas.find(client) === undefined) return;
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
    const tellsAll = this.#tellsAll;
    if (replica.isOurs) this.#tellsAll = true;
    if (this.#stream !== undefined) this.#stream.tellsAll = this.#tellsAll;
    const backlog = this.#backlog;
    if (backlog === undefined) return;
    const at = (asked?.from ?? 0) - 1;
    const toldAll = !replica.isOurs || tellsAll;
    if (toldAll && this.#knows(asked?.id, at) && at >= backlog.start && at <= backlog.end) {
      replica.resume(this.id, at);
      this.partialSyncs++;
      this.#host.report(`replica ${replica.shown}: goes on from byte ${at}`, "notice");
    } else {
      this.fullSyncs++;
      if (asked !== undefined && asked.id !== "?") this.refusedPartialSyncs++;
      // The next command selects its database: the snapshot's reader has none selected.
      if (this.#stream !== undefined) this.#stream.db = -1;
      const snapshot = new Snapshot(this.#host.store, {
        own: replica.isOurs,
        streamDb: this.#passesOn ? this.#selected : 0,
        // Others have not all types, which is no news.
        report: (message) => this.#host.report(message, replica.isOurs ? undefined : "notice"),
      });
      replica.begin(snapshot, backlog.end, asked && this.id);
      this.#host.report(`replica ${replica.shown}: gets all data`, "notice");
    }
    this.#flush();
    this.#schedule();
  }

  /** Whether the stream of an id was this one up to a byte. */
  #knows(id: string | undefined, at: number): boolean {
    return id === this.id || id === this.former.id && at < this.former.offset;
  }

  /** Makes the stream from now on, or goes on with it. */
  #listen(): void {
    this.#backlog ??= new Backlog(this.#end);
    if (this.#passesOn || this.#stream !== undefined) return;
    const { engine } = this.#host.store;
    this.#stream = new Stream(this.#host.commands, this.#selected);
    this.#stream.tellsAll = this.#tellsAll;
    this.#foreignCommits = engine.foreignCommits;
    this.#stopListening = engine.effects.listen((effects) => this.#heard(effects));
  }

  /** Goes on with a stream at the place that the file has kept, whose data it holds. */
  goOnFrom({ id, offset, db, former }: StreamPosition): void {
    this.id = id;
    this.former = former;
    this.#end = offset;
    this.#selected = db;
    this.#tellsAll = true;
    this.#listen();
    this.#schedule();
  }

  /** Makes no stream any more: it will be that of another server. Call between turns. */
  passOn(): void {
    this.#passesOn = true;
    // Whom this server follows tells it all that there is.
    this.#tellsAll = true;
    this.#stopListening();
    this.#stopListening = () => {};
    if (this.#stream !== undefined) this.#selected = this.#stream.selected;
    this.#stream = undefined;
    this.#backlog ??= new Backlog(this.#end);
    this.#schedule();
  }

  /** Takes over a stream from a place on, whose data have come: who follows comes back for all of them. */
  adopt(id: string, offset: number, db: number): void {
    this.#replicas.disconnectAll();
    this.id = id;
    this.former = NO_STREAM;
    this.#end = offset;
    this.#selected = db;
    this.#backlog = new Backlog(offset);
  }

  /** The stream that is passed on goes on under another id: who follows comes back to hear of it. */
  renamed(id: string): void {
    if (id === this.id) return;
    this.former = { id: this.id, offset: this.offset + 1 };
    this.id = id;
    this.#replicas.disconnectAll();
  }

  /** Passes on what was applied of the stream of another. @param db The database selected by now. */
  feed(bytes: Uint8Array, db: number): void {
    this.#selected = db;
    this.#append(bytes);
    this.#flushSoon();
  }

  /** The database that the stream of another has selected. */
  get passedDb(): number {
    return this.#selected;
  }

  /** The stream is one of its own from now on, under a new id. */
  standAlone(): void {
    if (!this.#passesOn) return;
    this.#passesOn = false;
    this.renamed(newId());
    this.#listen();
  }

  #heard(effects: TurnEffects): void {
    const bytes = this.#stream?.of(effects);
    if (bytes === undefined || bytes.length === 0) return;
    this.#append(bytes);
    this.#flushSoon();
  }

  #flushSoon(): void {
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
    const backlog = this.#backlog;
    if (backlog === undefined) return;
    // What a replica still lacks stays, until it is past what it may leave unread.
    backlog.trim(Math.max(this.#size, this.#replicas.lag(backlog.end)));
  }

  /** Another process has written: what follows the stream lacks that. */
  #noticeOthers(): void {
    const { foreignCommits } = this.#host.store.engine;
    if (this.#passesOn || foreignCommits === this.#foreignCommits) return;
    this.#foreignCommits = foreignCommits;
    this.#renew();
  }

  #renew(): void {
    this.id = newId();
    this.former = NO_STREAM;
    this.#replicas.disconnectAll();
  }

  #flush(): void {
    const backlog = this.#backlog;
    if (backlog === undefined) return;
    let more = false;
    for (const replica of this.#replicas.following()) {
      const outcome = replica.send(backlog);
      if (outcome === "lost") {
        this.#replicas.lose(replica);
      } else if (outcome === "more") more = true;
    }
    if (more) {
      this.#replicas.limit(this.offset);
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
    const following = this.#replicas.following();
    this.#replicas.dropSilent();
    this.#replicas.limit(this.offset);
    for (const replica of following) replica.keepAlive();
    if (this.#passesOn) return;
    if (following.length === 0) return this.#forget();
    this.#aloneSinceMs = 0;
    if (++this.#beats % Number(this.#host.config.get("repl-ping-replica-period")) > 0) return;
    this.#append(PING);
    this.#flush();
  }

  /** Nobody follows: after a time nobody is expected to come back, and nothing is kept. */
  #forget(): void {
    this.#aloneSinceMs ||= this.#nowMs;
    const seconds = Number(this.#host.config.get("repl-backlog-ttl"));
    if (seconds === 0 || this.#nowMs - this.#aloneSinceMs < SECOND_MS * seconds) return;
    this.#stopListening();
    this.#end = this.offset;
    this.#backlog = this.#stream = undefined;
    this.#aloneSinceMs = 0;
    this.id = newId();
    this.former = NO_STREAM;
  }

  acknowledged(client: Client, offset: number, onDisk: number | undefined): void {
    const replica = this.#replicas.find(client);
    if (replica === undefined) return;
    const { syncing } = replica;
    replica.acknowledge(offset, onDisk, this.#nowMs);
    if (syncing && !replica.syncing) this.#flush();
    for (const watcher of [...this.#watchers]) watcher();
  }

  countAt(offset: number, onDisk = false): number {
    return this.#replicas.countAt(offset, onDisk);
  }

  watch(callback: () => void): () => void {
    this.#watchers.add(callback);
    if (this.#replicas.following().length > 0 && !this.#passesOn) {
      this.#append(GETACK);
      this.#flush();
    }
    return () => this.#watchers.delete(callback);
  }

  publish(command: string, channel: Slice, message: Slice): void {
    if (this.#stream === undefined || this.#replicas.following().length === 0) return;
    if (this.#published.isEmpty) this.#host.whenCommitted(() => this.#passMessages());
    this.#published.add(command, channel, message);
  }

  /** The turn is over: its messages follow what it has written. */
  #passMessages(): void {
    for (const bytes of this.#published.take()) this.#append(bytes);
    this.#flush();
  }

  /** The turn was rolled back, and with it what clients were about to be sent. */
  turnFailed(): void {
    this.#published.take();
    this.#replicas.disconnectAll();
  }

  get lacking(): boolean {
    return this.required > 0 && this.mostLagSeconds > 0 && !this.#passesOn &&
      this.#replicas.countHeard(this.mostLagSeconds) < this.required;
  }

  /** A client's connection is closed. */
  disconnected(client: Client): void {
    this.#replicas.disconnected(client);
  }

  /** The server stops. */
  close(): void {
    this.#closed = true;
    this.#stopListening();
    this.#again?.cancel();
    this.#beat?.cancel();
    this.#replicas.close();
  }
}

function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(20));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
