/** How CLIENT LIST and its kin describe a connection. */

import type { Client } from "../table/client.ts";

/** One client's line of CLIENT LIST. */
export function describe(client: Client, nowMs: number): string {
  const transport = client.transport();
  const since = (ms: number) => Math.max(0, Math.floor((nowMs - ms) / 1000));
  return [
    `id=${client.id}`,
    `addr=${client.address}`,
    `laddr=${client.localAddress}`,
    `fd=${transport.fd}`,
    `name=${client.name}`,
    `age=${since(client.connectedAtMs)}`,
    `idle=${since(client.lastCommandAtMs)}`,
    `flags=${flagsOf(client)}`,
    `db=${client.db}`,
    `sub=${client.subscriptions?.channels.size ?? 0}`,
    `psub=${client.subscriptions?.patterns.size ?? 0}`,
    `ssub=${client.subscriptions?.shardChannels.size ?? 0}`,
    `multi=${client.transaction?.queued.length ?? -1}`,
    `watch=${client.watch?.size ?? 0}`,
    `qbuf=${transport.queryBuffer}`,
    `qbuf-free=${transport.queryBufferFree}`,
    "argv-mem=0",
    `multi-mem=${client.transaction?.queued.memory ?? 0}`,
    "rbs=0",
    "rbp=0",
    "obl=0",
    `oll=${transport.outputBuffer > 0 ? 1 : 0}`,
    `omem=${transport.outputBuffer}`,
    `tot-mem=${transport.totalMemory}`,
    `events=${transport.outputBuffer > 0 ? "rw" : "r"}`,
    `cmd=${client.lastCommand === "" ? "NULL" : client.lastCommand}`,
    `user=${client.account.name}`,
    `redir=${client.tracking?.redirect ?? -1}`,
    `resp=${client.protocol}`,
    `lib-name=${client.libraryName}`,
    `lib-ver=${client.libraryVersion}`,
    "io-thread=0",
    `tot-net-in=${transport.netInput}`,
    `tot-net-out=${transport.netOutput}`,
    `tot-cmds=${client.commands}`,
  ].join(" ");
}

/** The flags, in the order Redis prints them. */
function flagsOf(client: Client): string {
  const flag = (letter: string, isSet: boolean | undefined) => isSet ? letter : "";
  const flags = flag("O", client.monitoring) +
    flag("S", client.isReplica) +
    flag("M", client.isMaster) +
    flag("P", client.subscriptions?.isSubscribed) +
    flag("x", client.transaction !== undefined) +
    flag("b", client.waiting !== undefined || client.parked) +
    flag("t", client.tracking !== undefined) +
    flag("R", client.tracking?.brokenRedirect) +
    flag("B", client.tracking?.broadcast) +
    flag("d", client.watch?.dirty) +
    flag("U", client.unixSocket) +
    flag("e", client.noEvict) +
    flag("T", client.noTouch);
  return flags === "" ? "N" : flags;
}

/** The types of clients that filters name. */
export const TYPES: readonly string[] = ["normal", "master", "slave", "replica", "pubsub"];

/** The type of a client. */
export function typeOf(client: Client): string {
  if (client.isMaster) return "master";
  if (client.isReplica) return "slave";
  return client.subscriptions?.isSubscribed ? "pubsub" : "normal";
}
