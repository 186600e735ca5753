import type { Effects } from "../../engine/effects.ts";
import type { Keyspace } from "../../store/keys/keyspace.ts";
import type { Slice } from "../../store/values/slice.ts";
import type { Context } from "../table/command.ts";

/** The fields of a hash that a command has changed, kept only if somebody wants to know which. */
export class ChangedFields {
  /** How many. */
  count = 0;
  readonly #fields: Slice[] | undefined;

  /** Takes the keyspace that the changes are told by. @param kept Whether to keep them anyway. */
  constructor(keyspace: Keyspace, kept = false) {
    this.#fields = kept || keyspace.tellsFields ? [] : undefined;
  }

  /** Adds a field: an argument of the command, or a copy. */
  add(field: Slice): void {
    this.count++;
    this.#fields?.push(field);
  }

  /** Tells of the change, if there was one. */
  tell({ store, client }: Context, key: Slice, event: string): void {
    if (this.count > 0) store.keyspace.changed(client.db, key, event, this.#fields);
  }

  /**
   * Says when the fields expire, to those who follow the store; they have to be kept.
   *
   * @param expiry Unix time in milliseconds, 0 for never; `past` if their time is over, so that they are deleted.
   */
  sayExpiry({ store, client }: Context, key: Slice, expiry: number | "past"): void {
    const { effects } = store.engine;
    const fields = this.#fields;
    if (!effects.active || fields === undefined || fields.length === 0) return;
    sayExpiryOfFields(effects, client.db, key, fields, expiry);
  }
}

/** Says when fields expire: 0 for never, `past` if their time is over, so that they are deleted. */
export function sayExpiryOfFields(
  effects: Effects,
  db: number,
  key: Slice,
  fields: readonly Slice[],
  expiry: number | "past",
): void {
  const { length } = fields;
  if (expiry === "past") effects.sayAll(db, ["HDEL", key], fields);
  else if (expiry === 0) effects.sayAll(db, ["HPERSIST", key, "FIELDS", length], fields);
  else effects.sayAll(db, ["HPEXPIREAT", key, expiry, "FIELDS", length], fields);
}

/** Tells of a change of all fields that are arguments: every `step`th of those from `from` up to `to`. */
export function fieldsChanged(
  { args, store, client }: Context,
  event: string,
  from: number,
  to: number,
  step: number,
): void {
  const { keyspace } = store;
  let fields: Slice[] | undefined;
  if (keyspace.tellsFields) {
    fields = [];
    for (let i = from; i < to; i += step) fields.push(args.at(i));
  }
  keyspace.changed(client.db, args.at(1), event, fields);
}
