/**
 * The writes of the fault tests. An operation is some commands that belong together in one transaction; it follows from
 * a seed, the writer's slot and its number, so that whoever knows how many operations of a slot were committed knows
 * what the file must hold. Its last command notes that number under the slot's key `done`.
 */

import { randomNumbers } from "../store/rdb/random.ts";

/** A command as words. */
export type Words = readonly string[];

const MEMBERS = 3000;

/** The key that holds the number of operations committed in a slot. */
export const doneKey = (slot: number): string => `${slot}:done`;

/** The commands of one operation. Numbers begin at 1. */
export function operation(seed: number, slot: number, number: number): Words[] {
  const random = randomNumbers(
    seed ^ Math.imul(slot + 1, 0x9e3779b1) ^ Math.imul(number, 0x85ebca6b),
  );
  const key = (name: string) => `${slot}:${name}`;
  const several = (most: number, make: (i: number) => string[]): string[] =>
    Array.from({ length: 1 + random(most) }, (_, i) => make(i)).flat();
  const member = () => `m${random(MEMBERS)}`;
  const own = db(slot);
  const jobs = key("jobs");
  const document = key("json");
  const newDocument = ["JSON.SET", document, "$", '{"list":[],"map":{}}', "NX"];
  const worker = () => `w${random(3)}`;
  /** An id that an entry may have, of an operation not long ago. */
  const some = () => `${Math.max(1, number - random(60))}-${1 + random(4)}`;
  const choices: (() => Words[])[] = [
    () => [["SET", key(`s${random(20)}`), text(random(10) === 0 ? 90_000 : random(1500), number)]],
    () => [["APPEND", key(`s${random(20)}`), text(random(2000), number)]],
    () => [["RPUSH", key("list"), ...several(40, (i) => [`${number}.${i}`])]],
    () => [["LPUSH", key("list"), `${number}.left`], ["LTRIM", key("list"), "0", "2999"]],
    () => [["RPOP", key("list"), String(1 + random(30))], [
      "LREM",
      key("list"),
      "1",
      `${number - 10}.0`,
    ]],
    () => [["HSET", key("hash"), ...several(40, () => [member(), String(number)])]],
    () => [["HDEL", key("hash"), ...several(20, () => [member()])]],
    () => [["ZADD", key("zset"), ...several(60, () => [String(random(1000)), member()])]],
    () => [
      ["ZREM", key("zset"), ...several(30, () => [member()])],
      ["ZPOPMIN", key("zset"), String(1 + random(20))],
      ["ZREMRANGEBYRANK", key("zset"), "5", "9"],
    ],
    () => [["SADD", key("set"), ...several(60, () => [String(random(MEMBERS))])]],
    () => [["SREM", key("set"), ...several(30, () => [String(random(MEMBERS))])]],
    () => [["ARSET", key("array"), String(random(2 * MEMBERS)), ...several(20, () => [member()])]],
    () => [[
      "DEL",
      key(["list", "hash", "zset", "set", "array", "s3", "copy", "json"][random(8)]!),
    ]],
    () => [["COPY", key("zset"), key("copy"), "REPLACE"]],
    () => [["PEXPIREAT", key("zset"), "4102444800000"], ["PERSIST", key("hash")]],
    () => [
      ["SELECT", own],
      ...random(4) === 0 ? [["FLUSHDB"]] : [],
      ["SADD", "large", ...several(200, () => [member()])],
      ["SET", `k${random(50)}`, text(random(900), number)],
      ["SELECT", "0"],
    ],
    () => [["ZADD", "shared", String(number), key(String(number))], ["INCR", "count"]],
    () => several(30, () => [member()]).map((value, i) => xadd(jobs, number, i, value)),
    () => [
      xadd(jobs, number, 0, member()),
      ["XREADGROUP", "GROUP", "g", worker(), "COUNT", String(1 + random(40)), "STREAMS", jobs, ">"],
    ],
    () => [
      ["XACK", jobs, "g", ...several(40, () => [some()])],
      xadd(jobs, number, 0, text(900, number)),
    ],
    () => [["XCLAIM", jobs, "g", worker(), "0", ...several(20, () => [some()]), "JUSTID"]],
    () => [["XTRIM", jobs, "MAXLEN", String(100 + random(400))], ["XDEL", jobs, some()]],
    () => [
      newDocument,
      ["JSON.ARRAPPEND", document, "$.list", ...several(40, (i) => [`"${number}.${i}"`])],
    ],
    () => [newDocument, ["JSON.SET", document, `$.map.${member()}`, String(number)]],
    () => [
      newDocument,
      ["JSON.DEL", document, `$.map.${member()}`],
      ["JSON.ARRPOP", document, "$.list", "0"],
    ],
  ];
  // Deleting large collections is rare, or none would be large.
  const others = [
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    10,
    11,
    13,
    14,
    15,
    16,
    7,
    17,
    18,
    18,
    19,
    20,
    21,
    22,
    23,
    23,
    24,
  ];
  const chosen = random(20) === 0 ? 12 : others[random(others.length)]!;
  const first = number === 1 ? [["XGROUP", "CREATE", jobs, "g", "0", "MKSTREAM"]] : [];
  return [...first, ...choices[chosen]!(), ["SET", doneKey(slot), String(number)]];
}

/** An entry whose id tells the operation. */
const xadd = (key: string, number: number, i: number, value: string): Words => //
["XADD", key, `${number}-${i + 1}`, "value", value];

/** The database that a slot flushes now and then. */
const db = (slot: number) => String(slot + 1);

function text(length: number, number: number): string {
  return `${number}:${"v".repeat(length)}`;
}

type Value =
  | { type: "string"; value: string }
  | { type: "list"; value: string[] }
  | { type: "set"; value: Set<string> }
  | { type: "hash" | "zset" | "array"; value: Map<string, string> }
  | { type: "stream"; value: Jobs }
  | { type: "ReJSON-RL"; value: JsonDocument };

/** A stream with one group. */
class Jobs {
  readonly entries = new Map<string, string>();
  readonly pending = new Map<string, string>();
  #delivered = "0-0";

  deliver(consumer: string, count: number): void {
    const next = [...this.entries.keys()].filter((id) => isBefore(this.#delivered, id));
    for (const id of next.slice(0, count)) {
      this.pending.set(id, consumer);
      this.#delivered = id;
    }
  }

  claim(consumer: string, ids: readonly string[]): void {
    for (const id of ids) {
      if (!this.pending.has(id)) continue;
      // What is deleted from the stream is let go of.
      if (this.entries.has(id)) this.pending.set(id, consumer);
      else this.pending.delete(id);
    }
  }

  trim(length: number): void {
    const gone = [...this.entries.keys()].slice(0, Math.max(0, this.entries.size - length));
    for (const id of gone) this.entries.delete(id);
  }

  /** Entries and pending entries, each as text. */
  lines(): string[] {
    return [
      ...[...this.entries].map((entry) => entry.join("=")),
      ...[...this.pending].map((entry) => entry.join(">")),
    ].sort();
  }
}

/** A document of an array and an object. */
class JsonDocument {
  readonly list: string[] = [];
  readonly map = new Map<string, string>();

  /** Its elements and members, each as text. */
  lines(): string[] {
    return linesOfDocument(this.list, [...this.map]);
  }
}

/** The elements and members of a document, each as text. */
export function linesOfDocument(
  list: readonly string[],
  members: readonly (readonly [name: string, value: unknown])[],
): string[] {
  return [...list, ...members.map((member) => member.join("=")).sort()];
}

function isBefore(id: string, other: string): boolean {
  const [ms = 0, sequence = 0] = id.split("-").map(Number);
  const [otherMs = 0, otherSequence = 0] = other.split("-").map(Number);
  return ms < otherMs || ms === otherMs && sequence < otherSequence;
}

/** What the databases hold after some operations. */
export class Model {
  readonly #databases = new Map<string, Map<string, Value>>();
  #db = "0";

  get #keys(): Map<string, Value> {
    let keys = this.#databases.get(this.#db);
    if (keys === undefined) this.#databases.set(this.#db, keys = new Map());
    return keys;
  }

  /** Runs a command. */
  apply([name, ...words]: Words): void {
    const [key, ...rest] = words;
    switch (name) {
      case "SELECT":
        this.#db = key!;
        break;
      case "FLUSHDB":
        this.#keys.clear();
        break;
      case "SET":
        this.#keys.set(key!, { type: "string", value: rest[0]! });
        break;
      case "APPEND":
        this.#keys.set(key!, { type: "string", value: this.#string(key!) + rest[0] });
        break;
      case "INCR":
        this.#keys.set(key!, { type: "string", value: String(Number(this.#string(key!)) + 1) });
        break;
      case "RPUSH":
        this.#list(key!, (list) => list.push(...rest));
        break;
      case "LPUSH":
        this.#list(key!, (list) => list.unshift(...rest));
        break;
      case "RPOP":
        this.#list(key!, (list) => list.splice(Math.max(0, list.length - Number(rest[0]))));
        break;
      case "LTRIM":
        this.#list(key!, (list) => list.splice(Number(rest[1]) + 1));
        break;
      case "LREM":
        this.#list(key!, (list) => {
          const at = list.indexOf(rest[1]!);
          if (at >= 0) list.splice(at, 1);
        });
        break;
      case "SADD":
        this.#set(key!, (set) => rest.forEach((member) => set.add(member)));
        break;
      case "SREM":
        this.#set(key!, (set) => rest.forEach((member) => set.delete(member)));
        break;
      case "HSET":
        this.#map(
          "hash",
          key!,
          (map) => pairs(rest).forEach(([field, value]) => map.set(field, value)),
        );
        break;
      case "ZADD":
        this.#map(
          "zset",
          key!,
          (map) => pairs(rest).forEach(([score, member]) => map.set(member, score)),
        );
        break;
      case "ARSET":
        this.#map("array", key!, (map) => {
          rest.slice(1).forEach((value, i) => map.set(String(Number(rest[0]) + i), value));
        });
        break;
      case "HDEL":
        this.#map("hash", key!, (map) => rest.forEach((field) => map.delete(field)));
        break;
      case "ZREM":
        this.#map("zset", key!, (map) => rest.forEach((member) => map.delete(member)));
        break;
      case "ZPOPMIN":
        this.#map("zset", key!, (map) => {
          const lowest = [...map].sort(byScore).slice(0, Number(rest[0]));
          for (const [member] of lowest) map.delete(member);
        });
        break;
      case "ZREMRANGEBYRANK":
        this.#map("zset", key!, (map) => {
          const ranked = [...map].sort(byScore).slice(Number(rest[0]), Number(rest[1]) + 1);
          for (const [member] of ranked) map.delete(member);
        });
        break;
      case "DEL":
        this.#keys.delete(key!);
        break;
      case "COPY": {
        const value = this.#keys.get(key!);
        if (value !== undefined) this.#keys.set(rest[0]!, structuredClone(value));
        break;
      }
      case "PEXPIREAT":
      case "PERSIST":
        break;
      case "JSON.SET":
        if (rest[0] !== "$") {
          this.#document(key!).map.set(rest[0]!.slice("$.map.".length), rest[1]!);
        } else if (!this.#keys.has(key!)) {
          this.#keys.set(key!, { type: "ReJSON-RL", value: new JsonDocument() });
        }
        break;
      case "JSON.ARRAPPEND":
        this.#document(key!).list.push(...rest.slice(1).map((text) => text.slice(1, -1)));
        break;
      case "JSON.ARRPOP":
        this.#document(key!).list.shift();
        break;
      case "JSON.DEL":
        this.#document(key!).map.delete(rest[0]!.slice("$.map.".length));
        break;
      case "XGROUP":
        this.#keys.set(rest[0]!, { type: "stream", value: new Jobs() });
        break;
      case "XADD":
        this.#jobs(key!).entries.set(rest[0]!, rest[2]!);
        break;
      case "XREADGROUP":
        this.#jobs(rest[5]!).deliver(rest[1]!, Number(rest[3]));
        break;
      case "XACK":
        for (const id of rest.slice(1)) this.#jobs(key!).pending.delete(id);
        break;
      case "XCLAIM":
        this.#jobs(key!).claim(rest[1]!, rest.slice(3, -1));
        break;
      case "XTRIM":
        this.#jobs(key!).trim(Number(rest[1]));
        break;
      case "XDEL":
        this.#jobs(key!).entries.delete(rest[0]!);
        break;
      default:
        throw new Error(`the model knows no ${name}`);
    }
  }

  #string(key: string): string {
    const found = this.#keys.get(key);
    return found?.type === "string" ? found.value : "";
  }

  #document(key: string): JsonDocument {
    const found = this.#keys.get(key);
    if (found?.type !== "ReJSON-RL") throw new Error(`${key} is no document`);
    return found.value;
  }

  #jobs(key: string): Jobs {
    const found = this.#keys.get(key);
    if (found?.type !== "stream") throw new Error(`${key} is no stream`);
    return found.value;
  }

  #list(key: string, change: (list: string[]) => void): void {
    const found = this.#keys.get(key);
    const list = found?.type === "list" ? found.value : [];
    change(list);
    this.#keep(key, { type: "list", value: list }, list.length);
  }

  #set(key: string, change: (set: Set<string>) => void): void {
    const found = this.#keys.get(key);
    const set = found?.type === "set" ? found.value : new Set<string>();
    change(set);
    this.#keep(key, { type: "set", value: set }, set.size);
  }

  #map(
    type: "hash" | "zset" | "array",
    key: string,
    change: (map: Map<string, string>) => void,
  ): void {
    const found = this.#keys.get(key);
    const map = found?.type === type ? found.value : new Map<string, string>();
    change(map);
    this.#keep(key, { type, value: map }, map.size);
  }

  #keep(key: string, value: Value, size: number): void {
    if (size === 0) this.#keys.delete(key);
    else this.#keys.set(key, value);
  }

  /** Each key, as `db/key`, with its value as text of one form. */
  contents(): Map<string, string> {
    const contents = new Map<string, string>();
    for (const [db, keys] of this.#databases) {
      for (const [key, { type, value }] of keys) {
        const plain = value instanceof Map
          ? [...value].map((pair) => pair.join("=")).sort()
          : value instanceof Set
          ? [...value].sort()
          : value instanceof Jobs || value instanceof JsonDocument
          ? value.lines()
          : value;
        contents.set(`${db}/${key}`, `${type} ${JSON.stringify(plain)}`);
      }
    }
    return contents;
  }
}

function pairs(words: Words): [string, string][] {
  return Array.from({ length: words.length / 2 }, (_, i) => [words[2 * i]!, words[2 * i + 1]!]);
}

function byScore([a, x]: [string, string], [b, y]: [string, string]): number {
  return Number(x) - Number(y) || (a < b ? -1 : 1);
}
