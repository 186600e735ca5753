/**
 * What commands know of a client and change of it: its names, its user and rights, the database it
 * has selected, what it watches and is subscribed to. How its bytes come and go is in session.ts.
 *
 * @module
 */

import type { Subscriptions } from "../../commands/sessions/pubsub_host.ts";
import type { Tracking } from "../../commands/sessions/tracking_host.ts";
import type { User } from "../../commands/table/access.ts";
import type {
  Client,
  QueuedCommand,
  Transaction,
  Wait,
  Waiting,
  Watch,
} from "../../commands/table/client.ts";
import type { ParserLimits } from "../../resp/parser.ts";
import type { Reply } from "../../resp/reply.ts";
import type { RespWriter } from "../../resp/writer.ts";
import type { Execution } from "../execution/execution.ts";
import { SessionWrite } from "../execution/last_write.ts";

/** Bytes of heap that a connection takes by itself. */
const OBJECTS = 4096;

/** One client, as far as it is no connection. */
export abstract class ClientState {
  db = 0;
  name = "";
  libraryName = "";
  libraryVersion = "";
  account: User;
  replyMode: Client["replyMode"] = "on";
  readonly lastWrite = new SessionWrite();
  /** Messages of the running turn that no command of this client asked for. */
  turnPushes = 0;
  noEvict = false;
  noTouch = false;
  subscriptions: Subscriptions | undefined;
  tracking: Tracking | undefined;
  watch: Watch | undefined;
  monitoring = false;
  isReplica = false;
  /** Runs its commands. */
  protected abstract readonly execution: Execution;
  /** Where its replies are written. */
  protected abstract readonly writer: RespWriter;
  /** What it may send. */
  protected abstract readonly limits: ParserLimits;

  constructor(account: User) {
    this.account = account;
  }

  get protocol(): 2 | 3 {
    return this.writer.protocol;
  }
  set protocol(protocol: 2 | 3) {
    this.writer.protocol = protocol;
  }

  get authenticated(): boolean {
    return this.limits.authenticated;
  }
  set authenticated(authenticated: boolean) {
    this.limits.authenticated = authenticated;
  }

  get user(): string {
    return this.account.name;
  }
  get lastCommand(): string {
    return this.execution.lastCommand?.fullName ?? "";
  }
  get commands(): number {
    return this.execution.commands;
  }
  get transaction(): Transaction | undefined {
    return this.execution.transaction;
  }
  set transaction(transaction: Transaction | undefined) {
    this.execution.transaction = transaction;
  }
  /** Counts a message of the running turn. */
  countPush(): void {
    this.turnPushes++;
  }
  /** Whether its turn had written something when its script or transaction began. */
  get foundWritten(): boolean {
    return this.execution.foundWritten;
  }
  get performing(): boolean {
    return this.execution.performing;
  }
  get waiting(): Waiting | undefined {
    return this.execution.waiting.call;
  }

  wait(wait: Wait): void {
    this.execution.wait(wait);
  }
  perform(queued: QueuedCommand): void {
    this.execution.perform(queued);
  }
  push(write: (reply: Reply) => void): void {
    this.execution.replyEnd.push(write);
  }
  pushBytes(bytes: Uint8Array): void {
    this.execution.replyEnd.pushBytes(bytes);
  }

  /** Whether it has nothing to send for as long as it likes: it waits, or is told of what others do. */
  get mayIdle(): boolean {
    return this.waiting !== undefined || this.monitoring || this.isReplica ||
      (this.subscriptions?.isSubscribed ?? false);
  }

  /** Bytes of memory it takes, beside those of its connection. */
  protected get stateMemory(): number {
    const { transaction, waiting: { call } } = this.execution;
    return OBJECTS + (transaction?.queued.memory ?? 0) + (call?.memory ?? 0) +
      (this.watch?.memory ?? 0) + (this.subscriptions?.memory ?? 0) +
      (this.tracking?.memory ?? 0) + this.name.length + this.libraryName.length +
      this.libraryVersion.length;
  }
}
