/** Bulk strings that stand one behind the other as RESP has them, for replies that are no RESP. */

import type { Reply } from "./reply.ts";

const LF = 0x0a, ZERO = 0x30;

/** Replies with each of the bulk strings in `bytes[start, end)`, which are well-formed. */
export function eachBulk(
  reply: Pick<Reply, "bulk">,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  for (let at = start; at < end;) {
    let length = 0;
    // Behind the type come the digits, and two bytes that end the line.
    for (at++; bytes[at + 1] !== LF; at++) length = 10 * length + bytes[at]! - ZERO;
    at += 2;
    reply.bulk(bytes, at, at + length);
    at += length + 2;
  }
}
