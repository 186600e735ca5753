/** SUBSCRIBE and MONITOR as server-sent events: an event for each message. */

import type { Exchange } from "../exchange.ts";
import { JsonReplies } from "../json_replies.ts";
import { CLOSED } from "../http_client.ts";
import { HttpRefusal } from "../refusal.ts";
import { ReplyScanner } from "../reply_scanner.ts";
import type { ReplyTaker } from "../request_connection.ts";

/** Bytes of events that wait to be sent before messages wait with the server's other replies. */
const WAITING_BYTES = 64 * 1024;

/** Runs the command in the arguments of the client, and answers with what it is told from then on. */
export async function eventsOf(exchange: Exchange): Promise<Response> {
  const { client, host } = exchange;
  const command = host.commands.lookup(client.args);
  if (command !== undefined) client.assertMayRun(command);
  client.commands.add(client.args);
  const events = new Events(() => client.end());
  client.follow(events);
  const refusal = await events.begun;
  if (refusal !== undefined) throw new HttpRefusal(400, refusal);
  exchange.goesOn = true;
  return exchange.answer(200, events.stream, "text/event-stream", { "cache-control": "no-cache" });
}

const encoder = new TextEncoder();

/** The events of one client. */
class Events implements ReplyTaker {
  /** The events as they are sent. */
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Resolves with the first reply: the message if it is an error. */
  readonly begun: Promise<string | undefined>;
  readonly #began: PromiseWithResolvers<string | undefined> = Promise.withResolvers();
  readonly #scanner = new ReplyScanner();
  #controller!: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  #bytes: Uint8Array = NOTHING;
  #room: PromiseWithResolvers<void> | undefined;
  #ended = false;

  /** @param leave Called when nobody reads any more. */
  constructor(leave: () => void) {
    this.begun = this.#began.promise;
    this.stream = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => {
        this.#room?.resolve();
        this.#room = undefined;
      },
      cancel: () => {
        this.#ended = true;
        this.#room?.resolve();
        leave();
      },
    }, { highWaterMark: WAITING_BYTES, size: ({ length }) => length });
  }

  get held(): number {
    return this.#bytes.length;
  }

  take(bytes: Uint8Array): Promise<void> | undefined {
    const all = new Uint8Array(this.#bytes.length + bytes.length);
    all.set(this.#bytes);
    all.set(bytes, this.#bytes.length);
    const scanner = this.#scanner;
    const before = scanner.count;
    scanner.scan(all, all.length);
    const replies = new JsonReplies(all, "text");
    for (let i = before; i < scanner.count; i++) this.#tell(replies);
    this.#bytes = all.subarray(scanner.end);
    scanner.moved(scanner.end);
    if (this.#ended || (this.#controller.desiredSize ?? 1) > 0) return undefined;
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  #tell(replies: JsonReplies): void {
    if (replies.isError) {
      this.#began.resolve(replies.skip());
      return;
    }
    this.#began.resolve(undefined);
    if (this.#ended) return;
    const reply = replies.value();
    // What MONITOR begins with is the only reply that clients find in quotes.
    const text = Array.isArray(reply) ? reply.join(",") : reply === "OK" ? '"OK"' : String(reply);
    this.#controller.enqueue(encoder.encode(`data: ${text.replace(/\r\n?|\n/g, "\ndata: ")}\n\n`));
  }

  closed(): void {
    this.#began.resolve(CLOSED);
    if (this.#ended) return;
    this.#ended = true;
    this.#room?.resolve();
    this.#controller.close();
  }
}

const NOTHING = new Uint8Array(0);
