import { strict as assert } from "node:assert";
import { type Command, format } from "../../harness/resp_client.ts";
import { startRedlite } from "../../harness/servers.ts";
import { ArrayModel } from "./model.ts";

/** Pseudo-random numbers. */
class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  below(limit: number): number {
    this.#state = Math.imul(this.#state ^ this.#state >>> 15, 0x2c1b3c6d) + 0x9e3779b9 | 0;
    return ((this.#state ^ this.#state >>> 13) >>> 0) % limit;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  times<T>(most: number, make: () => T): T[] {
    return Array.from({ length: 1 + this.below(most) }, make);
  }
}

const LAST = (1n << 64n) - 2n;
/** Where representations change: 2^31, 2^53, 2^63, the end. */
const EDGES = [0n, 1n << 31n, 1n << 53n, 1n << 63n, LAST];
const WORDS = ["", "x", "word", "Word", "sword", "12", "-7", "0", "9007199254740993", "007", "1 2"];
const OPERATIONS = ["SUM", "MIN", "MAX", "AND", "OR", "XOR", "USED", "MATCH"];

interface Step {
  command: Command;
  expected: string;
}

/** One command on a key's array and what the model answers to it. */
function step(random: Random, key: string, array: ArrayModel, wide: boolean): Step {
  const near = () => {
    const at = random.pick(EDGES) + BigInt(random.below(9)) - 4n;
    return at < 0n ? 0n : at > LAST ? LAST : at;
  };
  const index = () => wide && random.below(3) === 0 ? near() : BigInt(random.below(24));
  const word = () => random.below(4) === 0 ? String(random.below(1000)) : random.pick(WORDS);
  const range = (): [bigint, bigint] => [index(), index()];
  const reply = (command: readonly unknown[], expected: string): Step => ({
    command: command.map(String),
    expected,
  });
  switch (random.below(24)) {
    case 0:
    case 1:
    case 2: {
      const at = index();
      const values = random.times(4, word);
      return reply(["ARSET", key, at, ...values], array.arset(at, ...values));
    }
    case 3: {
      const pairs = random.times(4, (): [bigint, string] => [index(), word()]);
      return reply(["ARMSET", key, ...pairs.flat()], array.armset(...pairs));
    }
    case 4: {
      const at = index();
      return reply(["ARGET", key, at], array.arget(at));
    }
    case 5: {
      const indexes = random.times(5, index);
      return reply(["ARMGET", key, ...indexes], array.armget(...indexes));
    }
    case 6:
    case 7: {
      const indexes = random.times(5, index);
      return reply(["ARDEL", key, ...indexes], array.ardel(...indexes));
    }
    case 8: {
      const ranges = random.times(2, range);
      return reply(["ARDELRANGE", key, ...ranges.flat()], array.ardelrange(...ranges));
    }
    case 9:
      return reply(["ARLEN", key], array.arlen());
    case 10:
      return reply(["ARCOUNT", key], array.arcount());
    case 11: {
      const from = index();
      const to = from + BigInt(random.below(12));
      const ends: [bigint, bigint] = random.below(2) === 0 ? [from, to] : [to, from];
      if (to > LAST) return reply(["ARLEN", key], array.arlen());
      return reply(["ARGETRANGE", key, ...ends], array.argetrange(...ends));
    }
    case 12: {
      const ends = range();
      return reply(["ARSCAN", key, ...ends], array.arscan(...ends));
    }
    case 13: {
      const ends = range();
      const limit = 1 + random.below(4);
      return reply(["ARSCAN", key, ...ends, "limit", limit], array.arscan(...ends, limit));
    }
    case 14: {
      const from = random.pick(["-", "+", index()] as const);
      const to = random.pick(["-", "+", index()] as const);
      const wanted = random.pick(["x", "or", "1", ""]);
      const limit = 1 + random.below(4);
      return reply(
        ["ARGREP", key, from, to, "MATCH", wanted, "LIMIT", limit],
        array.argrep(from, to, (value) => value.includes(wanted), limit),
      );
    }
    case 15: {
      const words = [word(), word()].map((word) => word.toLowerCase());
      return reply(
        ["ARGREP", key, "-", "+", "EXACT", words[0], "NOCASE", "EXACT", words[1]],
        array.argrep("-", "+", (value) => words.includes(value.toLowerCase())),
      );
    }
    case 16: {
      const ends = range();
      const operation = random.pick(OPERATIONS);
      const wanted = operation === "MATCH" ? [word()] : [];
      return reply(
        ["AROP", key, ...ends, operation, ...wanted],
        array.arop(...ends, operation, ...wanted),
      );
    }
    case 17:
    case 18: {
      const values = random.times(4, word);
      return reply(["ARINSERT", key, ...values], array.arinsert(...values));
    }
    case 19:
    case 20: {
      const size = BigInt(1 + random.below(12));
      const values = random.times(4, word);
      return reply(["ARRING", key, size, ...values], array.arring(size, ...values));
    }
    case 21:
      return reply(["ARNEXT", key], array.arnext());
    case 22: {
      const at = random.below(8) === 0 ? LAST + 1n : index();
      return reply(["ARSEEK", key, at], array.arseek(at));
    }
    default: {
      const count = random.below(30) - 2;
      const newestFirst = random.below(2) === 0;
      // With a gap so wide the model would walk for ever.
      if (wide) return reply(["ARCOUNT", key], array.arcount());
      return reply(
        ["ARLASTITEMS", key, count, ...(newestFirst ? ["rev"] : [])],
        array.arlastitems(count, newestFirst),
      );
    }
  }
}

for (const seed of [1, 2, 3, 4, 5, 6]) {
  const wide = seed > 3;
  const name = wide ? "over all of the index range" : "close together";
  Deno.test(`every reply is that of a plain model, indexes ${name} (seed ${seed})`, async () => {
    await using server = await startRedlite();
    await using client = await server.connect();
    const random = new Random(seed);
    const arrays = new Map(["a", "b"].map((key) => [key, new ArrayModel()]));
    for (let batch = 0; batch < 60; batch++) {
      const steps = Array.from({ length: 50 }, () => {
        const [key, array] = random.pick([...arrays]);
        return step(random, key, array, wide);
      });
      for (const [key, array] of arrays) {
        const expected = array.count === 0 ? ":0" : ":1";
        steps.push({ command: ["EXISTS", key], expected });
        steps.push({
          command: ["ARSCAN", key, "0", String(LAST)],
          expected: array.arscan(0n, LAST),
        });
      }
      const replies = await client.pipeline(steps.map(({ command }) => command));
      for (const [i, { command, expected }] of steps.entries()) {
        assert.equal(format(replies[i]!), expected, `batch ${batch}, ${i}: ${command.join(" ")}`);
      }
    }
  });
}
