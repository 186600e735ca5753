/** Random commands on vector sets, and what of their replies has to be the same. */

import { strict as assert } from "node:assert";
import {
  type Argument,
  type Command,
  format,
  latin1,
  type Reply,
} from "../../harness/resp_client.ts";

/** Scores and numbers of vectors may differ by so much: sums are rounded on their way. */
const TOLERANCE = 2e-6;

/** Numbers from 0 to 1 that are the same for the same seed. */
export function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = state + 0x6d2b79f5 >>> 0;
    let mixed = Math.imul(state ^ state >>> 15, state | 1);
    mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61);
    return ((mixed ^ mixed >>> 14) >>> 0) / 0x100000000;
  };
}

const DIMENSIONS: Readonly<Record<string, number>> = { k1: 2, k2: 3, k3: 5, k4: 8, k5: 40 };
const KEYS = [...Object.keys(DIMENSIONS), "absent", "string"];
const ELEMENTS = ["a", "b", "c", "d", "e", "f", "g", "h", "", "ü", "a b"];
const ODD_NUMBERS = [
  "x",
  "nan",
  "",
  " 1",
  "1e400",
  "1e-400",
  "1.5.2",
  "0x10",
  "+1",
  ".5",
  "1e2",
  "-0",
];
const ATTRIBUTES = [
  '{"n":1}',
  '{"n":2,"s":"x"}',
  '{"n":"2","arr":[1,"x",2.5]}',
  '{"s":"x y","n":-1.5e1,"b":true}',
  '{"n":null,"o":{"n":1}}',
  "no json",
  "{}",
  '{"n":3',
  "",
];
const FILTERS = [
  ".n > 1",
  ".n == 2 and .s == 'x'",
  "not .n",
  '.s in ["x", "y"]',
  "2.5 in .arr or .n",
  ".n * 2 - 1 >= 3",
  "(.n + 1) ** 2 > 4 && !(.b)",
  ".n %% 2",
  ".n >",
  "1",
  "0",
  "'x' == .s",
  ".missing or 1",
  "1 2",
  "[1",
  "",
];
const COUNTS = ["1", "3", "10", "100", "0", "-1", "x", "1000000000000"];

/** Makes random commands. */
export class Commands {
  readonly #random: () => number;

  /** @param random Where chance comes from. */
  constructor(random: () => number) {
    this.#random = random;
  }

  #pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#random() * from.length)]!;
  }

  #chance(probability: number): boolean {
    return this.#random() < probability;
  }

  #number(): string {
    if (this.#chance(0.01)) return this.#pick(ODD_NUMBERS);
    if (this.#chance(0.2)) return String(Math.floor(this.#random() * 7) - 3);
    return String((this.#random() - 0.5) * 4);
  }

  #vector(key: string): Argument[] {
    const dim = this.#chance(0.03) ? 1 + Math.floor(this.#random() * 9) : DIMENSIONS[key] ?? 2;
    if (this.#chance(0.01)) return ["FP32", "abc"];
    if (this.#chance(0.01)) return ["VALUES", this.#pick(["0", "-1", "x", "99", "3"]), "1", "2"];
    if (this.#chance(0.4)) {
      const values = Float32Array.from({ length: dim }, () => (this.#random() - 0.5) * 3);
      return ["FP32", new Uint8Array(values.buffer)];
    }
    return ["VALUES", String(dim), ...Array.from({ length: dim }, () => this.#number())];
  }

  #key(): string {
    return this.#chance(0.9) ? this.#pick(Object.keys(DIMENSIONS)) : this.#pick(KEYS);
  }

  #vadd(): Command {
    const key = this.#key();
    const command: Argument[] = ["VADD", key];
    if (key === "k5" || this.#chance(0.01)) command.push("REDUCE", this.#chance(0.95) ? "7" : "0");
    command.push(...this.#vector(key), this.#pick(ELEMENTS));
    if (key === "k2" || this.#chance(0.02)) command.push("NOQUANT");
    if (key === "k3" || this.#chance(0.02)) command.push("BIN");
    // Redis miscounts the attributes of what comes with CAS.
    if (this.#chance(0.1)) command.push("CAS");
    else if (this.#chance(0.4)) command.push("SETATTR", this.#pick(ATTRIBUTES));
    if (this.#chance(0.05)) command.push("EF", this.#pick(["1", "0", "x", "500"]));
    if (this.#chance(0.03)) command.push("M", this.#pick(["16", "3", "32", "x"]));
    if (this.#chance(0.02)) command.push(this.#pick(["FOO", "EF", "SETATTR", "q8"]));
    return this.#chance(0.01) ? command.slice(0, 2 + Math.floor(this.#random() * 3)) : command;
  }

  #vsim(): Command {
    const key = this.#key();
    const command: Argument[] = ["VSIM", key];
    if (this.#chance(0.5)) command.push("ELE", this.#pick(ELEMENTS));
    else command.push(...this.#vector(key));
    if (this.#chance(0.7)) command.push("WITHSCORES");
    if (this.#chance(0.3)) command.push("WITHATTRIBS");
    if (this.#chance(0.3)) command.push("COUNT", this.#pick(COUNTS));
    if (this.#chance(0.2)) command.push("EPSILON", this.#pick(["0.1", "0.5", "1", "0", "x", "2"]));
    if (this.#chance(0.1)) command.push("EF", this.#pick(["50", "500", "0", "x"]));
    if (this.#chance(0.4)) command.push("FILTER", this.#pick(FILTERS));
    if (this.#chance(0.1)) command.push("FILTER-EF", this.#pick(["100", "0", "x", "1000"]));
    if (this.#chance(0.5)) command.push("TRUTH");
    if (this.#chance(0.1)) command.push("NOTHREAD");
    if (this.#chance(0.02)) command.push(this.#pick(["FOO", "COUNT", "FILTER"]));
    return this.#chance(0.01) ? command.slice(0, 2 + Math.floor(this.#random() * 2)) : command;
  }

  #other(): Command {
    const key = this.#key();
    const element = this.#pick(ELEMENTS);
    const commands: readonly Command[] = [
      ["VREM", key, element],
      ["VREM", key],
      ["VCARD", key],
      ["VDIM", key],
      ["VEMB", key, element],
      ["VEMB", key, element, "RAW"],
      ["VEMB", key, element, "x"],
      ["VINFO", key],
      ["VISMEMBER", key, element],
      ["VSETATTR", key, element, this.#pick(ATTRIBUTES)],
      ["VSETATTR", key, element],
      ["VGETATTR", key, element],
      ["VRANDMEMBER", key, this.#pick(["0", "100", "x"])],
      ["VLINKS", key, element, "x"],
      ["EXISTS", key],
      ["TYPE", key],
      ["OBJECT", "ENCODING", key],
    ];
    return this.#pick(commands);
  }

  /** The next one. */
  next(): Command {
    const chance = this.#random();
    if (chance < 0.5) return this.#vadd();
    if (chance < 0.75) return this.#vsim();
    if (chance > 0.998) return ["DEL", this.#pick(Object.keys(DIMENSIONS))];
    return this.#other();
  }
}

/** A command as text, for messages. */
export function shown(command: Command): string {
  return command.map((word) => typeof word === "string" ? word : `<${latin1(word)}>`).join(" ");
}

/** Makes sure that two replies to a command say the same. */
export function assertSame(command: Command, ours: Reply, theirs: Reply): void {
  const name = command[0];
  const both = () => `${shown(command)}\n  ours   ${format(ours)}\n  theirs ${format(theirs)}`;
  if (ours.type === "error" || theirs.type === "error") {
    return assert.equal(format(ours), format(theirs), both());
  }
  if (name === "VSIM") return assertSameElements(command, ours, theirs, both);
  if (name === "VEMB") return assertSameVector(ours, theirs, both);
  if (name === "VINFO") {
    // The levels of nodes are dice there, and ids are counted by the process.
    const facts = (reply: Reply) =>
      format(reply).replace(/("max-level"|"vset-uid"|\+max-level|\+vset-uid)[:,=] *:\d+/g, "$1");
    return assert.equal(facts(ours), facts(theirs), both());
  }
  if (name === "VRANDMEMBER") {
    const elements = (reply: Reply) => leaves(reply).map(format).sort().join();
    return assert.equal(elements(ours), elements(theirs), both());
  }
  assert.equal(format(ours), format(theirs), both());
}

/** What is in a reply, without what it is in. */
function leaves(reply: Reply): Reply[] {
  if (reply.type === "array") return reply.items.flatMap(leaves);
  if (reply.type === "map") return reply.entries.flat().flatMap(leaves);
  return [reply];
}

const numberOf = (reply: Reply) =>
  reply.type === "double"
    ? Number(reply.value)
    : reply.type === "bulk"
    ? Number(latin1(reply.value))
    : NaN;

/** How a reply is built, without what is in it. */
function shape(reply: Reply): string {
  if (reply.type === "array") return `[${reply.items.map(shape)}]`;
  if (reply.type === "map") return `{${reply.entries.map(([a, b]) => `${shape(a)}:${shape(b)}`)}}`;
  return reply.type;
}

function assertSameVector(ours: Reply, theirs: Reply, both: () => string): void {
  const a = leaves(ours), b = leaves(theirs);
  assert.equal(shape(ours), shape(theirs), both());
  for (const [i, left] of a.entries()) {
    const right = b[i]!;
    if (format(left) === format(right)) continue;
    if (left.type === "bulk" && right.type === "bulk" && a[0]!.type === "simple" && i === 1) {
      assertSameCode(left.value, right.value, a[0]!.value, both);
      continue;
    }
    const value = numberOf(left), wanted = numberOf(right);
    assert.ok(Math.abs(value - wanted) <= TOLERANCE * Math.max(1, Math.abs(wanted)), both());
  }
}

function assertSameCode(
  ours: Uint8Array,
  theirs: Uint8Array,
  kind: string,
  both: () => string,
): void {
  assert.equal(ours.length, theirs.length, both());
  if (kind === "f32") {
    const a = new Float32Array(ours.slice().buffer), b = new Float32Array(theirs.slice().buffer);
    for (const [i, value] of a.entries()) assert.ok(Math.abs(value - b[i]!) <= TOLERANCE, both());
    return;
  }
  const near = (value: number, i: number) => Math.abs(value - (theirs[i]! << 24 >> 24)) <= 1;
  assert.ok(kind === "int8" && new Int8Array(ours.slice().buffer).every(near), both());
}

/** Elements with scores that differ in the last digits may stand in another order. */
function assertSameElements(
  command: Command,
  ours: Reply,
  theirs: Reply,
  both: () => string,
): void {
  const scores = command.includes("WITHSCORES"), attributes = command.includes("WITHATTRIBS");
  const size = 1 + (scores ? 1 : 0) + (attributes ? 1 : 0);
  const rows = (reply: Reply) => {
    const all = leaves(reply);
    return Array.from({ length: all.length / size }, (_, i) => all.slice(i * size, (i + 1) * size));
  };
  const a = rows(ours), b = rows(theirs);
  assert.equal(ours.type, theirs.type, both());
  assert.equal(a.length, b.length, both());
  // Without scores nothing tells which elements are as near as others.
  if (!scores) return;
  const last = numberOf(b.at(-1)?.[1] ?? { type: "null" });
  const found = new Map(b.map((row) => [format(row[0]!), row]));
  for (const [i, row] of a.entries()) {
    assert.ok(Math.abs(numberOf(row[1]!) - numberOf(b[i]![1]!)) <= TOLERANCE, both());
    const same = found.get(format(row[0]!));
    if (same === undefined) {
      assert.ok(Math.abs(numberOf(row[1]!) - last) <= TOLERANCE, both());
      continue;
    }
    assert.ok(Math.abs(numberOf(row[1]!) - numberOf(same[1]!)) <= TOLERANCE, both());
    if (attributes) assert.equal(format(row.at(-1)!), format(same.at(-1)!), both());
  }
}
