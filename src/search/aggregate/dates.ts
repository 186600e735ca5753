/** Times as text and back, as C's strftime and strptime do it in UTC and in English. */

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const DAY_MS = 86_400_000;
/** Seconds from 1970 that a `Date` can be. */
const FARTHEST = 8.64e12;

const two = (value: number, fill = "0") => String(value).padStart(2, fill);

/** A moment in seconds from 1970 as a date; undefined if there is none that far away. */
export function dateOf(seconds: number): Date | undefined {
  return Math.abs(seconds) <= FARTHEST ? new Date(Math.trunc(seconds) * 1000) : undefined;
}

/** The day of a year from 0. */
export function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY_MS);
}

/** The week of a year whose first day of the week is `first`. */
function weekOf(date: Date, first: 0 | 1): number {
  return Math.floor((dayOfYear(date) + 7 - (date.getUTCDay() + 7 - first) % 7) / 7);
}

/** The year and the week of ISO 8601. */
function isoWeek(date: Date): { year: number; week: number } {
  const thursday = new Date(date.getTime());
  thursday.setUTCDate(date.getUTCDate() + 3 - (date.getUTCDay() + 6) % 7);
  return { year: thursday.getUTCFullYear(), week: Math.floor(dayOfYear(thursday) / 7) + 1 };
}

/** Formats a date by one of strftime's letters; undefined if it knows none of that name. */
function field(letter: string, date: Date): string | undefined {
  const year = date.getUTCFullYear();
  const hour = date.getUTCHours();
  const month = date.getUTCMonth();
  switch (letter) {
    case "a":
      return DAYS[date.getUTCDay()]!.slice(0, 3);
    case "A":
      return DAYS[date.getUTCDay()]!;
    case "b":
    case "h":
      return MONTHS[month]!.slice(0, 3);
    case "B":
      return MONTHS[month]!;
    case "c":
      return formatTime(date, "%a %b %e %H:%M:%S %Y");
    case "C":
      return two(Math.floor(year / 100));
    case "d":
      return two(date.getUTCDate());
    case "D":
    case "x":
      return formatTime(date, "%m/%d/%y");
    case "e":
      return two(date.getUTCDate(), " ");
    case "F":
      return formatTime(date, "%Y-%m-%d");
    case "g":
      return two(isoWeek(date).year % 100);
    case "G":
      return String(isoWeek(date).year);
    case "H":
      return two(hour);
    case "I":
      return two((hour + 11) % 12 + 1);
    case "j":
      return String(dayOfYear(date) + 1).padStart(3, "0");
    case "k":
      return two(hour, " ");
    case "l":
      return two((hour + 11) % 12 + 1, " ");
    case "m":
      return two(month + 1);
    case "M":
      return two(date.getUTCMinutes());
    case "n":
      return "\n";
    case "p":
      return hour < 12 ? "AM" : "PM";
    case "P":
      return hour < 12 ? "am" : "pm";
    case "r":
      return formatTime(date, "%I:%M:%S %p");
    case "R":
      return formatTime(date, "%H:%M");
    case "s":
      return String(Math.floor(date.getTime() / 1000));
    case "S":
      return two(date.getUTCSeconds());
    case "t":
      return "\t";
    case "T":
    case "X":
      return formatTime(date, "%H:%M:%S");
    case "u":
      return String((date.getUTCDay() + 6) % 7 + 1);
    case "U":
      return two(weekOf(date, 0));
    case "V":
      return two(isoWeek(date).week);
    case "w":
      return String(date.getUTCDay());
    case "W":
      return two(weekOf(date, 1));
    case "y":
      return two((year % 100 + 100) % 100);
    case "Y":
      return String(year);
    case "z":
      return "+0000";
    case "Z":
      return "GMT";
    case "%":
      return "%";
    default:
      return undefined;
  }
}

/** A date as text, as C's strftime has it. */
export function formatTime(date: Date, format: string): string {
  return format.replace(/%[EO_0^#-]?([^])/g, (all, letter: string) => field(letter, date) ?? all);
}

/** What strptime has read. */
interface Fields {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  dayOfYear?: number;
  afternoon?: boolean;
  century?: number;
  seconds?: number;
}

/** Reads a text piece by piece. */
class Reading {
  at = 0;
  readonly text: string;
  readonly fields: Fields = { year: 1900, month: 0, day: 0, hour: 0, minute: 0, second: 0 };

  constructor(text: string) {
    this.text = text;
  }

  skipSpace(): void {
    while (/[\t-\r ]/.test(this.text[this.at] ?? "")) this.at++;
  }

  number(least: number, most: number, digits: number): number | undefined {
    this.skipSpace();
    const found = new RegExp(`^\\d{1,${digits}}`).exec(this.text.slice(this.at, this.at + digits));
    if (found === null) return undefined;
    const value = Number(found[0]);
    if (value < least || value > most) return undefined;
    this.at += found[0].length;
    return value;
  }

  /** The index of one of some names, whole or of three letters. */
  name(names: readonly string[]): number | undefined {
    const rest = this.text.slice(this.at).toLowerCase();
    for (const [index, name] of names.entries()) {
      for (const form of [name, name.slice(0, 3)]) {
        if (!rest.startsWith(form.toLowerCase())) continue;
        this.at += form.length;
        return index;
      }
    }
    return undefined;
  }
}

/** Fields that are numbers: bounds, digits, and what they set. */
const NUMBERS: Readonly<
  Record<string, readonly [number, number, number, (fields: Fields, value: number) => void]>
> = {
  d: [1, 31, 2, (fields, value) => fields.day = value],
  e: [1, 31, 2, (fields, value) => fields.day = value],
  H: [0, 23, 2, (fields, value) => fields.hour = value],
  k: [0, 23, 2, (fields, value) => fields.hour = value],
  I: [1, 12, 2, (fields, value) => (fields.hour = value % 12, fields.afternoon ??= false)],
  l: [1, 12, 2, (fields, value) => (fields.hour = value % 12, fields.afternoon ??= false)],
  j: [1, 366, 3, (fields, value) => fields.dayOfYear = value - 1],
  m: [1, 12, 2, (fields, value) => fields.month = value - 1],
  M: [0, 59, 2, (fields, value) => fields.minute = value],
  S: [0, 61, 2, (fields, value) => fields.second = value],
  s: [0, Number.MAX_SAFE_INTEGER, 16, (fields, value) => fields.seconds = value],
  u: [1, 7, 1, () => {}],
  w: [0, 6, 1, () => {}],
  U: [0, 53, 2, () => {}],
  W: [0, 53, 2, () => {}],
  V: [0, 53, 2, () => {}],
  C: [0, 99, 2, (fields, value) => fields.century = value],
  y: [0, 99, 2, (fields, value) => fields.year = value >= 69 ? 1900 + value : 2000 + value],
  Y: [0, 9999, 4, (fields, value) => fields.year = value],
};

/** Letters that stand for several. */
const SHORT: Readonly<Record<string, string>> = {
  c: "%a %b %e %H:%M:%S %Y",
  D: "%m/%d/%y",
  x: "%m/%d/%y",
  F: "%Y-%m-%d",
  r: "%I:%M:%S %p",
  R: "%H:%M",
  T: "%H:%M:%S",
  X: "%H:%M:%S",
};

/** Reads what a format says. @returns Whether the text has it. */
function read(reading: Reading, format: string): boolean {
  const { text, fields } = reading;
  for (let i = 0; i < format.length; i++) {
    const character = format[i]!;
    if (/[\t-\r ]/.test(character)) {
      reading.skipSpace();
      continue;
    }
    if (character !== "%") {
      if (text[reading.at] !== character) return false;
      reading.at++;
      continue;
    }
    let letter = format[++i] ?? "";
    if (letter === "E" || letter === "O") letter = format[++i] ?? "";
    const number = NUMBERS[letter];
    const short = SHORT[letter];
    if (number !== undefined) {
      const [least, most, digits, set] = number;
      const value = reading.number(least, most, digits);
      if (value === undefined) return false;
      set(fields, value);
    } else if (short !== undefined) {
      if (!read(reading, short)) return false;
    } else if (!readOther(reading, letter)) return false;
  }
  return true;
}

function readOther(reading: Reading, letter: string): boolean {
  const { text, fields } = reading;
  switch (letter) {
    case "a":
    case "A":
      return reading.name(DAYS) !== undefined;
    case "b":
    case "B":
    case "h": {
      const month = reading.name(MONTHS);
      if (month === undefined) return false;
      fields.month = month;
      return true;
    }
    case "n":
    case "t":
      reading.skipSpace();
      return true;
    case "p":
    case "P": {
      const half = text.slice(reading.at, reading.at + 2).toUpperCase();
      if (half !== "AM" && half !== "PM") return false;
      fields.afternoon = half === "PM";
      reading.at += 2;
      return true;
    }
    case "z": {
      reading.skipSpace();
      const zone = /^(?:Z|[+-]\d{2}:?(?:\d{2})?)/.exec(text.slice(reading.at));
      if (zone === null) return false;
      reading.at += zone[0].length;
      return true;
    }
    case "Z":
      return true;
    case "%":
      return text[reading.at++] === "%";
    default:
      return false;
  }
}

/**
 * Reads a time by a format, as C's strptime does it. What the format does not tell is that of the
 * zeroth day of January 1900, an offset of a time zone is passed over, and so is what follows.
 *
 * @returns Seconds from 1970; undefined if the text is not so.
 */
export function parseTime(text: string, format: string): number | undefined {
  const reading = new Reading(text);
  if (!read(reading, format)) return undefined;
  const { fields } = reading;
  if (fields.seconds !== undefined) return fields.seconds;
  const year = fields.century === undefined
    ? fields.year
    : fields.century * 100 + fields.year % 100;
  const hour = fields.afternoon === true ? fields.hour + 12 : fields.hour;
  const date = new Date(0);
  if (fields.dayOfYear !== undefined && fields.day === 0) {
    date.setUTCFullYear(year, 0, 1 + fields.dayOfYear);
  } else date.setUTCFullYear(year, fields.month, fields.day);
  date.setUTCHours(hour, fields.minute, fields.second);
  return date.getTime() / 1000;
}
