/**
 * The client that a command came from, as far as commands know it: what it has selected, what it
 * waits for, what it has queued and what it watches.
 *
 * @module
 */

import type { Arguments, Slice } from "../../resp/arguments.ts";
import type { Reply } from "../../resp/reply.ts";
import type { User } from "./access.ts";
import type { Command } from "./command.ts";
import type { Subscriptions } from "../sessions/pubsub_host.ts";
import type { Tracking } from "../sessions/tracking_host.ts";

/** The state of the client a command came from that commands read and change. */
export interface Client {
  /** Unique, never reused. */
  readonly id: number;
  /** `ip:port` of the peer, or the Unix socket's path with `:0`. */
  readonly address: string;
  /** `ip:port` of our side. */
  readonly localAddress: string;
  /** Whether it came by a Unix socket. */
  readonly unixSocket: boolean;
  /** Whether it is no connection, but the program that has the store open. */
  readonly isProgram?: boolean;
  /** Whether it is a replica, which gets what is written. */
  isReplica?: boolean;
  /** Whether it is the server that this one follows. */
  readonly isMaster?: boolean;
  /** When it connected, Unix time in milliseconds. */
  readonly connectedAtMs: number;
  /** When its last command ran, Unix time in milliseconds. */
  lastCommandAtMs: number;
  /** The last command's full name, such as `client|list`. */
  readonly lastCommand: string;
  /** The selected database. */
  db: number;
  /** RESP version, 2 or 3. */
  protocol: 2 | 3;
  /** Name given by CLIENT SETNAME; empty if none. */
  name: string;
  /** Given by CLIENT SETINFO. */
  libraryName: string;
  /** Given by CLIENT SETINFO. */
  libraryVersion: string;
  /** @internal The ACL user it acts as. */
  account: User;
  /** Whether commands other than AUTH, HELLO, QUIT and RESET are allowed. */
  authenticated: boolean;
  /** CLIENT REPLY: `skip` suppresses the reply to the next command only. */
  replyMode: "on" | "off" | "skip" | "skip-next";
  /** CLIENT NO-EVICT. */
  noEvict: boolean;
  /** CLIENT NO-TOUCH: reads do not change a key's access time. */
  noTouch: boolean;
  /** Total commands run. */
  readonly commands: number;
  /** @internal What it is subscribed to; undefined until its first SUBSCRIBE. */
  subscriptions: Subscriptions | undefined;
  /** @internal CLIENT TRACKING; undefined while off. */
  tracking: Tracking | undefined;
  /** @internal What MULTI has begun; undefined outside of a transaction. */
  transaction: Transaction | undefined;
  /** @internal The keys it watches; undefined if there are none. */
  watch: Watch | undefined;
  /** Whether it is told of every command (MONITOR). */
  monitoring: boolean;
  /** Whether its command is a part of EXEC, where nobody may wait. */
  readonly performing: boolean;
  /** @internal What it wrote last; undefined if that is not told apart from what others write. */
  readonly lastWrite?: LastWrite;
  /** @internal The command it waits in; undefined if it does not wait. */
  readonly waiting: Waiting | undefined;
  /** Whether its next command is held back, for one by CLIENT PAUSE. */
  readonly parked: boolean;
  /**
   * Makes the client wait in the command that runs now, which writes no reply: it runs again, with
   * the same arguments, when one of the keys is there. Inside a transaction nobody waits: there
   * the reply for when nothing came is written at once.
   * @internal
   */
  wait(wait: Wait): void;
  /**
   * Runs a queued command, whose reply becomes a part of the reply that is being written.
   *
   * @internal
   */
  perform(queued: QueuedCommand): void;
  /**
   * Sends messages out of turn: to the client whose command runs now after that command's reply, to
   * another at once; always with the replies of the running turn, so that nobody sees them before
   * its commit, and not at all if it fails.
   *
   * @param write Writes whole messages.
   */
  push(write: (reply: Reply) => void): void;
  /** The same for messages that are bytes already. They are not to be changed afterwards. */
  pushBytes(bytes: Uint8Array): void;
  /** Closes the connection once the replies written so far are sent. */
  closeAfterReply(): void;
  /** @internal The fields that depend on the transport, for CLIENT LIST. */
  transport(): TransportState;
}

/** The transport's part of a CLIENT LIST line; sizes in bytes. */
export interface TransportState {
  /** File descriptor, or -1 where the runtime does not tell. */
  readonly fd: number;
  /** Bytes received and not yet parsed. */
  readonly queryBuffer: number;
  /** Free space in the query buffer. */
  readonly queryBufferFree: number;
  /** Replies waiting to be sent. */
  readonly outputBuffer: number;
  /** Memory held for this client. */
  readonly totalMemory: number;
  /** Bytes read since it connected. */
  readonly netInput: number;
  /** Bytes sent since it connected. */
  readonly netOutput: number;
}

/** A command that MULTI has queued. */
export interface QueuedCommand {
  /** The command. */
  readonly command: Command;
  /** Its arguments, in bytes of their own. */
  readonly args: Arguments;
}

/** What MULTI has queued. */
export interface QueuedCommands extends Iterable<QueuedCommand> {
  /** How many commands. */
  readonly length: number;
  /** The commands, each once. */
  readonly kinds: ReadonlySet<Command>;
  /** Bytes of memory. */
  readonly memory: number;
  /** Puts a command behind those there are. */
  push(command: Command, args: Arguments): void;
}

/** A transaction between MULTI and EXEC. */
export interface Transaction {
  /** What EXEC will run. */
  readonly queued: QueuedCommands;
  /** Whether a command was refused, so that EXEC will run none. */
  refused: boolean;
  /** Whether one of the commands writes. */
  writes: boolean;
}

/** What a client wrote last. */
export interface LastWrite {
  /** Whether it is of the running turn, and has no place yet. */
  readonly pending: boolean;
  /** Where it ends in the stream that replicas follow; 0 if it has written nothing. */
  readonly offset: number;
  /** The turn that has to be on the disk for it to be there; 0 for none. */
  readonly turn: number;
}

/** What a client watches; kept by {@linkcode WatchedKeys}. */
export interface Watch {
  /** How many keys. */
  readonly size: number;
  /** Whether one was seen to change. */
  readonly dirty: boolean;
  /** Bytes of memory. */
  readonly memory: number;
}

/** The keys that clients watch. */
export interface WatchedKeys {
  /** Watches a key for a client, unless it does so already. */
  watch(client: Client, db: number, key: Slice): void;
  /** Ends all watching of a client. */
  unwatch(client: Client): void;
  /** Whether a key that the client watches is not any more what it was. */
  isDirty(client: Client): boolean;
  /** Clients that watch keys. */
  readonly clients: number;
  /** Keys that are watched. */
  readonly keys: number;
}

/** What a blocking command waits for. */
export interface Wait {
  /** The arguments that are keys, in the order they are looked at. */
  readonly keys: readonly number[];
  /** The type one of them must have before the command is tried again: one of `TYPE`. */
  readonly type: number;
  /** Whether the command is tried again whatever becomes of a key, if it is deleted too. */
  readonly anyType?: boolean;
  /** When it is tried again whatever happens, Unix time in milliseconds; 0 for never. */
  readonly againAtMs?: number;
  /** Milliseconds, 0 for ever. */
  readonly timeoutMs: number;
  /** Writes the reply for when nothing came in time. */
  readonly giveUp: (reply: Reply) => void;
  /** Writes the reply where nobody may wait, if it is another. */
  readonly denied?: (reply: Reply) => void;
}

/** Those who wait in blocking commands. */
export interface BlockedClients {
  /** Clients. */
  readonly count: number;
  /** Keys they wait for. */
  readonly keys: number;
}

/** A client that waits in a blocking command. */
export interface Waiting {
  /**
   * Ends the waiting with a reply.
   *
   * @param write Writes the reply; left out, it is the one for when nothing came.
   */
  end(write?: (reply: Reply) => void): void;
}
