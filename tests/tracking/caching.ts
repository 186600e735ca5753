/** A store in memory, clients that cache what they read from it, and what these are told. */

import { ClientCaches } from "../../src/clients/tracking.ts";
import { commandsOf } from "../../src/commands/table/define.ts";
import type {
  TrackedClient,
  Tracking,
  TrackingOptions,
} from "../../src/commands/sessions/tracking_host.ts";
import { Arguments } from "../../src/resp/arguments.ts";
import type { Reply } from "../../src/resp/reply.ts";
import { RespWriter } from "../../src/resp/writer.ts";
import type { Store } from "../../src/store/store.ts";
import { encode, latin1 } from "../harness/resp_client.ts";
import { DRIVERS, memoryStore, put, remove } from "../store/open.ts";

const mget = commandsOf("string")("MGET key [key ...]", {
  since: "1.0.0",
  arity: -2,
  flags: "readonly fast",
  keys: ["1..-1 RO access"],
  summary: "Reads keys.",
}, () => {});

/** A client that keeps what it is sent. */
class CachingClient implements TrackedClient {
  readonly id: number;
  readonly protocol: 2 | 3;
  tracking: Tracking | undefined;
  transaction: object | undefined;
  subscriptions: { isSubscribed: boolean } | undefined;
  #sent = "";

  constructor(id: number, protocol: 2 | 3) {
    this.id = id;
    this.protocol = protocol;
  }

  push(write: (reply: Reply) => void): void {
    const writer = new RespWriter();
    writer.protocol = this.protocol;
    write(writer);
    this.pushBytes(writer.bytes.subarray(0, writer.end));
  }

  pushBytes(bytes: Uint8Array): void {
    this.#sent += latin1(bytes);
  }

  /** What was sent since it was last asked for. */
  told(): string {
    const sent = this.#sent;
    this.#sent = "";
    return sent;
  }
}

/** A store and those who cache what is in it. */
export class Caching implements Disposable {
  readonly store: Store;
  readonly caches: ClientCaches;
  readonly #clients = new Map<number, CachingClient>();

  /** @param store Is closed with this. */
  constructor(store: Store = memoryStore(DRIVERS[0]!), random?: () => number) {
    this.store = store;
    this.caches = new ClientCaches({
      engine: store.engine,
      client: (id) => this.#clients.get(id),
      random,
    });
  }

  /** A client that speaks RESP3, or RESP2, and has not switched tracking on. */
  connect(protocol: 2 | 3 = 3): CachingClient {
    const client = new CachingClient(this.#clients.size + 1, protocol);
    this.#clients.set(client.id, client);
    return client;
  }

  /** A client with tracking on. */
  track(options: Partial<TrackingOptions> = {}): CachingClient {
    const client = this.connect();
    this.enable(client, options);
    return client;
  }

  /** Switches tracking on. */
  enable(client: CachingClient, options: Partial<TrackingOptions> = {}): void {
    this.caches.enable(client, {
      redirect: 0,
      broadcast: false,
      prefixes: [],
      mode: "all",
      noLoop: false,
      ...options,
    });
  }

  /** The client's connection ends. */
  disconnect(client: CachingClient): void {
    this.#clients.delete(client.id);
    this.caches.disconnected(client);
  }

  /** A client reads keys. */
  read(client: CachingClient, ...keys: string[]): void {
    const args = new Arguments();
    args.fill(["MGET", ...keys]);
    this.as(client, () => this.caches.remember(client, mget, args));
    this.caches.endCommand(client, mget);
  }

  /** A client's command does something. */
  as(client: CachingClient | undefined, work: () => void): void {
    this.caches.executing = client;
    work();
    this.caches.executing = undefined;
  }

  /** A client sets keys. */
  write(client: CachingClient | undefined, ...keys: string[]): void {
    for (const key of keys) this.as(client, () => put(this.store, key, "value"));
  }

  /** A client deletes a key. */
  remove(client: CachingClient | undefined, key: string): void {
    this.as(client, () => remove(this.store, key));
  }

  /** A client flushes the databases from 0 on. */
  flush(client?: CachingClient, databases = 1): void {
    this.as(client, () => {
      this.store.engine.write();
      for (let db = 0; db < databases; db++) this.store.keyspace.flush(db);
    });
  }

  /** The turn ends with a commit. */
  endTurn(): void {
    this.caches.endTurn();
    this.store.endTurn();
  }

  /** The turn fails. */
  fail(): void {
    this.caches.endTurn();
    this.store.engine.rollback();
  }

  [Symbol.dispose](): void {
    this.store.closeNow();
  }
}

/** The message in RESP3 about some keys. */
export function invalidate(...keys: string[]): string {
  return ">2\r\n$10\r\ninvalidate\r\n" + latin1(encode(keys));
}

/** The message in RESP3 about all keys. */
export const ALL = ">2\r\n$10\r\ninvalidate\r\n_\r\n";
