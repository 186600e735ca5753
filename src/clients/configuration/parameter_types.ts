/**
 * The types of configuration parameters: each reads a value as CONFIG SET gives it and writes it
 * the one way CONFIG GET shows it. Errors are Redis's to the letter.
 *
 * @module
 */

import { parseByteSize } from "../../commands/table/byte_sizes.ts";
import { INT64_MAX, parseInt64 } from "../../store/values/integers.ts";
import { parseLongDouble, toNumber } from "../../store/values/long_double.ts";

/** A value that a parameter does not take; the message goes into the reply to CONFIG SET. */
export class InvalidValue extends Error {
  override readonly name = "InvalidValue";
}

/** A value that Redis takes and that cannot be here, where another does no harm. */
export class FixedValue extends InvalidValue {
  /** What it is all the same. */
  readonly value: string;
  /** Why. */
  readonly reason: string;

  constructor(value: string, reason: string, message = `argument must be '${value}': ${reason}`) {
    super(message);
    this.value = value;
    this.reason = reason;
  }
}

/**
 * Reads a value.
 *
 * @param current The value it replaces.
 * @returns The value as CONFIG GET shows it.
 * @throws {InvalidValue}
 */
export type ParameterType = (text: string, current: string) => string;

/** `yes` or `no`. */
export const boolean: ParameterType = (text) => {
  const value = text.toLowerCase();
  if (value === "yes" || value === "no") return value;
  throw new InvalidValue("argument must be 'yes' or 'no'");
};

/** Any text. */
export const string: ParameterType = (text) => text;

/** The largest C `int`. */
const INT_MAX = (1n << 31n) - 1n;

/** An integer between two bounds. */
export function integer(min: number, max: number | bigint = INT_MAX): ParameterType {
  return (text) => {
    const value = parseInteger(text);
    if (value === undefined) throw new InvalidValue("argument couldn't be parsed into an integer");
    return within(value, min, max);
  };
}

/** An integer between two bounds; one beyond them becomes the nearer. */
export function clamped(min: number, max: number): ParameterType {
  const unbounded = integer(-Number(INT_MAX) - 1);
  return (text, current) => String(Math.min(max, Math.max(min, Number(unbounded(text, current)))));
}

/** The hosts to listen on; `-` before one says to do without if the machine has no such address. */
export const bindAddresses: ParameterType = (text) => {
  const hosts = words(text);
  if (hosts.length > MOST_HOSTS) throw new InvalidValue("Too many bind addresses specified.");
  return hosts.join(" ");
};

const MOST_HOSTS = 16;

/** `HOST:PORT`, or a port of 127.0.0.1 alone; nothing for nowhere. */
export const place: ParameterType = (text) => {
  if (text === "") return "";
  const match = /^(?:(\[[0-9a-fA-F:.]+\]|[^:[\]\s]*):)?(\d{1,5})$/.exec(text);
  if (match === null || Number(match[2]) > 65535) {
    throw new InvalidValue("argument must be HOST:PORT or a port");
  }
  return `${match[1] || "127.0.0.1"}:${Number(match[2])}`;
};

/** The name of a file or directory that is in a place of its own. */
export function baseName(parameter: string, what: "filename" | "dirname"): ParameterType {
  return (text) => {
    if (!/[/\\]/.test(text)) return text;
    throw new InvalidValue(`${parameter} can't be a path, just a ${what}`);
  };
}

/** `no`: there is nothing to put in order. */
export const activeDefragmentation: ParameterType = (text, current) => {
  if (boolean(text, current) === "no") return "no";
  throw new FixedValue(
    "no",
    "SQLite keeps its pages in order itself",
    "Active defragmentation cannot be enabled: it requires a Redis server compiled with a modified " +
      "Jemalloc like the one shipped by default with the Redis source distribution",
  );
};

const SHUTDOWN_WORDS = ["default", "save", "nosave", "now", "force"];

/** How a signal ends the server: the options of SHUTDOWN, or `default`. */
export const shutdownOptions: ParameterType = (text, current) => {
  const chosen = new Set(text.split(" ").map((word) => choice(...SHUTDOWN_WORDS)(word, current)));
  if (chosen.has("save") && chosen.has("nosave")) {
    throw new InvalidValue("shutdown options SAVE and NOSAVE can't be used simultaneously");
  }
  const options = SHUTDOWN_WORDS.filter((word) => word !== "default" && chosen.has(word));
  return options.join(" ") || "default";
};

/** Whether and how the system's choice of what to kill is moved; `relative` is shown as `yes`. */
export const oomScoring: ParameterType = (text, current) => {
  const value = choice("no", "yes", "relative", "absolute")(text, current);
  return value === "relative" ? "yes" : value;
};

/** Three scores. */
export const oomScores: ParameterType = (text) => {
  const scores = text.split(" ").map(parseInteger);
  if (scores.length !== 3) throw new InvalidValue("wrong number of arguments");
  if (scores.some((score) => score === undefined || score < -2000n || score > 2000n)) {
    throw new InvalidValue(
      "Invalid oom-score-adj-values, elements must be between -2000 and 2000.",
    );
  }
  return scores.join(" ");
};

const TITLE_VARIABLES = new Set([
  ...["title", "listen-addr", "server-mode", "port", "tls-port", "unixsocket", "config-file"],
]);

/** A process title with variables in braces; two opening braces stand for one. */
export const titleTemplate: ParameterType = (text) => {
  const parts = text.replaceAll("{{", "").split("{").slice(1);
  const valid = parts.every((part) => {
    const end = part.indexOf("}");
    return end >= 0 && TITLE_VARIABLES.has(part.slice(0, end));
  });
  if (text !== "" && valid) return text;
  throw new InvalidValue("template format is invalid or contains unknown variables");
};

/** A host's name. */
export const hostName: ParameterType = (text) => {
  if (encoder.encode(text).length >= 256) {
    throw new InvalidValue("Hostnames must be less than 256 characters");
  }
  if (/^[a-zA-Z0-9.-]*$/.test(text)) return text;
  throw new InvalidValue("Hostnames may only contain alphanumeric characters, hyphens or dots");
};

/** A locale: those whose order is that of the bytes, for no other is known here. */
export const locale: ParameterType = (text) => {
  if (/^(|C|POSIX|C\.(utf|UTF)-?8)$/.test(text)) return text;
  throw new InvalidValue("Invalid locale name");
};

/** The mode of a file, in octal digits. */
export function octal(max: number): ParameterType {
  return (text) => {
    if (!/^[0-7]+$/.test(text)) {
      throw new InvalidValue("argument couldn't be parsed as an octal number");
    }
    const value = Number.parseInt(text, 8);
    if (value <= max) return value.toString(8);
    throw new InvalidValue(`argument must be between 0 and ${max.toString(8)} inclusive`);
  };
}

/** A size in bytes, given with or without a unit. */
export function memory(min = 0, max: bigint = INT64_MAX): ParameterType {
  return (text) => {
    const value = parseByteSize(text);
    if (value === undefined) throw new InvalidValue("argument must be a memory value");
    return within(value, min, max);
  };
}

/** A size in bytes, or a percentage of another. */
export const memoryOrPercent: ParameterType = (text, current) => {
  if (text.endsWith("%")) {
    const percent = parseInteger(text.slice(0, -1));
    if (percent === undefined || percent < 0n) throw notMemoryOrPercent();
    if (percent <= 100n) return `${percent}%`;
    throw new InvalidValue("percentage argument must be less or equal to 100");
  }
  if (parseByteSize(text) === undefined) throw notMemoryOrPercent();
  return memory()(text, current);
};

const notMemoryOrPercent = () => new InvalidValue("argument must be a memory or percent value");

function within(value: bigint, min: number, max: number | bigint): string {
  if (value >= min && value <= max) return String(value);
  throw new InvalidValue(`argument must be between ${min} and ${max} inclusive`);
}

/** One of some words. */
export function choice(...words: readonly string[]): ParameterType {
  return (text) => {
    const value = text.toLowerCase();
    if (words.includes(value)) return value;
    throw new InvalidValue(`argument(s) must be one of the following: ${words.join(", ")}`);
  };
}

/** A type of which one value alone is possible here; the others are told why they are not. */
export function only(value: string, type: ParameterType, reason: string): ParameterType {
  return (text, current) => {
    if (type(text, current) === value) return value;
    throw new InvalidValue(`argument must be '${value}': ${reason}`);
  };
}

/** Like {@linkcode only}, of what a start can be asked for and go on without. */
export function fixed(value: string, type: ParameterType, reason: string): ParameterType {
  return (text, current) => {
    if (type(text, current) === value) return value;
    throw new FixedValue(value, reason);
  };
}

/** The master to be a replica of, its host and port; `no one` for none. */
export const replication: ParameterType = (text) => {
  if (text.toLowerCase() === "no one" || text === "") return "";
  const [host, port = "", ...more] = words(text);
  if (host === undefined || port === "" || more.length > 0) {
    throw new InvalidValue("wrong number of arguments");
  }
  if (!/^\d+$/.test(port) || Number(port) > 65535) throw new InvalidValue("Invalid master port");
  return `${host} ${port}`;
};

/** Save points: pairs of seconds and changes. */
export const savePoints: ParameterType = (text) => {
  const numbers = words(text).map(parseInteger);
  const valid = numbers.length % 2 === 0 &&
    numbers.every((number, i) => number !== undefined && number >= (i % 2 === 0 ? 1n : 0n));
  if (!valid) throw new InvalidValue("Invalid save parameters");
  return numbers.join(" ");
};

/** Percentages, with at most six decimals. */
export const percentiles: ParameterType = (text) => {
  const name = "latency-tracking-info-percentiles";
  const given = text === "" ? [] : text.split(" ");
  return given.map((word) => {
    const parsed = parseLongDouble(word);
    const value = parsed === undefined ? NaN : toNumber(parsed);
    if (Number.isNaN(value) || (!Number.isFinite(value) && typeof parsed === "object")) {
      throw new InvalidValue(`Invalid ${name} parameters`);
    }
    if (value < 0 || value > 100) {
      throw new InvalidValue(`${name} parameters should sit between [0.0,100.0]`);
    }
    return value.toFixed(6).replace(/\.?0+$/, "");
  }).join(" ");
};

/** The classes of clients, in the order their limits are shown. */
const CLIENT_CLASSES = ["normal", "slave", "pubsub"];

/** Limits of clients' output buffers; a class that is not named keeps its own. */
export const outputBufferLimits: ParameterType = (text, current) => {
  const given = words(text);
  if (given.length % 4 !== 0) {
    throw new InvalidValue("Wrong number of arguments in buffer limit configuration.");
  }
  const limits = words(current);
  for (let i = 0; i < given.length; i += 4) {
    const name = given[i]!.toLowerCase();
    const rank = CLIENT_CLASSES.indexOf(name === "replica" ? "slave" : name);
    if (rank < 0) {
      throw new InvalidValue("Invalid client class specified in buffer limit configuration.");
    }
    const sizes = [parseByteSize(given[i + 1]!), parseByteSize(given[i + 2]!)];
    const seconds = parseInteger(given[i + 3]!);
    if (sizes.includes(undefined) || seconds === undefined || seconds < 0n) {
      throw new InvalidValue(
        "Error in hard, soft or soft_seconds setting in buffer limit configuration.",
      );
    }
    limits.splice(4 * rank, 4, CLIENT_CLASSES[rank]!, ...sizes.map(String), String(seconds));
  }
  return limits.join(" ");
};

/** The classes of keyspace events that `A` stands for, in the order they are shown. */
const EVENT_CLASSES = "g$lshzxetd";
/**
 * The other letters: arrays, which `A` stands for too, new and overwritten keys, changed types, the
 * channels of keys and events, misses, and the four channels of fields.
 */
const OTHER_EVENT_LETTERS = "nocaKEmSTIV";

/**
 * Which keyspace events are told, one letter a class. Redis does not show `n`, `o` and `c` beside
 * `A`, and so forgets them with CONFIG REWRITE; here they are shown.
 */
export const keyspaceEvents: ParameterType = (text) => {
  const letters = new Set(text.replaceAll("A", `${EVENT_CLASSES}a`));
  for (const letter of letters) {
    if (!(EVENT_CLASSES + OTHER_EVENT_LETTERS).includes(letter)) {
      throw new InvalidValue("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
    }
  }
  const chosen = (from: string) => [...from].filter((letter) => letters.has(letter)).join("");
  const classes = chosen(EVENT_CLASSES);
  if (classes !== EVENT_CLASSES || !letters.has("a")) return classes + chosen(OTHER_EVENT_LETTERS);
  letters.delete("a");
  return `A${chosen(OTHER_EVENT_LETTERS)}`;
};

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

const encoder = new TextEncoder();

function parseInteger(text: string): bigint | undefined {
  const bytes = encoder.encode(text);
  const value = parseInt64(bytes, 0, bytes.length);
  return value === undefined ? undefined : BigInt(value);
}
