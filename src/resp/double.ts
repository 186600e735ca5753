/**
 * A double as Redis prints it: the shortest digits that read back as the same number, `inf`,
 * `-inf` and `nan` in lower case, an exponent with a sign and two digits at least (`1e-07`).
 */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (value === Infinity) return "inf";
  if (value === -Infinity) return "-inf";
  if (Object.is(value, -0)) return "-0";
  if (Number.isInteger(value) && Math.abs(value) < 1e17) return value.toFixed(0);
  const [digits, exponentText] = value.toExponential().split("e");
  const exponent = Number(exponentText);
  // %.17g leaves the exponent away from 1e-5 to 1e16.
  if (exponent < -4 || exponent >= 17) {
    const sign = exponent < 0 ? "-" : "+";
    return `${digits}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  const text = String(value);
  return text.includes("e") ? value.toFixed(Math.max(0, digits.length - 2 - exponent)) : text;
}
