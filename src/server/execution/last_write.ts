/** Where what a client wrote last is: what WAIT and WAITAOF wait for. */

import type { LastWrite } from "../../commands/table/client.ts";

/** The server that a session writes to. */
interface WrittenTo {
  readonly replication: { readonly offset: number };
  readonly store: { readonly walSync: { readonly awaitedTurn: number } };
}

/** The last write of one session. */
export class SessionWrite implements LastWrite {
  pending = false;
  offset = 0;
  turn = 0;

  /** The turn is committed that it is of: it is before the stream's end, and what a client can tell is on the disk with it. */
  committed({ replication, store }: WrittenTo): void {
    this.pending = false;
    this.offset = replication.offset;
    this.turn = store.walSync.awaitedTurn;
  }
}
