/**
 * Keyspace notifications: changes of keys as messages of pub/sub, which classes of them and on which
 * channels as `notify-keyspace-events` says:
 * https://redis.io/docs/latest/develop/pubsub/keyspace-notifications/
 *
 * An event is published while its command runs. The messages travel with the replies of the turn, so
 * nobody sees them before its commit, and nobody at all if it fails. An event of a class that nobody
 * asked for costs a look-up of its name, and nothing at all while no class is asked for.
 *
 * @module
 */

import type {
  Changes,
  ChangeWatcher,
  DetailWatcher,
  KeyBytes,
  KeyNote,
} from "../engine/changes.ts";
import { Slice } from "../store/values/slice.ts";
import { MessageBytes } from "./message_bytes.ts";
import { SubkeyMessages } from "./subkey_messages.ts";

/** Where messages go. */
export interface Publisher {
  /** Whether anybody would get one. */
  readonly hasSubscribers: boolean;
  /** Publishes a message; both slices are free again when it returns. */
  publish(channel: Slice, message: Slice): number;
}

/** The events of each class but the one of modules, to which those of extensions belong. */
const EVENTS: Readonly<Record<string, string>> = {
  g: "del expire persist rename_from rename_to copy_to move_from move_to restore",
  $: "set append setrange setbit incrby incrbyfloat pfadd",
  l: "lpush rpush lpop rpop lset linsert lrem ltrim sortstore",
  s: "sadd srem spop sinterstore sunionstore sdiffstore",
  h: "hset hdel hincrby hincrbyfloat hexpire hpersist hexpired",
  z: "zadd zincr zrem zremrangebyrank zremrangebyscore zremrangebylex zpopmin zpopmax " +
    "zrangestore zunionstore zinterstore zdiffstore geosearchstore georadiusstore",
  x: "expired",
  e: "evicted",
  t: "xadd xdel xtrim xsetid xgroup-create xgroup-createconsumer xgroup-setid " +
    "xgroup-delconsumer xgroup-destroy",
  a: "arset armset ardel ardelrange arinsert arring arseek",
  n: "new",
  o: "overwritten",
  c: "type_changed",
  m: "keymiss",
  // Of no class, so told to nobody.
  "": "pfcount ft.sugadd ft.sugdel bf.reserve bf.add bf.loadchunk cf.reserve cf.add cf.del " +
    "cf.compact cf.loadchunk cms.init cms.incrby cms.merge topk.reserve topk.add tdigest.create " +
    "tdigest.add tdigest.reset tdigest.merge tdigest.compress",
};
/** What `A` stands for. */
const ALL = "g$lshzxetda";
/** Classes that are not told as changes. */
const DETAILS = "nocmSTIV";

const encoder = new TextEncoder();

/** An event, once it has been told. */
interface KnownEvent {
  /** Its class. */
  readonly letter: string;
  /** Its name. */
  readonly name: Slice;
}

/** Publishes what happens to keys. */
export class KeyspaceNotifications implements ChangeWatcher, DetailWatcher {
  readonly #changes: Changes;
  readonly #publisher: Publisher;
  readonly #events = new Map<string, KnownEvent>();
  readonly #key = new Slice();
  readonly #channel = new MessageBytes();
  readonly #subkeys: SubkeyMessages;
  #letters: ReadonlySet<string> = new Set();
  #unwatch: (() => void) | undefined;

  /** Takes what tells of changes, and what messages are published by. */
  constructor(changes: Changes, publisher: Publisher) {
    this.#changes = changes;
    this.#publisher = publisher;
    this.#subkeys = new SubkeyMessages(publisher);
    for (const [letter, names] of Object.entries(EVENTS)) {
      for (const name of names.split(" ")) this.#event(name, letter);
    }
  }

  /** The letters of `notify-keyspace-events`: what is told, and on which channels. */
  get classes(): string {
    return [...this.#letters].join("");
  }
  set classes(letters: string) {
    const chosen = new Set(letters.replaceAll("A", ALL));
    this.#letters = chosen;
    this.#subkeys.channels = chosen;
    const isHeard = [..."KESTIV"].some((letter) => chosen.has(letter));
    const changes = this.#changes;
    if (isHeard) this.#unwatch ??= changes.watch(this);
    else {
      this.#unwatch?.();
      this.#unwatch = undefined;
    }
    if (isHeard && [...DETAILS].some((letter) => chosen.has(letter))) changes.details = this;
    else if (changes.details === this) changes.details = undefined;
  }

  changed(db: number, key: KeyBytes, event: string): void {
    if (!this.#publisher.hasSubscribers) return;
    const { letter, name } = this.#event(event);
    if (!this.#letters.has(letter)) return;
    const keySlice = this.#key.set(key.bytes, key.start, key.end);
    if (this.#letters.has("K")) {
      this.#publisher.publish(this.#channel.channel("keyspace", db).add(key).slice, name);
    }
    if (this.#letters.has("E")) {
      const channel = this.#channel.channel("keyevent", db).add(name);
      this.#publisher.publish(channel.slice, keySlice);
    }
  }

  flushed(): void {
    // Redis tells nothing of FLUSHDB, FLUSHALL and SWAPDB.
  }

  noted(db: number, key: KeyBytes, note: KeyNote): void {
    this.changed(db, key, note);
  }

  fieldsChanged(db: number, key: KeyBytes, event: string, fields: readonly KeyBytes[]): void {
    if (fields.length === 0 || !this.#publisher.hasSubscribers) return;
    const { letter, name } = this.#event(event);
    if (!this.#letters.has(letter)) return;
    this.#subkeys.publish(db, this.#key.set(key.bytes, key.start, key.end), name, fields);
  }

  #event(name: string, letter = "d"): KnownEvent {
    let event = this.#events.get(name);
    if (event === undefined) {
      event = { letter, name: new Slice(encoder.encode(name)) };
      this.#events.set(name, event);
    }
    return event;
  }
}
