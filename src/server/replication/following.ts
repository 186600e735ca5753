/**
 * Following another server: the connection to it, what is asked for by it, and when it is tried again.
 *
 * A place in a stream is always known, be it of one's own: a master that has it gives what is lacking,
 * any other all its data. Only what is committed counts, so that a turn that fails, or a connection
 * that ends in the middle of a transaction, is asked for again.
 *
 * @module
 */

import type {
  FailoverRequest,
  Following,
  MasterFacts,
} from "../../commands/replication/following.ts";
import type { Client } from "../../commands/table/client.ts";
import type { Timer } from "../../engine/clock.ts";
import { messageOf } from "../../store/values/errors.ts";
import { Failover } from "./failover.ts";
import { MasterClient, type StreamOwner } from "./master_client.ts";
import { LinkError } from "../links/redis_link.ts";
import { MasterLink, type StreamAnswer } from "./master_link.ts";
import { type FollowingHost, pause, Receiving, RETRY_MS } from "./receiving.ts";
import { OURS } from "./replica.ts";
import { SnapshotBytes } from "./snapshot_bytes.ts";
import { writePosition } from "./stream_position.ts";
import type { Surroundings } from "./surroundings.ts";

/** Milliseconds before the connection is tried again: at first, and at most. */
const FIRST_DELAY_MS = 50, LONGEST_DELAY_MS = 2000;
const SECOND_MS = 1000;
/** Commands by which something is known before the stream. */
const CAPABILITIES = ["eof", "psync2", OURS];

/** One connection to a master, from its beginning to its end. */
interface Attempt {
  readonly host: string;
  readonly port: number;
  readonly abort: AbortController;
  link: MasterLink | undefined;
  client: MasterClient | undefined;
  state: MasterFacts["state"];
  snapshot: SnapshotBytes | undefined;
  /** Why it was given up here. */
  broken: string | undefined;
  readonly startedAt: number;
}

/** Follows, or does not. */
export class Follower implements Following, StreamOwner {
  /** Whether clients of a server that follows may not write. */
  readOnly = true;
  /** Whether they are shown data while the server that is followed cannot be reached. */
  servesStale = true;
  readonly #host: FollowingHost;
  readonly #around: Surroundings;
  readonly #failover: Failover;
  readonly #receiving: Receiving;
  #target: { readonly host: string; readonly port: number } | undefined;
  #attempt: Attempt | undefined;
  /** Bytes of the stream where the client of the attempt began. */
  #base = 0;
  /** When there was last a connection by which changes came; 0 if there never was. */
  #upAtMs = 0;
  /** What was committed by which turn, to tell the master what is on the disk. */
  #written: { readonly turn: number; readonly offset: number }[] = [];
  #onDisk = 0;
  #beat: Timer | undefined;
  #closed = false;

  constructor(host: FollowingHost, around: Surroundings) {
    this.#host = host;
    this.#around = around;
    this.#failover = new Failover(host, around, this);
    this.#receiving = new Receiving(host, this);
  }

  get refusesWrites(): boolean {
    return this.#target !== undefined && this.readOnly;
  }

  get isStale(): boolean {
    return this.#target !== undefined && !this.servesStale && this.#attempt?.state !== "connected";
  }

  get failover(): Following["failover"] {
    return this.#failover.state;
  }

  /** The client whose commands the stream is, while it comes. */
  get client(): Client | undefined {
    return this.#attempt?.client;
  }

  get master(): MasterFacts | undefined {
    const target = this.#target;
    if (target === undefined) return undefined;
    const attempt = this.#attempt;
    const { replication, store: { engine } } = this.#host;
    const since = (at: number) => Math.floor((performance.now() - at) / SECOND_MS);
    const silentSeconds = attempt?.link === undefined ? -1 : since(attempt.link.heardAt);
    const { client, snapshot } = attempt ?? {};
    return {
      ...target,
      state: attempt?.state ?? "connect",
      silentSeconds,
      downSeconds: this.#upAtMs === 0
        ? -1
        : Math.floor((engine.clock.now() - this.#upAtMs) / SECOND_MS),
      snapshot: snapshot && { total: snapshot.total, read: snapshot.read, silentSeconds },
      received: client === undefined ? replication.offset : this.#base + client.received,
      applied: replication.offset,
    };
  }

  follow(host: string, port: number): boolean {
    if (this.#target?.host === host && this.#target.port === port) return false;
    this.#around.assertMayFollow();
    const wasMaster = this.#target === undefined;
    this.#target = { host, port };
    this.#around.noteMaster(host, port);
    this.#upAtMs = 0;
    this.#drop();
    this.#host.store.engine.follows = true;
    if (wasMaster) this.#around.disconnectBlocked();
    this.#host.report(`follows ${host}:${port} from now on`, "notice");
    // What the turn does is a part of the stream that it was, or is followed.
    this.#host.turns.enter();
    this.#host.whenCommitted(() => {
      if (this.#target?.host !== host || this.#target.port !== port) return;
      this.#host.replication.passOn();
      void this.#keepFollowing();
    });
    return true;
  }

  standAlone(): void {
    if (this.#target === undefined) return;
    const { store, replication } = this.#host;
    this.#target = undefined;
    this.#around.noteMaster("", 0);
    this.#attempt?.client?.settle();
    this.#drop();
    this.#beat?.cancel();
    this.#beat = undefined;
    store.engine.follows = false;
    store.streamPlace.letGo();
    replication.standAlone();
    this.#host.report("follows nobody any more", "notice");
  }

  failOver(request: FailoverRequest): void {
    this.#failover.begin(request);
  }

  abortFailover(): void {
    this.#failover.abort();
  }

  /** The turn was rolled back. */
  turnFailed(): void {
    this.#receiving.turnFailed();
  }

  /** Ends what there is of a connection. */
  #drop(): void {
    const attempt = this.#attempt;
    this.#attempt = undefined;
    if (attempt === undefined) return;
    if (attempt.state === "connected") this.#upAtMs = this.#host.store.engine.clock.now();
    attempt.client?.close();
    attempt.link?.close();
    attempt.abort.abort();
  }

  /** The server stops. */
  close(): void {
    this.#closed = true;
    this.#beat?.cancel();
    this.#failover.close();
    this.#drop();
  }

  /** Connects, again and again, until another server is to be followed. */
  async #keepFollowing(): Promise<void> {
    const target = this.#target;
    let delayMs = 0;
    this.#schedule();
    while (target !== undefined && this.#target === target && !this.#closed) {
      const attempt: Attempt = {
        ...target,
        abort: new AbortController(),
        link: undefined,
        client: undefined,
        state: "connecting",
        snapshot: undefined,
        broken: undefined,
        startedAt: performance.now(),
      };
      this.#attempt = attempt;
      const { offset } = this.#host.replication;
      try {
        await this.#follow(attempt);
      } catch (error) {
        if (this.#attempt === attempt) this.#lost(attempt, attempt.broken ?? messageOf(error));
      }
      const came = this.#host.replication.offset !== offset;
      if (this.#attempt === attempt) this.#drop();
      if (this.#target !== target || this.#closed) return;
      // One that brought something is made again at once.
      delayMs = came ? 0 : Math.min(LONGEST_DELAY_MS, Math.max(FIRST_DELAY_MS, 2 * delayMs));
      await pause(this.#host.store, delayMs);
    }
  }

  #lost({ host, port, state }: Attempt, why: string): void {
    const what = state === "connected"
      ? `the connection to ${host}:${port} is lost`
      : `${host}:${port} cannot be followed yet`;
    this.#around.reportLimited(`following ${state}`, `${what}: ${why}`);
  }

  async #follow(attempt: Attempt): Promise<void> {
    const host = this.#host;
    const { replication } = host;
    const address = this.#around.addressOf(attempt.host, attempt.port);
    const link = await MasterLink.open(address, attempt.abort.signal);
    if (this.#attempt !== attempt) return link.close();
    attempt.link = link;
    await link.introduce({ ...this.#around.introduction(), capabilities: CAPABILITIES });
    const { id, offset } = replication;
    const failover = this.#failover.state === "failover-in-progress";
    let answer: StreamAnswer;
    try {
      answer = await link.request({ id, from: offset + 1, failover });
    } catch (error) {
      if (failover && error instanceof LinkError) this.#failover.refused(error.message);
      throw error;
    }
    if (this.#attempt !== attempt) return;
    if (failover) this.#failover.done();
    attempt.state = "sync";
    if (answer.kind === "continues") {
      host.report(`goes on with ${attempt.host}:${attempt.port} from byte ${offset}`, "notice");
      if (answer.id !== undefined) replication.renamed(answer.id);
      return await this.#stream(attempt, link, replication.passedDb);
    }
    host.report(`gets all data of ${attempt.host}:${attempt.port}`, "notice");
    const snapshot = attempt.snapshot = new SnapshotBytes(await link.snapshotHead());
    const db = await this.#receiving.receive(link, snapshot, answer, {
      isWanted: () => this.#attempt === attempt,
      isEnding: () => this.#closed,
    });
    if (db === undefined) return;
    attempt.snapshot = undefined;
    host.report(
      `has all data of ${attempt.host}:${attempt.port}: ${snapshot.read} bytes`,
      "notice",
    );
    await this.#stream(attempt, link, db);
  }

  /** Takes the stream, until the connection ends. */
  async #stream(attempt: Attempt, link: MasterLink, db: number): Promise<void> {
    const host = this.#host;
    const { replication, fairness } = host;
    const address = `${attempt.host}:${attempt.port}`;
    this.#base = replication.offset;
    this.#written = [];
    this.#onDisk = replication.offset;
    const client = new MasterClient(
      host,
      this,
      this.#around.takeId(),
      address,
      link.localAddress,
      db,
    );
    attempt.client = client;
    attempt.state = "connected";
    this.#acknowledge();
    while (this.#attempt === attempt) {
      client.receive(await link.read(client.room()));
      for (let more = true; more && this.#attempt === attempt;) {
        while (host.scripting.running !== undefined) await pause(host.store, RETRY_MS);
        more = client.process(fairness.sliceMs);
        await client.unparked();
        if (more) await fairness.next();
      }
    }
  }

  // What the client of the stream tells.

  applied(bytes: Uint8Array, db: number): void {
    const { replication, store: { engine } } = this.#host;
    replication.feed(bytes, db);
    const written = this.#written;
    const last = written.at(-1);
    if (last?.turn === engine.committedTurn) written.pop();
    written.push({ turn: engine.committedTurn, offset: replication.offset });
  }

  applying(applied: number, db: number): void {
    const { replication, store } = this.#host;
    const { id, former } = replication;
    store.streamPlace.tell(writePosition({ id, offset: this.#base + applied, db, former }));
  }

  asked(): void {
    this.#acknowledge();
  }

  broken(why: string): void {
    const attempt = this.#attempt;
    if (attempt === undefined) return;
    attempt.broken = why;
    attempt.client?.close();
    attempt.link?.close();
    attempt.abort.abort();
  }

  refused(name: string, why: string): void {
    this.#around.reportLimited(
      `refused ${name}`,
      `the data differ from those of the server that is followed: its ${name} is refused: ${why}`,
    );
  }

  /** Tells the master how far this server has come. */
  #acknowledge(): void {
    const { replication, store: { walSync } } = this.#host;
    const link = this.#attempt?.state === "connected" ? this.#attempt.link : undefined;
    if (link === undefined) return;
    const written = this.#written;
    while (written[0] !== undefined && written[0].turn <= walSync.syncedTurn) {
      this.#onDisk = written[0].offset;
      written.shift();
    }
    const { offset } = replication;
    link.send("REPLCONF", "ACK", String(offset), "FACK", String(this.#onDisk)).catch(() => {});
  }

  /** Each second: says how far we are, and looks whether the other is still there. */
  #schedule(): void {
    if (this.#beat !== undefined) return;
    this.#beat = this.#host.store.engine.clock.after(SECOND_MS, () => {
      this.#beat = undefined;
      if (this.#closed || this.#target === undefined) return;
      this.#tick();
      this.#schedule();
    });
  }

  #tick(): void {
    const attempt = this.#attempt;
    if (attempt === undefined) return;
    const { link } = attempt;
    const heardAt = link?.heardAt ?? attempt.startedAt;
    if (performance.now() - heardAt > this.#around.timeoutMs) {
      return this.broken("it has said nothing for too long");
    }
    if (link === undefined) return;
    if (attempt.state === "connected") this.#acknowledge();
    else if (attempt.state === "sync") link.keepAlive();
  }
}
