/** The one client of an embedded database: its own process. */

import { OWNER } from "../../clients/acl/owner.ts";
import type { User } from "../../commands/table/access.ts";
import type {
  Client,
  Transaction,
  TransportState,
  Wait,
  Waiting,
  Watch,
} from "../../commands/table/client.ts";
import type { Subscriptions } from "../../commands/sessions/pubsub_host.ts";
import type { Tracking } from "../../commands/sessions/tracking_host.ts";
import type { Reply } from "../../resp/reply.ts";
import { err } from "../../store/values/errors.ts";

/** The error for what is about connections. */
export const onlyInServer = () =>
  err("this needs the server: an embedded database has no connections");

/** What commands see as the client they come from. */
export class EmbeddedClient implements Client {
  readonly id = 1;
  readonly address = "embedded:0";
  readonly localAddress = "embedded:0";
  readonly unixSocket = false;
  readonly isProgram = true;
  readonly connectedAtMs: number;
  lastCommandAtMs: number;
  readonly lastCommand = "";
  db = 0;
  protocol: 2 | 3 = 3;
  name = "";
  libraryName = "";
  libraryVersion = "";
  account: User;
  authenticated = true;
  replyMode: Client["replyMode"] = "on";
  noEvict = false;
  noTouch = false;
  readonly commands = 0;
  subscriptions: Subscriptions | undefined;
  tracking: Tracking | undefined;
  transaction: Transaction | undefined;
  watch: Watch | undefined;
  monitoring = false;
  readonly performing = false;
  waiting: Waiting | undefined;
  readonly parked = false;
  /** Takes what a blocking command waits for; without it nobody waits. */
  onWait: ((wait: Wait) => void) | undefined;
  readonly #reply: Reply;

  /**
   * @param reply Where the replies of its commands go.
   * @param account The user it acts as.
   */
  constructor(nowMs: number, reply: Reply, account: User = OWNER) {
    this.account = account;
    this.connectedAtMs = this.lastCommandAtMs = nowMs;
    this.#reply = reply;
  }

  wait(wait: Wait): void {
    if (this.onWait !== undefined) this.onWait(wait);
    else (wait.denied ?? wait.giveUp)(this.#reply);
  }

  perform(): void {
    throw onlyInServer();
  }
  push(): void {}
  pushBytes(): void {}
  closeAfterReply(): void {
    throw onlyInServer();
  }

  transport(): TransportState {
    return {
      fd: -1,
      queryBuffer: 0,
      queryBufferFree: 0,
      outputBuffer: 0,
      totalMemory: 0,
      netInput: 0,
      netOutput: 0,
    };
  }
}
