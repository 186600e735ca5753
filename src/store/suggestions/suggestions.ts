/**
 * Suggestion dictionaries. A suggestion is a row of `suggestions`, found by its dictionary's id and
 * its bytes, and by them in lower case.
 *
 * A dictionary may be empty: the key stays when its last suggestion goes, as in RediSearch. Scores
 * are rounded to 32 bits.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import type { Collection } from "../collections/collection.ts";
import { TYPE } from "../file/schema.ts";
import type { Keyspace } from "../keys/keyspace.ts";
import type { Slice } from "../values/slice.ts";
import { PrefixDistance } from "./fuzzy.ts";

const SQL = {
  get: "SELECT score FROM suggestions WHERE key_id = ?1 AND term = ?2",
  put: `INSERT INTO suggestions(key_id, term, folded, score, payload) VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT DO UPDATE SET score = excluded.score,
      payload = coalesce(excluded.payload, payload)`,
  delete: "DELETE FROM suggestions WHERE key_id = ?1 AND term = ?2",
  all: "SELECT term, score, payload FROM suggestions WHERE key_id = ?1 ORDER BY term",
  after: `SELECT folded, term, score, payload FROM suggestions
    WHERE key_id = ?1 AND (folded, term) > (?2, ?3) ORDER BY folded, term LIMIT ?4`,
};

/** Most characters of a suggestion; one that is longer is not kept. */
const LONGEST = 255;
/** The greatest distance of a suggestion found by FUZZY from what was typed. */
const FUZZY_DISTANCE = 1;
/** What a suggestion is worth that is the whole of what was typed. */
const EXACT_SCORE = 2 ** 31;
/** Rows read by one statement. */
const PAGE = 256;

const NO_BYTES = new Uint8Array(0);
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A suggestion that was found. */
export interface Suggestion {
  /** Its bytes. */
  readonly term: Uint8Array;
  /** What it is worth here: its score, the less the more of it was not typed. */
  readonly score: number;
  /** What it carries. */
  readonly payload: Uint8Array | undefined;
}

/** How suggestions are looked for. */
export interface SuggestionSearch {
  /** Whether one character may differ. */
  readonly fuzzy: boolean;
  /** How many to find at most. */
  readonly max: number;
}

/** Takes a suggestion's bytes, score and payload, valid until it returns. */
export type SuggestionVisitor = (
  term: Uint8Array,
  score: number,
  payload: Uint8Array | undefined,
) => void;

/** The suggestion dictionaries of all databases. */
export class Suggestions {
  readonly #engine: Engine;
  readonly #keyspace: Keyspace;
  readonly #get: Statement;
  readonly #put: Statement;
  readonly #delete: Statement;
  readonly #all: Statement;
  readonly #after: Statement;

  /** Takes the keyspace whose keys hold them. */
  constructor(engine: Engine, keyspace: Keyspace) {
    this.#engine = engine;
    this.#keyspace = keyspace;
    this.#get = engine.prepare(SQL.get);
    this.#put = engine.prepare(SQL.put);
    this.#delete = engine.prepare(SQL.delete);
    this.#all = engine.prepare(SQL.all);
    this.#after = engine.prepare(SQL.after);
  }

  /** The dictionary of a key for a command that reads it, undefined if the key is absent. */
  read(db: number, key: Slice): Collection | undefined {
    return this.#keyspace.readCollection(db, key, TYPE.SUGGESTIONS);
  }

  /** The dictionary of a key for a command that changes it, undefined if the key is absent. */
  edit(db: number, key: Slice): Collection | undefined {
    return this.#keyspace.findCollection(db, key, TYPE.SUGGESTIONS);
  }

  /** Makes an empty dictionary over whatever the key holds. */
  create(db: number, key: Slice): Collection {
    return this.#keyspace.createCollection(db, key, TYPE.SUGGESTIONS);
  }

  /**
   * Adds a suggestion, or changes one: a score of 0 leaves it what it is, and without a payload it
   * keeps its own.
   *
   * @param increments Whether the score is added to what it is.
   * @returns Whether anything changed.
   */
  add(
    dictionary: Collection,
    term: Slice,
    score: number,
    increments: boolean,
    payload: Slice | undefined,
  ): boolean {
    const text = decoder.decode(term.view());
    if (text === "" || [...text].length > LONGEST) return false;
    const known = this.#scoreOf(dictionary, term);
    // What is added as worth nothing is not there.
    if (known === undefined && score === 0) return false;
    const before = known ?? 0;
    const given = Math.fround(score);
    const worth = increments ? Math.fround(before + given) : score === 0 ? before : given;
    const folded = encoder.encode(foldedOf(text));
    const statement = this.#put;
    statement.bindInteger(1, dictionary.id);
    statement.bindBlob(2, term.bytes, term.start, term.end);
    statement.bindBlob(3, folded, 0, folded.length);
    statement.bindReal(4, Number.isNaN(worth) ? 0 : worth);
    if (payload === undefined || payload.length === 0) statement.bindNull(5);
    else statement.bindBlob(5, payload.bytes, payload.start, payload.end);
    statement.run();
    if (known === undefined) dictionary.length++;
    this.#keyspace.collections.changed(dictionary);
    return true;
  }

  /** Deletes a suggestion. @returns Whether it was there. */
  delete(dictionary: Collection, term: Slice): boolean {
    if (this.#scoreOf(dictionary, term) === undefined) return false;
    const statement = this.#delete;
    statement.bindInteger(1, dictionary.id);
    statement.bindBlob(2, term.bytes, term.start, term.end);
    statement.run();
    dictionary.length--;
    this.#keyspace.collections.changed(dictionary);
    return true;
  }

  /** Visits all suggestions in the order of their bytes. */
  each({ id }: Collection, visit: SuggestionVisitor): void {
    this.#engine.read();
    const statement = this.#all;
    statement.bindInteger(1, id);
    try {
      while (statement.step()) {
        visit(statement.columnBlob(0), statement.columnNumber(1), blob(statement, 2));
      }
    } finally {
      statement.reset();
    }
  }

  /**
   * The suggestions that begin as somebody has typed, in whatever case, the best ones first; equally
   * good ones in the order of their bytes.
   */
  search({ id }: Collection, typed: string, { fuzzy, max }: SuggestionSearch): Suggestion[] {
    this.#engine.read();
    const prefix = [...foldedOf(typed)];
    const most = fuzzy ? FUZZY_DISTANCE : 0;
    const distance = new PrefixDistance(prefix, most);
    const typedBytes = encoder.encode(typed).length;
    const best = new Best(max);
    const statement = this.#after;
    let folded: Uint8Array = encoder.encode(fuzzy ? "" : prefix.join(""));
    let term: Uint8Array = NO_BYTES;
    statement.bindInteger(4, PAGE);
    for (let rows = PAGE; rows === PAGE;) {
      statement.bindInteger(1, id);
      statement.bindBlob(2, folded, 0, folded.length);
      statement.bindBlob(3, term, 0, term.length);
      try {
        for (rows = 0; statement.step();) {
          rows++;
          folded = statement.columnBlob(0);
          term = statement.columnBlob(1);
          const text = decoder.decode(folded);
          const dead = distance.of(text);
          if (distance.best <= most) {
            const characters = [...decoder.decode(term)];
            const base = isTakenForWhole(characters, prefix)
              ? EXACT_SCORE
              : statement.columnNumber(2);
            // The less the more characters it has than were typed bytes.
            const far = Math.sqrt(1 + Math.abs(characters.length - typedBytes));
            const near = Math.fround(base * Math.exp(-2 * distance.best));
            best.offer(Math.fround(near / far), term, statement);
          } else if (!fuzzy) {
            // All that match stand in one place.
            return best.found;
          } else if (dead !== undefined) {
            // Nothing else that begins so can match.
            folded = beyond(dead);
            term = NO_BYTES;
            rows = PAGE;
            break;
          }
        }
      } finally {
        statement.reset();
      }
    }
    return best.found;
  }

  #scoreOf({ id }: Collection, term: Slice): number | undefined {
    this.#engine.read();
    const statement = this.#get;
    statement.bindInteger(1, id);
    statement.bindBlob(2, term.bytes, term.start, term.end);
    const score = statement.step() ? statement.columnNumber(0) : undefined;
    statement.reset();
    return score;
  }
}

/** The best suggestions so far. */
class Best {
  readonly found: Suggestion[] = [];
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  /** Takes the suggestion of a row, if it is among the best; of equals the earlier stays. */
  offer(score: number, term: Uint8Array, row: Statement): void {
    const { found } = this;
    const last = found.at(-1);
    if (found.length === this.#max && last !== undefined && score <= last.score) return;
    let at = found.length;
    while (at > 0 && found[at - 1]!.score < score) at--;
    found.splice(at, 0, { term, score, payload: blob(row, 3) });
    if (found.length > this.#max) found.pop();
  }
}

function blob(row: Statement, column: number): Uint8Array | undefined {
  return row.columnIsNull(column) ? undefined : row.columnBlob(column);
}

/** What a text is compared by: its characters in lower case, none of which becomes several. */
function foldedOf(text: string): string {
  let folded = "";
  for (const character of text) {
    const lower = character.toLowerCase();
    folded += lower.length === character.length ? lower : character;
  }
  return folded;
}

/** The least bytes that come after all that begin with a text. */
function beyond(text: string): Uint8Array {
  const bytes = encoder.encode(text);
  const next = new Uint8Array(bytes.length + 1);
  next.set(bytes);
  next[bytes.length] = 0xff;
  return next;
}

/**
 * Whether a suggestion passes for the whole of what was typed: RediSearch compares as many bytes as
 * there are characters, each of which has two.
 */
function isTakenForWhole(characters: readonly string[], prefix: readonly string[]): boolean {
  if (prefix.length === 0 || characters.length !== prefix.length) return false;
  const half = prefix.length >> 1;
  for (let i = 0; i < half; i++) if (characters[i] !== prefix[i]) return false;
  if (prefix.length % 2 === 0) return true;
  const low = (character: string | undefined) => (character?.codePointAt(0) ?? 0) & 0xff;
  return low(characters[half]) === low(prefix[half]);
}
