/** Why there is no listening at an address, in one line that says what to do about it. */

import { addressInUse, isAddressInUse } from "../../runtime/network.ts";
import { mayListen, notCapable } from "../../runtime/permissions.ts";
import { messageOf } from "../../store/values/errors.ts";

/** Makes sure of the permission. @param host The address, as people write it. */
export function assertMayListen(host: string): void {
  if (!mayListen(host)) throw notCapable(`listening on ${host} needs --allow-net=${host}`);
}

/** The error for what the system says. */
export function listeningFailed(host: string, error: unknown): Error {
  return isAddressInUse(error)
    ? addressInUse(`${host} is taken already; choose another address or port`)
    : new Error(`cannot listen on ${host}: ${messageOf(error)}`);
}
