import type { Keyspace } from "../../store/keys/keyspace.ts";
import type { Slice } from "../../store/values/slice.ts";
import type { Context } from "../table/command.ts";

/** The fields of a hash that a command has changed, kept only if somebody wants to know which. */
export class ChangedFields {
  /** How many. */
  count = 0;
  readonly #fields: Slice[] | undefined;

  /** Takes the keyspace that the changes are told by. */
  constructor(keyspace: Keyspace) {
    this.#fields = keyspace.tellsFields ? [] : undefined;
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
