/**
 * Redlite: a Redis-compatible store in one SQLite file, in this process.
 *
 * @example
 * ```ts
 * import { Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.set("greeting", "hello");
 * console.log(db.get("greeting"));
 * ```
 *
 * @module
 */

export type { Argument, Data } from "./src/embedded/core.ts";
export {
  DatabaseLockedError,
  RedliteError,
  StorageError,
  WrongTypeError,
} from "./src/embedded/errors.ts";
export * from "./src/embedded/array_commands.ts";
export * from "./src/embedded/bitmap_commands.ts";
export * from "./src/embedded/blocking_commands.ts";
export * from "./src/embedded/hash_commands.ts";
export * from "./src/embedded/history_commands.ts";
export * from "./src/embedded/list_commands.ts";
export type { PastView, ReadMethod } from "./src/embedded/past_view.ts";
export { PubSubCommands } from "./src/embedded/pubsub.ts";
export * from "./src/embedded/set_commands.ts";
export * from "./src/embedded/subscription.ts";
export * from "./src/embedded/sorted_set_commands.ts";
export { KeyCommands } from "./src/embedded/key_commands.ts";
export type {
  Comparison,
  CopyOptions,
  ExpireOptions,
  Expiry,
  GetexOptions,
  IncrexOptions,
  LcsOptions,
  MsetexOptions,
  RestoreOptions,
  ScanOptions,
  SetOptions,
  SortOptions,
} from "./src/embedded/options.ts";
export * from "./src/embedded/storage_commands.ts";
export { Redlite, type RedliteInfo, type RedliteOptions } from "./src/embedded/redlite.ts";
export type { Sql, SqlChange, SqlData } from "./src/embedded/sql.ts";
export { type Integer, type LcsMatch, StringCommands } from "./src/embedded/string_commands.ts";
export type { Value } from "./src/embedded/value_reply.ts";
export type { Durability } from "./src/engine/wal_sync.ts";
export type { BackupOutcome } from "./src/store/file/backup.ts";
export type { RestoreOutcome } from "./src/store/rescue/restore.ts";
export type { CheckMode } from "./src/store/file/integrity.ts";
export { loadOptionalDriver } from "./src/sqlite/drivers.ts";
export type { DriverName } from "./src/sqlite/sqlite.ts";
