/** The levels that elements have in a graph like Redis's: what their numbers say. */

/** The share of nodes that one level has of those of the level below. */
const LEVEL_SHARE = 1 / 4;
/** The highest level. */
const HIGHEST_LEVEL = 15;

/** A number's draw, from 0 to 1: what a number becomes by mixing its bits is as good as dice. */
function drawOf(number: number): number {
  let mixed = Math.imul(number ^ number >>> 16, 0x85ebca6b);
  mixed = Math.imul(mixed ^ mixed >>> 13, 0xc2b2ae35);
  return ((mixed ^ mixed >>> 16) >>> 0) / 0x100000000;
}

/** The level of a number. */
export function levelOf(number: number): number {
  const draw = drawOf(number);
  let level = 0;
  for (let share = LEVEL_SHARE; draw < share && level < HIGHEST_LEVEL; share *= LEVEL_SHARE) {
    level++;
  }
  return level;
}

/** Whether a number is of a level or above. */
export function reaches(number: number, level: number): boolean {
  return drawOf(number) < LEVEL_SHARE ** level;
}
