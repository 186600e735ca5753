/**
 * Where clients come in: TCP, TLS and a Unix socket.
 *
 * Hosts and ports can change while clients come. What stays is left alone; what is new is opened
 * before what is old is closed, so that a change that fails leaves everything as it was. Only where
 * the new address is a part of the old one, as 127.0.0.1 is of 0.0.0.0, it has to wait until that is
 * free, a millisecond or two.
 *
 * @module
 */

import { resolve } from "node:path";
import {
  isAddressNotAvailable,
  listen,
  type NetworkConnection,
  type NetworkListener,
  OPENS_LATER,
} from "../../runtime/network.ts";
import { isNotCapable, mayAskSystem, notCapable } from "../../runtime/permissions.ts";
import type { ListeningPlace } from "../../commands/table/process_facts.ts";
import { formatAddress, type Host, type ListenAddress } from "./address.ts";
import type { KeyPair } from "./key_pair.ts";
import { type Listener, type OpenListener, ReplaceableListener } from "./listener.ts";
import { assertMayListen, listeningFailed } from "./listening_errors.ts";
import { listenOnPath, removeStaleSocket } from "./unix_socket.ts";
import { messageOf } from "../../store/values/errors.ts";

/** What to listen on. */
export interface ListenOptions {
  /** TCP and TLS addresses. */
  readonly addresses: readonly ListenAddress[];
  /** The certificate and key of TLS, where an address has it. */
  readonly keyPair?: KeyPair | undefined;
  /** How many clients may wait to be accepted. */
  readonly backlog: number;
  /** The path of a Unix socket. */
  readonly unixSocket?: string | undefined;
  /** The mode of its file; 0 leaves it to the umask. */
  readonly unixSocketMode: number;
  /** Takes one line about what an operator should know. */
  readonly log: (message: string) => void;
}

/** An address that is listened on; its port is that of the listener. */
interface Place {
  readonly listener: ReplaceableListener;
  readonly address: ListenAddress;
}

/** Milliseconds in which the system surely frees the address of a listener that is closed. */
const FREED_WITHIN_MS = 100;

const ANY_HOST: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

/** All places where one server listens. */
export class Listeners {
  /** Whether the system looks after peers that say nothing, for connections from now on. */
  keepalive = true;
  /** Takes each listener that is opened after the start. */
  onOpened: (listener: Listener) => void = () => {};
  readonly #log: (message: string) => void;
  readonly #backlog: number;
  /** Listeners that were opened ahead, or why they could not be. */
  readonly #ahead = new Map<ListenAddress, NetworkListener | { readonly error: unknown }>();
  #keyPair: KeyPair | undefined;
  #tcp: readonly Place[] = [];
  #unix: ReplaceableListener | undefined;
  /** Addresses that were given up, and when. */
  #left: readonly { readonly address: ListenAddress; readonly atMs: number }[] = [];
  #hosts: { readonly plain: readonly Host[]; readonly tls: readonly Host[] };
  #ports = { plain: 0, tls: 0 };

  private constructor({ addresses, keyPair, backlog, log }: ListenOptions) {
    this.#log = log;
    this.#backlog = backlog;
    this.#keyPair = keyPair;
    const plain = addresses.filter(({ tls }) => !tls);
    const tls = addresses.filter(({ tls }) => tls);
    // A port that is opened later has the hosts of the other one.
    this.#hosts = { plain: plain.length > 0 ? plain : tls, tls: tls.length > 0 ? tls : plain };
  }

  /**
   * Listens everywhere, or nowhere.
   *
   * @throws {Error} In one line, with what to do about it.
   */
  static async open(options: ListenOptions): Promise<Listeners> {
    const listeners = new Listeners(options);
    try {
      if (OPENS_LATER) await listeners.#openAhead(options.addresses);
      listeners.#listen(options.addresses);
      if (options.unixSocket !== undefined) await listeners.#openUnix(options.unixSocket, options);
      if (listeners.all.length === 0) throw new Error("there is no address to listen on");
    } catch (error) {
      listeners.close();
      throw error;
    }
    listeners.#ports = { plain: listeners.port, tls: listeners.tlsPort };
    return listeners;
  }

  /** Each listener. */
  get all(): readonly Listener[] {
    const listeners: Listener[] = this.#tcp.map(({ listener }) => listener);
    return this.#unix === undefined ? listeners : [...listeners, this.#unix];
  }

  /** The first TCP port, 0 without one. */
  get port(): number {
    return this.#tcp.find(({ address }) => !address.tls)?.address.port ?? 0;
  }

  /** The first TLS port, 0 without one. */
  get tlsPort(): number {
    return this.#tcp.find(({ address }) => address.tls)?.address.port ?? 0;
  }

  /** Where clients come in, for INFO. */
  get places(): readonly ListeningPlace[] {
    const places: ListeningPlace[] = [];
    for (const tls of [false, true]) {
      const of = this.#tcp.filter(({ address }) => address.tls === tls);
      const ports = new Set(of.map(({ address }) => address.port));
      for (const port of ports) {
        const hosts = of.filter(({ address }) => address.port === port);
        places.push({
          name: tls ? "tls" : "tcp",
          binds: hosts.map(({ address }) => (address.optional ? "-" : "") + address.hostname),
          port,
        });
      }
    }
    const unix = this.#unix?.addr;
    if (unix?.transport === "unix") places.push({ name: "unix", binds: [unix.path] });
    return places;
  }

  /** Where clients come in, in words. */
  describe(): string {
    const names = this.#tcp.map(({ listener, address }) =>
      formatAddress(listener.addr) + (address.tls ? " (TLS)" : "")
    );
    if (this.#unix !== undefined) names.push(formatAddress(this.#unix.addr));
    return names.join(" and ");
  }

  /** Presents another certificate to clients that connect from now on. */
  replaceKeyPair(keyPair: KeyPair): void {
    this.#keyPair = keyPair;
    for (const { listener, address } of this.#tcp) {
      if (address.tls) listener.replace(this.#opener(address));
    }
  }

  /**
   * Listens on other hosts, at the same ports.
   *
   * @throws {Error} If that cannot be; then everything is as before.
   */
  setHosts(hosts: readonly Host[]): void {
    const wanted = { plain: hosts, tls: hosts };
    this.#listen(addressesOf(wanted, this.#ports));
    this.#hosts = wanted;
  }

  /**
   * Listens at another port, for clients with or without TLS; 0 for none.
   *
   * @throws {Error} If that cannot be; then everything is as before.
   */
  setPort(port: number, tls: boolean): void {
    const ports = tls ? { ...this.#ports, tls: port } : { ...this.#ports, plain: port };
    this.#listen(addressesOf(this.#hosts, ports));
    this.#ports = ports;
  }

  /** Lets no one in any more. */
  close(): void {
    for (const listener of this.all) listener.close();
  }

  /** Listens on these TCP addresses and no others, or changes nothing. */
  #listen(wanted: readonly ListenAddress[]): void {
    const isWanted = ({ address }: Place) => wanted.some((other) => isSame(address, other));
    const kept = this.#tcp.filter(isWanted);
    const removed = this.#tcp.filter((place) => !isWanted(place));
    const opened: Place[] = [];
    try {
      for (const address of wanted) {
        if (kept.some((place) => isSame(place.address, address))) continue;
        const place = this.#openTcp(address, removed.map((place) => place.address));
        if (place !== undefined) opened.push(place);
      }
    } catch (error) {
      for (const { listener } of opened) listener.close();
      throw error;
    }
    const atMs = performance.now();
    const lately = this.#left.filter((left) => atMs - left.atMs < FREED_WITHIN_MS);
    this.#left = [...lately, ...removed.map(({ address }) => ({ address, atMs }))];
    for (const { listener } of removed) listener.close();
    this.#tcp = [...kept, ...opened];
    for (const { listener } of opened) this.onOpened(listener);
  }

  /**
   * Listens on an address.
   *
   * @param removed Addresses that are about to be given up.
   * @returns Undefined if the server can do without it.
   */
  #openTcp(address: ListenAddress, removed: readonly ListenAddress[]): Place | undefined {
    const { hostname, port, tls, optional } = address;
    const host = formatAddress({ transport: "tcp", hostname, port });
    assertMayListen(host);
    if (tls && this.#keyPair === undefined) throw new TypeError("TLS needs a certificate");
    const open = this.#opener(address);
    try {
      const now = performance.now();
      const taken = removed.some((other) => overlaps(other, address)) ||
        this.#left.some((left) =>
          now - left.atMs < FREED_WITHIN_MS && overlaps(left.address, address)
        );
      if (!taken) {
        const first = this.#openNow(address);
        return placeOf(new ReplaceableListener(open, this.#log, this.#prepare, first), address);
      }
      // Whether the machine has the host shows at any port.
      listenNow(() => listen({ hostname, port: 0 })).close();
      const where: Deno.NetAddr = { transport: "tcp", hostname, port };
      return placeOf(new ReplaceableListener(open, this.#log, this.#prepare, where), address);
    } catch (error) {
      if (!optional || !isAddressNotAvailable(error)) {
        throw listeningFailed(host, error);
      }
      this.#log(`${host} is not an address of this machine, and is left out`);
      return undefined;
    }
  }

  /** What listens on an address, now or anew: with the certificate there is then. */
  #opener({ hostname, port, tls }: ListenAddress): OpenListener {
    const certificate = tls ? this.#keyPair : undefined;
    return () => listen({ hostname, port, tcpBacklog: this.#backlog, certificate });
  }

  /** Opens listeners where the runtime does so in its own time; what fails is told where they are needed. */
  async #openAhead(addresses: readonly ListenAddress[]): Promise<void> {
    for (const address of addresses) {
      try {
        this.#ahead.set(address, await this.#opener(address)());
      } catch (error) {
        this.#ahead.set(address, { error });
      }
    }
  }

  #openNow(address: ListenAddress): NetworkListener {
    const ahead = this.#ahead.get(address);
    this.#ahead.delete(address);
    if (ahead === undefined) return listenNow(this.#opener(address));
    if ("error" in ahead) throw ahead.error;
    return ahead;
  }

  async #openUnix(path: string, options: ListenOptions): Promise<void> {
    const mode = options.unixSocketMode;
    if (mode !== 0 && !mayAskSystem("umask")) {
      throw notCapable("a mode of the socket (--unixsocketperm) needs --allow-sys");
    }
    try {
      await removeStaleSocket(path);
      const open = () => listenOnPath(path, mode);
      this.#unix = new ReplaceableListener(open, this.#log, this.#prepare, await open());
    } catch (error) {
      if (!isNotCapable(error)) {
        throw new Error(`cannot listen on ${path}: ${messageOf(error)}`);
      }
      const full = resolve(path);
      throw notCapable(
        `listening on ${path} needs --allow-net=unix:${full} --allow-read=${full} --allow-write=${full}`,
      );
    }
  }

  /** Readies a connection. */
  readonly #prepare = (connection: NetworkConnection): void => {
    // Deno's TLS connections have neither switch.
    connection.setNoDelay?.(true);
    if (this.keepalive) connection.setKeepAlive?.(true);
  };
}

/** Opens a listener at once. @throws {Error} Where the runtime cannot. */
function listenNow(open: OpenListener): NetworkListener {
  const listener = open();
  if (!(listener instanceof Promise)) return listener;
  listener.then((late) => late.close(), () => {});
  throw new Error("this runtime opens listeners at the start alone");
}

function addressesOf(
  hosts: { readonly plain: readonly Host[]; readonly tls: readonly Host[] },
  ports: { readonly plain: number; readonly tls: number },
): ListenAddress[] {
  const at = (tls: boolean, port: number, hosts: readonly Host[]) =>
    port === 0 ? [] : hosts.map((host) => ({ ...host, port, tls }));
  return [...at(false, ports.plain, hosts.plain), ...at(true, ports.tls, hosts.tls)];
}

function isSame(a: ListenAddress, b: ListenAddress): boolean {
  return a.hostname === b.hostname && a.port === b.port && a.tls === b.tls;
}

/** Whether the system takes two addresses for one. */
function overlaps(a: ListenAddress, b: ListenAddress): boolean {
  const hosts = a.hostname === b.hostname || ANY_HOST.has(a.hostname) || ANY_HOST.has(b.hostname);
  return hosts && a.port === b.port;
}

/** A place with the port that was found, where any would do. */
function placeOf(listener: ReplaceableListener, address: ListenAddress): Place {
  const { addr } = listener;
  return {
    listener,
    address: addr.transport === "tcp" ? { ...address, port: addr.port } : address,
  };
}
