/**
 * The sparse representation of a HyperLogLog: its registers as runs, for the many that are small.
 *
 *     00xxxxxx           ZERO   1 to 64 registers that are 0
 *     01xxxxxx yyyyyyyy  XZERO  1 to 16384 of them
 *     1vvvvvxx           VAL    1 to 4 registers that are v + 1, 1 to 32
 *
 * A register is changed in place: the run it is in is split in up to three, then neighbours of the
 * same value are joined again. Which are joined and in which order decides over the bytes, so it is
 * what Redis does, and both servers make the same string of the same elements.
 *
 * @module
 */

/** Registers of a HyperLogLog. */
export const REGISTERS = 16384;
/** Greatest value of a VAL. */
const MAX_VALUE = 32;
/** Longest run of a VAL. */
const MAX_VALUE_RUN = 4;
/** Longest run of a ZERO. */
const MAX_ZERO_RUN = 64;
/** Runs looked at after a change for neighbours to join, from the one before it on. */
const JOIN_WINDOW = 5;

const isValue = (byte: number) => (byte & 0x80) !== 0;
const isLongZero = (byte: number) => (byte & 0xc0) === 0x40;
const valueOf = (byte: number) => (byte >> 2 & 31) + 1;
const valueRun = (byte: number) => (byte & 3) + 1;
const valueByte = (value: number, run: number) => 0x80 | (value - 1) << 2 | (run - 1);

/** Registers in the run at `at`; 0 if its second byte is missing. */
function runAt(bytes: Uint8Array, at: number, end: number): number {
  const byte = bytes[at]!;
  if (isValue(byte)) return valueRun(byte);
  if (!isLongZero(byte)) return byte + 1;
  return at + 1 < end ? ((byte & 63) << 8 | bytes[at + 1]!) + 1 : 0;
}

const sizeAt = (bytes: Uint8Array, at: number) => isLongZero(bytes[at]!) ? 2 : 1;

/** Writes the runs of 16384 zeros at `at`. @returns Index past them. */
export function writeEmpty(bytes: Uint8Array, at: number): number {
  return writeZeros(bytes, at, REGISTERS);
}

function writeZeros(bytes: Uint8Array, at: number, run: number): number {
  if (run > MAX_ZERO_RUN) {
    bytes[at++] = 0x40 | (run - 1) >> 8;
    bytes[at++] = (run - 1) & 0xff;
  } else if (run > 0) {
    bytes[at++] = run - 1;
  }
  return at;
}

/**
 * Shows the runs in `bytes[start, end)`.
 *
 * @param visit Gets each run's value, its first register and its length.
 * @returns Whether they are valid: exactly all registers. Shows none past the last register.
 */
export function forEachRun(
  bytes: Uint8Array,
  start: number,
  end: number,
  visit: (value: number, first: number, run: number) => void,
): boolean {
  let first = 0;
  for (let at = start; at < end; at += sizeAt(bytes, at)) {
    const byte = bytes[at]!;
    const run = runAt(bytes, at, end);
    if (run === 0 || first + run > REGISTERS) return false;
    visit(isValue(byte) ? valueOf(byte) : 0, first, run);
    first += run;
  }
  return first === REGISTERS;
}

/** The runs in `bytes[start, end)` as PFDEBUG DECODE shows them, valid or not. */
export function describeRuns(bytes: Uint8Array, start: number, end: number): string {
  const runs: string[] = [];
  for (let at = start; at < end; at += sizeAt(bytes, at)) {
    const byte = bytes[at]!;
    const run = runAt(bytes, at, end);
    if (isValue(byte)) runs.push(`v:${valueOf(byte)},${run}`);
    else runs.push(`${isLongZero(byte) ? "Z" : "z"}:${run}`);
  }
  return runs.join(" ");
}

/** What became of a register that {@linkcode raise} was asked to change. */
export const RAISED = {
  /** It is as great already. */
  NO: -1,
  /** The runs do not reach it. */
  CORRUPT: -2,
  /** The sparse representation cannot hold it, or must not grow. */
  TOO_BIG: -3,
} as const;

const split = new Uint8Array(5);

/**
 * Makes a register at least `value`.
 *
 * @param bytes The runs are in `bytes[start, end)`; three bytes behind them must be free.
 * @param mayGrow Whether there may be as many bytes more.
 * @returns Index past the runs afterwards, or one of {@linkcode RAISED}; then nothing has changed.
 */
export function raise(
  bytes: Uint8Array,
  start: number,
  end: number,
  index: number,
  value: number,
  mayGrow: (by: number) => boolean,
): number {
  if (value > MAX_VALUE) return RAISED.TOO_BIG;
  let at = start, before = start, first = 0, run = 0;
  while (at < end) {
    run = runAt(bytes, at, end);
    if (run === 0) return RAISED.CORRUPT;
    if (index < first + run) break;
    before = at;
    at += sizeAt(bytes, at);
    first += run;
  }
  if (at >= end || first + run > REGISTERS) return RAISED.CORRUPT;
  const old = isValue(bytes[at]!) ? valueOf(bytes[at]!) : 0;
  if (old >= value) return RAISED.NO;

  const left = index - first, right = first + run - 1 - index;
  let size = writeRun(split, 0, old, left);
  split[size++] = valueByte(value, 1);
  size = writeRun(split, size, old, right);
  const oldSize = sizeAt(bytes, at);
  if (size > oldSize && !mayGrow(size - oldSize)) return RAISED.TOO_BIG;
  bytes.copyWithin(at + size, at + oldSize, end);
  for (let i = 0; i < size; i++) bytes[at + i] = split[i]!;
  return join(bytes, before, end + size - oldSize);
}

function writeRun(bytes: Uint8Array, at: number, value: number, run: number): number {
  if (value === 0) return writeZeros(bytes, at, run);
  if (run > 0) bytes[at++] = valueByte(value, run);
  return at;
}

/** Joins neighbours of the same value from `at` on. @returns Index past the runs afterwards. */
function join(bytes: Uint8Array, at: number, end: number): number {
  for (let steps = JOIN_WINDOW; at < end && steps > 0; steps--) {
    const byte = bytes[at]!, next = bytes[at + 1]!;
    const joinable = isValue(byte) && at + 1 < end && isValue(next) &&
      valueOf(byte) === valueOf(next) && valueRun(byte) + valueRun(next) <= MAX_VALUE_RUN;
    if (joinable) {
      bytes[at + 1] = valueByte(valueOf(byte), valueRun(byte) + valueRun(next));
      bytes.copyWithin(at, at + 1, end);
      end--;
    } else {
      at += sizeAt(bytes, at);
    }
  }
  return end;
}
