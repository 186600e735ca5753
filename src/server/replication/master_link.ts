/** The connection to the server that is followed: how it begins, and what either side says before the stream. */

import { READ_VALKEY } from "../../store/rdb/format.ts";
import { LinkError, RedisLink } from "../links/redis_link.ts";
import { formatAddress } from "../listening/address.ts";

/** Where a server is, and how it is reached. */
export interface MasterAddress {
  readonly host: string;
  readonly port: number;
  /** Whether by TLS; `ca` are certificates in PEM form that its own may be signed by. */
  readonly tls?: { readonly ca: readonly string[]; readonly pair?: { cert: string; key: string } };
}

/** What a server says of itself to the one that it wants to follow. */
export interface Introduction {
  readonly user: string;
  readonly password: string;
  /** The port and the address at which clients reach it; empty for that which it connects from. */
  readonly port: number;
  readonly address: string;
  /** What it understands. */
  readonly capabilities: readonly string[];
}

/** The stream that is asked for: one that is known, and the first byte of it that is lacking. */
export interface StreamRequest {
  readonly id: string;
  readonly from: number;
  /** Whether the other is to let this server be its replica from now on (FAILOVER). */
  readonly failover: boolean;
}

/** What the master answers. */
export type StreamAnswer =
  | { readonly kind: "continues"; readonly id: string | undefined }
  | { readonly kind: "all data"; readonly id: string; readonly offset: number };

/** Bytes of the array that chunks are given in. */
const SIZE = 64 * 1024;
/** Longest line of an answer. */
const LONGEST_LINE = 4096;
const NEWLINE = new Uint8Array([0x0a]);

/** A connection to a master. */
export class MasterLink {
  readonly localAddress: string;
  readonly #link: RedisLink;
  readonly #bytes = new Uint8Array(SIZE);

  private constructor(link: RedisLink) {
    this.#link = link;
    this.localAddress = formatAddress(link.localAddress);
  }

  /** When something last came, as `performance.now` has it. */
  get heardAt(): number {
    return this.#link.heardAt;
  }

  /** Connects. @param signal Gives it up. */
  static async open({ host, port, tls }: MasterAddress, signal: AbortSignal): Promise<MasterLink> {
    // As in Redis the name is no matter: whoever has a certificate of the authority is trusted.
    const trust = tls && { ca: tls.ca, certificate: tls.pair, anyName: true };
    return new MasterLink(await RedisLink.open({ hostname: host, port, signal, tls: trust }));
  }

  /** Introduces this server. @throws {LinkError} If it is not welcome. */
  async introduce({ user, password, port, address, capabilities }: Introduction): Promise<void> {
    await this.#ask("PING");
    if (password !== "") {
      await this.#accepted("AUTH", ...(user === "" ? [] : [user]), password);
    }
    await this.#ask("REPLCONF", "listening-port", String(port));
    if (address !== "") await this.#ask("REPLCONF", "ip-address", address);
    await this.#ask("REPLCONF", ...capabilities.flatMap((capability) => ["capa", capability]));
    // Others do not know it, which is no matter. Valkey gives fields that expire to its like alone.
    await this.#ask("REPLCONF", "version", READ_VALKEY);
  }

  /** Asks for the stream. @throws {LinkError} If there is none now. */
  async request({ id, from, failover }: StreamRequest): Promise<StreamAnswer> {
    await this.send("PSYNC", id, String(from), ...(failover ? ["FAILOVER"] : []));
    const line = await this.#line();
    const [word = "", stream, offset] = line.split(" ");
    if (word === "+CONTINUE") return { kind: "continues", id: stream };
    if (word === "+FULLRESYNC" && stream !== undefined && /^\d+$/.test(offset ?? "")) {
      return { kind: "all data", id: stream, offset: Number(offset) };
    }
    throw new LinkError(`it answers PSYNC with "${line}"`);
  }

  /** The size of the snapshot that follows, or the mark at its end. */
  async snapshotHead(): Promise<{ readonly size: number } | { readonly mark: string }> {
    const line = await this.#line();
    const [, mark] = /^\$EOF:(.{40})$/.exec(line) ?? [];
    if (mark !== undefined) return { mark };
    const [, size] = /^\$(\d+)$/.exec(line) ?? [];
    if (size !== undefined) return { size: Number(size) };
    throw new LinkError(`in place of its data it sends "${line}"`);
  }

  async #accepted(...words: readonly string[]): Promise<void> {
    const line = await this.#ask(...words);
    if (line.startsWith("-")) throw new LinkError(`it answers ${words[0]} with "${line.slice(1)}"`);
  }

  async #ask(...words: readonly string[]): Promise<string> {
    await this.send(...words);
    const line = await this.#line();
    // Older ones do not know of all that is said, and a password may be asked for first.
    if (/^\+|^-(ERR|NOAUTH|NOPERM|WRONGPASS)/.test(line)) return line;
    throw new LinkError(`it answers ${words[0]} with "${line.slice(1)}"`);
  }

  /** The next line that is not empty. */
  async #line(): Promise<string> {
    for (;;) {
      const line = await this.#link.line(LONGEST_LINE);
      if (line !== "") return line;
    }
  }

  /** Some bytes, at most so many; valid until the next are asked for. */
  async chunk(most: number): Promise<Uint8Array> {
    const bytes = this.#bytes.subarray(0, Math.min(most, SIZE));
    return bytes.subarray(0, await this.#link.into(bytes));
  }

  /** Reads into an array. @throws {LinkError} At the connection's end, or once it is closed here. */
  read(into: Uint8Array): Promise<number> {
    return this.#link.into(into);
  }

  /** Sends a command. */
  send(...words: readonly string[]): Promise<void> {
    return this.#link.send(words);
  }

  /** Lets the master know that this server is there. */
  keepAlive(): void {
    this.#link.write(NEWLINE).catch(() => {});
  }

  /** Closes the connection. Closing twice does nothing. */
  close(): void {
    this.#link[Symbol.dispose]();
  }
}
