/**
 * INFO's fields on the process: its heap and processor time, and the turns, which are to Redlite
 * what the passes of its event loop are to Redis.
 *
 * @module
 */

import process from "node:process";
import { getHeapStatistics } from "node:v8";
import { OS } from "../../../runtime/runtime.ts";
import { threadTime } from "../../../runtime/system.ts";
import type { Context } from "../../table/command.ts";
import type { ListeningPlace } from "../../table/process_facts.ts";

type Fields = Readonly<Record<string, string | number>>;

const MULTIPLEXING: Readonly<Record<string, string>> = {
  linux: "epoll",
  darwin: "kqueue",
  freebsd: "kqueue",
  windows: "iocp",
};

/** How the runtime tells the time and waits for the network. */
export const runtimeFields: Fields = {
  monotonic_clock: "performance.now",
  multiplexing_api: MULTIPLEXING[OS] ?? "unknown",
};

/** Where clients come in, each as `name=tcp,bind=127.0.0.1,port=6379`. */
export function listenerFields(places: readonly ListeningPlace[]): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [index, { name, binds, port }] of places.entries()) {
    const words = [`name=${name}`, ...binds.map((bind) => `bind=${bind}`)];
    if (port !== undefined) words.push(`port=${port}`);
    fields[`listener${index}`] = words.join(",");
  }
  return fields;
}

/** V8's heap, and what JavaScript holds beside it, as Redis tells of its allocator. */
export function allocatorFields(resident: number): Fields {
  const heap = getHeapStatistics();
  const allocated = heap.used_heap_size + heap.external_memory;
  const active = heap.total_heap_size + heap.external_memory;
  const held = heap.total_physical_size + heap.external_memory;
  const ratio = (a: number, b: number) => (a / b).toFixed(2);
  return {
    allocator_allocated: allocated,
    allocator_active: active,
    allocator_resident: held,
    allocator_muzzy: 0,
    allocator_frag_ratio: ratio(active, allocated),
    allocator_frag_bytes: active - allocated,
    allocator_rss_ratio: ratio(held, active),
    allocator_rss_bytes: held - active,
    rss_overhead_ratio: ratio(resident, held),
    rss_overhead_bytes: resident - held,
  };
}

/** The one thread that serves clients. */
export function threadFields({ host }: Context): Fields {
  const { reads, writes } = host.stats;
  const clients = [...host.clients()].length;
  return { io_thread_0: `clients=${clients},reads=${reads},writes=${writes}` };
}

/** The turns. */
export function loopFields({ host: { stats } }: Context): Fields {
  let commands = 0;
  for (const { microseconds } of stats.commands.values()) commands += microseconds;
  return {
    eventloop_cycles: stats.loop.cycles,
    eventloop_duration_sum: Math.round(stats.loop.durationMs * 1000),
    eventloop_duration_cmd_sum: Math.round(commands),
    instantaneous_eventloop_cycles_per_sec: stats.loop.cyclesPerSecond,
    instantaneous_eventloop_duration_usec: stats.loop.recentMicroseconds,
  };
}

/** `# Debug`, which must be asked for by its name. */
export function debugFields({ host: { stats: { loop } } }: Context): Fields {
  const microseconds = (ms: number) => Math.round(ms * 1000);
  return {
    eventloop_duration_aof_sum: microseconds(loop.commitMs),
    eventloop_duration_cron_sum: microseconds(loop.cronMs),
    eventloop_duration_max: microseconds(loop.longestMs),
    eventloop_cmd_per_cycle_max: loop.mostCommands,
  };
}

/** `# CPU`. */
export function cpuFields(): Fields {
  const seconds = (microseconds: number) => (microseconds / 1e6).toFixed(6);
  const all = process.cpuUsage();
  const main = threadTime();
  return {
    used_cpu_sys: seconds(all.system),
    used_cpu_user: seconds(all.user),
    used_cpu_sys_children: "0.000000",
    used_cpu_user_children: "0.000000",
    used_cpu_sys_main_thread: seconds(main.system),
    used_cpu_user_main_thread: seconds(main.user),
  };
}
