/** Numbers as people read them. */

const counts = new Intl.NumberFormat("en");
const SIZES = ["B", "KB", "MB", "GB", "TB"];

/** A count: `1,234,567`. */
export const count = (value: number): string => counts.format(value);

/** A count in little room: `1.2M`. */
export const shortCount = (value: number): string =>
  new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 }).format(value);

/** Bytes: `1.4 MB`. */
export function size(bytes: number): string {
  let value = bytes, unit = 0;
  while (value >= 1024 && unit < SIZES.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${SIZES[unit]}`;
}

const SPANS: readonly (readonly [number, string])[] = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
  [1000, "s"],
];

/** A span of time: `3.5 h`. */
export function span(ms: number): string {
  for (const [unit, name] of SPANS) {
    if (ms >= unit) {
      const value = ms / unit;
      return `${value >= 10 ? Math.round(value) : Number(value.toFixed(1))} ${name}`;
    }
  }
  return `${Math.round(ms)} ms`;
}

/** A moment, of this place's time: `2026-01-31 12:30:05.123`. */
export function moment(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return String(ms);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ` +
    `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.` +
    String(date.getMilliseconds()).padStart(3, "0");
}
