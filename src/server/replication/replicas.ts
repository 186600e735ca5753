/** Who follows a server, and who among them is to be let go. */

import type { OutputBufferLimit } from "../../clients/configuration/configuration.ts";
import type { ReplicaFacts } from "../../commands/replication/replicas.ts";
import type { Client } from "../../commands/table/client.ts";
import type { Clock } from "../../engine/clock.ts";
import { Replica } from "./replica.ts";

/** What is asked of the server. */
export interface ReplicasHost {
  readonly store: { readonly engine: { readonly clock: Clock } };
  readonly config: {
    get(name: string): string;
    readonly replicaOutputBufferLimit: OutputBufferLimit;
  };
  /** Closes a client's connection. */
  disconnect(client: Client): void;
  /** Takes one line about what an operator should know. */
  report(message: string, level?: "notice"): void;
}

const SECOND_MS = 1000;

/** The replicas of one server. */
export class Replicas {
  readonly #host: ReplicasHost;
  readonly #all = new Map<Client, Replica>();

  constructor(host: ReplicasHost) {
    this.#host = host;
  }

  get #nowMs(): number {
    return this.#host.store.engine.clock.now();
  }

  /** Those that have asked for the stream. */
  following(): Replica[] {
    return [...this.#all.values()].filter(({ follows }) => follows);
  }

  /** The one that a client is, if it is one. */
  find(client: Client): Replica | undefined {
    return this.#all.get(client);
  }

  /** The one that a client is, or becomes. */
  of(client: Client): Replica {
    let replica = this.#all.get(client);
    if (replica === undefined) {
      replica = new Replica(client, this.#nowMs);
      this.#all.set(client, replica);
    }
    return replica;
  }

  /** What INFO tells of them. */
  facts(): readonly ReplicaFacts[] {
    return this.following().map((replica) => replica.facts(this.#nowMs));
  }

  /** The most bytes of a stream that one of them lacks. @param end Where it ends. */
  lag(end: number): number {
    let most = 0;
    for (const replica of this.#all.values()) most = Math.max(most, replica.lag(end));
    return most;
  }

  /** How many have applied so much. @param onDisk Whether that has to be on their disks. */
  countAt(offset: number, onDisk: boolean): number {
    return this.following().filter((replica) => replica.isAt(offset, onDisk)).length;
  }

  /** How many have everything but what is on its way, and were heard of so many seconds ago at most. */
  countHeard(seconds: number): number {
    const nowMs = this.#nowMs;
    return this.following().filter((replica) =>
      !replica.syncing && replica.silentMs(nowMs) <= SECOND_MS * seconds
    ).length;
  }

  /** Cuts off those that leave more unread than they may. @param end Where the stream ends. */
  limit(end: number): void {
    const { replicaOutputBufferLimit: limit } = this.#host.config;
    for (const replica of this.following()) {
      if (!replica.exceeds(limit, end, this.#nowMs)) continue;
      this.#cutOff(
        replica,
        "is cut off, for it leaves more unread than client-output-buffer-limit allows",
      );
    }
  }

  /** Cuts off those that have said nothing for too long. */
  dropSilent(): void {
    const timeoutMs = SECOND_MS * Number(this.#host.config.get("repl-timeout"));
    for (const replica of this.following()) {
      if (replica.silentMs(this.#nowMs) <= timeoutMs) continue;
      this.#cutOff(replica, "has said nothing for too long");
    }
  }

  /** Cuts off one that lacks what is not kept any more. */
  lose(replica: Replica): void {
    this.#cutOff(replica, "is cut off, for it is too far behind");
  }

  #cutOff(replica: Replica, why: string): void {
    this.#host.report(`replica ${replica.shown}: ${why}`);
    this.#host.disconnect(replica.client);
  }

  /** Has all of them come back. */
  disconnectAll(): void {
    for (const { client } of this.following()) this.#host.disconnect(client);
  }

  /** A client's connection is closed. */
  disconnected(client: Client): void {
    const replica = this.#all.get(client);
    if (replica === undefined) return;
    replica.close();
    this.#all.delete(client);
    if (replica.follows) this.#host.report(`replica ${replica.shown}: is gone`, "notice");
  }

  /** The server stops. */
  close(): void {
    for (const replica of this.#all.values()) replica.close();
    this.#all.clear();
  }
}
