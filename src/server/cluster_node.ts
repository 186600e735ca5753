/** The server as the one node of a cluster (`cluster-enabled yes`). */

import type { ConfigurationValues } from "../clients/configuration/configuration.ts";
import type { ClusterNode } from "../commands/cluster/node_host.ts";
import type { Store } from "../store/store.ts";
import { randomHex } from "./process/process_facts.ts";

/** The file's own setting that keeps the node's id. */
const ID = "cluster-node";
/** How far the port for other nodes is from that for clients. */
const BUS = 10_000;

/** A node that has all slots. */
export class OnlyNode implements ClusterNode {
  readonly id: string;
  epoch = 0;
  readonly #config: ConfigurationValues;

  /** Takes the file that keeps the node's id. */
  constructor(store: Store, config: ConfigurationValues) {
    this.#config = config;
    this.id = store.settings.own(ID) ?? newId(store);
  }

  /** There is but one shard: another name for the same. */
  get shardId(): string {
    return this.id.split("").reverse().join("");
  }

  get announcedAddress(): string {
    return this.#text("cluster-announce-ip");
  }
  get hostName(): string {
    return this.#text("cluster-announce-hostname");
  }
  get humanName(): string {
    return this.#text("cluster-announce-human-nodename");
  }
  get endpointType(): string {
    return this.#text("cluster-preferred-endpoint-type");
  }
  get port(): number {
    return this.#number("cluster-announce-port") || this.#number("port");
  }
  get tlsPort(): number {
    return this.#number("cluster-announce-tls-port") || this.#number("tls-port");
  }
  get busPort(): number {
    return this.#number("cluster-announce-bus-port") || this.#number("cluster-port") ||
      (this.#number("port") || this.#number("tls-port")) + BUS;
  }

  #text(name: string): string {
    return this.#config.get(name) ?? "";
  }
  #number(name: string): number {
    return Number(this.#config.get(name) ?? 0);
  }
}

/** Gives a file an id, which a file that is only read cannot keep. */
function newId(store: Store): string {
  const id = randomHex(40);
  if (!store.engine.readonly) store.settings.setOwn(ID, id);
  store.endTurn();
  return id;
}
