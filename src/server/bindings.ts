/** Puts the configuration parameters into effect that parts of the server look at, now and when they change. */

import type { ConfigurationValues } from "../clients/configuration/configuration.ts";
import type { EvictionPolicy } from "../store/keys/eviction.ts";
import type { AccessControl } from "../clients/acl/access_control.ts";
import type { CommandHistograms } from "../clients/command_histograms.ts";
import type { LatencyMonitor } from "../clients/latency_monitor.ts";
import type { KeyspaceNotifications } from "../clients/notifications.ts";
import type { SlowLog } from "../clients/slow_log.ts";
import type { ClientCaches } from "../clients/tracking.ts";
import type { Store } from "../store/store.ts";
import type { ClientMemory } from "./sessions/client_memory.ts";

/** Milliseconds from which on a command is worth the slow log: below, every call must be timed. */
const ALWAYS_TIMED_BELOW_MICROSECONDS = 1000;

/** The parts of a server that parameters are about. */
export interface Configured {
  readonly access: AccessControl;
  readonly notifications: KeyspaceNotifications;
  readonly slowLog: SlowLog;
  readonly latency: LatencyMonitor;
  readonly histograms: CommandHistograms;
  readonly tracking: ClientCaches;
  readonly store: Store;
  readonly scripting: { limitMs: number };
  readonly clientMemory: ClientMemory;
  /** Whether every call of every command is timed. */
  timesAll: boolean;
}

/** Binds the parameters of one server. */
export function bindParameters(server: Configured, config: ConfigurationValues): void {
  const { access, notifications, slowLog, latency, histograms, tracking, store, scripting } =
    server;
  let started = false;
  config.bind("requirepass", (text) => {
    // Not given at the start, it leaves the default user as the database has it. A file of users
    // has the default user's passwords, and if not, it was asked for this one when it was read.
    if (started || (text !== "" && config.get("aclfile") === "")) access.setDefaultPassword(text);
  });
  started = true;
  config.bind("notify-keyspace-events", (text) => notifications.classes = text);
  config.bind("slowlog-log-slower-than", (text) => {
    slowLog.thresholdMicroseconds = Number(text);
    server.timesAll = slowLog.thresholdMicroseconds >= 0 &&
      slowLog.thresholdMicroseconds < ALWAYS_TIMED_BELOW_MICROSECONDS;
  });
  config.bind("busy-reply-threshold", (text) => scripting.limitMs = Number(text));
  config.bind("slowlog-max-len", (text) => slowLog.maxLength = Number(text));
  config.bind("slowlog-max-argc", (text) => slowLog.maxArguments = Number(text));
  config.bind("latency-monitor-threshold", (text) => {
    latency.thresholdMs = Number(text);
    store.engine.timings.observer = latency.thresholdMs === 0
      ? undefined
      : (event, ms) => latency.sample(event, ms);
  });
  config.bind("latency-tracking", (text) => histograms.enabled = text === "yes");
  config.bind("tracking-table-max-keys", (text) => tracking.maxKeys = Number(text));
  config.bind("cache-mb", (megabytes) => store.cacheBytes = Number(megabytes) * 1024 * 1024);
  const limitClients = () => {
    server.clientMemory.setLimit(config.get("maxmemory-clients"), Number(config.get("maxmemory")));
  };
  config.bind("maxmemory-clients", limitClients);
  const limit = () => {
    limitClients();
    store.eviction.configure({
      maxmemory: Number(config.get("maxmemory")),
      policy: config.get("maxmemory-policy") as EvictionPolicy,
      samples: Number(config.get("maxmemory-samples")),
      lfuLogFactor: Number(config.get("lfu-log-factor")),
      lfuDecayTime: Number(config.get("lfu-decay-time")),
      tenacity: Number(config.get("maxmemory-eviction-tenacity")),
      maxdisk: Number(config.get("maxdisk")),
    });
  };
  for (
    const name of [
      "maxmemory",
      "maxmemory-policy",
      "maxmemory-samples",
      "lfu-log-factor",
      "lfu-decay-time",
      "maxmemory-eviction-tenacity",
      "maxdisk",
    ]
  ) config.bind(name, limit);
}
