/** The client that a script's commands come from: its caller, with a database of its own. */

import type { User } from "../commands/table/access.ts";
import type {
  Client,
  QueuedCommand,
  Transaction,
  TransportState,
  Wait,
  Waiting,
  Watch,
} from "../commands/table/client.ts";
import type { Subscriptions } from "../commands/sessions/pubsub_host.ts";
import type { Tracking } from "../commands/sessions/tracking_host.ts";
import type { Reply } from "../resp/reply.ts";

/** Stands for the caller while its script runs. What the script selects, the caller does not. */
export class ScriptClient implements Client {
  db = 0;
  protocol: 2 | 3 = 2;
  replyMode: Client["replyMode"] = "on";
  noEvict = false;
  transaction: Transaction | undefined;
  /** Nobody waits in a script. */
  readonly performing = true;
  readonly waiting: Waiting | undefined = undefined;
  readonly parked = false;
  readonly address = "lua";
  #caller: Client;
  #reply: Reply;

  /**
   * @param caller Whose script it is.
   * @param reply Where the replies of its commands go.
   */
  constructor(caller: Client, reply: Reply) {
    this.#caller = caller;
    this.#reply = reply;
    this.begin(caller, reply);
  }

  /** Stands for another caller, whose script begins. */
  begin(caller: Client, reply: Reply): void {
    this.#caller = caller;
    this.#reply = reply;
    this.db = caller.db;
    this.protocol = 2;
    this.replyMode = "on";
    this.noEvict = false;
    this.transaction = undefined;
  }

  get localAddress(): string {
    return this.#caller.localAddress;
  }
  get unixSocket(): boolean {
    return this.#caller.unixSocket;
  }
  get id(): number {
    return this.#caller.id;
  }
  get connectedAtMs(): number {
    return this.#caller.connectedAtMs;
  }
  get lastCommandAtMs(): number {
    return this.#caller.lastCommandAtMs;
  }
  get lastCommand(): string {
    return this.#caller.lastCommand;
  }
  get name(): string {
    return this.#caller.name;
  }
  get libraryName(): string {
    return this.#caller.libraryName;
  }
  get libraryVersion(): string {
    return this.#caller.libraryVersion;
  }
  get account(): User {
    return this.#caller.account;
  }
  get authenticated(): boolean {
    return this.#caller.authenticated;
  }
  get noTouch(): boolean {
    return this.#caller.noTouch;
  }
  get commands(): number {
    return this.#caller.commands;
  }
  get subscriptions(): Subscriptions | undefined {
    return this.#caller.subscriptions;
  }
  get tracking(): Tracking | undefined {
    return this.#caller.tracking;
  }
  get watch(): Watch | undefined {
    return this.#caller.watch;
  }
  get monitoring(): boolean {
    return this.#caller.monitoring;
  }

  wait(wait: Wait): void {
    (wait.denied ?? wait.giveUp)(this.#reply);
  }
  perform(queued: QueuedCommand): void {
    this.#caller.perform(queued);
  }
  push(write: (reply: Reply) => void): void {
    this.#caller.push(write);
  }
  pushBytes(bytes: Uint8Array): void {
    this.#caller.pushBytes(bytes);
  }
  closeAfterReply(): void {
    this.#caller.closeAfterReply();
  }
  transport(): TransportState {
    return this.#caller.transport();
  }
}
