/** Random geo commands: places everywhere and close together, areas from a centimetre to all the world. */

import { Polygon } from "../../../src/store/geo/regions.ts";
import { MAX_LATITUDE, MIN_LATITUDE } from "../../../src/store/geo/geohash.ts";
import type { Command } from "../../harness/resp_client.ts";

/** A longitude and a latitude. */
type Point = readonly [longitude: number, latitude: number];

const LONGITUDES = [-180, 180, 0, -90, 90, 179.9999, -179.9999];
const LATITUDES = [MAX_LATITUDE, MIN_LATITUDE, 0, 85, -85, 66, 80];
/** Members beyond so many have the names of earlier ones, which move. */
const NAMES = 997;

const clamp = (value: number, limit: number) => Math.min(limit, Math.max(-limit, value));

/** Random numbers and choices, the same for the same seed (mulberry32). */
class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** From 0 up to 1. */
  number(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ this.#state >>> 15, this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61);
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32;
  }

  chance(probability: number): boolean {
    return this.number() < probability;
  }

  below(bound: number): number {
    return Math.floor(this.number() * bound);
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }

  shuffled<T>(items: readonly T[]): T[] {
    const order = items.map((item) => ({ item, key: this.number() }));
    return order.sort((a, b) => a.key - b.key).map(({ item }) => item);
  }
}

/** What a server knows of. */
export interface Dialect {
  /** GEOSEARCH BYPOLYGON. */
  readonly polygons: boolean;
}

/** Commands that fill the sorted set `g` and ask it. */
export function randomCommands(seed: number, dialect: Dialect): Command[] {
  return new Round(new Random(seed), dialect).commands();
}

/** Some places, and the questions about them. */
class Round {
  readonly #random: Random;
  readonly #polygons: boolean;
  readonly #count: number;
  readonly #centre: Point;
  readonly #isNarrow: boolean;
  readonly #spread: number;

  constructor(random: Random, { polygons }: Dialect) {
    this.#random = random;
    this.#polygons = polygons;
    this.#count = 1 + random.below(random.chance(0.3) ? 2000 : 150);
    this.#centre = this.#anywhere();
    this.#isNarrow = random.chance(0.5);
    this.#spread = 10 ** (-8 * random.number());
  }

  #anywhere(): Point {
    const random = this.#random;
    const longitude = 360 * random.number() - 180,
      latitude = 170.1 * random.number() - MAX_LATITUDE;
    switch (random.below(10)) {
      case 0:
        return [random.pick(LONGITUDES), random.pick(LATITUDES)];
      case 1:
      case 2:
        return [170 + 10 * random.number(), latitude];
      case 3:
      case 4:
        return [longitude, 80 + 5 * random.number()];
      case 5:
        return [longitude, -80 - 5 * random.number()];
      default:
        return [longitude, latitude];
    }
  }

  #point(): Point {
    const random = this.#random;
    if (!this.#isNarrow && !random.chance(0.2)) return this.#anywhere();
    const [longitude, latitude] = this.#centre;
    return [
      clamp(longitude + (random.number() - 0.5) * 360 * this.#spread, 180),
      clamp(latitude + (random.number() - 0.5) * 170 * this.#spread, MAX_LATITUDE),
    ];
  }

  #member(): string {
    return `m${this.#random.below(Math.min(NAMES, this.#count))}`;
  }

  #size(): string {
    const random = this.#random;
    return random.chance(0.05) ? "0" : String(10 ** (random.number() * 9.5 - 2));
  }

  #unit(): string {
    return this.#random.pick(["m", "km", "ft", "mi", "M", "Km"]);
  }

  commands(): Command[] {
    const random = this.#random;
    const commands: Command[] = [["DEL", "g"], ["DEL", "d"], ["DEL", "g2"], this.#geoadd()];
    for (let i = 0; i < 25; i++) {
      commands.push(this.#search());
      if (random.chance(0.3)) commands.push(["ZRANGE", "d", "0", "-1", "WITHSCORES"]);
      if (random.chance(0.3)) {
        commands.push(["GEODIST", "g", this.#member(), this.#member(), this.#unit()]);
      }
      if (random.chance(0.1)) {
        const name = random.pick(["GEOHASH", "GEOPOS"]);
        commands.push([name, "g", this.#member(), "nobody", this.#member()]);
      }
    }
    return commands;
  }

  #geoadd(): Command {
    const command = ["GEOADD", "g"];
    let point = this.#point();
    for (let i = 0; i < this.#count; i++) {
      // Some are at the same place: their order is that of their members.
      if (!this.#random.chance(0.15)) point = this.#point();
      command.push(...point.map(String), `m${i % NAMES}`);
    }
    return command;
  }

  #search(): Command {
    const random = this.#random;
    const options: string[][] = [];
    if (random.chance(0.3)) options.push([random.pick(["ASC", "DESC"])]);
    if (random.chance(0.4)) {
      const count = 1 + Math.floor(random.number() * random.number() * this.#count * 1.2);
      options.push(["COUNT", String(count), ...random.chance(0.4) ? ["ANY"] : []]);
    }
    const kind = random.pick(["search", "search", "search", "store", "radius", "member"]);
    const head = kind === "search" || kind === "store"
      ? this.#geosearch(kind === "store", options)
      : this.#georadius(kind === "member", options);
    const words = random.shuffled(options).flat();
    if (random.chance(0.03)) words.push(random.pick(["FOO", "COUNT", "BYRADIUS", "STORE", "ANY"]));
    if (random.chance(0.03)) words.pop();
    return [...head, ...words];
  }

  #geosearch(stores: boolean, options: string[][]): string[] {
    const random = this.#random;
    if (this.#polygons && random.chance(0.5)) {
      options.push(this.#polygon());
    } else {
      const from = random.chance(0.5)
        ? ["FROMMEMBER", this.#member()]
        : ["FROMLONLAT", ...this.#point().map(String)];
      const by = random.chance(0.5)
        ? ["BYRADIUS", this.#size(), this.#unit()]
        : ["BYBOX", this.#size(), this.#size(), this.#unit()];
      options.push(from, by);
    }
    if (!stores) {
      this.#details(options);
      return ["GEOSEARCH", "g"];
    }
    if (random.chance(0.4)) options.push(["STOREDIST"]);
    return ["GEOSEARCHSTORE", random.pick(["d", "d", "g2"]), "g"];
  }

  #georadius(byMember: boolean, options: string[][]): string[] {
    const random = this.#random;
    const reads = random.chance(0.5);
    if (!reads && random.chance(0.5)) options.push([random.pick(["STORE", "STOREDIST"]), "d"]);
    else this.#details(options);
    const name = (byMember ? "GEORADIUSBYMEMBER" : "GEORADIUS") + (reads ? "_RO" : "");
    const from = byMember ? [this.#member()] : this.#point().map(String);
    return [name, "g", ...from, this.#size(), this.#unit()];
  }

  #details(options: string[][]): void {
    for (const word of ["WITHDIST", "WITHHASH", "WITHCOORD"]) {
      if (this.#random.chance(0.4)) options.push([word]);
    }
  }

  /** A polygon whose centroid is on the map: of others Valkey looks at memory that nothing was written to. */
  #polygon(): string[] {
    for (;;) {
      const corners = Array.from({ length: 3 + this.#random.below(6) }, () => this.#point());
      const { centre } = new Polygon(
        corners.map(([longitude, latitude]) => ({ longitude, latitude })),
      );
      if (Math.abs(centre.latitude) > MAX_LATITUDE) continue;
      return ["BYPOLYGON", String(corners.length), ...corners.flat().map(String)];
    }
  }
}
