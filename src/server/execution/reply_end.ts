/**
 * What follows when a command has written its reply: CLIENT REPLY may take it back, and messages to
 * the client itself come after it. One object a session.
 *
 * @module
 */

import type { Reply } from "../../resp/reply.ts";
import type { RespWriter } from "../../resp/writer.ts";
import type { ExecutedSession } from "../sessions/hosts.ts";

/** Ends the replies of one session. */
export class ReplyEnd {
  /** Whether a command runs: messages wait for its reply. */
  running = false;
  /** Messages for the client itself that wait for the reply of its command. */
  #pushes: ((reply: Reply) => void)[] = [];
  readonly #session: ExecutedSession;
  readonly #writer: RespWriter;

  constructor(session: ExecutedSession, writer: RespWriter) {
    this.#session = session;
    this.#writer = writer;
  }

  /**
   * Ends a reply.
   *
   * @param start Where it begins.
   * @param counted Whether it is one of the turn's, in whose place an error comes if the turn fails.
   */
  finish(start: number, counted = true): void {
    const session = this.#session;
    const writer = this.#writer;
    if (session.replyMode !== "on") this.#suppress(start);
    if (counted && writer.end !== start) session.countReply();
    if (this.#pushes.length > 0) this.#sendPushes();
  }

  #suppress(start: number): void {
    const session = this.#session;
    if (session.replyMode === "skip-next") {
      session.replyMode = "skip";
      return;
    }
    this.#writer.end = start;
    if (session.replyMode === "skip") session.replyMode = "on";
  }

  /** The turn failed: the command's messages go with it. */
  forget(): void {
    this.#pushes = [];
  }

  /** See `Client.push`. */
  push(write: (reply: Reply) => void): void {
    if (this.running) {
      this.#pushes.push(write);
      return;
    }
    this.#enterTurn();
    write(this.#writer);
  }

  /** See `Client.pushBytes`. */
  pushBytes(bytes: Uint8Array): void {
    if (this.running) {
      this.#pushes.push(() => this.#writer.raw(bytes));
      return;
    }
    this.#enterTurn();
    this.#writer.raw(bytes);
  }

  #enterTurn(): void {
    this.#session.enterServerTurn();
    this.#session.countPush();
  }

  #sendPushes(): void {
    const pushes = this.#pushes;
    this.#pushes = [];
    for (const write of pushes) write(this.#writer);
  }
}
