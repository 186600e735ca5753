/** Why there is no listening at an address, in one line that says what to do about it. */

import { messageOf } from "../../store/values/errors.ts";

/** Makes sure of the permission. @param host The address, as people write it. */
export function assertMayListen(host: string): void {
  if (Deno.permissions.querySync({ name: "net", host }).state === "granted") return;
  throw new Deno.errors.NotCapable(`listening on ${host} needs --allow-net=${host}`);
}

/** The error for what the system says. */
export function listeningFailed(host: string, error: unknown): Error {
  return error instanceof Deno.errors.AddrInUse
    ? new Deno.errors.AddrInUse(`${host} is taken already; choose another address or port`)
    : new Error(`cannot listen on ${host}: ${messageOf(error)}`);
}
