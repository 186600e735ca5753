/** A connection to another server, as a client of it. */

import { connect, type NetworkConnection } from "../../runtime/network.ts";
import { ReplyParser, type ServerReply } from "../../resp/reply_parser.ts";

/** Where a server is, and how it is reached. */
export interface ServerAddress {
  readonly hostname: string;
  readonly port: number;
  readonly tls?: boolean;
  /** Gives the connection up while it is made. */
  readonly signal?: AbortSignal;
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
  #closed = false;

  private constructor(connection: NetworkConnection) {
    this.#connection = connection;
  }

  /** Connects. */
  static async open({ hostname, port, tls, signal }: ServerAddress): Promise<RedisLink> {
    const connection = await connect({ hostname, port, tls: tls ? {} : undefined, signal });
    connection.setNoDelay?.(true);
    return new RedisLink(connection);
  }

  /** Sends commands and waits for their answers. */
  async ask(...commands: readonly (readonly Word[])[]): Promise<ServerReply[]> {
    await this.send(...commands);
    const replies: ServerReply[] = [];
    for (let i = 0; i < commands.length; i++) replies.push(await this.reply());
    return replies;
  }

  /** Sends commands. */
  async send(...commands: readonly (readonly Word[])[]): Promise<void> {
    const bytes = encodeCommands(commands);
    for (let at = 0; at < bytes.length;) at += await this.#connection.write(bytes.subarray(at));
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
    const came = rest.length > 0 ? rest : await this.#read();
    const bytes = came.subarray(0, target.length);
    target.set(bytes);
    if (came === rest) this.#parser.skip(bytes.length);
    else if (bytes.length < came.length) this.#parser.append(came.subarray(bytes.length));
    return bytes.length;
  }

  /** A line that is no answer, without its end. */
  async line(): Promise<string> {
    for (;;) {
      const { rest } = this.#parser;
      const newline = rest.indexOf(0x0a);
      if (newline >= 0) {
        const text = new TextDecoder().decode(rest.subarray(0, newline)).replace(/\r$/, "");
        this.#parser.skip(newline + 1);
        return text;
      }
      this.#parser.append(await this.#read());
    }
  }

  async #read(): Promise<Uint8Array> {
    const size = await this.#connection.read(this.#buffer);
    if (size === null) throw new Error("the server has closed the connection");
    return this.#buffer.subarray(0, size);
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#connection.close();
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
