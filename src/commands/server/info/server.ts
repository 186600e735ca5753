/** INFO's `# Server`. */

import {
  ARCH,
  ENGINE_VERSION,
  OS,
  PID,
  RUNTIME,
  RUNTIME_VERSION,
} from "../../../runtime/runtime.ts";
import { systemRelease } from "../../../runtime/system.ts";
import { REDIS_VERSION } from "../../table/version.ts";
import { listenerFields, runtimeFields } from "./process.ts";
import type { Section } from "./section.ts";

const DAY_SECONDS = 86400;

const OS_NAMES: Record<string, string> = { linux: "Linux", darwin: "Darwin", windows: "Windows" };

function operatingSystem(): string {
  return [OS_NAMES[OS] ?? OS, systemRelease(), ARCH].filter((part) => part !== "").join(" ");
}

/** Versions, places, and how long the process is up. */
export const server: Section = ({ host, store }, config) => {
  const now = store.engine.clock.now();
  const uptime = Math.max(0, Math.floor((now - host.process.startedAtMs) / 1000));
  const { info } = store.engine.connection;
  return {
    redis_version: REDIS_VERSION,
    redis_git_sha1: "00000000",
    redis_git_dirty: 0,
    redis_build_id: "0000000000000000",
    redis_mode: host.cluster === undefined ? "standalone" : "cluster",
    redlite_version: host.process.version,
    os: operatingSystem(),
    arch_bits: 64,
    ...runtimeFields,
    [RUNTIME]: RUNTIME_VERSION,
    v8: ENGINE_VERSION,
    sqlite_driver: info.name,
    sqlite_library: info.library,
    sqlite_version: info.version,
    database_file: store.path,
    process_id: PID,
    process_supervised: host.process.supervised,
    run_id: host.process.runId,
    tcp_port: host.process.port,
    server_time_usec: Math.floor(now * 1000),
    uptime_in_seconds: uptime,
    uptime_in_days: Math.floor(uptime / DAY_SECONDS),
    hz: config.get("hz") ?? 10,
    configured_hz: config.get("hz") ?? 10,
    lru_clock: Math.floor(now / 1000) & 0xffffff,
    executable: host.process.executable,
    config_file: host.process.confFile,
    io_threads_active: 0,
    ...listenerFields(host.process.places),
  };
};
