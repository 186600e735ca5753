/** INFO's `# Memory`. */

import { systemMemory } from "../../../runtime/system.ts";
import { formatByteSize } from "../../table/byte_sizes.ts";
import { dataUse, memoryUse, percentage } from "../memory.ts";
import { allocatorFields } from "./process.ts";
import type { Section } from "./section.ts";

/** `used_memory` is the data in the file, which `maxmemory` limits; the process's own comes last. */
export const memory: Section = ({ host, store }, config) => {
  const { used: processMemory, resident } = memoryUse();
  const { used, overhead, peak } = dataUse(store);
  const dataset = used - overhead;
  const system = systemMemory();
  const limit = Number(config.get("maxmemory") ?? 0);
  const scripts = host.scripting.facts;
  const functions = host.scripting.functions.facts(store);
  let clientMemory = 0;
  for (const client of host.clients()) clientMemory += client.transport().totalMemory;
  return {
    used_memory: used,
    used_memory_human: formatByteSize(used),
    used_memory_rss: resident,
    used_memory_rss_human: formatByteSize(resident),
    used_memory_peak: peak,
    used_memory_peak_human: formatByteSize(peak),
    used_memory_peak_perc: `${percentage(used, peak).toFixed(2)}%`,
    used_memory_overhead: overhead,
    used_memory_startup: 0,
    used_memory_dataset: dataset,
    used_memory_dataset_perc: `${percentage(dataset, used).toFixed(2)}%`,
    total_system_memory: system,
    total_system_memory_human: formatByteSize(system),
    used_memory_lua: scripts.memory,
    used_memory_vm_eval: scripts.memory,
    used_memory_lua_human: formatByteSize(scripts.memory),
    used_memory_scripts_eval: scripts.scriptBytes,
    number_of_cached_scripts: scripts.scripts,
    number_of_functions: functions.functions,
    number_of_libraries: functions.libraries,
    used_memory_vm_functions: functions.memory,
    used_memory_vm_total: scripts.memory + functions.memory,
    used_memory_vm_total_human: formatByteSize(scripts.memory + functions.memory),
    used_memory_functions: functions.bytes,
    used_memory_scripts: scripts.scriptBytes + functions.bytes,
    used_memory_scripts_human: formatByteSize(scripts.scriptBytes + functions.bytes),
    maxmemory: limit,
    maxmemory_human: formatByteSize(limit),
    maxmemory_policy: config.get("maxmemory-policy") ?? "noeviction",
    maxdisk: store.eviction.limits.maxdisk,
    maxdisk_human: formatByteSize(store.eviction.limits.maxdisk),
    ...allocatorFields(resident),
    mem_fragmentation_ratio: (resident / processMemory).toFixed(2),
    mem_fragmentation_bytes: resident - processMemory,
    mem_not_counted_for_evict: 0,
    mem_replication_backlog: host.replication?.backlog?.length ?? 0,
    mem_total_replication_buffers: 0,
    mem_replica_full_sync_buffer: 0,
    mem_clients_slaves: 0,
    mem_clients_normal: clientMemory,
    mem_cluster_links: 0,
    mem_aof_buffer: 0,
    mem_allocator: "v8",
    mem_overhead_db_hashtable_rehashing: 0,
    active_defrag_running: 0,
    lazyfree_pending_objects: store.garbage.count(),
    lazyfreed_objects: store.garbage.freedKeys,
    process_memory: processMemory,
    process_memory_human: formatByteSize(processMemory),
  };
};
