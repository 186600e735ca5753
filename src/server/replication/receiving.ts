/**
 * Taking all data of the server that is followed: in slices, each a turn like others', until all of it is
 * there and takes the place of what there was.
 *
 * @module
 */

import type { Context } from "../../commands/table/command.ts";
import { WriteLocked } from "../../engine/turn_errors.ts";
import { Arguments } from "../../resp/arguments.ts";
import { RespWriter } from "../../resp/writer.ts";
import { RdbFileError } from "../../store/rdb/file/error.ts";
import type { Store } from "../../store/store.ts";
import type { Master } from "./master.ts";
import { MasterClient, type MasterClientHost, type StreamOwner } from "./master_client.ts";
import { LinkError } from "../links/redis_link.ts";
import type { MasterLink } from "./master_link.ts";
import { ReceivedSnapshot } from "./received_snapshot.ts";
import type { SnapshotBytes } from "./snapshot_bytes.ts";
import { writePosition } from "./stream_position.ts";

/** What following needs of its server. */
export interface FollowingHost extends MasterClientHost {
  readonly replication: Master;
  readonly fairness: { readonly sliceMs: number; next(): Promise<void> };
  readonly report: (message: string, level?: "notice") => void;
}

/** Whether somebody still wants the data. */
export interface Wanted {
  /** Whether the connection that they come by counts. */
  isWanted(): boolean;
  /** Whether the server stops, and nothing is to be put in order any more. */
  isEnding(): boolean;
}

/** Milliseconds before what cannot be done now is tried again: another holds the lock, or a script runs. */
export const RETRY_MS = 2;

/** Waits, by a store's clock. */
export function pause({ engine: { clock } }: Store, ms: number): Promise<void> {
  return new Promise((resolve) => clock.after(ms, resolve));
}

/** Takes what masters send for all of their data. */
export class Receiving {
  readonly #host: FollowingHost;
  readonly #owner: StreamOwner;
  /** Turns that failed. */
  #failures = 0;

  constructor(host: FollowingHost, owner: StreamOwner) {
    this.#host = host;
    this.#owner = owner;
  }

  /** The turn was rolled back. */
  turnFailed(): void {
    this.#failures++;
  }

  /**
   * Takes all data.
   *
   * @returns The database that the stream has selected; undefined if it was given up.
   */
  async receive(
    link: MasterLink,
    bytes: SnapshotBytes,
    { id, offset }: { readonly id: string; readonly offset: number },
    { isWanted, isEnding }: Wanted,
  ): Promise<number | undefined> {
    const { store, replication } = this.#host;
    const received = new ReceivedSnapshot(store);
    let whole = false;
    try {
      await this.#inTurn(() => received.clear(), isWanted);
      while (isWanted() && !bytes.ended) {
        const chunk = await link.chunk(bytes.most);
        if (!isWanted()) return undefined;
        received.push(bytes.take(chunk));
        let more = true;
        while (more && isWanted()) {
          await this.#inTurn(() => {
            more = received.slice(performance.now() + this.#host.fairness.sliceMs);
          }, isWanted);
          await this.#host.fairness.next();
        }
        bytes.check(received);
      }
      if (!isWanted()) return undefined;
      const position = { id, offset, db: received.streamDb, former: replication.former };
      await this.#loaded(isWanted);
      await this.#inTurn(() => {
        received.finish(this.#context);
        store.streamPlace.tell(writePosition(position));
        whole = true;
        this.#host.whenCommitted(() => {
          if (isWanted()) replication.adopt(id, offset, received.streamDb);
        });
      }, isWanted);
    } finally {
      // The old data stay; what came of the new ones goes.
      if (!whole && !isEnding()) {
        await this.#inTurn(() => received.clear(), () => !isEnding());
      }
    }
    if (received.unknown > 0) {
      this.#host.report(`${received.unknown} keys of types that are not known here are left out`);
    }
    return whole && isWanted() ? received.streamDb : undefined;
  }

  /** Waits until the interpreter of functions is there. */
  async #loaded(isWanted: () => boolean): Promise<void> {
    for (;;) {
      try {
        return this.#host.scripting.prepare();
      } catch {
        if (!isWanted()) return;
        await pause(this.#host.store, RETRY_MS);
      }
    }
  }

  /**
   * Does something that writes, in a turn, as the one that is followed does it.
   *
   * @throws {LinkError} If the turn fails.
   */
  async #inTurn(work: () => void, isWanted: () => boolean): Promise<void> {
    const { store: { engine }, turns, scripting } = this.#host;
    while (isWanted()) {
      if (scripting.running !== undefined) {
        await pause(this.#host.store, RETRY_MS);
        continue;
      }
      turns.enter();
      try {
        engine.write();
      } catch (error) {
        if (!(error instanceof WriteLocked)) throw error;
        await pause(this.#host.store, RETRY_MS);
        continue;
      }
      const failures = this.#failures;
      engine.expiryMs = 0;
      try {
        work();
      } catch (error) {
        // What was sent may be damaged: that is no matter of others' commands in the turn.
        if (!(error instanceof RdbFileError || error instanceof RangeError)) {
          turns.failed(engine.fail(error));
        }
        throw error;
      } finally {
        engine.expiryMs = engine.nowMs;
      }
      await new Promise<void>((resolve) => turns.after(resolve));
      if (this.#failures !== failures) throw new LinkError("what it sent could not be written");
      return;
    }
  }

  /** Whose commands load functions. */
  get #context(): Context {
    const { store } = this.#host;
    const client = new MasterClient(this.#host, this.#owner, 0, "", "", 0);
    return { args: new Arguments(), reply: new RespWriter(), store, client, host: this.#host };
  }
}
