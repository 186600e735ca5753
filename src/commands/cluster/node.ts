/**
 * The subcommands of CLUSTER on the one node of a cluster, which has all slots and keeps them: whoever
 * asks to take some away, or to bring in others, is refused.
 *
 * @module
 */

import { err, notAnInteger, syntaxError } from "../../store/values/errors.ts";
import type { Store } from "../../store/store.ts";
import type { Slice } from "../../store/values/slice.ts";
import type { Context } from "../table/command.ts";
import type { Client } from "../table/client.ts";
import { int64At } from "../table/options.ts";
import { slotOfKey, SLOTS } from "./hash_slots.ts";
import type { ClusterNode } from "./node_host.ts";

/** Runs a subcommand on the node. */
export type NodeHandler = (context: Context, node: ClusterNode) => void;

const ALONE = "this is a cluster of one node, which keeps all slots";

/** Refuses what a cluster of one node cannot do. */
export const alone: NodeHandler = () => {
  throw err(ALONE);
};

/** CLUSTER INFO */
export const info: NodeHandler = ({ reply }, { epoch }) => {
  const lines = {
    cluster_state: "ok",
    cluster_slots_assigned: SLOTS,
    cluster_slots_ok: SLOTS,
    cluster_slots_pfail: 0,
    cluster_slots_fail: 0,
    cluster_known_nodes: 1,
    cluster_size: 1,
    cluster_current_epoch: epoch,
    cluster_my_epoch: epoch,
    cluster_stats_messages_sent: 0,
    cluster_stats_messages_received: 0,
    total_cluster_links_buffer_limit_exceeded: 0,
  };
  const text = Object.entries(lines).map(([name, value]) => `${name}:${value}\r\n`).join("");
  reply.verbatim("txt", text);
};

/** CLUSTER NODES */
export const nodes: NodeHandler = ({ reply, client }, node) => {
  const { id, port, tlsPort, busPort, hostName, humanName, epoch } = node;
  const address = addressFor(node, client);
  const extra = hostName === "" ? "" : `,${hostName}`;
  const named = humanName === "" ? extra : `${extra === "" ? "," : extra},nodename=${humanName}`;
  const place = `${address}:${port === 0 ? tlsPort : port}@${busPort}${named}`;
  reply.verbatim("txt", `${id} ${place} myself,master - 0 0 ${epoch} connected 0-${SLOTS - 1}\n`);
};

/**
 * The node's address for a client: without one that is announced, that at which the client has
 * reached it. Redis's own does not know it, and some clients do not connect to a node without one.
 */
function addressFor(
  { announcedAddress }: ClusterNode,
  { localAddress, unixSocket }: Client,
): string {
  if (announcedAddress !== "" || unixSocket) return announcedAddress;
  return localAddress.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
}

/** Where clients are told to connect: undefined for where they did. */
function endpoint(node: ClusterNode, client: Client): string | undefined {
  const { endpointType, hostName } = node;
  if (endpointType === "ip") return addressFor(node, client);
  if (endpointType === "hostname") return hostName === "" ? "?" : hostName;
  return undefined;
}

/** CLUSTER SLOTS */
export const slots: NodeHandler = ({ reply, client }, node) => {
  reply.array(1);
  reply.array(3);
  reply.integer(0);
  reply.integer(SLOTS - 1);
  reply.array(4);
  const place = endpoint(node, client);
  if (place === undefined) reply.null();
  else reply.text(place);
  reply.integer(portFor(node, client.localAddress));
  reply.text(node.id);
  const facts = metadata(node, client);
  reply.map(facts.length);
  for (const [name, value] of facts) {
    reply.text(name);
    reply.text(value);
  }
};

/** The port of the kind that a client came by. */
function portFor({ port, tlsPort }: ClusterNode, localAddress: string): number {
  const own = Number(/:(\d+)$/.exec(localAddress)?.[1]);
  if (own === tlsPort && tlsPort !== 0) return tlsPort;
  return port === 0 ? tlsPort : port;
}

/** What SLOTS tells of a node beside its endpoint. */
function metadata(node: ClusterNode, client: Client): [string, string][] {
  const { endpointType, hostName } = node;
  const address = addressFor(node, client);
  const facts: [string, string][] = [];
  if (endpointType !== "ip" && address !== "") facts.push(["ip", address]);
  if (endpointType !== "hostname" && hostName !== "") facts.push(["hostname", hostName]);
  return facts;
}

/** CLUSTER SHARDS */
export const shards: NodeHandler = ({ reply, host, client }, node) => {
  reply.array(1);
  reply.map(2);
  reply.text("slots");
  reply.array(2);
  reply.integer(0);
  reply.integer(SLOTS - 1);
  reply.text("nodes");
  reply.array(1);
  const facts: [string, string | number | undefined][] = [["id", node.id]];
  if (node.port !== 0) facts.push(["port", node.port]);
  if (node.tlsPort !== 0) facts.push(["tls-port", node.tlsPort]);
  facts.push(["ip", addressFor(node, client)], ["endpoint", endpoint(node, client)]);
  if (node.hostName !== "") facts.push(["hostname", node.hostName]);
  facts.push(["role", "master"], ["replication-offset", host.replication?.offset ?? 0]);
  facts.push(["health", "online"]);
  reply.map(facts.length);
  for (const [name, value] of facts) {
    reply.text(name);
    if (value === undefined) reply.null();
    else if (typeof value === "number") reply.integer(value);
    else reply.text(value);
  }
};

/** CLUSTER LINKS */
export const links: NodeHandler = ({ reply }) => reply.array(0);

/** CLUSTER MYID */
export const myId: NodeHandler = ({ reply }, { id }) => reply.text(id);

/** CLUSTER MYSHARDID */
export const myShardId: NodeHandler = ({ reply }, { shardId }) => reply.text(shardId);

/** CLUSTER KEYSLOT */
export const keySlot: NodeHandler = ({ reply, args }) => reply.integer(slotOfKey(args.at(2)));

/** Visits the live keys of a slot, which takes a look at every key. */
function eachKey(store: Store, slot: number, visit: (key: Slice) => void): void {
  store.walk.walk(0, new Uint8Array(0), undefined, -1, (key) => {
    if (slotOfKey(key) === slot) visit(key);
  });
}

/** CLUSTER COUNTKEYSINSLOT */
export const countKeysInSlot: NodeHandler = ({ args, reply, store }) => {
  const slot = int64At(args, 2);
  if (slot === undefined) throw notAnInteger();
  if (slot < 0 || slot >= SLOTS) throw err("Invalid slot");
  let count = 0;
  eachKey(store, Number(slot), () => count++);
  reply.integer(count);
};

/** CLUSTER GETKEYSINSLOT */
export const getKeysInSlot: NodeHandler = ({ args, reply, store }) => {
  const slot = int64At(args, 2);
  const most = int64At(args, 3);
  if (slot === undefined || most === undefined) throw notAnInteger();
  if (slot < 0 || slot >= SLOTS || most < 0) throw err("Invalid slot or number of keys");
  const keys: Uint8Array[] = [];
  eachKey(store, Number(slot), (key) => {
    if (keys.length < most) keys.push(key.copy());
  });
  reply.array(keys.length);
  for (const key of keys) reply.bulk(key, 0, key.length);
};

function assertKnown({ args }: Context, { id }: ClusterNode, at: number): void {
  if (args.text(at) !== id) throw err(`Unknown node ${args.text(at)}`);
}

/** CLUSTER REPLICAS and SLAVES */
export const replicas: NodeHandler = (context, node) => {
  assertKnown(context, node, 2);
  context.reply.array(0);
};

/** CLUSTER COUNT-FAILURE-REPORTS */
export const countFailureReports: NodeHandler = (context, node) => {
  assertKnown(context, node, 2);
  context.reply.integer(0);
};

/** CLUSTER FORGET */
export const forget: NodeHandler = (context, node) => {
  assertKnown(context, node, 2);
  throw err("I tried hard but I can't forget myself...");
};

/** CLUSTER REPLICATE */
export const replicate: NodeHandler = (context, node) => {
  assertKnown(context, node, 2);
  throw err("Can't replicate myself");
};

/** CLUSTER FAILOVER */
export const failover: NodeHandler = ({ args }) => {
  if (args.count > 3 || args.count === 3 && !args.is(2, "FORCE") && !args.is(2, "TAKEOVER")) {
    throw syntaxError();
  }
  throw err("You should send CLUSTER FAILOVER to a replica");
};

/** CLUSTER RESET */
export const reset: NodeHandler = ({ args, store }) => {
  if (args.count > 3 || args.count === 3 && !args.is(2, "HARD") && !args.is(2, "SOFT")) {
    throw syntaxError();
  }
  if (store.keyspace.facts.size(0) > 0) {
    throw err("CLUSTER RESET can't be called with master nodes containing keys");
  }
  throw err(ALONE);
};

function slotAt({ args }: Context, at: number): number {
  const slot = int64At(args, at);
  if (slot === undefined || slot < 0 || slot >= SLOTS) throw err("Invalid or out of range slot");
  return Number(slot);
}

/** CLUSTER ADDSLOTS */
export const addSlots: NodeHandler = (context) => {
  for (let i = 3; i < context.args.count; i++) slotAt(context, i);
  throw err(`Slot ${slotAt(context, 2)} is already busy`);
};

function assertRanges(context: Context): void {
  const { args } = context;
  for (let i = 2; i < args.count; i += 2) {
    const first = slotAt(context, i), last = slotAt(context, i + 1);
    if (first > last) {
      throw err(`start slot number ${first} is greater than end slot number ${last}`);
    }
  }
}

/** Refuses an odd number of slots, as there is no range without its end. */
function assertPairs({ args }: Context, name: string): void {
  if (args.count % 2 !== 0) throw err(`wrong number of arguments for '${name}' command`);
}

/** CLUSTER ADDSLOTSRANGE */
export const addSlotsRange: NodeHandler = (context) => {
  assertPairs(context, "cluster|addslotsrange");
  assertRanges(context);
  throw err(`Slot ${slotAt(context, 2)} is already busy`);
};

/** CLUSTER DELSLOTS */
export const deleteSlots: NodeHandler = (context) => {
  for (let i = 2; i < context.args.count; i++) slotAt(context, i);
  throw err(ALONE);
};

/** CLUSTER DELSLOTSRANGE */
export const deleteSlotsRange: NodeHandler = (context) => {
  assertPairs(context, "cluster|delslotsrange");
  assertRanges(context);
  throw err(ALONE);
};

/** CLUSTER SETSLOT */
export const setSlot: NodeHandler = (context, node) => {
  const { args, reply } = context;
  const slot = slotAt(context, 2);
  if (args.count === 4 && args.is(3, "STABLE")) return reply.ok();
  const known = args.count === 5 && args.text(4) === node.id;
  if (args.count === 5 && args.is(3, "IMPORTING")) {
    throw err(`I'm already the owner of hash slot ${slot}`);
  }
  if (args.count === 5 && args.is(3, "MIGRATING")) {
    throw err(known ? ALONE : `I don't know about node ${args.text(4)}`);
  }
  if (args.count === 5 && args.is(3, "NODE")) {
    if (!known) throw err(`Unknown node ${args.text(4)}`);
    return reply.ok();
  }
  throw err("Invalid CLUSTER SETSLOT action or number of arguments. Try CLUSTER HELP");
};

/** CLUSTER BUMPEPOCH: nobody else has one, so the first is raised and the next ones stay. */
export const bumpEpoch: NodeHandler = ({ reply }, node) => {
  if (node.epoch > 0) return reply.status(`STILL ${node.epoch}`);
  node.epoch = 1;
  reply.status("BUMPED 1");
};

/** CLUSTER SET-CONFIG-EPOCH */
export const setConfigEpoch: NodeHandler = ({ args, reply }, node) => {
  const epoch = int64At(args, 2);
  if (epoch === undefined) throw notAnInteger();
  if (epoch < 0) throw err(`Invalid config epoch specified: ${epoch}`);
  if (node.epoch !== 0) throw err("Node config epoch is already non-zero");
  node.epoch = Number(epoch);
  reply.ok();
};

/** CLUSTER SAVECONFIG: what there is to keep is in the file. */
export const saveConfig: NodeHandler = ({ reply }) => reply.ok();

/** CLUSTER SLOT-STATS: of what Redis tells, keys are counted; time and traffic are not, by slots. */
export const slotStats: NodeHandler = (context) => {
  const { args, store } = context;
  if (args.is(2, "SLOTSRANGE") && args.count === 5) {
    const first = slotAt(context, 3), last = slotAt(context, 4);
    if (first > last) {
      throw err(`Start slot number ${first} is greater than end slot number ${last}`);
    }
    const counts = keysBySlot(store);
    return writeStats(
      context,
      Array.from({ length: last - first + 1 }, (_, i) => first + i),
      counts,
    );
  }
  if (args.is(2, "ORDERBY") && args.count >= 4) return orderedStats(context);
  throw syntaxError();
};

function orderedStats(context: Context): void {
  const { args, store } = context;
  if (!args.is(3, "KEY-COUNT")) throw err("Unrecognized sort metric for ORDERBY.");
  let most = SLOTS;
  let ascending = false;
  for (let i = 4; i < args.count; i++) {
    if (args.is(i, "LIMIT") && i + 1 < args.count) {
      const limit = int64At(args, ++i);
      if (limit === undefined || limit < 1 || limit > SLOTS) {
        throw err("Limit has to lie in between 1 and 16384 (maximum number of slots).");
      }
      most = Number(limit);
    } else if (args.is(i, "ASC")) {
      ascending = true;
    } else if (args.is(i, "DESC")) {
      ascending = false;
    } else {
      throw syntaxError();
    }
  }
  const counts = keysBySlot(store);
  const slots = Array.from({ length: SLOTS }, (_, slot) => slot);
  slots.sort((a, b) => (ascending ? 1 : -1) * (counts[a]! - counts[b]!) || a - b);
  writeStats(context, slots.slice(0, most), counts);
}

function keysBySlot(store: Store): Uint32Array {
  const counts = new Uint32Array(SLOTS);
  store.walk.walk(0, new Uint8Array(0), undefined, -1, (key) => {
    counts[slotOfKey(key)]!++;
  });
  return counts;
}

function writeStats({ reply }: Context, slots: readonly number[], counts: Uint32Array): void {
  reply.array(slots.length);
  for (const slot of slots) {
    reply.array(2);
    reply.integer(slot);
    reply.map(1);
    reply.text("key-count");
    reply.integer(counts[slot]!);
  }
}
