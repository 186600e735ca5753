/** The client of a server that an HTTP request is: sends its commands, and gathers their replies. */

import type { Command } from "../../commands/table/command.ts";
import { CommandBytes } from "./command_bytes.ts";
import { Arguments } from "../../resp/arguments.ts";
import type { Session } from "../sessions/session.ts";
import type { Identity } from "./credentials.ts";
import type { Gathering } from "./gathering.ts";
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

/** Groups of commands that leave a connection in another state than they found it in. */
const CHANGE_CONNECTIONS: ReadonlySet<string> = new Set(["connection", "pubsub", "transactions"]);

/** Bytes of an answer that are sent in one go. */
const PIECE = 64 * 1024;

/** Bytes of a body that is read at once. */
const SMALL_BODY = 64 * 1024;

/** One client. It may be that of several requests, one after the other. */
export class HttpClient {
  /** Whether a command may have to wait for others, and for long. */
  mayWait = false;
  /** Where a command is put together. */
  readonly args = new Arguments();
  /** The commands that are to run. */
  readonly commands = new CommandBytes();
  readonly #host: HttpHost;
  readonly #session: Session;
  readonly #connection: RequestConnection;
  readonly #gathering: Gathering;
  /** Whether it may only read, whatever its user may. */
  #readsOnly = false;
  /** Whether it is as a new one would be. */
  #isFresh = true;

  constructor(
    host: HttpHost,
    session: Session,
    connection: RequestConnection,
    gathering: Gathering,
  ) {
    this.#host = host;
    this.#gathering = gathering;
    this.#session = session;
    this.#connection = connection;
  }

  /** Begins a request. */
  begin({ user, readsOnly }: Identity): void {
    this.#session.account = user;
    this.#session.authenticated = true;
    this.#readsOnly = readsOnly;
    this.mayWait = false;
  }

  /** Lets go of what the request has brought. */
  rest(): void {
    this.args.release();
    this.commands.clear();
  }

  /** Whether another request may go on with it. */
  get isReusable(): boolean {
    return this.#isFresh && !this.#connection.isClosed;
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
    if (CHANGE_CONNECTIONS.has(command.group)) this.#isFresh = false;
    this.assertMayRun(command);
  }

  /**
   * Adds the command in {@linkcode args} to those that are to run.
   *
   * @throws {HttpRefusal} If a request may not consist of it, or they take too much.
   */
  add(): void {
    this.assertAllowed();
    const { commands } = this;
    commands.add(this.args);
    const limit = this.#host.config.clientQueryBufferLimit;
    if (commands.size > limit) throw tooLarge(commands.size, limit);
    this.#connection.bodyBytes = commands.size;
  }

  /** Whether it may run a command. Nothing is logged if not. */
  permits(command: Command, args: Arguments): boolean {
    const { account } = this.#session;
    return !this.#readsOnly && this.#host.access.check(account, command, args) === undefined;
  }

  /** The name of the user whose request it is. */
  get userName(): string {
    return this.#session.account.name;
  }

  /** Whether there is anything of a command that it may run. */
  permitsSome(command: Command): boolean {
    return !NOT_FOR_REQUESTS.has(command.fullName) && this.#fitsToken(command) &&
      this.#host.access.allowsSome(this.#session.account, command);
  }

  #fitsToken(command: Command): boolean {
    if (!this.#readsOnly || HARMLESS.has(command.name)) return true;
    const { name, categories } = command;
    return command.readsOnly && !SHOW_ALL.has(name) && !categories.includes("dangerous");
  }

  /** Makes sure that a token that only reads does. @throws {HttpRefusal} */
  assertMayRun(command: Command): void {
    if (this.#fitsToken(command)) return;
    throw new HttpRefusal(
      400,
      `NOPERM this token may only read, and cannot run the '${command.fullName}' command`,
    );
  }

  /**
   * Runs the commands.
   *
   * @param answer Makes something of the replies, one for each, which are valid until it returns.
   * @throws {HttpRefusal} If the connection ends before there is one.
   */
  async run<Answer>(answer: (replies: Uint8Array) => Answer): Promise<Answer> {
    const { bytes, count } = this.commands;
    const replies = new Replies(count, answer);
    const connection = this.#connection;
    if (connection.isClosed) throw ended();
    const isFresh = this.#isFresh;
    // Until there is an answer nobody else may go on with it.
    this.#isFresh = false;
    connection.taker = replies;
    connection.bodyBytes = 0;
    this.#gathering.add(() => connection.send(bytes));
    const answered = await replies.complete;
    connection.taker = undefined;
    this.#isFresh = isFresh;
    return answered;
  }

  /** Runs a command whose replies do not end. @param taker Gets them. */
  follow(taker: ReplyTaker): void {
    if (this.#connection.isClosed) throw ended();
    this.#isFresh = false;
    this.#connection.taker = taker;
    this.#connection.send(this.commands.bytes);
  }

  /**
   * Reads the body of a request. Whoever closes the client closes it in the middle of its body, too.
   *
   * @param size Its bytes, if they are known.
   * @throws {HttpRefusal} If it is larger than the limit, or the connection ends before.
   */
  async readBody(
    request: Request,
    size: number | undefined,
    limit: number,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const connection = this.#connection;
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array<ArrayBuffer>>();
    connection.onClosed = () => reject(ended());
    if (size !== undefined && size <= SMALL_BODY) request.bytes().then(resolve, reject);
    else this.#readParts(request.body!, limit).then(resolve, reject);
    try {
      return await promise;
    } finally {
      connection.onClosed = () => {};
    }
  }

  /** Reads a body whose size is not known or large, as it comes. */
  async #readParts(
    body: ReadableStream<Uint8Array<ArrayBuffer>>,
    limit: number,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const connection = this.#connection;
    const reader = body.getReader();
    const parts: Uint8Array<ArrayBuffer>[] = [];
    let size = 0;
    while (!connection.isClosed) {
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
    if (connection.isClosed) void reader.cancel().catch(() => {});
    const [only] = parts;
    return parts.length === 1 ? only! : joined(parts, size);
  }

  /**
   * Pours an answer out, as fast as it is read. Until then it is there, and so is the client; who closes
   * the client breaks it off.
   */
  pour(answer: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
    const connection = this.#connection;
    let at = 0;
    connection.bodyBytes = answer.length;
    return new ReadableStream({
      start: (controller) => {
        // The length was told: who gets less knows that it was broken off.
        connection.onClosed = () => controller.close();
      },
      pull: (controller) => {
        const piece = answer.subarray(at, at + PIECE);
        at += piece.length;
        controller.enqueue(piece);
        if (at < answer.length) return;
        connection.onClosed = () => {};
        controller.close();
        this.end();
      },
      cancel: () => {
        connection.onClosed = () => {};
        this.end();
      },
    }, { highWaterMark: 0 });
  }

  /** Is told when its connection ends, while it runs nothing. */
  set onClosed(listener: () => void) {
    this.#connection.onClosed = listener;
  }

  /** Closes it. */
  end(): void {
    this.#session.close();
  }
}

/** Gathers a number of replies, and has an answer made of them. */
class Replies<Answer> implements ReplyTaker {
  /** The answer, when all are there. */
  readonly complete: Promise<Answer>;
  readonly #done: PromiseWithResolvers<Answer> = Promise.withResolvers();
  readonly #scanner = new ReplyScanner();
  readonly #count: number;
  readonly #answer: (replies: Uint8Array) => Answer;
  #bytes: Uint8Array = NOTHING;
  #end = 0;

  constructor(count: number, answer: (replies: Uint8Array) => Answer) {
    this.#count = count;
    this.#answer = answer;
    this.complete = this.#done.promise;
  }

  get held(): number {
    return this.#bytes.length;
  }

  take(bytes: Uint8Array): undefined {
    if (this.#end === 0) {
      // Most often this is all of it.
      this.#scanner.scan(bytes, bytes.length);
      if (this.#scanner.count >= this.#count) return this.#resolve(bytes);
    }
    const size = this.#end + bytes.length;
    if (size > this.#bytes.length) {
      const grown = new Uint8Array(this.#end === 0 ? size : Math.max(size, 2 * this.#bytes.length));
      grown.set(this.#bytes.subarray(0, this.#end));
      this.#bytes = grown;
    }
    this.#bytes.set(bytes, this.#end);
    this.#end = size;
    this.#scanner.scan(this.#bytes, size);
    if (this.#scanner.count >= this.#count) this.#resolve(this.#bytes.subarray(0, size));
    return undefined;
  }

  #resolve(replies: Uint8Array): undefined {
    try {
      this.#done.resolve(this.#answer(replies));
    } catch (error) {
      this.#done.reject(error);
    }
    return undefined;
  }

  closed(): void {
    const { count, end } = this.#scanner;
    if (count === 0) return this.#done.reject(ended());
    if (count >= this.#count) return;
    // What the last command of a connection is answered with tells why the others have not run.
    const lacking = encoder.encode(`-${CLOSED}\r\n`.repeat(this.#count - count));
    this.#resolve(joined([this.#bytes.subarray(0, end), lacking], end + lacking.length));
  }
}

const NOTHING = new Uint8Array(0);

const encoder = new TextEncoder();

/** What a command is answered with whose client was closed before it ran. */
export const CLOSED = "ERR the connection was closed";

const ended = () => new HttpRefusal(503, CLOSED);

function joined(parts: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
