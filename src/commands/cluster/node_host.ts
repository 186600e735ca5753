/** What commands may ask of the node of a cluster. */

/** The one node of a cluster, which has all slots. */
export interface ClusterNode {
  /** 40 hexadecimal digits, the same at every start on the same file. */
  readonly id: string;
  /** The same of the shard, of which it is the only node. */
  readonly shardId: string;
  /** The configuration's epoch. */
  epoch: number;
  /** The address that it is told to give, empty for that at which a client has reached it. */
  readonly announcedAddress: string;
  /** The host name that it is told to give, empty for none. */
  readonly hostName: string;
  /** The name that people know it by, empty for none. */
  readonly humanName: string;
  /** Where clients are to connect, in the words of `cluster-preferred-endpoint-type`. */
  readonly endpointType: string;
  /** The port that clients connect to, 0 if there is none. */
  readonly port: number;
  /** The same with TLS. */
  readonly tlsPort: number;
  /** The port that it would speak to other nodes by. */
  readonly busPort: number;
}
