/** A stream through the end of a server and its next start: it goes on where no write was lost. */

import { WriteLocked } from "../../engine/turn_errors.ts";
import type { Store } from "../../store/store.ts";
import { messageOf } from "../../store/values/errors.ts";
import type { Follower } from "./following.ts";
import type { Master } from "./master.ts";
import { readPosition, writePosition } from "./stream_position.ts";

/** A server whose stream is kept. */
export interface StreamKeeper {
  readonly store: Store;
  readonly config: { get(name: string): string };
  readonly replication: Master;
  readonly following: Follower;
  readonly report: (message: string, level?: "notice") => void;
}

/** Goes on with the stream that the file has kept, and follows whom the configuration names. */
export function restoreStream({ store, config, replication, following }: StreamKeeper): void {
  if (store.engine.readonly) return;
  // What was written since the file was opened is not in it.
  const position = store.engine.changes.made === 0
    ? readPosition(store.streamPlace.text)
    : undefined;
  clearWings(store);
  if (position !== undefined) replication.goOnFrom(position);
  const [host, port] = config.get("replicaof").split(" ");
  if (host && port !== undefined) following.follow(host, Number(port));
}

/** Forgets data that a server was about to take over when it ended. */
function clearWings(store: Store): void {
  try {
    store.keyspace.clearWings();
    store.endTurn();
  } catch (error) {
    // Another process writes: they are in nobody's way.
    if (!(error instanceof WriteLocked)) throw error;
    store.engine.rollback();
  }
}

/** Keeps the place in the stream. Call between turns, when nothing more will be written. */
export function keepStream({ store, replication, report }: StreamKeeper): void {
  const { position } = replication;
  if (position === undefined || store.engine.readonly) return;
  try {
    store.streamPlace.tell(writePosition(position));
    store.endTurn();
  } catch (error) {
    store.engine.rollback();
    report(`the place in the stream of changes is not kept: ${messageOf(error)}`);
  }
}
