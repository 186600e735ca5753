/** Generated documents, paths and commands, the same for the same seed. */

/** Numbers from a seed. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
  }

  /** An integer from 0 up to, but not, a limit. */
  below(limit: number): number {
    // Mulberry32.
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor(((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32 * limit);
  }

  /** One of several. */
  pick<T>(choices: readonly T[]): T {
    const choice = choices[this.below(choices.length)];
    if (choice === undefined) throw new RangeError("nothing to choose from");
    return choice;
  }
}

const NAMES = ["a", "b", "c", "name", "x y", "0", "10", "q'q", 'd"d', "ü", "$", "a.b"];
const SCALARS = [
  ...["null", "true", "false", "0", "1", "-1", "1.0", "-0", "2.5", "1e3", "0.1", "-7.25", "1e-7"],
  ...["100000000000000000000", "9223372036854775807", "9007199254740993"],
  ...['""', '"x"', '"yy"', '"a b"', '"ü€😀"', '"\\u0041\\n\\"\\\\"', '"10"', '"\\ud83d\\ude00"'],
];

/** The text of a random value. @param size How many more values may be in it, about. */
export function randomJson(dice: Dice, size: number): string {
  const kind = size <= 0 ? 0 : dice.below(4);
  if (kind < 2) return dice.pick(SCALARS);
  const count = dice.below(Math.min(6, size) + 1);
  const space = dice.below(8) === 0 ? " " : "";
  const item = () => randomJson(dice, Math.floor(size / (count + 1)));
  if (kind === 2) {
    return `[${space}${Array.from({ length: count }, item).join(`,${space}`)}${space}]`;
  }
  const members = Array.from(
    { length: count },
    () => `${JSON.stringify(dice.pick(NAMES))}:${item()}`,
  );
  return `{${space}${members.join(`${space},`)}}`;
}

/**
 * A random path; most of them lead somewhere.
 *
 * @param changing Whether something is to be changed there: then without conditions, by which RedisJSON 2.8
 * finds the wrong places in objects.
 */
export function randomPath(dice: Dice, changing = false): string {
  const steps = dice.below(4);
  const legacy = dice.below(4) === 0;
  let path = legacy ? dice.pick(["", "."]) : "$";
  if (legacy && steps === 0) return ".";
  for (let i = 0; i < steps; i++) {
    const step = randomStep(dice, changing);
    path += path === "" || path === "." ? step.replace(/^\./, "") : step;
  }
  return path === "" ? "." : path;
}

function randomStep(dice: Dice, changing: boolean): string {
  switch (changing ? 2 + dice.below(12) : dice.below(14)) {
    case 0:
      return `[?(${randomCondition(dice)})]`;
    case 1: {
      const operator = dice.pick([">", "<=", "==", "!="]);
      return `[?@${operator}${dice.pick(["1", "2.5", '"x"', "null", "true"])}]`;
    }
    case 8:
      return `[${dice.below(4)}]`;
    case 9:
      return `[${-1 - dice.below(3)}]`;
    case 2:
      return `[${dice.pick(["", "0", "1", "-2"])}:${dice.pick(["", "2", "-1", "9"])}${
        dice.pick(["", ":", ":1", ":2"])
      }]`;
    case 3:
      return ".*";
    case 4:
      return "[*]";
    case 5:
      return `..${dice.pick(["a", "b", "*", "name"])}`;
    case 6:
      return dice.pick(["[0,1]", "[2,0]", "[1,2,0]"]);
    case 7:
      return `['${dice.pick(["a", "b", "x y"])}',"${dice.pick(["c", "0", "a.b"])}"]`;
    default:
      return `.${dice.pick(["a", "b", "c", "name", "0", "10", "$"])}`;
  }
}

function randomCondition(dice: Dice): string {
  const term = () =>
    dice.pick(["@", "@.a", "@.b", "@.*", "$.a", "1", "2.5", '"x"', "'yy'", "null", "false"]);
  const single = () =>
    dice.below(4) === 0
      ? dice.pick(["@.a", "@.b", "@.name"])
      : `${term()}${dice.pick([">", ">=", "<", "<=", "==", "!="])}${term()}`;
  switch (dice.below(5)) {
    case 0:
      return `${single()}&&${single()}`;
    case 1:
      return `${single()} || ${single()}&&${single()}`;
    case 2:
      return `(${single()}||${single()}) && ${single()}`;
    default:
      return single();
  }
}

const KEYS = ["doc", "other", "text", "none"];

/** A random command; its name and arguments. */
export function randomCommand(dice: Dice): string[] {
  const key = dice.below(8) > 0 ? "doc" : dice.pick(KEYS);
  const path = () => randomPath(dice);
  const place = () => randomPath(dice, true);
  const json = () =>
    dice.below(40) === 0 ? dice.pick(["foo", "[1,", "", '{"a"}']) : randomJson(dice, 4);
  const index = () => dice.pick(["0", "1", "-1", "2", "-2", "5", "-9", "0", "1"]);
  const maybe = (...more: string[]) => more.slice(0, dice.below(more.length + 1));
  switch (dice.below(26)) {
    case 0:
    case 1:
      return ["JSON.SET", dice.pick(KEYS.slice(0, 2)), "$", randomJson(dice, 24)];
    case 2:
    case 3:
      return ["JSON.SET", key, place(), json(), ...maybe(dice.pick(["NX", "XX", "nx"]))];
    case 4:
      return ["JSON.MERGE", key, place(), json()];
    case 5:
      return ["JSON.MSET", "doc", dice.pick(["$", "$.a"]), json(), "other", "$", json()];
    case 6:
    case 7:
      return ["JSON.DEL", key, ...maybe(place())];
    case 8:
      return ["JSON.TYPE", key, ...maybe(path())];
    case 9:
      return ["JSON.MGET", "doc", "none", "text", "other", path()];
    case 10:
      return [dice.pick(["JSON.OBJKEYS", "JSON.OBJLEN"]), key, ...maybe(path())];
    case 11:
      return [dice.pick(["JSON.ARRLEN", "JSON.STRLEN"]), key, ...maybe(path())];
    case 12:
      return ["JSON.ARRINDEX", key, path(), json(), ...maybe(index(), index())];
    case 13:
    case 14:
      return ["JSON.ARRAPPEND", key, place(), json(), ...maybe(json(), json())];
    case 15:
      return [
        "JSON.ARRINSERT",
        key,
        place(),
        dice.pick(["0", "0", "-1"]),
        json(),
        ...maybe(json()),
      ];
    case 16:
      return ["JSON.ARRPOP", key, ...maybe(place(), index())];
    case 17:
      return ["JSON.ARRTRIM", key, place(), index(), index()];
    case 18:
      return [
        "JSON.NUMINCRBY",
        key,
        place(),
        dice.pick(["1", "-3", "2.5", "1e3", "x", "9223372036854775807"]),
      ];
    case 19:
      return ["JSON.NUMMULTBY", key, place(), dice.pick(["2", "-1", "0.5", "0"])];
    case 20:
      return ["JSON.STRAPPEND", key, place(), dice.pick(['"z"', '"ü"', "5", "bad"])];
    case 21:
      return ["JSON.TOGGLE", key, place()];
    case 22:
      return ["JSON.CLEAR", key, ...maybe(place())];
    case 23:
      return ["JSON.RESP", key, ...maybe(path())];
    default:
      return [
        "JSON.GET",
        key,
        ...dice.pick([[], ["INDENT", "  ", "NEWLINE", "\n"], ["SPACE", " "]]),
        ...maybe(path()),
      ];
  }
}
