/** Which clients may hold which keys in caches of their own. */

/** A key and the ids of the clients that may hold it: mostly one, which then needs no set. */
export interface HeldKey {
  /** The key, one character a byte. */
  readonly name: string;
  /** Its place among all, for drawing one. */
  at: number;
  /** The first client. */
  first: number;
  /** The others. */
  others: Set<number> | undefined;
}

/** Ids of clients that are gone which a key may have beyond twice those of the connected ones. */
const SPARE_IDS = 8;

/** All keys that somebody may hold. Ids of clients that have gone stay until their key changes. */
export class HeldKeys {
  readonly #connected: ReadonlySet<number>;
  readonly #byName = new Map<string, HeldKey>();
  #all: HeldKey[] = [];
  #items = 0;
  #bytes = 0;

  /** An empty table. @param connected Ids of the clients in the table that are still there. */
  constructor(connected: ReadonlySet<number>) {
    this.#connected = connected;
  }

  /** How many keys. */
  get size(): number {
    return this.#all.length;
  }

  /** How many pairs of a key and a client. */
  get items(): number {
    return this.#items;
  }

  /** Bytes of the keys' names. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Notes that a client may hold a key. */
  add(name: string, client: number): void {
    const held = this.#byName.get(name);
    if (held === undefined) {
      const added = { name, at: this.#all.length, first: client, others: undefined };
      this.#byName.set(name, added);
      this.#all.push(added);
      this.#bytes += name.length;
      this.#items++;
    } else if (held.first !== client && !held.others?.has(client)) {
      held.others ??= new Set();
      held.others.add(client);
      this.#items++;
      if (held.others.size > 2 * this.#connected.size + SPARE_IDS) this.#dropGone(held.others);
    }
  }

  /** A key that many connections read, one after the other, must not keep all their ids. */
  #dropGone(ids: Set<number>): void {
    for (const id of ids) {
      if (!this.#connected.has(id) && ids.delete(id)) this.#items--;
    }
  }

  /** Takes a key out of the table. */
  take(name: string): HeldKey | undefined {
    const held = this.#byName.get(name);
    if (held !== undefined) this.#remove(held);
    return held;
  }

  /** Takes any key out of the table. @param random At least 0 and below 1. */
  takeAny(random: number): HeldKey | undefined {
    const held = this.#all[Math.floor(random * this.#all.length)];
    if (held !== undefined) this.#remove(held);
    return held;
  }

  #remove(held: HeldKey): void {
    this.#byName.delete(held.name);
    this.#bytes -= held.name.length;
    const last = this.#all.pop();
    if (last !== undefined && last !== held) {
      this.#all[held.at] = last;
      last.at = held.at;
    }
    this.#items -= 1 + (held.others?.size ?? 0);
  }

  /** Empties the table. @returns What was in it. */
  clear(): HeldKey[] {
    const all = this.#all;
    this.#byName.clear();
    this.#all = [];
    this.#items = this.#bytes = 0;
    return all;
  }
}
