/** Addresses: how people write them, and which of them are this machine's own. */

/** A host to listen on. */
export interface Host {
  /** An address of this machine, or one that stands for several. */
  readonly hostname: string;
  /** Do without if this machine has no such address. */
  readonly optional: boolean;
}

/** Where to serve HTTP. */
export interface HttpAddress {
  /** An address of this machine, or one that stands for several. */
  readonly hostname: string;
  /** The port; 0 for any that is free. */
  readonly port: number;
}

/** A place to listen on. */
export interface ListenAddress extends Host {
  /** The port; 0 for any that is free. */
  readonly port: number;
  /** Whether connections are encrypted. */
  readonly tls: boolean;
}

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

/** The hosts that a value of `bind` names; one with `-` before it is optional. */
export function hostsOf(bind: string): Host[] {
  return bind.split(/\s+/).filter((host) => host !== "").map((host) => {
    const optional = host.startsWith("-");
    const name = optional ? host.slice(1) : host;
    return { hostname: name === "*" ? "0.0.0.0" : name.replace("::*", "::"), optional };
  });
}
