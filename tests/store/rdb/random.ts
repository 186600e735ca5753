/** Random numbers that a seed gives again, and values to put into payloads. */

/** A generator of integers from 0 up to, but without, what it is called with (mulberry32). */
export function randomNumbers(seed: number): (below: number) => number {
  return (below) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Strings on both sides of every limit of the encodings, compressible or not. */
export function strings(below: (limit: number) => number): string[] {
  const lengths = [0, 1, 11, 12, 20, 21, 63, 64, 127, 128, 253, 254, 4095, 4096, 8176, 8192];
  // A listpack's entry of 16382 to 16384 bytes, where the size behind it gets a byte longer.
  lengths.push(16377, 16378, 16379);
  const noise = (length: number) =>
    String.fromCharCode(...Array.from({ length }, () => below(256)));
  return [
    ...INTEGERS,
    ...lengths.map((length) => "ab".repeat(length).slice(0, length)),
    ...lengths.map((length) => noise(length)),
  ];
}

/** Integers on both sides of every limit of the encodings, and digits that are not integers. */
export const INTEGERS: readonly string[] = [
  ...[0, 12, 13, 127, 128, 4095, 4096, 32767, 32768, 8388607, 8388608, 2147483647, 2147483648]
    .flatMap((limit) => [String(limit), String(-limit - 1)]),
  "9007199254740991",
  "9007199254740993",
  "-9007199254740993",
  "9223372036854775807",
  "-9223372036854775808",
  "9223372036854775808",
  "-0",
  "007",
  "+1",
  " 1",
];

/** Scores of every form they have as text. */
export const SCORES: readonly number[] = [
  ...[0, -1, 1.5, -2.25, 0.1, 1 / 3, 1e-5, 1.25e-7, 5e-324, 1.7976931348623157e308, 123456.789e3],
  ...[2 ** 52, 2 ** 52 + 2, -(2 ** 52), 2 ** 53, 1e16, 1e17, 123456789012345680, 1e20, -1e21],
  ...[2 ** 62, -(2 ** 62), 2 ** 62 + 1024, -(2 ** 62) - 1024, 2 ** 63, 1 / 1024, 9.5e-5],
  ...[Infinity, -Infinity, 3.141592653589793, 1e15 + 0.5, 100000.00001],
];
