/** INFO's `# Clients`. */

import type { Section } from "./section.ts";

/** Who is connected, and what they wait for. */
export const clients: Section = ({ host }, config) => {
  let connected = 0, held = 0, largestInput = 0, largestOutput = 0;
  for (const client of host.clients()) {
    const { queryBuffer, outputBuffer } = client.transport();
    connected++;
    if (client.parked) held++;
    largestInput = Math.max(largestInput, queryBuffer);
    largestOutput = Math.max(largestOutput, outputBuffer);
  }
  return {
    connected_clients: connected,
    cluster_connections: 0,
    maxclients: config.get("maxclients") ?? 0,
    client_recent_max_input_buffer: largestInput,
    client_recent_max_output_buffer: largestOutput,
    blocked_clients: host.blocked.count + held,
    tracking_clients: host.tracking.count,
    pubsub_clients: host.pubsub.clients,
    watching_clients: host.watched.clients,
    clients_in_timeout_table: host.blocked.count,
    total_watched_keys: host.watched.keys,
    total_blocking_keys: host.blocked.keys,
    total_blocking_keys_on_nokey: 0,
  };
};
