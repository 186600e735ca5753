/**
 * Compressed chunks: Gorilla's delta-of-delta times and XORed floats, bit by bit as RedisTimeSeries
 * writes them, so that chunks travel by DUMP as they are, and are full where Redis's are.
 *
 * The first sample is in the facts; what follows are its bits, the lowest of a byte first. A time is
 * the difference of two differences, in one of six widths after a prefix of ones. A value is XORed
 * with the one before: a 0 where it is the same, else a 1 and its significant bits, either in the
 * window that was written last (0) or in a new one (1, leading zeros in 5 bits, length - 1 in 6).
 *
 * Times are whole numbers up to 2^53, so their arithmetic is exact; values are pairs of 32 bits.
 * These loops run for every sample that is written or read.
 *
 * @module
 */

/** Bits of a difference of differences after a prefix of as many ones, and a zero. */
const WIDTHS = [0, 5, 8, 11, 15, 32] as const;
/** The width of one that fits none of them, after six ones. */
const WIDEST = 64;
/** Bits that tell leading zeros, and the length of what is significant. */
const LEADING_BITS = 5, LENGTH_BITS = 6;
/** The most leading zeros that can be told. */
const MOST_LEADING = 31;
/** What a window is before the first: no value fits it. */
const NO_WINDOW = 32;
const TWO_32 = 2 ** 32;

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);

/** What is known of a chunk at its end, to go on from there. */
export interface GorillaState {
  /** Samples. */
  count: number;
  /** Bits after the first sample. */
  bits: number;
  /** The first sample's value. */
  base: number;
  /** The first sample's time. */
  first: number;
  /** The last sample's time. */
  last: number;
  /** The last difference of two times. */
  delta: number;
  /** The last sample's value. */
  value: number;
  /** Leading zeros of the last window. */
  leading: number;
  /** Trailing zeros of the last window. */
  trailing: number;
}

/** The state of a chunk without samples. */
export function emptyState(): GorillaState {
  return {
    count: 0,
    bits: 0,
    base: 0,
    first: 0,
    last: 0,
    delta: 0,
    value: 0,
    leading: NO_WINDOW,
    trailing: NO_WINDOW,
  };
}

/** Where bits are written. */
interface BitTarget {
  /** The bytes from `offset` on; bits that are not written yet are 0. */
  bytes: Uint8Array;
  /** Which byte of the chunk the first one is. */
  readonly offset: number;
}

/** Most bytes that one sample adds, and one more for the byte that it begins in. */
export const MOST_BYTES = 22;

function put(target: BitTarget, state: GorillaState, bits: number, width: number): void {
  const { bytes, offset } = target;
  let at = state.bits;
  state.bits += width;
  let left = width;
  let rest = bits >>> 0;
  while (left > 0) {
    const shift = at & 7;
    const take = Math.min(8 - shift, left);
    bytes[(at >>> 3) - offset]! |= (rest & (1 << take) - 1) << shift;
    rest >>>= take;
    at += take;
    left -= take;
  }
}

/**
 * Writes a sample at a chunk's end.
 *
 * @param target Has room for {@linkcode MOST_BYTES} more.
 * @param size Bytes of the chunk.
 * @returns False if it does not fit any more; then nothing has changed.
 */
export function append(
  state: GorillaState,
  target: BitTarget,
  size: number,
  time: number,
  value: number,
): boolean {
  if (state.count === 0) {
    state.count = 1;
    state.base = state.value = value;
    state.first = state.last = time;
    state.delta = 0;
    return true;
  }
  const room = size * 8 - state.bits;
  const delta = time - state.last;
  const change = delta - state.delta;
  let kind = 0;
  if (change !== 0) {
    for (kind = 1; kind < WIDTHS.length; kind++) {
      const half = 2 ** (WIDTHS[kind]! - 1);
      if (change >= -half && change < half) break;
    }
  }
  const isWidest = kind === WIDTHS.length;
  const prefix = isWidest ? kind : kind + 1;
  const width = isWidest ? WIDEST : WIDTHS[kind]!;
  float[0] = value;
  const low = words[0]!, high = words[1]!;
  float[0] = state.value;
  const xorLow = (low ^ words[0]!) >>> 0, xorHigh = (high ^ words[1]!) >>> 0;
  const isSame = xorLow === 0 && xorHigh === 0;
  let leading = 0, trailing = 0, length = 0, window = 0;
  let fitsWindow = false;
  let valueBits = 1;
  if (!isSame) {
    leading = Math.min(
      xorHigh === 0 ? 32 + Math.clz32(xorLow) : Math.clz32(xorHigh),
      MOST_LEADING,
    );
    trailing = xorLow === 0 ? 32 + trailingZeros(xorHigh) : trailingZeros(xorLow);
    length = 64 - leading - trailing;
    window = 64 - state.leading - state.trailing;
    fitsWindow = leading >= state.leading && trailing >= state.trailing &&
      LEADING_BITS + LENGTH_BITS + length > window;
    valueBits = fitsWindow ? 2 + window : 2 + LEADING_BITS + LENGTH_BITS + length;
  }
  if (prefix + width + valueBits > room) return false;
  put(target, state, (1 << kind) - 1, prefix);
  if (isWidest) {
    put(target, state, change % TWO_32, 32);
    put(target, state, Math.floor(change / TWO_32), 32);
  } else if (width > 0) {
    put(target, state, change, width);
  }
  put(target, state, isSame ? 0 : 1, 1);
  if (!isSame) {
    put(target, state, fitsWindow ? 0 : 1, 1);
    if (!fitsWindow) {
      put(target, state, leading, LEADING_BITS);
      put(target, state, length - 1, LENGTH_BITS);
      state.leading = leading;
      state.trailing = trailing;
    }
    const shift = state.trailing;
    const significant = fitsWindow ? window : length;
    const firstBits = shift === 0
      ? xorLow
      : shift < 32
      ? (xorLow >>> shift | xorHigh << 32 - shift) >>> 0
      : xorHigh >>> shift - 32;
    put(target, state, firstBits, Math.min(significant, 32));
    if (significant > 32) put(target, state, xorHigh >>> shift, significant - 32);
  }
  state.delta = delta;
  state.last = time;
  state.value = value;
  state.count++;
  return true;
}

function trailingZeros(word: number): number {
  return 31 - Math.clz32(word & -word);
}

/** Reads a chunk's samples one after the other. */
export class GorillaReader {
  /** The state after the last sample that was read. */
  readonly state: GorillaState = emptyState();
  readonly #bytes: Uint8Array;

  /** @param bytes What follows the first sample. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /**
   * Reads samples into two arrays, from `at` on.
   *
   * @param first The first sample's time. @param base Its value.
   */
  read(
    first: number,
    base: number,
    count: number,
    times: Float64Array,
    values: Float64Array,
    at = 0,
  ): void {
    const { state } = this;
    if (count === 0) return;
    const bytes = this.#bytes;
    let bit = 0;
    let time = first, delta = 0;
    let { leading, trailing } = state;
    float[0] = base;
    let low = words[0]!, high = words[1]!;
    times[at] = first;
    values[at] = base;
    for (let i = 1; i < count; i++) {
      // The time: up to six ones tell its width.
      let kind = 0;
      while (kind < 6 && (bytes[bit >>> 3]! >>> (bit & 7) & 1) === 1) {
        kind++;
        bit++;
      }
      if (kind < 6) bit++;
      if (kind > 0) {
        if (kind === 6) {
          const lowBits = take(bytes, bit, 32);
          delta += (take(bytes, bit + 32, 32) | 0) * TWO_32 + lowBits;
          bit += WIDEST;
        } else {
          const width = WIDTHS[kind]!;
          delta += take(bytes, bit, width) << 32 - width >> 32 - width;
          bit += width;
        }
      }
      time += delta;
      times[at + i] = time;
      // The value.
      if ((bytes[bit >>> 3]! >>> (bit & 7) & 1) === 1) {
        bit++;
        const isNewWindow = (bytes[bit >>> 3]! >>> (bit & 7) & 1) === 1;
        bit++;
        if (isNewWindow) {
          leading = take(bytes, bit, LEADING_BITS);
          trailing = 63 - leading - take(bytes, bit + LEADING_BITS, LENGTH_BITS);
          bit += LEADING_BITS + LENGTH_BITS;
        }
        const length = 64 - leading - trailing;
        const lower = take(bytes, bit, length < 32 ? length : 32);
        const upper = length > 32 ? take(bytes, bit + 32, length - 32) : 0;
        bit += length;
        if (trailing === 0) {
          low ^= lower;
          high ^= upper;
        } else if (trailing < 32) {
          low ^= lower << trailing;
          high ^= upper << trailing | lower >>> 32 - trailing;
        } else {
          high ^= lower << trailing - 32;
        }
      } else {
        bit++;
      }
      words[0] = low;
      words[1] = high;
      values[at + i] = float[0]!;
    }
    state.count = count;
    state.bits = bit;
    state.first = first;
    state.base = base;
    state.last = time;
    state.delta = delta;
    state.value = values[at + count - 1]!;
    state.leading = leading;
    state.trailing = trailing;
  }
}

/** Up to 32 bits, the first the lowest; beyond the end are zeros. */
function take(bytes: Uint8Array, bit: number, width: number): number {
  const at = bit >>> 3, shift = bit & 7;
  const word = bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24;
  let value = word >>> shift;
  if (shift + width > 32) value |= bytes[at + 4]! << 32 - shift;
  return width === 32 ? value >>> 0 : value & (1 << width) - 1;
}
