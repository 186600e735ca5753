/** What the execution of commands, and the session around it, know of the server and of each other. */

import type { ClusterNode } from "../../commands/cluster/node_host.ts";
import type { Following } from "../../commands/replication/following.ts";
import type { Replication } from "../../commands/replication/replicas.ts";
import type { AccessControl } from "../../clients/acl/access_control.ts";
import type { BlockedClients } from "../../clients/blocked_clients.ts";
import type { HotKeys } from "../../clients/hot_keys.ts";
import type { ClientCaches } from "../../clients/tracking.ts";
import type { Host } from "../../commands/table/host.ts";
import type { Client, LastWrite } from "../../commands/table/client.ts";
import type { Table } from "../../commands/table/table.ts";
import type { Store } from "../../store/store.ts";
import type { BufferPool } from "./buffers.ts";
import type { ClientMemory, CountedClient } from "./client_memory.ts";
import type { ConfigurationValues } from "../../clients/configuration/configuration.ts";
import type { HeapGuard } from "./heap_guard.ts";
import type { Fairness } from "./fairness.ts";
import type { CutOffCause, Report } from "../log/log.ts";
import type { ClientPause } from "./pause.ts";
import type { ServerStatistics } from "../statistics.ts";
import type { Monitors } from "../execution/monitors.ts";
import type { Turns, TurnSession } from "../turns.ts";

/** The session whose commands an execution runs. */
export interface ExecutedSession extends Client, TurnSession, CountedClient {
  /** CLIENT NO-EVICT. */
  noEvict: boolean;
  /** Whether its next command is parsed and has not run, or not to its end. */
  parked: boolean;
  readonly lastWrite: LastWrite & { pending: boolean };
  /** Takes part in the turn that runs, or in a new one. */
  enterServerTurn(): void;
  /** Counts a reply of the running turn: if it fails, an error takes its place. */
  countReply(): void;
  /** Counts a message of the running turn. */
  countPush(): void;
  /** Whether its replies are past what it may leave unread: it is closed when the turn is over. */
  readonly overflows: boolean;
  /** Goes on with the commands that came while the client waited in one. */
  resume(): void;
  /** Goes on with the commands after the one that it was parked with. */
  goOn(): void;
}

/** The server as an execution sees it. */
export interface ExecutionHost extends Host {
  readonly store: Store;
  readonly config: ConfigurationValues;
  readonly commands: Table;
  readonly stats: ServerStatistics;
  readonly turns: Turns;
  readonly access: AccessControl;
  readonly blocked: BlockedClients;
  readonly tracking: ClientCaches;
  readonly hotKeys: HotKeys;
  readonly replication: Replication;
  readonly cluster: ClusterNode | undefined;
  readonly following: Following;
  /** Clients that are told of every command. */
  readonly monitors: Monitors;
  /** The client whose command runs. */
  readonly executing: Client | undefined;
  /** CLIENT PAUSE, while it holds. */
  readonly paused: ClientPause | undefined;
  /** Whether every call of every command is timed. */
  readonly timesAll: boolean;
  /** Tells an operator why a client is cut off; whoever calls it closes the connection. */
  cutOff(client: Client, cause: CutOffCause, why: string): void;
  /** Notes that the database was found to be damaged. */
  damaged(reason: string): void;
  /** Says whose command runs. */
  setExecuting(client: Client | undefined): void;
  /** Lets a session wait for the end of a pause. */
  postpone(session: ExecutedSession): void;
}

/** The server as a session sees it. */
export interface SessionHost extends ExecutionHost {
  readonly buffers: BufferPool;
  /** What all clients take together. */
  readonly clientMemory: ClientMemory;
  readonly fairness: Fairness;
  readonly heapGuard: HeapGuard;
  /** Resolves when the server has stopped; with an error if it had to. */
  readonly finished: Promise<void>;
  /** A session's connection is closed. */
  ended(session: ExecutedSession): void;
  /** Takes one line about what an operator should know. */
  readonly report: Report;
}
