/** The least number that is rounded to infinity. */
const TOO_LARGE = 65520;
/** The least number with an implicit bit, and how many steps there are to 1 below it. */
const LEAST_NORMAL = 2 ** -14;
const STEPS = 2 ** 24;

const double = new DataView(new ArrayBuffer(8));

/** The 16 bits of a number in half precision (IEEE 754), rounded to the nearest, ties to even. */
export function float16Bits(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  double.setFloat64(0, value);
  const sign = (double.getUint8(0) & 0x80) << 8;
  const size = Math.abs(value);
  if (size >= TOO_LARGE) return sign | 0x7c00;
  if (size < LEAST_NORMAL) return sign | roundToEven(size * STEPS);
  const exponent = ((double.getUint16(0) >>> 4) & 0x7ff) - 1023;
  // Rounded up to the next power of two, it carries into the exponent, as it should.
  return sign + ((exponent + 14) << 10) + roundToEven(size * 2 ** (10 - exponent));
}

function roundToEven(value: number): number {
  const below = Math.floor(value), rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}
