/**
 * CLUSTER and what belongs to it. This is no cluster, and they say so as a Redis that is none does,
 * CLUSTER HELP too: clients find out by asking.
 *
 * @module
 */

import { err } from "../../store/values/errors.ts";
import type { Command } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";

const command = commandsOf("cluster");

function disabled(): never {
  throw err("This instance has cluster support disabled");
}

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
  }, disabled),
  command("CLUSTER", {
    since: "3.0.0",
    arity: -2,
    complexity: "Depends on the subcommand",
    summary: "Commands about clusters: refused, for this is none.",
  }, [
    command("CLUSTER ADDSLOTS slot [slot ...]", {
      ...changes,
      arity: -3,
      complexity: slots,
      summary: "Of a cluster: gives the node slots.",
    }, disabled),
    command("CLUSTER ADDSLOTSRANGE start-slot end-slot [start-slot end-slot ...]", {
      ...changes,
      since: "7.0.0",
      arity: -4,
      complexity: slots,
      summary: "Of a cluster: gives the node ranges of slots.",
    }, disabled),
    command("CLUSTER BUMPEPOCH", {
      ...changes,
      ...random,
      summary: "Of a cluster: raises the configuration's epoch.",
    }, disabled),
    command("CLUSTER COUNT-FAILURE-REPORTS node-id", {
      ...admin,
      ...random,
      arity: 3,
      complexity: "O(N) in the number of reports",
      summary: "Of a cluster: counts who reports a node as failing.",
    }, disabled),
    command("CLUSTER COUNTKEYSINSLOT slot", {
      ...reads,
      arity: 3,
      summary: "Of a cluster: counts the keys of a slot.",
    }, disabled),
    command("CLUSTER DELSLOTS slot [slot ...]", {
      ...changes,
      arity: -3,
      complexity: slots,
      summary: "Of a cluster: takes slots from the node.",
    }, disabled),
    command("CLUSTER DELSLOTSRANGE start-slot end-slot [start-slot end-slot ...]", {
      ...changes,
      since: "7.0.0",
      arity: -4,
      complexity: slots,
      summary: "Of a cluster: takes ranges of slots from the node.",
    }, disabled),
    command("CLUSTER FAILOVER [FORCE | TAKEOVER]", {
      ...changes,
      arity: -2,
      summary: "Of a cluster: makes a replica its master.",
    }, disabled),
    command("CLUSTER FLUSHSLOTS", {
      ...changes,
      summary: "Of a cluster: takes all slots from the node.",
    }, disabled),
    command("CLUSTER FORGET node-id", {
      ...changes,
      arity: 3,
      summary: "Of a cluster: forgets a node.",
    }, disabled),
    command("CLUSTER GETKEYSINSLOT slot count", {
      ...reads,
      ...random,
      arity: 4,
      complexity: "O(N) in the number of keys asked for",
      summary: "Of a cluster: lists keys of a slot.",
    }, disabled),
    command("CLUSTER HELP", {
      ...loading,
      since: "5.0.0",
      summary: "Lists the subcommands of a cluster.",
    }, disabled),
    command("CLUSTER INFO", {
      ...reads,
      ...random,
      summary: "Of a cluster: tells the node's state.",
    }, disabled),
    command("CLUSTER KEYSLOT key", {
      ...reads,
      arity: 3,
      complexity: "O(N) in the length of the key",
      summary: "Of a cluster: tells the slot of a key.",
    }, disabled),
    command("CLUSTER LINKS", {
      ...reads,
      ...random,
      since: "7.0.0",
      complexity: nodes,
      summary: "Of a cluster: lists the links to the other nodes.",
    }, disabled),
    command("CLUSTER MEET ip port [cluster-bus-port]", {
      ...changes,
      arity: -4,
      summary: "Of a cluster: makes two nodes know each other.",
    }, disabled),
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
      disabled,
    ),
    command("CLUSTER MYID", { ...reads, summary: "Of a cluster: tells the node's id." }, disabled),
    command("CLUSTER MYSHARDID", {
      ...reads,
      ...random,
      since: "7.2.0",
      summary: "Of a cluster: tells the shard's id.",
    }, disabled),
    command("CLUSTER NODES", {
      ...reads,
      ...random,
      complexity: nodes,
      summary: "Of a cluster: tells the configuration of all nodes.",
    }, disabled),
    command("CLUSTER REPLICAS node-id", {
      ...admin,
      ...random,
      since: "5.0.0",
      arity: 3,
      complexity: replicas,
      summary: "Of a cluster: lists the replicas of a node.",
    }, disabled),
    command("CLUSTER REPLICATE node-id", {
      ...changes,
      arity: 3,
      summary: "Of a cluster: makes the node a replica.",
    }, disabled),
    command("CLUSTER RESET [HARD | SOFT]", {
      ...admin,
      arity: -2,
      flags: "admin noscript stale",
      complexity: nodes,
      summary: "Of a cluster: makes the node forget all others.",
    }, disabled),
    command("CLUSTER SAVECONFIG", {
      ...changes,
      summary: "Of a cluster: writes the configuration to the disk.",
    }, disabled),
    command("CLUSTER SET-CONFIG-EPOCH config-epoch", {
      ...changes,
      arity: 3,
      summary: "Of a cluster: sets a new node's epoch.",
    }, disabled),
    command(
      "CLUSTER SETSLOT slot <IMPORTING node-id | MIGRATING node-id | NODE node-id | STABLE>",
      { ...changes, arity: -4, summary: "Of a cluster: says who has a slot." },
      disabled,
    ),
    command("CLUSTER SHARDS", {
      ...loading,
      ...random,
      since: "7.0.0",
      complexity: nodes,
      summary: "Of a cluster: tells which slots which nodes have.",
    }, disabled),
    command("CLUSTER SLAVES node-id", {
      ...admin,
      ...random,
      arity: 3,
      complexity: replicas,
      summary: "Of a cluster: an older name of CLUSTER REPLICAS.",
    }, disabled),
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
      disabled,
    ),
    command("CLUSTER SLOTS", {
      ...loading,
      ...random,
      complexity: nodes,
      summary: "Of a cluster: tells which nodes have which slots.",
    }, disabled),
  ]),
  command("READONLY", {
    since: "3.0.0",
    arity: 1,
    flags: "loading stale fast",
    acl: "connection",
    summary: "Of a cluster: lets the connection read from a replica.",
  }, disabled),
  command("READWRITE", {
    since: "3.0.0",
    arity: 1,
    flags: "loading stale fast",
    acl: "connection",
    summary: "Of a cluster: ends what READONLY began.",
  }, disabled),
];
