/** Puts the parameters into effect that are about what all clients of a store share, now and when they change. */

import type { Durability } from "../../engine/wal_sync.ts";
import type { EvictionPolicy } from "../../store/keys/eviction/eviction.ts";
import type { Store } from "../../store/store.ts";
import type { SharedState } from "../shared.ts";
import type { ConfigurationValues } from "./configuration.ts";
import { encodingAppliers } from "./encoding_parameters.ts";
import { seriesAppliers } from "./series_parameters.ts";
import { sketchAppliers } from "./sketch_parameters.ts";

const MB = 1024 * 1024;

/** The parameters that say how much data there may be, and what goes when it is more. */
export const LIMITS = [
  "maxmemory",
  "maxmemory-policy",
  "maxmemory-samples",
  "lfu-log-factor",
  "lfu-decay-time",
  "maxmemory-eviction-tenacity",
  "maxdisk",
] as const;

/** Binds them. */
export function bindShared(shared: SharedState, config: ConfigurationValues): void {
  const { notifications, slowLog, latency, histograms, tracking, scripting, store } = shared;
  let started = false;
  config.bind("requirepass", (text) => {
    // Not given at the start, it leaves the default user as the database has it. A file of users
    // has the default user's passwords, and if not, it was asked for this one when it was read.
    if (started || (text !== "" && config.get("aclfile") === "")) {
      shared.access.setDefaultPassword(text);
    }
  });
  started = true;
  config.bind("appendfsync", (mode) => store.walSync.mode = mode as Durability);
  config.bind("write-behind", (text) => {
    if (store.log !== undefined) store.log.wanted = text === "yes";
  });
  config.bind("notify-keyspace-events", (text) => notifications.classes = text);
  config.bind("slowlog-log-slower-than", (text) => slowLog.thresholdMicroseconds = Number(text));
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
  config.bind("cache-mb", (text) => {
    // A program may have said it more exactly.
    if (text !== megabytesOf(store.cacheBytes)) store.cacheBytes = Number(text) * MB;
  });
  const appliers = {
    ...encodingAppliers(store.limits),
    ...seriesAppliers(store.seriesDefaults),
    ...sketchAppliers(store.sketchDefaults),
  };
  for (const [name, apply] of Object.entries(appliers)) config.bind(name, apply);
  for (const name of LIMITS) config.bind(name, () => limitData(store, config));
  limitData(store, config);
}

/** A size of the cache as `cache-mb` has it. */
export function megabytesOf(bytes: number): string {
  return String(Math.max(1, Math.round(bytes / MB)));
}

/** Puts the parameters of {@linkcode LIMITS} into effect. */
export function limitData({ eviction }: Store, config: ConfigurationValues): void {
  eviction.configure({
    maxmemory: Number(config.get("maxmemory")),
    policy: config.get("maxmemory-policy") as EvictionPolicy,
    samples: Number(config.get("maxmemory-samples")),
    lfuLogFactor: Number(config.get("lfu-log-factor")),
    lfuDecayTime: Number(config.get("lfu-decay-time")),
    tenacity: Number(config.get("maxmemory-eviction-tenacity")),
    maxdisk: Number(config.get("maxdisk")),
  });
}
