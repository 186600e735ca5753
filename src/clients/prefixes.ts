import type { TrackedClient } from "../commands/sessions/tracking_host.ts";
import type { KeyBytes } from "../engine/changes.ts";
import { latin1 } from "../store/values/slice.ts";
import { type Invalidation, messageAbout } from "./invalidation.ts";

/** One prefix, who wants to be told of its keys, and those that changed in the turn that runs. */
interface Prefix {
  readonly text: string;
  readonly clients: Set<TrackedClient>;
  /** By whom alone each was changed; undefined if by several, or by nobody's command. */
  readonly changed: Map<string, TrackedClient | undefined>;
}

/**
 * The prefixes of clients that are told of all changes (CLIENT TRACKING BCAST). The changes of a
 * turn make one message for each prefix. All strings have one character a byte.
 */
export class Prefixes {
  readonly #byText = new Map<string, Prefix>();
  /**
   * The lengths there are, and of how many prefixes: a key has at most one prefix of each, so it takes
   * a look-up a length.
   */
  readonly #lengths = new Map<number, number>();
  readonly #touched = new Set<Prefix>();

  /** How many there are. */
  get size(): number {
    return this.#byText.size;
  }

  /** Tells a client of keys with this prefix from now on. */
  add(text: string, client: TrackedClient): void {
    let prefix = this.#byText.get(text);
    if (prefix === undefined) {
      prefix = { text, clients: new Set(), changed: new Map() };
      this.#byText.set(text, prefix);
      this.#count(text.length, 1);
    }
    prefix.clients.add(client);
  }

  /** Tells a client no more of keys with this prefix. */
  remove(text: string, client: TrackedClient): void {
    const prefix = this.#byText.get(text);
    prefix?.clients.delete(client);
    if (prefix === undefined || prefix.clients.size > 0) return;
    this.#byText.delete(text);
    this.#touched.delete(prefix);
    this.#count(text.length, -1);
  }

  #count(length: number, by: number): void {
    const count = (this.#lengths.get(length) ?? 0) + by;
    if (count > 0) this.#lengths.set(length, count);
    else this.#lengths.delete(length);
  }

  /**
   * Notes that a key changed.
   *
   * @param key Its name, as messages have it.
   * @param writer Whose command did it; undefined for nobody's.
   */
  changed(
    key: string,
    { bytes, start, end }: KeyBytes,
    writer: TrackedClient | undefined,
  ): void {
    for (const length of this.#lengths.keys()) {
      if (length > end - start) continue;
      const prefix = this.#byText.get(latin1(bytes, start, start + length));
      if (prefix === undefined) continue;
      const { changed } = prefix;
      // What a client and another both wrote is news to the client, whoever was the first.
      const known = changed.has(key);
      if (!known) changed.set(key, writer);
      else if (changed.get(key) !== writer) changed.set(key, undefined);
      this.#touched.add(prefix);
    }
  }

  /** Tells of the turn's changes: prefixes and keys in the order of their bytes. */
  tell(send: (client: TrackedClient, message: Invalidation) => void): void {
    if (this.#touched.size === 0) return;
    const touched = [...this.#touched].sort((a, b) => a.text < b.text ? -1 : 1);
    for (const { clients, changed } of touched) {
      const keys = [...changed.keys()].sort();
      const message = messageAbout(keys);
      for (const client of clients) {
        if (!client.tracking?.noLoop) {
          send(client, message);
          continue;
        }
        const others = keys.filter((key) => changed.get(key) !== client);
        if (others.length > 0) send(client, messageAbout(others));
      }
    }
    this.forgetChanges();
  }

  /** Forgets the turn's changes. */
  forgetChanges(): void {
    for (const { changed } of this.#touched) changed.clear();
    this.#touched.clear();
  }
}
