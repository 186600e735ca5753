/** Sizes in bytes as Redis reads and prints them. */

const UNITS: Record<string, bigint> = {
  "": 1n,
  b: 1n,
  k: 1000n,
  kb: 1024n,
  m: 1000n ** 2n,
  mb: 1024n ** 2n,
  g: 1000n ** 3n,
  gb: 1024n ** 3n,
};

/** A size such as `100mb`: `k`, `m`, `g` count by 1000, `kb`, `mb`, `gb` by 1024. */
export function parseByteSize(text: string): bigint | undefined {
  const match = /^(\d{0,20})([a-z]*)$/i.exec(text);
  if (match === null) return undefined;
  const [, digits = "", letters = ""] = match;
  const unit = UNITS[letters.toLowerCase()];
  if (unit === undefined) return undefined;
  const value = BigInt(digits) * unit;
  return value < 1n << 64n ? value : undefined;
}

/** A size for people: `512B`, `1.25M`. */
export function formatByteSize(bytes: number): string {
  if (bytes < 1024) return `${bytes}B`;
  let value = bytes;
  let unit = -1;
  while (value >= 1024 && unit < SYMBOLS.length - 1) {
    value /= 1024;
    unit++;
  }
  return value.toFixed(2) + SYMBOLS[unit];
}

const SYMBOLS = "KMGTP";
