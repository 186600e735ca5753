/** What busy clients do: one command a step, and what it does to what is held. */

import { type Holdings, type KeyNames, STRINGS } from "./holdings.ts";

/** Strings that are only ever set, set to expire soon, and deleted: when they go is the clock's business. */
const SHORT_LIVED = 300;
/** Elements of a collection that there are names for. */
const ELEMENTS = 3000;
/** Entries of a stream, and elements of a list, about. */
const MANY = 800;
/** How long what expires soon has, at most, in milliseconds. */
const SOON_MS = 300;
/** When what expires later does, after the test's time: Unix time in milliseconds. */
const LATER_MS = 4_102_444_800_000;
/** Characters of a string that is stored in chunks. */
const LARGE = 70_000;
/** Every so many steps one only notes its number. */
const STEPS_A_MARK = 16;

/** One command. */
export interface Step {
  readonly words: readonly string[];
  /** When what it writes is gone by itself, if that is soon. */
  readonly goneAtMs?: number;
  /**
   * Changes what is held as the command does.
   *
   * @param reply What it answered, if that was seen.
   * @param found What is in the file, if that is known.
   * @returns What it must answer; undefined if that cannot be told.
   */
  readonly apply: (held: Holdings, reply?: string, found?: Holdings) => string | undefined;
}

/** What a step is made with. */
export interface StepParts {
  /** Its number, which most steps leave where they write. */
  readonly number: number;
  readonly random: (below: number) => number;
  readonly keys: KeyNames;
  /** What is held as far as it was answered. */
  readonly held: Holdings;
}

type MakeStep = (parts: StepParts) => Step;

/** A value that tells the step's number. */
function valueOf({ number, random }: StepParts): string {
  return `${number}:${"v".repeat(random(random(50) === 0 ? 250 : 60))}`;
}

const nameOf = (random: (below: number) => number) => `m${random(ELEMENTS)}`;

/** Up to three names of elements, each once. */
function namesOf({ random }: StepParts): string[] {
  return [...new Set(Array.from({ length: 1 + random(3) }, () => nameOf(random)))];
}

/** A string that lasts. */
function stringOf({ random, keys }: StepParts): string {
  return keys.string(SHORT_LIVED + random(STRINGS - SHORT_LIVED));
}

/** One that does not. */
const shortLivedOf = ({ random, keys }: StepParts) => keys.string(random(SHORT_LIVED));

function setting(key: string, value: string): Step {
  return {
    words: ["SET", key, value],
    apply: ({ strings }) => {
      strings.set(key, { value, expiresAtMs: -1 });
      return "OK";
    },
  };
}

function appending(key: string, number: number): Step {
  const end = `+${number}`;
  return {
    words: ["APPEND", key, end],
    apply: ({ strings }) => {
      const held = strings.get(key) ?? { value: "", expiresAtMs: -1 };
      const value = held.value + end;
      strings.set(key, { ...held, value });
      return String(value.length);
    },
  };
}

function deleting(key: string, isKnown = true): Step {
  return {
    words: ["DEL", key],
    apply: ({ strings }) => {
      const reply = strings.delete(key) ? "1" : "0";
      return isKnown ? reply : undefined;
    },
  };
}

/** Takes elements away. @returns How many there were, as the reply says. */
function removed(from: { delete(name: string): boolean }, names: readonly string[]): string {
  return String(names.filter((name) => from.delete(name)).length);
}

/** Adds to a sorted set, with a score that rises or falls from step to step. */
function adding(parts: StepParts, rises: boolean): Step {
  const { number, keys } = parts;
  const score = rises ? number : -number;
  // In the order in which they are popped.
  const members = namesOf(parts).sort();
  if (!rises) members.reverse();
  return {
    words: [
      "ZADD",
      rises ? keys.lowest : keys.highest,
      ...members.flatMap((member) => [String(score), member]),
    ],
    apply: (held) => {
      const scores = rises ? held.lowest : held.highest;
      const isNew = members.filter((member) => !scores.delete(member)).length;
      for (const member of members) scores.set(member, score);
      return String(isNew);
    },
  };
}

/** Pops from a sorted set what was given its score first. */
function poppingLowest({ random, keys }: StepParts, rises: boolean): Step {
  const count = 1 + random(4);
  return {
    words: rises
      ? ["ZPOPMIN", keys.lowest, String(count)]
      : ["ZPOPMAX", keys.highest, String(count)],
    apply: (held) => {
      const scores = rises ? held.lowest : held.highest;
      const popped = [...scores.entries().take(count)];
      for (const [member] of popped) scores.delete(member);
      return popped.flat().join(" ");
    },
  };
}

function pushing(parts: StepParts): Step {
  const { random, keys } = parts;
  const left = random(2) === 0;
  const values = Array.from({ length: 1 + random(3) }, () => valueOf(parts));
  return {
    words: [left ? "LPUSH" : "RPUSH", keys.list, ...values],
    apply: ({ list }) => {
      if (left) list.unshift(...values.toReversed());
      else list.push(...values);
      return String(list.length);
    },
  };
}

function popping({ random, keys, held }: StepParts): Step {
  const left = random(2) === 0;
  const count = 1 + random(Math.max(3, held.list.length - MANY));
  return {
    words: [left ? "LPOP" : "RPOP", keys.list, String(count)],
    apply: ({ list }) => {
      if (list.length === 0) return "nil";
      const popped = left
        ? list.splice(0, count)
        : list.splice(Math.max(0, list.length - count)).reverse();
      return popped.join(" ");
    },
  };
}

/** Deletes a whole collection; what is held of the others shows when. */
function deletingAll({ random, keys }: StepParts): Step {
  const whole = (["hash", "lowest", "highest", "set", "stream"] as const)[random(5)]!;
  return {
    words: ["DEL", keys[whole]],
    apply: (held) => {
      const reply = held[whole].size > 0 ? "1" : "0";
      held[whole].clear();
      // A stream may be there without entries.
      return whole === "stream" ? undefined : reply;
    },
  };
}

/** Takes a member by chance: the one that is said, or one that is not in the file any more. */
function drawing({ keys }: StepParts): Step {
  return {
    words: ["SPOP", keys.drawn],
    apply: ({ drawn }, reply, found) => {
      if (drawn.size === 0) return "nil";
      const member = reply ?? drawn.values().find((name) => !found?.drawn.has(name));
      // None is to be found where the command is not in the file.
      if (member === undefined) return undefined;
      return drawn.delete(member) ? member : "a member";
    },
  };
}

const STEPS = {
  set: (parts) => setting(stringOf(parts), valueOf(parts)),
  setShortLived: (parts) => setting(shortLivedOf(parts), valueOf(parts)),
  setSoon: (parts) => {
    const key = shortLivedOf(parts), value = valueOf(parts);
    const expiresAtMs = Date.now() + 1 + parts.random(SOON_MS);
    return {
      words: ["SET", key, value, "PXAT", String(expiresAtMs)],
      goneAtMs: expiresAtMs,
      apply: ({ strings }) => {
        strings.set(key, { value, expiresAtMs });
        return "OK";
      },
    };
  },
  setLater: (parts) => {
    const key = stringOf(parts), value = valueOf(parts);
    const expiresAtMs = LATER_MS + parts.number;
    return {
      words: ["SET", key, value, "PXAT", String(expiresAtMs)],
      apply: ({ strings }) => {
        strings.set(key, { value, expiresAtMs });
        return "OK";
      },
    };
  },
  expireLater: (parts) => {
    const key = stringOf(parts), expiresAtMs = LATER_MS + parts.number;
    return {
      words: ["PEXPIREAT", key, String(expiresAtMs)],
      apply: ({ strings }) => {
        const held = strings.get(key);
        if (held === undefined) return "0";
        strings.set(key, { ...held, expiresAtMs });
        return "1";
      },
    };
  },
  append: (parts) => appending(stringOf(parts), parts.number),
  appendLarge: ({ keys, number }) => appending(keys.large, number),
  delete: (parts) => deleting(stringOf(parts)),
  deleteShortLived: (parts) => deleting(shortLivedOf(parts), false),
  setLarge: ({ number, keys }) => setting(keys.large, `${number}:${"v".repeat(LARGE)}`),
  deleteLarge: ({ keys }) => deleting(keys.large),
  deleteAll: deletingAll,
  hset: (parts) => {
    const fields = namesOf(parts), value = valueOf(parts);
    return {
      words: ["HSET", parts.keys.hash, ...fields.flatMap((field) => [field, value])],
      apply: ({ hash }) => {
        const before = hash.size;
        for (const field of fields) hash.set(field, value);
        return String(hash.size - before);
      },
    };
  },
  hdel: (parts) => {
    const fields = namesOf(parts);
    return {
      words: ["HDEL", parts.keys.hash, ...fields],
      apply: (held) => removed(held.hash, fields),
    };
  },
  zaddRising: (parts) => adding(parts, true),
  zaddFalling: (parts) => adding(parts, false),
  zpopmin: (parts) => poppingLowest(parts, true),
  zpopmax: (parts) => poppingLowest(parts, false),
  zrem: (parts) => {
    const members = namesOf(parts);
    return {
      words: ["ZREM", parts.keys.lowest, ...members],
      apply: (held) => removed(held.lowest, members),
    };
  },
  sadd: (parts) => {
    const members = namesOf(parts);
    return {
      words: ["SADD", parts.keys.set, ...members],
      apply: ({ set }) => {
        const before = set.size;
        for (const member of members) set.add(member);
        return String(set.size - before);
      },
    };
  },
  srem: (parts) => {
    const members = namesOf(parts);
    return {
      words: ["SREM", parts.keys.set, ...members],
      apply: (held) => removed(held.set, members),
    };
  },
  saddNew: ({ number, keys }) => ({
    words: ["SADD", keys.drawn, String(number)],
    apply: ({ drawn }) => {
      drawn.add(String(number));
      return "1";
    },
  }),
  spop: drawing,
  push: pushing,
  pop: popping,
  xadd: ({ number, keys }) => {
    const id = `${number}-1`, value = String(number);
    return {
      words: ["XADD", keys.stream, id, "n", value],
      apply: ({ stream }) => {
        stream.set(id, value);
        return id;
      },
    };
  },
  xtrim: ({ keys, random }) => {
    const length = MANY - random(100);
    return {
      words: ["XTRIM", keys.stream, "MAXLEN", String(length)],
      apply: ({ stream }) => {
        const gone = [...stream.keys().take(Math.max(0, stream.size - length))];
        return removed(stream, gone);
      },
    };
  },
  xdel: ({ number, keys, random }) => {
    const id = `${Math.max(1, number - random(MANY))}-1`;
    return {
      words: ["XDEL", keys.stream, id],
      apply: ({ stream }) => removed(stream, [id]),
    };
  },
} satisfies Record<string, MakeStep>;

/** Kinds of steps. */
export type Kind = keyof typeof STEPS;

/** How often there are steps of each kind. */
export type Mix = Partial<Record<Kind, number>>;

/** Kinds of steps, each as often as a mix says: any of them is chosen with the same chance. */
export function kindsOf(mix: Mix): Kind[] {
  return Object.entries(mix).flatMap(([kind, share]) =>
    Array.from({ length: share }, () => kind as Kind)
  );
}

/** Makes a step. */
export function makeStep(kind: Kind, parts: StepParts): Step {
  if (parts.number % STEPS_A_MARK === 0) return setting(parts.keys.mark, String(parts.number));
  return STEPS[kind](parts);
}
