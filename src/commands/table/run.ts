/** Running a command's handler, and writing down what it did for those who listen to effects. */

import type { Command, Context } from "./command.ts";

/**
 * Runs a command's handler. A command that is its own effect is written down if it changed anything;
 * the handlers of others say theirs.
 */
export function runHandler(command: Command, context: Context): void {
  if (command.effects === "none" || !context.store.engine.effects.active) {
    command.handler?.(context);
    return;
  }
  const { store: { engine, keyspace }, client: { db }, args } = context;
  const { changes, effects } = engine;
  const { made } = changes;
  keyspace.deletesExpired = command.writes;
  try {
    command.handler?.(context);
  } finally {
    keyspace.deletesExpired = false;
    // Also where a reply that is an error among others ends it: what was changed before is changed.
    if (command.effects === "itself" && changes.made !== made) {
      // What the log has is run when the database is opened, before any interpreter is loaded.
      if (command.needsLua) engine.write();
      effects.copy(db, args, nameOf(command));
    }
  }
}

const encoder = new TextEncoder();
/** The names of commands that have had effects, for what they are called here is nobody else's business. */
const names = new WeakMap<Command, Uint8Array>();

function nameOf(command: Command): Uint8Array {
  let name = names.get(command);
  if (name === undefined) {
    name = encoder.encode(command.fullName.replace(/\|.*/, "").toUpperCase());
    names.set(command, name);
  }
  return name;
}
