/**
 * CLUSTER and what belongs to it. A server that is no cluster says so as a Redis that is none does, in
 * CLUSTER HELP too: clients find out by asking. With `cluster-enabled yes` it is a cluster of one node.
 *
 * @module
 */

import { err } from "../../store/values/errors.ts";
import type { Command, Context, Handler } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { writeHelp } from "../table/introspection.ts";
import * as node from "./node.ts";

const command = commandsOf("cluster");

/** Runs a handler where there is a cluster. */
function onNode(handler: node.NodeHandler): Handler {
  return (context) => {
    const { cluster } = context.host;
    if (cluster === undefined) throw err("This instance has cluster support disabled");
    handler(context, cluster);
  };
}

const help = onNode(({ reply, host }) => writeHelp(reply, host.commands, "cluster"));
const ok = onNode(({ reply }: Context) => reply.ok());

const reads = { since: "3.0.0", arity: 2, flags: "stale" };
const admin = { ...reads, flags: "admin stale" };
const changes = { ...reads, flags: "admin stale no_async_loading" };
const loading = { ...reads, flags: "loading stale" };
const nodes = "O(N) in the number of nodes";
const replicas = "O(N) in the number of replicas";
const slots = "O(N) in the number of slots";
const random = { tips: "nondeterministic_output" };

/** CLUSTER, ASKING, READONLY and READWRITE. */
export const cluster: readonly Command[] = [
  command("ASKING", {
    since: "3.0.0",
    arity: 1,
    flags: "fast",
    acl: "connection",
    summary: "Of a cluster: lets the next command at a slot that is being imported.",
  }, ok),
  command("CLUSTER", {
    since: "3.0.0",
    arity: -2,
    complexity: "Depends on the subcommand",
    summary: "Commands about clusters: refused where this is none.",
  }, [
    command("CLUSTER ADDSLOTS slot [slot ...]", {
      ...changes,
      arity: -3,
      complexity: slots,
      summary: "Of a cluster: gives the node slots.",
    }, onNode(node.addSlots)),
    command("CLUSTER ADDSLOTSRANGE start-slot end-slot [start-slot end-slot ...]", {
      ...changes,
      since: "7.0.0",
      arity: -4,
      complexity: slots,
      summary: "Of a cluster: gives the node ranges of slots.",
    }, onNode(node.addSlotsRange)),
    command("CLUSTER BUMPEPOCH", {
      ...changes,
      ...random,
      summary: "Of a cluster: raises the configuration's epoch.",
    }, onNode(node.bumpEpoch)),
    command("CLUSTER COUNT-FAILURE-REPORTS node-id", {
      ...admin,
      ...random,
      arity: 3,
      complexity: "O(N) in the number of reports",
      summary: "Of a cluster: counts who reports a node as failing.",
    }, onNode(node.countFailureReports)),
    command("CLUSTER COUNTKEYSINSLOT slot", {
      ...reads,
      arity: 3,
      summary: "Of a cluster: counts the keys of a slot.",
    }, onNode(node.countKeysInSlot)),
    command("CLUSTER DELSLOTS slot [slot ...]", {
      ...changes,
      arity: -3,
      complexity: slots,
      summary: "Of a cluster: takes slots from the node.",
    }, onNode(node.deleteSlots)),
    command("CLUSTER DELSLOTSRANGE start-slot end-slot [start-slot end-slot ...]", {
      ...changes,
      since: "7.0.0",
      arity: -4,
      complexity: slots,
      summary: "Of a cluster: takes ranges of slots from the node.",
    }, onNode(node.deleteSlotsRange)),
    command("CLUSTER FAILOVER [FORCE | TAKEOVER]", {
      ...changes,
      arity: -2,
      summary: "Of a cluster: makes a replica its master.",
    }, onNode(node.failover)),
    command("CLUSTER FLUSHSLOTS", {
      ...changes,
      summary: "Of a cluster: takes all slots from the node.",
    }, onNode(node.alone)),
    command("CLUSTER FORGET node-id", {
      ...changes,
      arity: 3,
      summary: "Of a cluster: forgets a node.",
    }, onNode(node.forget)),
    command("CLUSTER GETKEYSINSLOT slot count", {
      ...reads,
      ...random,
      arity: 4,
      complexity: "O(N) in the number of keys asked for",
      summary: "Of a cluster: lists keys of a slot.",
    }, onNode(node.getKeysInSlot)),
    command("CLUSTER HELP", {
      ...loading,
      since: "5.0.0",
      summary: "Lists the subcommands of a cluster.",
    }, help),
    command("CLUSTER INFO", {
      ...reads,
      ...random,
      summary: "Of a cluster: tells the node's state.",
    }, onNode(node.info)),
    command("CLUSTER KEYSLOT key", {
      ...reads,
      arity: 3,
      complexity: "O(N) in the length of the key",
      summary: "Of a cluster: tells the slot of a key.",
    }, onNode(node.keySlot)),
    command("CLUSTER LINKS", {
      ...reads,
      ...random,
      since: "7.0.0",
      complexity: nodes,
      summary: "Of a cluster: lists the links to the other nodes.",
    }, onNode(node.links)),
    command("CLUSTER MEET ip port [cluster-bus-port]", {
      ...changes,
      arity: -4,
      summary: "Of a cluster: makes two nodes know each other.",
    }, onNode(node.alone)),
    command(
      "CLUSTER MIGRATION <IMPORT start-slot end-slot [start-slot end-slot ...] | " +
        "CANCEL <ID task-id | ALL> | STATUS [ID task-id | ALL]>",
      {
        ...changes,
        since: "8.4.0",
        arity: -4,
        complexity: slots,
        summary: "Of a cluster: moves slots between nodes.",
      },
      onNode(node.alone),
    ),
    command(
      "CLUSTER MYID",
      { ...reads, summary: "Of a cluster: tells the node's id." },
      onNode(node.myId),
    ),
    command("CLUSTER MYSHARDID", {
      ...reads,
      ...random,
      since: "7.2.0",
      summary: "Of a cluster: tells the shard's id.",
    }, onNode(node.myShardId)),
    command("CLUSTER NODES", {
      ...reads,
      ...random,
      complexity: nodes,
      summary: "Of a cluster: tells the configuration of all nodes.",
    }, onNode(node.nodes)),
    command("CLUSTER REPLICAS node-id", {
      ...admin,
      ...random,
      since: "5.0.0",
      arity: 3,
      complexity: replicas,
      summary: "Of a cluster: lists the replicas of a node.",
    }, onNode(node.replicas)),
    command("CLUSTER REPLICATE node-id", {
      ...changes,
      arity: 3,
      summary: "Of a cluster: makes the node a replica.",
    }, onNode(node.replicate)),
    command("CLUSTER RESET [HARD | SOFT]", {
      ...admin,
      arity: -2,
      flags: "admin noscript stale",
      complexity: nodes,
      summary: "Of a cluster: makes the node forget all others.",
    }, onNode(node.reset)),
    command("CLUSTER SAVECONFIG", {
      ...changes,
      summary: "Of a cluster: writes the configuration to the disk.",
    }, onNode(node.saveConfig)),
    command("CLUSTER SET-CONFIG-EPOCH config-epoch", {
      ...changes,
      arity: 3,
      summary: "Of a cluster: sets a new node's epoch.",
    }, onNode(node.setConfigEpoch)),
    command(
      "CLUSTER SETSLOT slot <IMPORTING node-id | MIGRATING node-id | NODE node-id | STABLE>",
      { ...changes, arity: -4, summary: "Of a cluster: says who has a slot." },
      onNode(node.setSlot),
    ),
    command("CLUSTER SHARDS", {
      ...loading,
      ...random,
      since: "7.0.0",
      complexity: nodes,
      summary: "Of a cluster: tells which slots which nodes have.",
    }, onNode(node.shards)),
    command("CLUSTER SLAVES node-id", {
      ...admin,
      ...random,
      arity: 3,
      complexity: replicas,
      summary: "Of a cluster: an older name of CLUSTER REPLICAS.",
    }, onNode(node.replicas)),
    command(
      "CLUSTER SLOT-STATS <SLOTSRANGE start-slot end-slot | " +
        "ORDERBY metric [LIMIT limit] [ASC | DESC]>",
      {
        ...loading,
        ...random,
        since: "8.2.0",
        arity: -4,
        tips: "nondeterministic_output request_policy:all_shards",
        complexity: slots,
        summary: "Of a cluster: tells how much slots are used.",
      },
      onNode(node.slotStats),
    ),
    command("CLUSTER SLOTS", {
      ...loading,
      ...random,
      complexity: nodes,
      summary: "Of a cluster: tells which nodes have which slots.",
    }, onNode(node.slots)),
  ]),
  command("READONLY", {
    since: "3.0.0",
    arity: 1,
    flags: "loading stale fast",
    acl: "connection",
    summary: "Of a cluster: lets the connection read from a replica.",
  }, ok),
  command("READWRITE", {
    since: "3.0.0",
    arity: 1,
    flags: "loading stale fast",
    acl: "connection",
    summary: "Of a cluster: ends what READONLY began.",
  }, ok),
];
