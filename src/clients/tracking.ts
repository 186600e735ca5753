/**
 * Server-assisted caching in clients (CLIENT TRACKING).
 *
 * By default the keys that a client reads are remembered, whatever their database, until they
 * change: then the client is told, and has to read them again to be told again. With BCAST nothing
 * is remembered, and the keys of a turn's changes are told at its end to all who asked for their
 * prefix.
 *
 * Messages leave with the replies of the turn they belong to. If it fails they do not, and nothing
 * has changed: so what a turn takes out of the table is kept until the next one and put back then.
 * Another process's commit may have changed anything, so everybody is told to forget everything.
 *
 * The table holds ids, and those of clients that switched tracking off or left stay until their
 * keys change: whoever switches it on again is told of what was read before.
 *
 * @module
 */

import type { Command } from "../commands/table/command.ts";
import { keysOf } from "../commands/table/keys.ts";
import type {
  TrackedClient,
  Tracking,
  TrackingMode,
  TrackingOptions,
  TrackingTable,
} from "../commands/sessions/tracking_host.ts";
import type { ChangeWatcher, Flush, KeyBytes } from "../engine/changes.ts";
import type { Engine } from "../engine/engine.ts";
import type { TurnListener } from "../engine/turn_listeners.ts";
import type { Arguments } from "../resp/arguments.ts";
import type { Reply } from "../resp/reply.ts";
import { mapKey } from "../store/values/map_key.ts";
import { type HeldKey, HeldKeys } from "./held_keys.ts";
import { EVERYTHING, type Invalidation, LONGEST_NAME, messageAbout } from "./invalidation.ts";
import { Prefixes } from "./prefixes.ts";

/** Most bytes of the names in the table: 128 MB. */
const MAX_BYTES = 128 * 1024 * 1024;
/** Keys evicted at once when the table is smaller than what it holds. */
const EVICTIONS = 1000;
/** Changes that no client's command makes, even if one brings them to light. */
const NOBODYS: ReadonlySet<string> = new Set(["expired", "hexpired", "evicted"]);

/** One client's options and state. */
class ClientTracking implements Tracking {
  redirect = 0;
  broadcast = false;
  prefixes: readonly string[] = [];
  mode: TrackingMode = "all";
  noLoop = false;
  brokenRedirect = false;
  caching = false;

  get memory(): number {
    return STATE + this.prefixMemory;
  }
  /** Bytes of memory of the prefixes. */
  prefixMemory = 0;
}

/** Bytes of memory of a client's state, and of a prefix beside its text. */
const STATE = 300;
const PREFIX = 1000;

/** What the table of a process needs of it. */
export interface TrackingParts {
  /** The engine whose changes count. */
  readonly engine: Engine;
  /** The client of an id, if it is connected. */
  client(id: number): TrackedClient | undefined;
  /** Draws the keys to evict: at least 0 and below 1. */
  random?: (() => number) | undefined;
}

/** The clients of one process that have tracking on, and what they may hold. */
export class ClientCaches implements TrackingTable, ChangeWatcher, TurnListener {
  /** Keys remembered at most, 0 for any number (`tracking-table-max-keys`). */
  maxKeys = 1_000_000;
  readonly #engine: Engine;
  readonly #client: (id: number) => TrackedClient | undefined;
  readonly #random: () => number;
  readonly #tracking = new Map<TrackedClient, ClientTracking>();
  /** Ids of the connected clients that the table may hold. */
  readonly #readers = new Set<number>();
  readonly #held = new HeldKeys(this.#readers);
  readonly #prefixes = new Prefixes();
  #executing: TrackedClient | undefined;
  #stopWatching: (() => void) | undefined;
  /** Whether all was told to be forgotten by the running command and nothing came after. */
  #flushTold = false;
  /** What the turn of this number took out of the table. */
  #taken: HeldKey[] = [];
  #takenTurn = 0;

  /** Takes part in the engine's turns from now on. */
  constructor({ engine, client, random = Math.random }: TrackingParts) {
    this.#engine = engine;
    this.#client = client;
    this.#random = random;
    engine.addListener(this);
  }

  get count(): number {
    return this.#tracking.size;
  }

  get totalKeys(): number {
    return this.#held.size;
  }

  get totalItems(): number {
    return this.#held.items;
  }

  get totalPrefixes(): number {
    return this.#prefixes.size;
  }

  /** Whose command runs now; to be set before each command while {@linkcode count} is not 0. */
  get executing(): TrackedClient | undefined {
    return this.#executing;
  }

  set executing(client: TrackedClient | undefined) {
    this.#executing = client;
    this.#flushTold = false;
  }

  enable(client: TrackedClient, options: TrackingOptions): void {
    let state = this.#tracking.get(client);
    if (state === undefined) {
      state = new ClientTracking();
      this.#tracking.set(client, state);
      client.tracking = state;
    }
    state.redirect = options.redirect;
    state.broadcast = options.broadcast;
    state.mode = options.mode;
    state.noLoop = options.noLoop;
    state.brokenRedirect = false;
    if (options.broadcast) {
      const added = options.prefixes.length > 0 ? options.prefixes : [""];
      for (const prefix of added) this.#prefixes.add(prefix, client);
      state.prefixes = [...new Set([...state.prefixes, ...added])].sort();
      state.prefixMemory = state.prefixes.reduce((sum, { length }) => sum + PREFIX + length, 0);
    }
    this.#watchOrNot();
  }

  disable(client: TrackedClient): void {
    const state = this.#tracking.get(client);
    if (state === undefined) return;
    for (const prefix of state.prefixes) this.#prefixes.remove(prefix, client);
    this.#tracking.delete(client);
    client.tracking = undefined;
    // From here on nobody may say who executes.
    if (this.#tracking.size === 0) this.#executing = undefined;
    this.#watchOrNot();
  }

  /** A client is gone. */
  disconnected(client: TrackedClient): void {
    this.disable(client);
    if (!this.#readers.delete(client.id) || this.#readers.size > 0) return;
    // Nobody is left whom a key of the table could be told to.
    this.#held.clear();
    this.#taken = [];
    this.#watchOrNot();
  }

  #watchOrNot(): void {
    if (this.#tracking.size > 0 || this.#readers.size > 0) {
      this.#stopWatching ??= this.#engine.changes.watch(this);
    } else {
      this.#stopWatching?.();
      this.#stopWatching = undefined;
    }
  }

  /**
   * Remembers the keys a command has read, in a transaction or script too. Call after each command
   * whose handler ran for a client with tracking on, also if it replied with an error.
   *
   * @param client Whose cache the reply may go to: of a script, the client that runs it.
   */
  remember(client: TrackedClient, command: Command, args: Arguments): void {
    const { tracking } = client;
    if (tracking === undefined || tracking.broadcast) return;
    if (tracking.mode === "optin" ? !tracking.caching : tracking.caching) return;
    // A script's keys are those that its commands read.
    if (!command.flags.includes("readonly") || command.group === "scripting") return;
    const keys = keysOf(command, args);
    if (keys.length === 0) return;
    this.#flushTold = false;
    this.#readers.add(client.id);
    for (const { index } of keys) this.#held.add(mapKey(args.at(index), LONGEST_NAME), client.id);
    this.#evict(EVICTIONS + keys.length);
  }

  /**
   * A client's command has run, was queued or was refused: CLIENT CACHING holds for the next
   * command only, or for the transaction that begins with it.
   *
   * @param command Undefined if there is none of that name.
   */
  endCommand(client: TrackedClient, command: Command | undefined): void {
    const { tracking } = client;
    if (tracking === undefined || !tracking.caching || client.transaction !== undefined) return;
    if (!command?.fullName.startsWith("client|")) tracking.caching = false;
  }

  /** Tells of the changes that are told once a turn. Call before its commit. */
  endTurn(): void {
    if (this.#takenTurn !== this.#engine.turn) this.#taken = [];
    this.#evict(EVICTIONS);
    this.#prefixes.tell((client, message) => this.#send(client, message));
  }

  changed(_db: number, key: KeyBytes, event: string): void {
    this.#flushTold = false;
    if (this.#held.size === 0 && this.#prefixes.size === 0) return;
    const name = mapKey(key, LONGEST_NAME);
    const writer = NOBODYS.has(event) ? undefined : this.#executing;
    if (this.#prefixes.size > 0) this.#prefixes.changed(name, key, writer);
    const held = this.#held.take(name);
    if (held !== undefined) this.#invalidate(held, this.#executing);
  }

  flushed(_flush: Flush): void {
    // FLUSHALL flushes one database after the other.
    if (!this.#flushTold) this.forgetAll();
    this.#flushTold = true;
  }

  /** Tells everybody to forget everything. */
  forgetAll(): void {
    const held = this.#held.clear();
    this.#openTurn();
    this.#taken = this.#taken.length === 0 ? held : this.#taken.concat(held);
    for (const client of this.#tracking.keys()) this.#send(client, EVERYTHING);
  }

  forget(rolledBack: boolean): void {
    if (rolledBack) this.turnFailed();
    else if (this.#stopWatching !== undefined) this.forgetAll();
  }

  beforeCommit(): void {}

  /** The turn failed: its messages were not sent, so the clients may hold what they held before. */
  turnFailed(): void {
    this.#prefixes.forgetChanges();
    const taken = this.#taken;
    this.#taken = [];
    if (this.#takenTurn !== this.#engine.turn || this.#readers.size === 0) return;
    for (const { name, first, others } of taken) {
      this.#held.add(name, first);
      for (const id of others ?? []) this.#held.add(name, id);
    }
  }

  /** Drops what an earlier turn took. */
  #openTurn(): void {
    if (this.#takenTurn === this.#engine.turn) return;
    this.#takenTurn = this.#engine.turn;
    this.#taken = [];
  }

  #evict(most: number): void {
    for (let left = most; left > 0; left--) {
      const tooMany = this.maxKeys > 0 && this.#held.size > this.maxKeys;
      if (!tooMany && this.#held.bytes <= MAX_BYTES) return;
      const held = this.#held.takeAny(this.#random());
      if (held !== undefined) this.#invalidate(held, undefined);
    }
  }

  /** @param writer Who changed the key, which it need not be told if it does not want to. */
  #invalidate(held: HeldKey, writer: TrackedClient | undefined): void {
    this.#openTurn();
    this.#taken.push(held);
    const message = messageAbout([held.name]);
    this.#tellHolder(held.first, writer, message);
    for (const id of held.others ?? []) this.#tellHolder(id, writer, message);
  }

  #tellHolder(id: number, writer: TrackedClient | undefined, message: Invalidation): void {
    const holder = this.#client(id);
    const tracking = holder?.tracking;
    if (holder === undefined || tracking === undefined || tracking.broadcast) return;
    if (!tracking.noLoop || holder !== writer) this.#send(holder, message);
  }

  /** Sends a message to the client, or to the one it chose. */
  #send(client: TrackedClient, message: Invalidation): void {
    const state = this.#tracking.get(client);
    if (state === undefined) return;
    const { redirect } = state;
    const target = redirect === 0 ? client : this.#client(redirect);
    if (target === undefined) {
      state.brokenRedirect = true;
      if (client.protocol === 3) client.push((reply) => writeBroken(reply, redirect));
    } else if (target.protocol === 3) {
      target.pushBytes(message.push);
    } else if (redirect !== 0 && target.subscriptions?.isSubscribed) {
      target.pushBytes(message.published);
    }
  }
}

function writeBroken(reply: Reply, redirect: number): void {
  reply.push(2);
  reply.text("tracking-redir-broken");
  reply.integer(redirect);
}
