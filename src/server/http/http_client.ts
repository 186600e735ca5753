/** The client of a server that an HTTP request is: sends its commands, and gathers their replies. */

import type { Command } from "../../commands/table/command.ts";
import type { CommandBytes } from "./command_bytes.ts";
import { Arguments } from "../../resp/arguments.ts";
import type { Session } from "../sessions/session.ts";
import type { HttpHost } from "./http_host.ts";
import { badRequest, HttpRefusal, tooLarge } from "./refusal.ts";
import { ReplyScanner } from "./reply_scanner.ts";
import type { ReplyTaker, RequestConnection } from "./request_connection.ts";

/** Commands that answer otherwise than with a reply each, or that speak of the connection's bytes. */
const NOT_FOR_REQUESTS: ReadonlySet<string> = new Set([
  "client|reply",
  "hello",
  "monitor",
  "psubscribe",
  "psync",
  "punsubscribe",
  "quit",
  "replconf",
  "ssubscribe",
  "subscribe",
  "sunsubscribe",
  "sync",
  "unsubscribe",
]);

/** What a token that only reads may run beside commands that read. */
const HARMLESS: ReadonlySet<string> = new Set([
  "command",
  "echo",
  "ping",
  "psubscribe",
  "ssubscribe",
  "subscribe",
  "time",
]);
/** Reads that show too much for a token that may lie open in a page. */
const SHOW_ALL: ReadonlySet<string> = new Set(["keys", "scan"]);

/** One client. */
export class HttpClient {
  /** Whether a command may have to wait for others, and for long. */
  mayWait = false;
  /** Where commands are put together. */
  readonly args = new Arguments();
  readonly #host: HttpHost;
  readonly #session: Session;
  readonly #connection: RequestConnection;
  readonly #readsOnly: boolean;

  /** @param readsOnly Whether it may only read, whatever its user may. */
  constructor(
    host: HttpHost,
    session: Session,
    connection: RequestConnection,
    readsOnly: boolean,
  ) {
    this.#host = host;
    this.#session = session;
    this.#connection = connection;
    this.#readsOnly = readsOnly;
  }

  /**
   * Makes sure that the command in {@linkcode args} is one that a request may consist of. Everything
   * else that may speak against it is found out when it runs.
   *
   * @throws {HttpRefusal}
   */
  assertAllowed(): void {
    const command = this.#host.commands.lookup(this.args);
    if (command === undefined) return;
    if (NOT_FOR_REQUESTS.has(command.fullName)) {
      throw badRequest(
        `Command is not available: '${command.fullName}' needs a connection that stays`,
      );
    }
    if (command.flags.includes("blocking")) this.mayWait = true;
    this.assertMayRun(command);
  }

  /** Whether it may run a command. Nothing is logged if not. */
  permits(command: Command, args: Arguments): boolean {
    const { account } = this.#session;
    return !this.#readsOnly && this.#host.access.check(account, command, args) === undefined;
  }

  /** Makes sure that a token that only reads does. @throws {HttpRefusal} */
  assertMayRun(command: Command): void {
    if (!this.#readsOnly || HARMLESS.has(command.name)) return;
    const { name, categories } = command;
    if (command.readsOnly && !SHOW_ALL.has(name) && !categories.includes("dangerous")) return;
    throw new HttpRefusal(
      400,
      `NOPERM this token may only read, and cannot run the '${command.fullName}' command`,
    );
  }

  /**
   * Runs commands.
   *
   * @returns A reply for each.
   * @throws {HttpRefusal} If the connection ends before there is one.
   */
  run({ bytes, count }: CommandBytes): Promise<Uint8Array<ArrayBuffer>> {
    const replies = new Replies(count);
    const connection = this.#connection;
    if (connection.isClosed) throw ended();
    connection.taker = replies;
    connection.bodyBytes = 0;
    connection.send(bytes);
    return replies.complete;
  }

  /** Runs a command whose replies do not end. @param taker Gets them. */
  follow(command: Uint8Array, taker: ReplyTaker): void {
    if (this.#connection.isClosed) throw ended();
    this.#connection.taker = taker;
    this.#connection.send(command);
  }

  /**
   * Reads a body.
   *
   * @throws {HttpRefusal} If it is larger than the limit, or the connection ends before.
   */
  async readBody(
    body: ReadableStream<Uint8Array<ArrayBuffer>>,
    limit: number,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const connection = this.#connection;
    const reader = body.getReader();
    // Whoever closes the client closes it in the middle of its body, too.
    connection.onClosed = () => void reader.cancel().catch(() => {});
    const parts: Uint8Array<ArrayBuffer>[] = [];
    let size = 0;
    while (true) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.length;
      if (size > limit) {
        void reader.cancel().catch(() => {});
        throw tooLarge(size, limit);
      }
      connection.bodyBytes = size;
      parts.push(value);
    }
    connection.onClosed = () => {};
    if (connection.isClosed) throw ended();
    const [only] = parts;
    return parts.length === 1 ? only! : joined(parts, size);
  }

  /** Is called when somebody closes the client. */
  set onClosed(callback: () => void) {
    this.#connection.onClosed = callback;
  }

  /** Closes it. */
  end(): void {
    this.#session.close();
  }
}

/** Gathers a number of replies. */
class Replies implements ReplyTaker {
  /** The replies, when all are there. */
  readonly complete: Promise<Uint8Array<ArrayBuffer>>;
  readonly #done: PromiseWithResolvers<Uint8Array<ArrayBuffer>> = Promise.withResolvers();
  readonly #scanner = new ReplyScanner();
  readonly #count: number;
  #bytes: Uint8Array<ArrayBuffer> = NOTHING;
  #end = 0;

  constructor(count: number) {
    this.#count = count;
    this.complete = this.#done.promise;
  }

  get held(): number {
    return this.#bytes.length;
  }

  take(bytes: Uint8Array): undefined {
    const size = this.#end + bytes.length;
    if (size > this.#bytes.length) {
      const grown = new Uint8Array(this.#end === 0 ? size : Math.max(size, 2 * this.#bytes.length));
      grown.set(this.#bytes.subarray(0, this.#end));
      this.#bytes = grown;
    }
    this.#bytes.set(bytes, this.#end);
    this.#end = size;
    this.#scanner.scan(this.#bytes, size);
    if (this.#scanner.count >= this.#count) this.#done.resolve(this.#bytes.subarray(0, size));
    return undefined;
  }

  closed(): void {
    const { count, end } = this.#scanner;
    if (count === 0) return this.#done.reject(ended());
    // What the last command of a connection is answered with tells why the others have not run.
    const lacking = encoder.encode(`-${CLOSED}\r\n`.repeat(Math.max(0, this.#count - count)));
    this.#done.resolve(joined([this.#bytes.subarray(0, end), lacking], end + lacking.length));
  }
}

const NOTHING = new Uint8Array(0);

const encoder = new TextEncoder();

/** What a command is answered with whose client was closed before it ran. */
export const CLOSED = "ERR the connection was closed";

const ended = () => new HttpRefusal(503, CLOSED);

function joined(parts: readonly Uint8Array<ArrayBuffer>[], size: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
