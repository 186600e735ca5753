/** What matching may cost, told before it begins. */

import { CARET, CLOSING, ESCAPE, OPENING } from "./pattern.ts";

/** Repetitions of a pattern for each of which the interpreter's matcher calls itself. */
const MOST_NESTED = 500;

const QUESTION = 0x3f;
const QUANTIFIERS = new Set([0x2a, 0x2b, 0x2d]);

/**
 * Steps that matching may take at most: each way to lay a pattern's repetitions out over the subject.
 *
 * @param size Bytes of the subject.
 */
export function mostSteps(size: number, memory: Uint8Array, at: number, length: number): number {
  const end = at + length;
  let repetitions = memory[at] === CARET ? 0 : 1;
  let options = 0;
  for (let i = at; i < end; i++) {
    const byte = memory[i]!;
    if (byte === ESCAPE) {
      const next = memory[++i] ?? 0;
      // A balance and a capture are looked for along the subject.
      if (next === 0x62 || (next >= 0x30 && next <= 0x39)) repetitions++;
    } else if (byte === OPENING) {
      i += memory[i + 1] === CARET ? 2 : 1;
      do {
        if (memory[i++] === ESCAPE) i++;
      } while (i < end && memory[i] !== CLOSING);
    } else if (QUANTIFIERS.has(byte)) repetitions++;
    else if (byte === QUESTION) options++;
  }
  if (repetitions + options > MOST_NESTED) return Infinity;
  let steps = length * 2 ** options;
  for (let i = 1; i <= repetitions; i++) steps *= (size + i) / i;
  return steps;
}

/** The same of a search for bytes as they are, of which the interpreter compares many at once. */
export function mostPlainSteps(size: number, length: number): number {
  return size * length / 16;
}
