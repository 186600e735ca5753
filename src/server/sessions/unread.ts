/**
 * How many replies a client may leave unread: when its commands wait, and when it is closed.
 *
 * @module
 */

import type { OutputBufferLimit } from "../../clients/configuration/configuration.ts";

/** Replies waiting to be sent from which on a client's further commands wait too: 1 MB. */
const BACKLOG = 1024 * 1024;
/** The same for a client that has not authenticated: a few hundred refusals. */
const STRANGERS_BACKLOG = 16 * 1024;

/** Bytes of replies from which on a client's further commands wait. @param stranger Whether it has to authenticate. */
export function backlogOf(stranger: boolean, { hard }: OutputBufferLimit): number {
  const backlog = stranger ? STRANGERS_BACKLOG : BACKLOG;
  return hard > 0 && hard < backlog ? hard : backlog;
}

/** What one client leaves unread. */
export class UnreadReplies {
  #overflowed = false;
  #softLimitSinceMs = 0;
  #sentBefore = -1;

  /**
   * Whether replies are past the limit. Once they are the client is closed when the turn is over,
   * before any of them is sent, so those that follow need not be kept.
   *
   * @param size Bytes of replies.
   */
  overflow(size: number, { hard }: OutputBufferLimit): boolean {
    if (hard > 0 && size > hard) this.#overflowed = true;
    return this.#overflowed;
  }

  /** The turn failed, and its replies are errors. */
  turnFailed(): void {
    this.#overflowed = false;
  }

  /** Whether there are too many for too long. Asked at regular intervals. */
  areOld(size: number, { soft, seconds }: OutputBufferLimit, nowMs: number): boolean {
    if (soft === 0 || size <= soft) this.#softLimitSinceMs = 0;
    else if (this.#softLimitSinceMs === 0) this.#softLimitSinceMs = nowMs;
    else return nowMs - this.#softLimitSinceMs > seconds * 1000;
    return false;
  }

  /**
   * Whether a client that has not authenticated has read nothing of what is too much for it since
   * this was asked last.
   *
   * @param sent Bytes sent to it so far.
   */
  areIgnored(size: number, sent: number): boolean {
    const ignored = size > STRANGERS_BACKLOG && sent === this.#sentBefore;
    this.#sentBefore = sent;
    return ignored;
  }
}
