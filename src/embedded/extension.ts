/**
 * How to write an extension: commands, types of keys, tables and methods of one's own.
 *
 * ```ts
 * import { commandsOf, type Extension } from "@redlite/redlite/extension";
 *
 * const command = commandsOf("module");
 *
 * export default function hello(): Extension {
 *   return {
 *     name: "hello",
 *     commands: [
 *       command("HELLO.WORLD", { since: "1.0.0", arity: 1, flags: "fast", summary: "Greets." },
 *         ({ reply }) => reply.text("world")),
 *     ],
 *   };
 * }
 * ```
 *
 * A command with the flag `write` says how those learn of it who follow the store (its replicas, its
 * log), or it is refused: with `effects: "itself"` it is passed on as it came, if it changed anything.
 * So it must do the same there, whatever the clock says and whatever dice fall. A command that does
 * not has `effects: "said"`, and its handler says commands that do:
 * `store.engine.effects.say(db, "SREM", key, member)`. Changes are counted by
 * `store.keyspace.changed(db, key, event)`, and by `store.engine.changes.addUntold()` where they are
 * no event.
 *
 * A program loads it by `Redlite.open(path, { extensions: [hello()] })`, a server by
 * `--ext ./hello.ts`. A larger example, with a type of keys, is told in src/README.md.
 *
 * @module
 */

import type { Command } from "../commands/table/command.ts";
import type { StoreExtension } from "../store/extensions/extension.ts";
import type { CommandGroup } from "./commands/group.ts";
import type { Data } from "./data.ts";
import type { LoadableExtension, MethodTypes } from "./extension_methods.ts";

export {
  type CommandRow,
  commandsOf,
  type EffectsOf,
  type Facts,
} from "../commands/table/define.ts";
export type {
  Command,
  CommandEffects,
  CommandFlag,
  CommandGroup as CommandGroupName,
  Context,
  FoundKey,
  Handler,
  KeyFlag,
  KeySpec,
} from "../commands/table/command.ts";
export type { Host } from "../commands/table/host.ts";
export type { Client } from "../commands/table/client.ts";
export { asciiAt, boundedAt, integerAt, shownAt } from "../commands/table/options.ts";
export { scoreAt } from "../commands/sorted_sets/arguments.ts";
export { replyLater } from "../commands/table/aside.ts";
export type { CommandTable } from "../commands/table/table.ts";
export { CommandGroup } from "./commands/group.ts";
export type { Argument, Data, Key, Many } from "./data.ts";
export type { LoadableExtension, Methods, MethodTypes } from "./extension_methods.ts";
export { many } from "./commands/given.ts";
export { type Kind, type Kinds, words } from "./commands/option_words.ts";
export type { Arguments } from "../resp/arguments.ts";
export type { ByteSource, Reply } from "../resp/reply.ts";
export type { Changes, ChangeWatcher } from "../engine/changes.ts";
export type { Effects } from "../engine/effects.ts";
export type { Engine } from "../engine/engine.ts";
export type { HeldRows } from "../engine/held_rows.ts";
export type { TurnFailed } from "../engine/turn_errors.ts";
export type { TurnListener } from "../engine/turn_listeners.ts";
export type {
  CheckpointMode,
  CheckpointResult,
  ColumnType,
  Connection,
  DatabaseCopy,
  Driver,
  DriverInfo,
  OpenOptions,
  Statement,
  WalIndex,
} from "../sqlite/sqlite.ts";
export { Collection, type Settles } from "../store/collections/collection.ts";
export { Order } from "../store/collections/order.ts";
export type { Place, Runs } from "../store/collections/runs.ts";
export type {
  Attachment,
  ColumnKind,
  DumpForm,
  ElementTable,
  ExtensionParameter,
  IntegrityCheck,
  KeyType,
  NamedCommand,
  StoreExtension,
} from "../store/extensions/extension.ts";
export { PerStore } from "../store/extensions/per_store.ts";
export type { KeyEvents } from "../store/keys/events.ts";
export type { Keyspace } from "../store/keys/keyspace.ts";
export type { ModuleInput, ModuleOutput } from "../store/extensions/module_value.ts";
export type { Row } from "../store/keys/rows.ts";
export type { KeyUse } from "../store/keys/use.ts";
export type { SqlLimits, SqlResult, SqlValue } from "../store/sql/queries.ts";
export type { SqlWritten } from "../store/sql/writes.ts";
export type { Store } from "../store/store.ts";
export type { ValueTypes } from "../store/value_types.ts";
export { TYPE } from "../store/file/schema.ts";
export {
  CommandError,
  err,
  notAFloat,
  notAnInteger,
  syntaxError,
  wrongArity,
  wrongType,
} from "../store/values/errors.ts";
export { Column } from "../store/values/column.ts";
export { Slice } from "../store/values/slice.ts";

/** A class of typed methods, which extends {@linkcode CommandGroup}. */
export type MethodGroup = abstract new (...args: never) => CommandGroup<Data>;

/**
 * An extension. A module of one exports by default the extension, or a function that makes it, which
 * may be asynchronous.
 *
 * A database that is opened with an `Extension<Methods<…>>` has these methods in its type.
 *
 * @example
 * ```ts
 * import { Redlite } from "@redlite/redlite";
 * import { commandsOf, type Extension } from "@redlite/redlite/extension";
 *
 * const twice: Extension = {
 *   name: "twice",
 *   commands: [
 *     commandsOf("module")(
 *       "TWICE value",
 *       { since: "1.0.0", arity: 2, flags: "fast", summary: "Repeats a value." },
 *       ({ args, reply }) => reply.text(args.text(1) + args.text(1)),
 *     ),
 *   ],
 * };
 * using db = Redlite.open(":memory:", { extensions: [twice] });
 * console.log(db.call("TWICE", "ab")); // "abab"
 * ```
 */
export interface Extension<Types extends MethodTypes = MethodTypes>
  extends StoreExtension, LoadableExtension<Types> {
  /** Its commands, made by {@linkcode commandsOf}. */
  readonly commands?: readonly Command[];
  /** Its typed methods: a class that extends {@linkcode CommandGroup} and has no fields of its own. */
  readonly methods?: MethodGroup;
}

/**
 * The typed methods of extensions that say so by declaration merging, in place of
 * {@linkcode Methods}: these are in the type of every database where the module is imported. A package
 * on JSR may not do that.
 *
 * ```ts ignore
 * declare module "@redlite/redlite/extension" {
 *   interface ExtensionMethods<V extends Data> extends TopListCommands<V> {}
 * }
 * ```
 */
export interface ExtensionMethods<V extends Data> extends Pick<CommandGroup<V>, never> {}

/** Those of them that only read, which views of the past have: added to in the same way. */
export interface ExtensionReadMethods<V extends Data> extends Pick<CommandGroup<V>, never> {}
