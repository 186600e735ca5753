/** The connection to the server that is followed: how it begins, and what either side says before the stream. */

import { connect, type NetworkConnection } from "../../runtime/network.ts";
import { READ_VALKEY } from "../../store/rdb/format.ts";
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

/** The master did not say what was expected. */
export class LinkError extends Error {
  override readonly name = "LinkError";
}

const SIZE = 64 * 1024;
/** Longest line of an answer. */
const LONGEST_LINE = 4096;
const LF = 0x0a;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const NEWLINE = encoder.encode("\n");

/** A connection to a master. */
export class MasterLink {
  readonly localAddress: string;
  /** When something last came, as `performance.now` has it. */
  heardAt = performance.now();
  readonly #connection: NetworkConnection;
  readonly #bytes = new Uint8Array(SIZE);
  #start = 0;
  #end = 0;
  #sending: Promise<unknown> = Promise.resolve();
  #closed = false;

  private constructor(connection: NetworkConnection) {
    this.#connection = connection;
    this.localAddress = formatAddress(connection.localAddr);
  }

  /** Connects. @param signal Gives it up. */
  static async open({ host, port, tls }: MasterAddress, signal: AbortSignal): Promise<MasterLink> {
    const connection = await connect({
      hostname: host,
      port,
      signal,
      // As in Redis the name is no matter: whoever has a certificate of the authority is trusted.
      tls: tls && { ca: tls.ca, certificate: tls.pair, anyName: true },
    });
    connection.setNoDelay?.(true);
    return new MasterLink(connection);
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
      const end = this.#bytes.subarray(this.#start, this.#end).indexOf(LF);
      if (end < 0) {
        if (this.#end - this.#start > LONGEST_LINE) throw new LinkError("it sends no line");
        await this.#fill();
        continue;
      }
      const line = decoder.decode(this.#bytes.subarray(this.#start, this.#start + end));
      this.#start += end + 1;
      const text = line.replace(/\r$/, "");
      if (text !== "") return text;
    }
  }

  async #fill(): Promise<void> {
    if (this.#start > 0) {
      this.#bytes.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    this.#end += await this.read(this.#bytes.subarray(this.#end));
  }

  /** Some bytes, at most so many; valid until the next are asked for. */
  async chunk(most: number): Promise<Uint8Array> {
    if (this.#start === this.#end) {
      this.#start = this.#end = 0;
      await this.#fill();
    }
    const size = Math.min(most, this.#end - this.#start);
    this.#start += size;
    return this.#bytes.subarray(this.#start - size, this.#start);
  }

  /** Reads into an array. @throws {LinkError} At the connection's end, or once it is closed here. */
  async read(into: Uint8Array): Promise<number> {
    // What came before is nobody's any more: who closed it takes nothing.
    if (this.#closed) throw new LinkError("the connection was closed");
    if (this.#start < this.#end && into.buffer !== this.#bytes.buffer) {
      const size = Math.min(into.length, this.#end - this.#start);
      into.set(this.#bytes.subarray(this.#start, this.#start + size));
      this.#start += size;
      return size;
    }
    const size = await this.#connection.read(into);
    if (size === null) throw new LinkError("it has closed the connection");
    this.heardAt = performance.now();
    return size;
  }

  /** Sends a command. */
  send(...words: readonly string[]): Promise<void> {
    const parts = words.map((word) => `$${encoder.encode(word).length}\r\n${word}\r\n`);
    return this.#write(encoder.encode(`*${words.length}\r\n${parts.join("")}`));
  }

  /** Lets the master know that this server is there. */
  keepAlive(): void {
    this.#write(NEWLINE).catch(() => {});
  }

  /** One after the other, for a write may take a part of the bytes. */
  #write(bytes: Uint8Array): Promise<void> {
    const sent = this.#sending.then(async () => {
      for (let at = 0; at < bytes.length && !this.#closed;) {
        at += await this.#connection.write(bytes.subarray(at));
      }
    });
    this.#sending = sent.catch(() => {});
    return sent;
  }

  /** Closes the connection. Closing twice does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.#connection.close();
    } catch {
      // It was closed from the other side.
    }
  }
}
