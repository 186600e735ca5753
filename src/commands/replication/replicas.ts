/** What commands may ask of replication. */

import type { Slice } from "../../store/values/slice.ts";
import type { Client } from "../table/client.ts";

/** A replica, as INFO and ROLE show it. */
export interface ReplicaFacts {
  /** Where it says that clients reach it. */
  readonly address: string;
  /** The port that it says it listens on. */
  readonly port: number;
  /** How far it has come. */
  readonly state: "wait_bgsave" | "send_bulk" | "online";
  /** The bytes of the stream that it says it has applied. */
  readonly offset: number;
  /** Seconds since it last said so. */
  readonly lagSeconds: number;
}

/** The part of the stream that is kept for replicas that come back. */
export interface BacklogFacts {
  /** Bytes that are kept at most. */
  readonly size: number;
  /** The first byte that is kept, counted from 1. */
  readonly first: number;
  /** Bytes that are kept. */
  readonly length: number;
}

/** Replicas, and the stream that they follow. */
export interface Replication {
  /** The stream's id. */
  readonly id: string;
  /** Bytes of the stream so far. */
  readonly offset: number;
  /** The id that the stream had before, up to a byte counted from 1: zeros and -1 if it had none. */
  readonly former: { readonly id: string; readonly offset: number };
  /** The replicas. */
  readonly replicas: readonly ReplicaFacts[];
  /** What is kept of the stream; undefined while nobody has asked for it. */
  readonly backlog: BacklogFacts | undefined;
  /** How often a replica was given everything, only what it lacked, or the former as the latter was not kept. */
  readonly fullSyncs: number;
  /** See {@linkcode fullSyncs}. */
  readonly partialSyncs: number;
  /** See {@linkcode fullSyncs}. */
  readonly refusedPartialSyncs: number;
  /** Whether there are too few replicas for writes (`min-replicas-to-write`). */
  readonly lacking: boolean;
  /** Notes what a replica says of itself before it asks for the stream. */
  configure(client: Client, name: string, value: string): void;
  /**
   * Sends a client the stream from now on: from where it left off, if that is kept, else after all
   * that there is.
   *
   * @param asked The stream that it followed and the first byte that it lacks; undefined of one that
   * does not know of such (SYNC).
   */
  follow(client: Client, asked: { readonly id: string; readonly from: number } | undefined): void;
  /**
   * Notes how much of the stream a replica has applied.
   *
   * @param onDisk How much of it is on its disk, if it says so.
   */
  acknowledged(client: Client, offset: number, onDisk: number | undefined): void;
  /** Replicas that have applied so much of the stream. @param onDisk Whether on their disks, too. */
  countAt(offset: number, onDisk?: boolean): number;
  /** Sends a message of pub/sub to the replicas, with the turn that runs. */
  publish(command: string, channel: Slice, message: Slice): void;
  /** Asks the replicas how far they are, and calls back each time one of them says so. @returns What ends that. */
  watch(callback: () => void): () => void;
}

/** The error where there are too few replicas. */
export const NO_REPLICAS = "NOREPLICAS Not enough good replicas to write.";
