/**
 * Web pages that are not meant to get in. Any page that somebody on this machine looks at may send
 * requests to its ports, and where there is no password nothing else would stop it. So protected mode
 * lets only those of this machine in then, and no request by a name that is not this machine's, for
 * whoever owns a name may have it point here.
 *
 * @module
 */

import { isLoopback } from "../listening/address.ts";
import type { HttpHost } from "./http_host.ts";
import { HttpRefusal } from "./refusal.ts";

const FOREIGN =
  "DENIED there is no password, so protected mode lets no web page in from elsewhere, " +
  "and no request by another name than localhost: set a password (--password) and send it as the " +
  "token, or pass --protected-mode no";

/** @throws {HttpRefusal} If the request is from a page that protected mode keeps out. */
export function assertNoForeignPage({ access, config }: HttpHost, { headers, url }: Request): void {
  if (!access.defaultUser.nopass || !config.protectedMode) return;
  const origin = headers.get("origin");
  const isForeign = headers.get("sec-fetch-site") === "cross-site" ||
    (origin !== null && !isLoopback(hostOf(origin))) ||
    !isLoopback(hostOf(url));
  if (isForeign) throw new HttpRefusal(403, FOREIGN);
}

/** The host of an address; empty if it has none. */
function hostOf(url: string): string {
  const match = /^[a-z+]+:\/\/(\[[^\]]*\]|[^/:?#]*)/i.exec(url);
  return match?.[1]?.replace(/^\[|\]$/g, "") ?? "";
}
