/**
 * FAILOVER: writes wait until a replica has all that there is; then this server follows it, and asks
 * it, with the request for its stream, to follow nobody any more.
 *
 * @module
 */

import type { FailoverRequest, FailoverState } from "../../commands/replication/following.ts";
import type { ReplicaFacts, Replication } from "../../commands/replication/replicas.ts";
import type { Timer } from "../../engine/clock.ts";
import { err } from "../../store/values/errors.ts";

/** What a failover needs of its server. */
export interface FailoverHost {
  readonly replication: Replication;
  readonly store: {
    readonly engine: { readonly clock: { after(ms: number, callback: () => void): Timer } };
  };
  readonly report: (message: string, level?: "notice") => void;
  whenCommitted(callback: () => void): void;
}

/** Who lets clients wait. */
export interface Pausing {
  /** Lets clients wait with what they write. */
  pauseWrites(): void;
  /** Lets them go on. */
  unpauseWrites(): void;
}

/** Who changes whom it follows. */
export interface FailoverOwner {
  follow(host: string, port: number): boolean;
  standAlone(): void;
}

/** The failover of one server, if there is one. */
export class Failover {
  state: FailoverState = "no-failover";
  readonly #host: FailoverHost;
  readonly #pausing: Pausing;
  readonly #owner: FailoverOwner;
  #request: FailoverRequest | undefined;
  #timer: Timer | undefined;
  #stopWatching: () => void = () => {};

  constructor(host: FailoverHost, pausing: Pausing, owner: FailoverOwner) {
    this.#host = host;
    this.#pausing = pausing;
    this.#owner = owner;
  }

  /** Begins. @throws {CommandError} If no replica can take over. */
  begin(request: FailoverRequest): void {
    const { replicas } = this.#host.replication;
    const { to, force, timeoutMs } = request;
    if (this.state !== "no-failover") throw err("FAILOVER already in progress.");
    if (replicas.length === 0) throw err("FAILOVER requires connected replicas.");
    if (force && (timeoutMs === 0 || to === undefined)) {
      throw err("FAILOVER with force option requires both a timeout and target HOST and IP.");
    }
    if (to !== undefined) {
      const target = replicas.find((replica) => isAt(replica, to));
      if (target === undefined) throw err("FAILOVER target HOST and PORT is not a replica.");
      if (target.state !== "online") throw err("FAILOVER target replica is not online.");
    }
    this.#request = request;
    this.state = "waiting-for-sync";
    this.#host.report("a replica is to take over: writes wait", "notice");
    this.#pausing.pauseWrites();
    if (timeoutMs > 0) {
      this.#timer = this.#host.store.engine.clock.after(timeoutMs, () => this.#timeIsUp());
    }
    this.#host.whenCommitted(() => {
      if (this.state !== "waiting-for-sync") return;
      this.#stopWatching = this.#host.replication.watch(() => this.#look());
      this.#look();
    });
  }

  /** Looks whether a replica has everything. */
  #look(): void {
    if (this.state !== "waiting-for-sync") return;
    const { replicas, offset } = this.#host.replication;
    const to = this.#request?.to;
    const ready = replicas.find((replica) =>
      replica.state === "online" && replica.offset === offset &&
      (to === undefined || isAt(replica, to))
    );
    if (ready !== undefined) this.#proceed(ready.address, ready.port);
  }

  #timeIsUp(): void {
    if (this.state !== "waiting-for-sync") return;
    const { to, force } = this.#request ?? {};
    if (force && to !== undefined) this.#proceed(to.host, to.port);
    else this.#end("no replica had everything in time");
  }

  #proceed(host: string, port: number): void {
    this.#timer?.cancel();
    this.#stopWatching();
    this.state = "failover-in-progress";
    this.#owner.follow(host, port);
  }

  /** The replica has taken over. */
  done(): void {
    this.#clear();
    this.#host.report("the failover is done", "notice");
  }

  /** The replica does not take over. */
  refused(why: string): void {
    if (this.state !== "failover-in-progress") return;
    this.#end(why);
    this.#owner.standAlone();
  }

  /** Gives it up. @throws {CommandError} If there is none. */
  abort(): void {
    if (this.state === "no-failover") throw err("No failover in progress.");
    const began = this.state === "failover-in-progress";
    this.#end("it was aborted");
    if (began) this.#owner.standAlone();
  }

  #end(why: string): void {
    this.#clear();
    this.#host.report(`no failover: ${why}`);
  }

  #clear(): void {
    this.close();
    this.state = "no-failover";
    this.#request = undefined;
    this.#pausing.unpauseWrites();
  }

  /** Waits for nothing any more. */
  close(): void {
    this.#timer?.cancel();
    this.#stopWatching();
  }
}

function isAt({ address, port }: ReplicaFacts, to: { host: string; port: number }): boolean {
  return address === to.host && port === to.port;
}
