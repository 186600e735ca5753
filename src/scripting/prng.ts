/** Redis's random numbers for scripts: drand48's 48-bit generator, the same on every machine. */

import { INT_MAX } from "../lua/constants.ts";
import type { Lua } from "../lua/state.ts";

/** 0x5DEECE66D, in two halves of 24 bits. */
const MULTIPLIER_HIGH = 0x5de, MULTIPLIER_LOW = 0xece66d;
const HALF = 2 ** 24;

/** A generator. A script begins with the seed 0. */
export class ScriptRandom {
  #high = 0x1234ab;
  #low = 0xcd330e;

  /** Begins again from a 32-bit seed. */
  seed(seed: number): void {
    const bits = seed >>> 0;
    // The state is the seed and then 0x330e.
    this.#high = bits >>> 8;
    this.#low = ((bits & 0xff) << 16) | 0x330e;
  }

  /** The next number, from 0 to 2^31 - 1. */
  next(): number {
    const low = this.#low * MULTIPLIER_LOW + 0xb;
    const high = this.#high * MULTIPLIER_LOW + this.#low * MULTIPLIER_HIGH + Math.floor(low / HALF);
    this.#low = low % HALF;
    this.#high = high % HALF;
    return this.#high * 128 + (this.#low >>> 17);
  }
}

/** Has `math.random` and `math.randomseed` draw from numbers. @param globals The index of the globals. */
export function installRandom(lua: Lua, globals: number, random: ScriptRandom): void {
  lua.field(globals, "math");
  lua.pushFunction((lua) => drawRandom(lua, random));
  lua.setField(-2, "random");
  lua.pushFunction((lua) => {
    random.seed(lua.checkInteger(1));
    return 0;
  });
  lua.setField(-2, "randomseed");
  lua.pop();
}

/** `math.random`. */
function drawRandom(lua: Lua, random: ScriptRandom): number {
  const drawn = (random.next() % INT_MAX) / INT_MAX;
  switch (lua.top) {
    case 0:
      lua.pushNumber(drawn);
      return 1;
    case 1: {
      const to = lua.checkInteger(1);
      if (to < 1) lua.raiseArgument(1, "interval is empty");
      lua.pushNumber(Math.floor(drawn * to) + 1);
      return 1;
    }
    case 2: {
      const from = lua.checkInteger(1), to = lua.checkInteger(2);
      if (from > to) lua.raiseArgument(2, "interval is empty");
      lua.pushNumber(Math.floor(drawn * (to - from + 1)) + from);
      return 1;
    }
    default:
      lua.raiseText("wrong number of arguments");
  }
}
