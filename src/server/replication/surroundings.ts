/** What following needs of the server around it: how it is configured, and what becomes of its clients. */

import type { ConfigurationValues } from "../../clients/configuration/configuration.ts";
import type { Client } from "../../commands/table/client.ts";
import type { ListeningPlace } from "../../commands/table/process_facts.ts";
import { files } from "../../runtime/files.ts";
import { err } from "../../store/values/errors.ts";
import type { Introduction, MasterAddress } from "./master_link.ts";

/** The server around. */
export interface SurroundingServer {
  readonly config: ConfigurationValues;
  readonly process: { readonly places: readonly ListeningPlace[] };
  clients(): Iterable<Client>;
  pause(untilMs: number, writesOnly: boolean): void;
  runTurn(work: () => void): void;
}

const UNBLOCKED =
  "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)";

/** A server's part in following another. */
export class Surroundings {
  readonly takeId: () => number;
  readonly reportLimited: (cause: string, message: string) => void;
  readonly #server: SurroundingServer;
  readonly #ownsStore: boolean;

  /**
   * @param parts.ownsStore Whether the store is open for the server alone.
   * @param parts.takeId Gives a number for a client.
   * @param parts.reportLimited Takes a line of what may come over and over.
   */
  constructor(
    server: SurroundingServer,
    parts: {
      readonly ownsStore: boolean;
      readonly takeId: () => number;
      readonly reportLimited: (cause: string, message: string) => void;
    },
  ) {
    this.#server = server;
    this.#ownsStore = parts.ownsStore;
    this.takeId = parts.takeId;
    this.reportLimited = parts.reportLimited;
  }

  /** Refuses to follow where somebody else writes. @throws {CommandError} */
  assertMayFollow(): void {
    if (!this.#ownsStore) throw err("a program has the database open: it can follow no server");
  }

  /** Milliseconds without a word after which the other counts as gone. */
  get timeoutMs(): number {
    return 1000 * Number(this.#server.config.get("repl-timeout"));
  }

  /** Notes who is followed, for CONFIG. */
  noteMaster(host: string, port: number): void {
    this.#server.config.note("replicaof", host === "" ? "" : `${host} ${port}`);
  }

  /** How a server is reached. */
  addressOf(host: string, port: number): MasterAddress {
    const { config } = this.#server;
    if (config.get("tls-replication") !== "yes") return { host, port };
    const pem = (name: string) => {
      const path = config.get(name);
      return path === "" ? undefined : files.readTextFileSync(path);
    };
    const ca = pem("tls-ca-cert-file");
    const cert = pem("tls-client-cert-file"), key = pem("tls-client-key-file");
    const pair = cert === undefined || key === undefined ? undefined : { cert, key };
    return { host, port, tls: { ca: ca === undefined ? [] : [ca], ...pair && { pair } } };
  }

  /** What this server says of itself. */
  introduction(): Omit<Introduction, "capabilities"> {
    const { config, process: { places } } = this.#server;
    const kind = config.get("tls-replication") === "yes" ? "tls" : "tcp";
    const port = (places.find(({ name }) => name === kind) ?? places[0])?.port ?? 0;
    return {
      user: config.get("masteruser"),
      password: config.get("masterauth"),
      port: Number(config.get("replica-announce-port")) || port,
      address: config.get("replica-announce-ip"),
    };
  }

  /** Ends the waiting of clients in blocking commands: what they wait for is another's business now. */
  disconnectBlocked(): void {
    for (const client of [...this.#server.clients()]) {
      if (client.waiting === undefined) continue;
      client.waiting.end((reply) => reply.error(UNBLOCKED));
      client.closeAfterReply();
    }
  }

  /** Lets clients wait with what they write. */
  pauseWrites(): void {
    this.#server.pause(Number.MAX_SAFE_INTEGER, true);
  }

  /** Lets them go on. */
  unpauseWrites(): void {
    this.#server.runTurn(() => this.#server.pause(0, false));
  }
}
