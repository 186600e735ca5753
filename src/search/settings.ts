/**
 * FT.CONFIG: the settings of search, of one process. Those that bound queries have their effect;
 * those that are about RediSearch's memory and threads are told with the values they have there.
 *
 * @module
 */

/** What becomes of a value that FT.CONFIG SET is given: an error, or undefined. */
type Set = (text: string) => string | undefined;

/** One setting. */
export interface Setting {
  readonly name: string;
  readonly description: string;
  /** Its value as FT.CONFIG GET shows it; null for none. */
  get(): string | null;
  /** Undefined where it cannot be changed at runtime. */
  readonly set?: Set | undefined;
}

const NOT_CONVERTED = "Could not convert argument to expected type";
const OUT_OF_BOUNDS = "Value is outside acceptable bounds";

/** What queries are bounded by, and how. */
export class SearchSettings {
  /** Milliseconds a query may take, 0 for as long as it likes. */
  timeoutMs = 500;
  /** What becomes of a query that takes longer: what it found, or an error. */
  onTimeout: "return" | "fail" = "return";
  /** Shortest text of which words may be asked for that begin with it, in bytes. */
  minPrefix = 2;
  /** Words that a part of a word stands for at most. */
  maxExpansions = 200;
  /** Results that a query may have at most. */
  maxResults = 1_000_000;
  /** Results that an aggregation may have at most. */
  maxAggregateResults = Infinity;
  /** Milliseconds that a cursor lives without being read, at most. */
  cursorMaxIdleMs = 300_000;
  /** The dialect of queries that name none. */
  defaultDialect: 1 | 2 | 3 | 4 = 1;

  /** All settings, in RediSearch's order. */
  readonly all: readonly Setting[] = [
    fixed("EXTLOAD", "Modules with scorers; there are none", null),
    fixed("NOGC", "Whether entries of deleted documents stay", "false"),
    {
      name: "MINPREFIX",
      description: "Shortest text before or after a star, in bytes",
      get: () => String(this.minPrefix),
      set: integer(1, (value) => this.minPrefix = value),
    },
    fixed("MINSTEMLEN", "Shortest word that has a stem", "4"),
    fixed(
      "FORKGC_SLEEP_BEFORE_EXIT",
      "Seconds, of use to RediSearch's tests",
      "0",
    ),
    fixed(
      "MAXDOCTABLESIZE",
      "Documents that RediSearch makes room for",
      "1000000",
    ),
    {
      name: "MAXSEARCHRESULTS",
      description: "Results that FT.SEARCH gives at most",
      get: () => this.maxResults === Infinity ? "unlimited" : String(this.maxResults),
      set: orUnlimited((value) => this.maxResults = value),
    },
    {
      name: "MAXAGGREGATERESULTS",
      description: "Results that FT.AGGREGATE gives at most",
      get: () =>
        this.maxAggregateResults === Infinity ? "unlimited" : String(this.maxAggregateResults),
      set: orUnlimited((value) => this.maxAggregateResults = value),
    },
    this.#expansions("MAXEXPANSIONS"),
    this.#expansions("MAXPREFIXEXPANSIONS"),
    {
      name: "TIMEOUT",
      description: "Milliseconds a query may take, 0 for as long as it likes",
      get: () => String(this.timeoutMs),
      set: integer(0, (value) => this.timeoutMs = value),
    },
    fixed(
      "FRISOINI",
      "A dictionary of Chinese; the segmentation here needs none",
      null,
    ),
    {
      name: "ON_TIMEOUT",
      description: "What a query does whose time is up: RETURN what it found, or FAIL",
      get: () => this.onTimeout,
      set: (text) => {
        const policy = text.toLowerCase();
        if (policy !== "return" && policy !== "fail") return "Invalid ON_TIMEOUT value";
        this.onTimeout = policy;
        return undefined;
      },
    },
    fixed("GCSCANSIZE", "Documents that a step of RediSearch's collection looks at", "100"),
    fixed(
      "MIN_PHONETIC_TERM_LEN",
      "Shortest word that has a sound",
      "3",
    ),
    fixed("GC_POLICY", "How RediSearch collects", "fork"),
    {
      name: "CURSOR_MAX_IDLE",
      description: "Milliseconds a cursor lives without being read, at most",
      get: () => String(this.cursorMaxIdleMs),
      set: integer(0, (value) => this.cursorMaxIdleMs = value),
    },
    {
      name: "DEFAULT_DIALECT",
      description: "The dialect of queries that name none",
      get: () => String(this.defaultDialect),
      set: (text) => {
        if (!/^-?\d+$/.test(text)) return NOT_CONVERTED;
        const value = Number(text);
        if (value > 4) return "Default dialect version cannot be higher than 4";
        const dialect = ([1, 2, 3, 4] as const).find((known) => known === value);
        if (dialect === undefined) return OUT_OF_BOUNDS;
        this.defaultDialect = dialect;
        return undefined;
      },
    },
    fixed(
      "MULTI_TEXT_SLOP",
      "Positions between two texts of an array",
      "100",
    ),
  ];

  #expansions(name: string): Setting {
    return {
      name,
      description: "Words that a part of a word stands for at most",
      get: () => String(this.maxExpansions),
      set: integer(1, (value) => this.maxExpansions = value),
    };
  }

  /** The setting of a name, in any case. */
  find(name: string): Setting | undefined {
    const wanted = name.toUpperCase();
    return this.all.find((setting) => setting.name === wanted);
  }
}

function fixed(name: string, description: string, value: string | null): Setting {
  return { name, description, get: () => value };
}

function integer(least: number, set: (value: number) => void): Set {
  return (text) => {
    if (!/^-?\d+$/.test(text)) return NOT_CONVERTED;
    const value = Number(text);
    if (value < least || !Number.isSafeInteger(value)) return OUT_OF_BOUNDS;
    set(value);
    return undefined;
  };
}

function orUnlimited(set: (value: number) => void): Set {
  return (text) => {
    if (!/^-?\d+$/.test(text)) return NOT_CONVERTED;
    set(Number(text) < 0 ? Infinity : Number(text));
    return undefined;
  };
}
