/** Addresses: how people write them, and which of them are this machine's own. */

/** An address as people write it: `host:port`, with brackets around an IPv6 host, or a path. */
export function formatAddress(address: Deno.Addr): string {
  if (address.transport === "tcp" || address.transport === "udp") {
    const { hostname, port } = address;
    return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
  }
  return "path" in address ? address.path : address.transport;
}

/** Whether only this machine can reach an address, or have it as its own. */
export function isLoopback(hostname: string): boolean {
  // A socket that serves IPv6 and IPv4 shows the latter's addresses within the former's.
  const host = hostname.toLowerCase().replace(/^::ffff:(?=\d+\.)/, "");
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}
