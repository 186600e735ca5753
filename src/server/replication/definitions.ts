/**
 * What a Redlite says to another beside its keys: search indexes with their aliases, dictionaries, and
 * whose history is kept. It is a field of the snapshot of its own, as JSON.
 *
 * @module
 */

import { History } from "../../history/history.ts";
import { SCOPE, type Setting } from "../../history/settings.ts";
import { Dictionaries } from "../../search/dictionaries.ts";
import type { IndexDefinition } from "../../search/index/definition.ts";
import { withoutVectors } from "../../search/index/vectors.ts";
import { Search } from "../../search/search.ts";
import type { Store } from "../../store/store.ts";
import { Slice } from "../../store/values/slice.ts";

/** The field's name. */
export const DEFINITIONS = "redlite-definitions";

/** Whose history is kept, and for how long, or is not. */
interface Kept {
  readonly enabled: boolean;
  readonly scope: number;
  readonly db: number;
  /** The key's bytes, as characters. */
  readonly key: string;
  readonly keepMs?: number | undefined;
  readonly keepCount?: number | undefined;
}

interface Definitions {
  readonly indexes: readonly IndexDefinition[];
  readonly aliases: readonly (readonly [alias: string, name: string])[];
  readonly dictionaries: readonly (readonly [name: string, words: readonly string[]])[];
  readonly history: readonly Kept[];
}

/** What a store has of all that. */
export function definitionsOf(store: Store): Uint8Array {
  const search = Search.of(store);
  const definitions: Definitions = {
    indexes: [...search.all.values()].map(({ definition }) => portable(definition)),
    aliases: [...search.aliases],
    dictionaries: Dictionaries.of(store).all(),
    history: History.of(store).settings.latest().map(kept),
  };
  return new TextEncoder().encode(JSON.stringify(definitions));
}

/** Puts all that in the place of what a store has. Part of the turn that runs. */
export function putDefinitions(store: Store, bytes: Uint8Array): void {
  const { indexes, aliases, dictionaries, history }: Definitions = JSON.parse(
    new TextDecoder().decode(bytes),
  );
  putIndexes(store, indexes, aliases);
  for (const [name, words] of dictionaries) Dictionaries.of(store).put(name, words);
  putHistory(store, history);
}

function putIndexes(
  store: Store,
  indexes: Definitions["indexes"],
  aliases: Definitions["aliases"],
): void {
  const search = Search.of(store);
  const wanted = new Map(indexes.map((definition) => [definition.name, definition]));
  for (const [name, { definition }] of [...search.all]) {
    const same = wanted.get(name);
    if (same !== undefined && text(portable(definition)) === text(same)) wanted.delete(name);
    else search.drop(name);
  }
  for (const definition of wanted.values()) {
    search.create({ ...definition, incarnation: crypto.randomUUID() });
  }
  const names = new Map(aliases);
  for (const alias of [...search.aliases.keys()]) {
    if (!names.has(alias)) search.setAlias(alias, undefined);
  }
  for (const [alias, name] of names) search.setAlias(alias, name);
}

const text = (definition: IndexDefinition): string => JSON.stringify(definition);

/** A definition without what only one file knows. */
function portable(definition: IndexDefinition): IndexDefinition {
  return { ...withoutVectors(definition), incarnation: "" };
}

function putHistory(store: Store, settings: readonly Kept[]): void {
  const history = History.of(store);
  const wanted = new Set(settings.map(nameOf));
  for (const setting of history.settings.latest()) {
    if (!setting.enabled || wanted.has(nameOf(kept(setting)))) continue;
    history.set(setting.scope, setting.db, setting.key, false);
  }
  for (const { enabled, scope, db, key, keepMs, keepCount } of settings) {
    history.set(scope, db, bytesOf(key), enabled, { keepMs, keepCount });
  }
}

function kept({ enabled, scope, db, key, keepMs, keepCount }: Setting): Kept {
  const shown = scope === SCOPE.KEY ? mapBytes(key) : "";
  return { enabled, scope, db, key: shown, keepMs, keepCount };
}

const nameOf = ({ scope, db, key }: Kept): string => `${scope} ${db} ${key}`;

const mapBytes = (key: Uint8Array): string => new Slice(key).latin1();
const bytesOf = (key: string): Uint8Array => Uint8Array.from(key, (letter) => letter.charCodeAt(0));
