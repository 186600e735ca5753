/** A connection to another server, as a client of it. */

import { connect, type NetworkConnection, type TlsTrust } from "../../runtime/network.ts";
import { ReplyParser, type ServerReply } from "../../resp/reply_parser.ts";

/** Where a server is, and how it is reached. */
export interface ServerAddress {
  readonly hostname: string;
  readonly port: number;
  /** Whether by TLS, and whom to trust then. */
  readonly tls?: boolean | TlsTrust | undefined;
  /** Gives the connection up while it is made. */
  readonly signal?: AbortSignal;
}

/** The other side did not do what was expected. */
export class LinkError extends Error {
  override readonly name = "LinkError";
}

/** A part of a command. */
export type Word = string | number | Uint8Array;

const SIZE = 64 * 1024;
const encoder = new TextEncoder();

/** The connection. Commands may be sent before earlier ones are answered. */
export class RedisLink implements Disposable {
  readonly #connection: NetworkConnection;
  readonly #parser = new ReplyParser();
  readonly #buffer = new Uint8Array(SIZE);
  #sending: Promise<unknown> = Promise.resolve();
  #closed = false;
  /** When something last came, as `performance.now` has it. */
  heardAt: number = performance.now();

  private constructor(connection: NetworkConnection) {
    this.#connection = connection;
  }

  /** Connects. */
  static async open({ hostname, port, tls, signal }: ServerAddress): Promise<RedisLink> {
    const trust = tls === true ? {} : tls === false ? undefined : tls;
    const connection = await connect({ hostname, port, tls: trust, signal });
    connection.setNoDelay?.(true);
    return new RedisLink(connection);
  }

  /** The address on this side. */
  get localAddress(): NetworkConnection["localAddr"] {
    return this.#connection.localAddr;
  }

  /** Sends commands and waits for their answers. */
  async ask(...commands: readonly (readonly Word[])[]): Promise<ServerReply[]> {
    await this.send(...commands);
    const replies: ServerReply[] = [];
    for (let i = 0; i < commands.length; i++) replies.push(await this.reply());
    return replies;
  }

  /** Sends commands. */
  send(...commands: readonly (readonly Word[])[]): Promise<void> {
    return this.write(encodeCommands(commands));
  }

  /** Sends bytes behind those that were sent before, for a write may take a part of them. */
  write(bytes: Uint8Array): Promise<void> {
    const sent = this.#sending.then(async () => {
      for (let at = 0; at < bytes.length && !this.#closed;) {
        at += await this.#connection.write(bytes.subarray(at));
      }
    });
    this.#sending = sent.catch(() => {});
    return sent;
  }

  /** The next answer. @throws {Error} At the connection's end. */
  async reply(): Promise<ServerReply> {
    for (;;) {
      const reply = this.#parser.next();
      if (reply !== undefined) return reply;
      this.#parser.append(await this.#read());
    }
  }

  /** Puts bytes into an array as they come. @returns How many. */
  async into(target: Uint8Array): Promise<number> {
    const { rest } = this.#parser;
    if (rest.length === 0) return await this.#readInto(target);
    // What came before is nobody's any more: who closed it takes nothing.
    if (this.#closed) throw new LinkError("the connection was closed");
    const bytes = rest.subarray(0, target.length);
    target.set(bytes);
    this.#parser.skip(bytes.length);
    return bytes.length;
  }

  /** A line that is no answer, without its end. @param most Bytes that it may have. */
  async line(most = Infinity): Promise<string> {
    for (;;) {
      const { rest } = this.#parser;
      const newline = rest.indexOf(0x0a);
      if (newline >= 0) {
        const text = new TextDecoder().decode(rest.subarray(0, newline)).replace(/\r$/, "");
        this.#parser.skip(newline + 1);
        return text;
      }
      if (rest.length > most) throw new LinkError("it sends no line");
      this.#parser.append(await this.#read());
    }
  }

  async #read(): Promise<Uint8Array> {
    return this.#buffer.subarray(0, await this.#readInto(this.#buffer));
  }

  async #readInto(target: Uint8Array): Promise<number> {
    if (this.#closed) throw new LinkError("the connection was closed");
    const size = await this.#connection.read(target);
    if (size === null) throw new LinkError("the server has closed the connection");
    this.heardAt = performance.now();
    return size;
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.#connection.close();
    } catch {
      // It was closed from the other side.
    }
  }
}

/** Commands as bytes. */
export function encodeCommands(commands: readonly (readonly Word[])[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let head = "", size = 0;
  const put = (bytes: Uint8Array) => {
    parts.push(bytes);
    size += bytes.length;
  };
  for (const words of commands) {
    head += `*${words.length}\r\n`;
    for (const word of words) {
      const bytes = word instanceof Uint8Array ? word : encoder.encode(String(word));
      put(encoder.encode(`${head}$${bytes.length}\r\n`));
      put(bytes);
      head = "\r\n";
    }
  }
  put(encoder.encode(head));
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
