/**
 * FT.CONFIG: the settings of search, of one process. Those that bound queries and say what words are have
 * their effect. Those that are about RediSearch's memory, threads and collection of garbage are kept as
 * they are set, and there is nothing here that they could change.
 *
 * @module
 */

import type { WordLimits } from "./text/analyzer.ts";

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
  /** What is said if no value is given, if that is something of its own. */
  readonly lacking?: string;
  /** Whether FT.CONFIG SET takes no value, for it can only be switched on. */
  readonly isSwitch?: boolean;
}

const NOT_CONVERTED = "Could not convert argument to expected type";
const OUT_OF_BOUNDS = "Value is outside acceptable bounds";
const SHORT_STEM = "Minimum stem length cannot be lower than 2";
const UPGRADING = "Upgrade config for upgrading";
const GREATEST = 2n ** 63n - 1n;
const UNSIGNED_32 = 2n ** 32n;

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
  /** From which length on words have stems and sounds; another object once it is set. */
  words: WordLimits = { stemmed: 4, sounding: 3 };
  /** Whether FT.PROFILE tells times. */
  profilesTimes = true;

  /** All settings, in RediSearch's order. */
  readonly all: readonly Setting[] = [
    fixed("EXTLOAD", "Modules with scorers; there are none", null),
    fixed("NOGC", "Whether entries of deleted documents stay", "false"),
    {
      name: "MINPREFIX",
      description: "Shortest text before or after a star, in bytes",
      get: () => String(this.minPrefix),
      set: integer(1n, (value) => this.minPrefix = Number(value)),
    },
    {
      name: "MINSTEMLEN",
      description: "Shortest word that has a stem, in bytes; of words that are met from then on",
      get: () => String(this.words.stemmed),
      set: (text) => {
        const given = /^\+?\d+$/.test(text) ? BigInt(text.replace("+", "")) : 0n;
        const value = given > GREATEST ? 0n : given % UNSIGNED_32;
        if (value < 2n) return SHORT_STEM;
        this.words = { ...this.words, stemmed: Number(value) };
        return undefined;
      },
      lacking: SHORT_STEM,
    },
    kept("FORKGC_SLEEP_BEFORE_EXIT", "Seconds, of use to RediSearch's tests", "0", 0n),
    fixed("MAXDOCTABLESIZE", "Documents that RediSearch makes room for", "1000000"),
    limit(
      "MAXSEARCHRESULTS",
      "Results that FT.SEARCH gives at most",
      1_000_000n,
      (value) => this.maxResults = value,
    ),
    limit(
      "MAXAGGREGATERESULTS",
      "Results that FT.AGGREGATE gives at most",
      -1n,
      (value) => this.maxAggregateResults = value,
    ),
    this.#expansions("MAXEXPANSIONS"),
    this.#expansions("MAXPREFIXEXPANSIONS"),
    {
      name: "TIMEOUT",
      description: "Milliseconds a query may take, 0 for as long as it likes",
      get: () => String(this.timeoutMs),
      set: integer(0n, (value) => this.timeoutMs = Number(value)),
    },
    fixed("FRISOINI", "A dictionary of Chinese; the segmentation here needs none", null),
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
    kept("GCSCANSIZE", "Documents that a step of RediSearch's collection looks at", "100", 1n),
    {
      name: "MIN_PHONETIC_TERM_LEN",
      description: "Shortest word that has a sound, in bytes; of words that are met from then on",
      get: () => String(this.words.sounding),
      set: integer(1n, (value) => this.words = { ...this.words, sounding: Number(value) }),
    },
    fixed("GC_POLICY", "How RediSearch collects", "fork"),
    kept("FORK_GC_RUN_INTERVAL", "Seconds between RediSearch's collections", "30", 1n),
    kept("FORK_GC_CLEAN_THRESHOLD", "Deletions that RediSearch collects from on", "100", 0n),
    kept("FORK_GC_RETRY_INTERVAL", "Seconds before RediSearch collects anew", "5", 1n),
    {
      name: "FORK_GC_CLEAN_NUMERIC_EMPTY_NODES",
      description: "Whether RediSearch drops empty parts of its trees of numbers",
      get: () => "true",
      isSwitch: true,
    },
    keptFlag(
      "_FORK_GC_CLEAN_NUMERIC_EMPTY_NODES",
      "Whether RediSearch drops empty parts of its trees of numbers",
      "true",
    ),
    kept("UNION_ITERATOR_HEAP", "Alternatives that RediSearch makes a heap of", "20", 1n),
    {
      name: "CURSOR_MAX_IDLE",
      description: "Milliseconds a cursor lives without being read, at most",
      get: () => String(this.cursorMaxIdleMs),
      set: integer(1n, (value) => this.cursorMaxIdleMs = Number(value)),
    },
    fixed("NO_MEM_POOLS", "Whether RediSearch does without pools of memory", "false"),
    fixed("PARTIAL_INDEXED_DOCS", "Whether RediSearch overlooks fields of no index", "false"),
    fixed("UPGRADE_INDEX", "How RediSearch reads indexes of its version 1", UPGRADING),
    keptFlag("_NUMERIC_COMPRESS", "Whether RediSearch rounds numbers", "false"),
    keptFlag("_FREE_RESOURCE_ON_THREAD", "Whether RediSearch frees in a thread", "true"),
    {
      name: "_PRINT_PROFILE_CLOCK",
      description: "Whether FT.PROFILE tells times",
      get: () => String(this.profilesTimes),
      set: flag((value) => this.profilesTimes = value),
    },
    fixed("RAW_DOCID_ENCODING", "Whether RediSearch packs numbers of documents", "false"),
    this.#rangesParents(),
    {
      name: "DEFAULT_DIALECT",
      description: "The dialect of queries that name none",
      get: () => String(this.defaultDialect),
      set: integer(-GREATEST, (given) => {
        const value = Number(given % UNSIGNED_32);
        if (value > 4) return "Default dialect version cannot be higher than 4";
        const dialect = ([1, 2, 3, 4] as const).find((known) => known === value);
        if (dialect === undefined) return OUT_OF_BOUNDS;
        this.defaultDialect = dialect;
        return undefined;
      }),
    },
    this.#vectorResize(),
    fixed("MULTI_TEXT_SLOP", "Positions between two texts of an array", "100"),
    fixed("BG_INDEX_SLEEP_GAP", "Keys that RediSearch scans between two pauses", "100"),
    keptFlag(
      "_PRIORITIZE_INTERSECT_UNION_CHILDREN",
      "Whether RediSearch weighs unions by their parts",
      "false",
    ),
  ];

  #expansions(name: string): Setting {
    return {
      name,
      description: "Words that a part of a word stands for at most",
      get: () => String(this.maxExpansions),
      set: integer(1n, (value) => this.maxExpansions = Number(value)),
    };
  }

  #rangesParents(): Setting {
    let depth = 0n;
    return {
      name: "_NUMERIC_RANGES_PARENTS",
      description: "Levels of RediSearch's trees of numbers that keep what is below them",
      get: () => String(depth),
      set: integer(0n, (value) => {
        if (value > 2n) return "Max depth for range cannot be higher than max depth for balance";
        depth = value;
        return undefined;
      }),
    };
  }

  #vectorResize(): Setting {
    let bytes = 0n;
    return {
      name: "VSS_MAX_RESIZE",
      description: "Bytes that RediSearch's indexes of vectors grow by at most",
      get: () => String(bytes),
      set: integer(0n, (value) => bytes = value % UNSIGNED_32),
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

/** An integer that nothing here depends on. */
function kept(name: string, description: string, value: string, least: bigint): Setting {
  return {
    name,
    description,
    get: () => value,
    set: integer(least, (set) => void (value = String(set))),
  };
}

/** A switch that nothing here depends on. */
function keptFlag(name: string, description: string, value: string): Setting {
  return { name, description, get: () => value, set: flag((set) => value = String(set)) };
}

/** @param set Takes the value, and may refuse it by the error. */
function integer(least: bigint, set: (value: bigint) => unknown): Set {
  return (text) => {
    if (!/^[+-]?\d+$/.test(text)) return NOT_CONVERTED;
    const value = BigInt(text.replace("+", ""));
    if (value > GREATEST || value < -GREATEST - 1n) return NOT_CONVERTED;
    if (value < least) return OUT_OF_BOUNDS;
    const refusal = set(value);
    return typeof refusal === "string" ? refusal : undefined;
  };
}

function flag(set: (value: boolean) => void): Set {
  return (text) => {
    if (!/^(?:true|false)$/i.test(text)) return NOT_CONVERTED;
    set(text.toLowerCase() === "true");
    return undefined;
  };
}

/** A limit, of which -1 is none; what else is below 0 is a great number without a sign. */
function limit(
  name: string,
  description: string,
  value: bigint,
  use: (value: number) => void,
): Setting {
  return {
    name,
    description,
    get: () => value === -1n ? "unlimited" : String(value),
    set: integer(-GREATEST - 1n, (given) => {
      value = given < -1n ? given + 2n ** 64n : given;
      use(value === -1n ? Infinity : Number(value));
    }),
  };
}
