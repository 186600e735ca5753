/** What one busy client's keys hold: what it must find, and what it finds. */

import type { Database, Value, Words } from "../harness/database.ts";

/** A string and when it expires: Unix time in milliseconds, -1 if it does not. */
export interface HeldString {
  readonly value: string;
  readonly expiresAtMs: number;
}

/** Keys of one client that have a string each. */
export const STRINGS = 3000;

/** The keys of one client, by what they hold. */
export class KeyNames {
  readonly mark: string;
  readonly hash: string;
  /** Its members are popped from the lowest score on. */
  readonly lowest: string;
  /** Its members are popped from the highest score on. */
  readonly highest: string;
  readonly set: string;
  /** Its members are popped at random, and never come again. */
  readonly drawn: string;
  readonly list: string;
  readonly stream: string;
  readonly large: string;
  readonly #client: number;

  constructor(client: number) {
    this.#client = client;
    const name = (what: string) => `${client}:${what}`;
    this.mark = name("mark");
    this.hash = name("hash");
    this.lowest = name("lowest");
    this.highest = name("highest");
    this.set = name("set");
    this.drawn = name("drawn");
    this.list = name("list");
    this.stream = name("stream");
    this.large = name("large");
  }

  /** One of the strings. */
  string(index: number): string {
    return `${this.#client}:s${index}`;
  }
}

/** What the keys of one client hold. */
export class Holdings {
  readonly strings = new Map<string, HeldString>();
  readonly hash = new Map<string, string>();
  /** Scores of members, in the order in which they were given. */
  readonly lowest = new Map<string, number>();
  readonly highest = new Map<string, number>();
  readonly set = new Set<string>();
  readonly drawn = new Set<string>();
  list: string[] = [];
  readonly stream = new Map<string, string>();

  /** The highest number of a step that has left its number here. */
  lastMark(): number {
    let last = 0;
    const see = (text: string) => {
      const number = Number.parseInt(text);
      if (number > last) last = number;
    };
    for (const { value } of this.strings.values()) see(value);
    for (const value of this.hash.values()) see(value);
    for (const score of this.lowest.values()) last = Math.max(last, score);
    for (const score of this.highest.values()) last = Math.max(last, -score);
    for (const member of this.drawn) see(member);
    for (const element of this.list) see(element);
    for (const value of this.stream.values()) see(value);
    return last;
  }

  /** Takes away what has expired by now. */
  expire(nowMs: number): void {
    for (const [key, { expiresAtMs }] of this.strings) {
      if (expiresAtMs !== -1 && expiresAtMs <= nowMs) this.strings.delete(key);
    }
  }

  /** The first few differences to what was found; none if it is the same. */
  differences(found: Holdings): string[] {
    const lines: string[] = [];
    const told = ({ value, expiresAtMs }: HeldString) => `${value}@${expiresAtMs}`;
    compare(lines, "string", this.strings, found.strings, told);
    compare(lines, "field", this.hash, found.hash);
    compare(lines, "lowest", this.lowest, found.lowest);
    compare(lines, "highest", this.highest, found.highest);
    compare(lines, "member", asMap(this.set), asMap(found.set));
    compare(lines, "drawn", asMap(this.drawn), asMap(found.drawn));
    const list = (elements: readonly string[]) => new Map(elements.entries());
    compare(lines, "list", list(this.list), list(found.list));
    compare(lines, "entry", this.stream, found.stream);
    return lines;
  }
}

const asMap = (set: ReadonlySet<string>) => new Map([...set].map((member) => [member, ""]));

/** Differences of each kind that are told. */
const TOLD = 4;

function compare<K, V>(
  lines: string[],
  what: string,
  wanted: ReadonlyMap<K, V>,
  found: ReadonlyMap<K, V>,
  told: (value: V) => string = String,
): void {
  const text = (value: V | undefined) => value === undefined ? "nothing" : told(value);
  let left = TOLD;
  const look = (key: K) => {
    const [wants, has] = [text(wanted.get(key)), text(found.get(key))];
    if (wants !== has && left-- > 0) lines.push(`${what} ${key}: ${has} in place of ${wants}`);
  };
  for (const key of wanted.keys()) look(key);
  for (const key of found.keys()) if (!wanted.has(key)) look(key);
}

/** Reads what the keys of a client hold. */
export async function readHoldings(db: Database, keys: KeyNames): Promise<Holdings> {
  const names = Array.from({ length: STRINGS }, (_, index) => keys.string(index));
  names.push(keys.mark, keys.large);
  const [strings, hash, lowest, highest, set, drawn, list, stream, ...expiries] = await db
    .transaction([
      ["MGET", ...names],
      ["HGETALL", keys.hash],
      ["ZRANGE", keys.lowest, "0", "-1", "WITHSCORES"],
      ["ZRANGE", keys.highest, "0", "-1", "WITHSCORES"],
      ["SMEMBERS", keys.set],
      ["SMEMBERS", keys.drawn],
      ["LRANGE", keys.list, "0", "-1"],
      ["XRANGE", keys.stream, "-", "+"],
      ...names.map((name): Words => ["PEXPIRETIME", name]),
    ]);
  const found = new Holdings();
  for (const [i, value] of itemsOf(strings).entries()) {
    if (value === null) continue;
    found.strings.set(names[i]!, { value: String(value), expiresAtMs: Number(expiries[i]) });
  }
  fill(found.hash, hash, String);
  fill(found.lowest, lowest, Number);
  fill(found.highest, highest, Number);
  for (const member of itemsOf(set)) found.set.add(String(member));
  for (const member of itemsOf(drawn)) found.drawn.add(String(member));
  found.list = itemsOf(list).map(String);
  for (const entry of itemsOf(stream)) {
    const [id, fields] = itemsOf(entry);
    found.stream.set(String(id), String(itemsOf(fields)[1]));
  }
  return found;
}

/** Fills a map with pairs, whether they come as pairs or one after the other. */
function fill<V>(
  map: Map<string, V>,
  pairs: Value | undefined,
  valueOf: (value: Value) => V,
): void {
  const items = itemsOf(pairs).flat();
  for (let i = 0; i < items.length; i += 2) map.set(String(items[i]), valueOf(items[i + 1]!));
}

const itemsOf = (value: Value | undefined): Value[] => Array.isArray(value) ? value : [];
