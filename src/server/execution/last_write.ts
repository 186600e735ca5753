/** Where what a client wrote last is: what WAIT and WAITAOF wait for. */

import type { LastWrite } from "../../commands/table/client.ts";

/** The last write of one session. */
export class SessionWrite implements LastWrite {
  pending = false;
  offset = 0;
  turn = 0;

  /**
   * The turn is committed that it is of.
   *
   * @param offset Where the stream of changes ends.
   * @param turn The last one whose outcome a client can tell.
   */
  committed(offset: number, turn: number): void {
    this.pending = false;
    this.offset = offset;
    this.turn = turn;
  }
}
