/**
 * What HISTORY ENABLE and DISABLE have said, in their order: whose history is kept, and was kept at
 * a moment. Of a key's own setting, its database's and the one of all databases the first that there
 * is counts.
 *
 * @module
 */

import { mapKey } from "../store/values/map_key.ts";
import { Slice } from "../store/values/slice.ts";

/** What a setting is about, the more specific one the greater. */
export const SCOPE = { GLOBAL: 0, DATABASE: 1, KEY: 2 } as const;

/** How long entries are kept: for a time, or so many of a key. Neither: for ever. */
export interface Retention {
  /** Milliseconds. */
  readonly keepMs?: number | undefined;
  /** Entries of a key. */
  readonly keepCount?: number | undefined;
}

/** One ENABLE or DISABLE. */
export interface Setting extends Retention {
  /** One of {@linkcode SCOPE}. */
  readonly scope: number;
  /** The database; -1 in a setting of all. */
  readonly db: number;
  /** The key; empty in a setting of more than one. */
  readonly key: Uint8Array;
  /** Since when, Unix time in milliseconds. */
  readonly at: number;
  /** Whether it turned history on. */
  readonly enabled: boolean;
}

/** What holds for a key now. */
export interface Rule extends Retention {
  /** Whether its changes become entries. */
  readonly enabled: boolean;
  /**
   * Set if its history is off but was on, to the millisecond after it ended: what was true until
   * then stays readable, for which each of its rows is recorded once more, as it was, under this time.
   */
  readonly frozenAt: number | undefined;
  /** The setting that counts, undefined without one. */
  readonly setting: Setting | undefined;
}

const NO_RULE: Rule = { enabled: false, frozenAt: undefined, setting: undefined };

/** All settings, in the order of their times. */
export class HistorySettings {
  readonly #settings: readonly Setting[];
  readonly #rules = new Map<string, Rule>();
  /** Settings of single keys by database and key: few, for people make them. */
  readonly #ofKeys = new Map<string, Setting[]>();

  /** Takes the settings, the oldest first. */
  constructor(settings: readonly Setting[]) {
    this.#settings = settings;
    for (const setting of settings) {
      if (setting.scope !== SCOPE.KEY) continue;
      const name = nameOf(setting.db, new Slice(setting.key));
      const others = this.#ofKeys.get(name);
      if (others === undefined) this.#ofKeys.set(name, [setting]);
      else others.push(setting);
    }
  }

  /** Whether nobody ever turned history on. */
  get isEmpty(): boolean {
    return this.#settings.length === 0;
  }

  /** The setting of each scope that holds. */
  latest(): Setting[] {
    const last = new Map<string, Setting>();
    for (const setting of this.#settings) {
      const { scope, db, key } = setting;
      last.set(`${scope} ${nameOf(db, new Slice(key))}`, setting);
    }
    return [...last.values()];
  }

  /** Whether it was ever turned on. */
  get everEnabled(): boolean {
    return this.#settings.some(({ enabled }) => enabled);
  }

  /** When it was last turned off for anybody. */
  get endedAt(): number | undefined {
    return this.#settings.findLast(({ enabled }) => !enabled)?.at;
  }

  /** Whether it is on anywhere. */
  get anyEnabled(): boolean {
    return this.latest().some(({ enabled }) => enabled);
  }

  /** The keys of a database that have settings of their own. */
  keysOf(db: number): Uint8Array[] {
    return [...this.#ofKeys.values()].flatMap(([first]) => first?.db === db ? [first.key] : []);
  }

  /** The setting of one scope that holds, or held at a moment. */
  setting(scope: number, db: number, key?: Slice, atMs = Infinity): Setting | undefined {
    const all = scope === SCOPE.KEY
      ? (key === undefined ? [] : this.#ofKeys.get(nameOf(db, key)) ?? [])
      : this.#settings;
    return all.findLast((setting) =>
      setting.scope === scope && (scope === SCOPE.GLOBAL || setting.db === db) &&
      // A moment is its end; but what ended in its course is known as it was then.
      (setting.enabled ? setting.at <= atMs : setting.at < atMs)
    );
  }

  /** The setting that counts for a key, or for a database without settings of its keys. */
  #effective(db: number, key: Slice | undefined, atMs = Infinity): Setting | undefined {
    return this.setting(SCOPE.KEY, db, key, atMs) ??
      this.setting(SCOPE.DATABASE, db, undefined, atMs) ??
      this.setting(SCOPE.GLOBAL, db, undefined, atMs);
  }

  /** Whether history was kept at a moment, of a key or of a database. */
  covers(db: number, key: Slice | undefined, atMs: number): boolean {
    return this.#effective(db, key, atMs)?.enabled ?? false;
  }

  /** When history began, the first time; undefined if it never did. */
  beganAt(db: number, key: Slice | undefined): number | undefined {
    return this.#times(db, key).find((at) => this.covers(db, key, at));
  }

  /** What holds for a key now, or for a database. */
  rule(db: number, key?: Slice): Rule {
    if (this.#settings.length === 0) return NO_RULE;
    // Only keys that have settings differ from their databases.
    const own = key !== undefined && this.#ofKeys.size > 0 && this.#ofKeys.has(nameOf(db, key));
    const name = own ? nameOf(db, key) : String(db);
    let rule = this.#rules.get(name);
    if (rule === undefined) {
      rule = this.#derive(db, own ? key : undefined);
      this.#rules.set(name, rule);
    }
    return rule;
  }

  #derive(db: number, key: Slice | undefined): Rule {
    const setting = this.#effective(db, key);
    if (setting?.enabled) {
      const { keepMs, keepCount } = setting;
      return { enabled: true, frozenAt: undefined, setting, keepMs, keepCount };
    }
    const frozenAt = this.endedBefore(db, key, Infinity);
    const last = frozenAt === undefined ? undefined : this.#effective(db, key, frozenAt - 1);
    return { ...NO_RULE, frozenAt, setting, keepMs: last?.keepMs, keepCount: last?.keepCount };
  }

  /**
   * When history ended, as {@linkcode Rule.frozenAt} has it: for the last time before a moment, or at
   * that moment if it did not. Undefined if it was not kept before.
   */
  endedBefore(db: number, key: Slice | undefined, atMs: number): number | undefined {
    if (atMs !== Infinity && this.covers(db, key, atMs - 1)) return atMs;
    const times = this.#times(db, key).filter((at) => at < atMs);
    const last = times.findLast((at) => this.covers(db, key, at));
    if (last === undefined) return undefined;
    const ended = times.find((at) => at >= last && !this.covers(db, key, at + 1));
    return ended === undefined ? undefined : ended + 1;
  }

  /** When something was said that matters to a key or database. */
  #times(db: number, key: Slice | undefined): number[] {
    const own = key === undefined ? [] : this.#ofKeys.get(nameOf(db, key)) ?? [];
    const wider = this.#settings.filter((setting) =>
      setting.scope === SCOPE.GLOBAL || setting.scope === SCOPE.DATABASE && setting.db === db
    );
    return [...own, ...wider].map(({ at }) => at).sort((a, b) => a - b);
  }
}

/** One text for a database, or a space, and a key in it. */
export function nameOf(db: number, key: Slice): string {
  return `${db} ${mapKey(key)}`;
}
