/** What the HISTORY commands reply with. */

import type { Field } from "../../history/element_changes.ts";
import type { HistoryStatistics } from "../../history/entries.ts";
import { type Rule, SCOPE, type Setting } from "../../history/settings.ts";
import type { Difference, ToldEntry } from "../../history/timeline.ts";
import type { Reply } from "../../resp/reply.ts";
import type { KeyTypes } from "../../store/extensions/key_types.ts";

/** The levels as KEYINFO names them, by scope. */
const LEVELS = ["global", "database", "key"];

/** A field of an element: bytes and positions as bulk strings, scores as doubles. */
function writeField(reply: Reply, field: Field, isScore: boolean): void {
  if (field === null) reply.null();
  else if (field instanceof Uint8Array) reply.bulk(field);
  else if (field instanceof Array) {
    reply.array(field.length);
    for (const part of field) reply.bulk(part);
  } else if (isScore) reply.double(Number(field));
  else reply.text(String(field));
}

/** @param type The type of the key they are of. */
function writeFields(reply: Reply, fields: readonly Field[], type: string): void {
  reply.array(fields.length);
  for (const field of fields) writeField(reply, field, type === "zset");
}

/** Writes entries as flat arrays of names and values. */
export function writeEntries(
  reply: Reply,
  entries: readonly ToldEntry[],
  types: KeyTypes,
): void {
  reply.array(entries.length);
  for (const { version, operation, at, type, data } of entries) {
    reply.array(10);
    reply.text("version");
    reply.integer(version);
    reply.text("operation");
    reply.text(operation);
    reply.text("timestamp");
    reply.integer(at);
    reply.text("type");
    reply.text(types.nameOf(type));
    reply.text("data");
    if (data === undefined) reply.null();
    else if (data instanceof Uint8Array) reply.bulk(data);
    else writeFields(reply, data, types.nameOf(type));
  }
}

/** Writes what is recorded, as a map. */
export function writeStatistics(reply: Reply, statistics: HistoryStatistics): void {
  reply.map(4);
  reply.text("total_entries");
  reply.integer(statistics.entries);
  reply.text("oldest_timestamp");
  writeOptional(reply, statistics.oldestAt);
  reply.text("newest_timestamp");
  writeOptional(reply, statistics.newestAt);
  reply.text("storage_bytes");
  reply.integer(statistics.bytes);
}

/** Writes what differs between two moments, as a map. */
export function writeDifference(reply: Reply, difference: Difference, types: KeyTypes): void {
  const { types: [before, after], expiries, added, removed, changed } = difference;
  reply.map(5);
  reply.text("type");
  reply.array(2);
  reply.text(types.nameOf(before));
  reply.text(types.nameOf(after));
  reply.text("expires_at");
  reply.array(2);
  for (const expiry of expiries) writeOptional(reply, expiry === 0 ? undefined : expiry);
  reply.text("added");
  writeFields(reply, added, types.nameOf(after));
  reply.text("removed");
  writeFields(reply, removed, types.nameOf(before));
  reply.text("changed");
  writeFields(reply, changed, types.nameOf(after));
}

/** Writes what holds for one key, as a map. */
export function writeRule(reply: Reply, rule: Rule): void {
  const { enabled, frozenAt, setting, keepMs, keepCount } = rule;
  reply.map(5);
  reply.text("history");
  reply.text(enabled ? "on" : frozenAt === undefined ? "off" : "ended");
  reply.text("level");
  if (setting === undefined) reply.null();
  else reply.text(LEVELS[setting.scope]!);
  reply.text("since");
  writeOptional(reply, setting?.at);
  reply.text("retention_time");
  writeOptional(reply, keepMs);
  reply.text("retention_count");
  writeOptional(reply, keepCount);
}

/** Writes settings as an array of maps. */
export function writeSettings(reply: Reply, settings: readonly Setting[]): void {
  reply.array(settings.length);
  for (const { scope, db, key, at, enabled, keepMs, keepCount } of settings) {
    reply.map(7);
    reply.text("level");
    reply.text(LEVELS[scope]!);
    reply.text("database");
    writeOptional(reply, scope === SCOPE.GLOBAL ? undefined : db);
    reply.text("key");
    if (scope === SCOPE.KEY) reply.bulk(key);
    else reply.null();
    reply.text("history");
    reply.text(enabled ? "on" : "off");
    reply.text("since");
    reply.integer(at);
    reply.text("retention_time");
    writeOptional(reply, keepMs);
    reply.text("retention_count");
    writeOptional(reply, keepCount);
  }
}

function writeOptional(reply: Reply, value: number | undefined): void {
  if (value === undefined) reply.null();
  else reply.integer(value);
}
