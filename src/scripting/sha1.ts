/** The SHA-1 of scripts, by which EVALSHA names them. */

import { createHash } from "node:crypto";

/** The SHA-1 digest of bytes, in hexadecimal. */
export function sha1Hex(bytes: Uint8Array): string {
  return createHash("sha1").update(bytes).digest("hex");
}
