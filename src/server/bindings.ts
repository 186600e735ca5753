/** Puts the configuration parameters into effect that parts of the server look at, now and when they change. */

import { bindShared, limitData } from "../clients/configuration/bindings.ts";
import type { ConfigurationValues } from "../clients/configuration/configuration.ts";
import type { SharedState } from "../clients/shared.ts";
import type { SlowLog } from "../clients/slow_log.ts";
import type { Store } from "../store/store.ts";
import type { ClientMemory } from "./sessions/client_memory.ts";

/** Milliseconds from which on a command is worth the slow log: below, every call must be timed. */
const ALWAYS_TIMED_BELOW_MICROSECONDS = 1000;

/** The parts of a server that parameters are about. */
export interface Configured {
  readonly slowLog: SlowLog;
  readonly store: Store;
  readonly clientMemory: ClientMemory;
  /** Whether every call of every command is timed. */
  timesAll: boolean;
}

/**
 * Binds the parameters of one server.
 *
 * @param shared What its clients share, if nobody has bound the parameters about that.
 */
export function bindParameters(
  server: Configured,
  config: ConfigurationValues,
  shared: SharedState | undefined,
): void {
  const { slowLog, store } = server;
  if (shared !== undefined) bindShared(shared, config);
  config.bind("slowlog-log-slower-than", (text) => {
    slowLog.thresholdMicroseconds = Number(text);
    server.timesAll = slowLog.thresholdMicroseconds >= 0 &&
      slowLog.thresholdMicroseconds < ALWAYS_TIMED_BELOW_MICROSECONDS;
  });
  const limitClients = () => {
    server.clientMemory.setLimit(config.get("maxmemory-clients"), Number(config.get("maxmemory")));
  };
  config.bind("maxmemory-clients", limitClients);
  config.bind("maxmemory", () => {
    limitClients();
    limitData(store, config);
  });
}

/** What the parameters of replication are bound to. */
export interface ReplicationParts {
  readonly config: ConfigurationValues;
  readonly replication: { required: number; mostLagSeconds: number };
  readonly following: { readOnly: boolean; servesStale: boolean };
}

/** Has the parameters of replication in effect, from now on too. */
export function bindReplication({ config, replication, following }: ReplicationParts): void {
  config.bind("min-replicas-to-write", (text) => replication.required = Number(text));
  config.bind("min-replicas-max-lag", (text) => replication.mostLagSeconds = Number(text));
  config.bind("replica-read-only", (text) => following.readOnly = text === "yes");
  config.bind("replica-serve-stale-data", (text) => following.servesStale = text === "yes");
}
