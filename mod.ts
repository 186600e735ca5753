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

import { provideServer } from "./src/embedded/serving/serving.ts";

export type { Argument, Bytes, Data, Key, Many } from "./src/embedded/data.ts";
export {
  DatabaseLockedError,
  RedliteError,
  StorageError,
  WrongTypeError,
} from "./src/embedded/errors.ts";
export type { Commands, PastView } from "./src/embedded/commands/all.ts";
export type { WholeDatabase } from "./src/embedded/whole_database.ts";
export type * from "./src/embedded/commands/arrays.ts";
export type * from "./src/embedded/commands/bitmaps.ts";
export type * from "./src/embedded/commands/blocking.ts";
export type { Entries, ManyPairs } from "./src/embedded/commands/given.ts";
export type { CommandGroup } from "./src/embedded/commands/group.ts";
export type { ExtensionMethods, ExtensionReadMethods } from "./src/embedded/extension.ts";
export type * from "./src/embedded/extension_methods.ts";
export type * from "./src/embedded/commands/hashes.ts";
export type {
  HistoryCommands,
  HistoryDifference,
  HistoryEntry,
  HistoryFields,
  HistoryOptions,
  HistoryRange,
  HistoryStats,
  HistoryStatus,
  HistoryTarget,
  KeyHistories,
  Moment,
} from "./src/embedded/commands/history.ts";
export type * from "./src/embedded/commands/json/commands.ts";
export type * from "./src/embedded/commands/sketches/bloom.ts";
export type * from "./src/embedded/commands/sketches/commands.ts";
export type * from "./src/embedded/commands/sketches/count_min.ts";
export type * from "./src/embedded/commands/sketches/cuckoo.ts";
export type * from "./src/embedded/commands/sketches/runs.ts";
export type * from "./src/embedded/commands/sketches/t_digest.ts";
export type * from "./src/embedded/commands/sketches/top_k.ts";
export type * from "./src/embedded/commands/search/aggregations.ts";
export type * from "./src/embedded/commands/search/commands.ts";
export type * from "./src/embedded/commands/search/indexes.ts";
export type {
  AnyFieldSpec,
  FieldResult,
  FieldSpec,
  FoundFields,
  GeoShapeSpec,
  GeoSpec,
  IndexSchema,
  NumericSpec,
  TagSpec,
  TextSpec,
  VectorSpec,
} from "./src/embedded/commands/search/schema.ts";
export type * from "./src/embedded/commands/search/suggestions.ts";
export type * from "./src/embedded/commands/time_series/commands.ts";
export type { Json, JsonInput } from "./src/embedded/commands/json/values.ts";
export type { Time } from "./src/embedded/commands/option_words.ts";
export type { KeyCommands } from "./src/embedded/commands/keys.ts";
export type * from "./src/embedded/commands/lists.ts";
export type {
  Comparison,
  CopyOptions,
  ExpireOptions,
  Expiry,
  GetexOptions,
  IncrexOptions,
  LcsOptions,
  LmovemOptions,
  MsetexOptions,
  RestoreOptions,
  ScanOptions,
  SetOptions,
  SortOptions,
} from "./src/embedded/commands/options.ts";
export type { PubSubCommands } from "./src/embedded/commands/pubsub.ts";
export type { ReadMethod } from "./src/embedded/commands/read_methods.ts";
export type * from "./src/embedded/commands/scripting.ts";
export type * from "./src/embedded/commands/sets.ts";
export type {
  ZaddOptions,
  ZaggregateOptions,
  ZlimitOptions,
  ZrangeOptions,
  ZscanOptions,
} from "./src/embedded/commands/sorted_set_options.ts";
export type * from "./src/embedded/commands/sorted_sets.ts";
export type * from "./src/embedded/commands/storage.ts";
export type * from "./src/embedded/commands/streams/commands.ts";
export type * from "./src/embedded/commands/streams/group_commands.ts";
export type {
  Autoclaimed,
  PendingStreamEntry,
  PendingSummary,
  StreamPositions,
  XcfgsetOptions,
  XclaimOptions,
  XgroupOptions,
  XnackOptions,
  XpendingRange,
  XrangeOptions,
  XreadgroupOptions,
  XreadgroupWaitOptions,
  XreadOptions,
  XreadWaitOptions,
  XsetidOptions,
} from "./src/embedded/commands/streams/options.ts";
export type { ConsumeOptions, Consumption } from "./src/embedded/commands/streams/consumer.ts";
export type {
  EntryWithId,
  StreamEntry,
  StreamMessage,
  StreamPosition,
  StreamReadOptions,
} from "./src/embedded/commands/streams/entries.ts";
export type {
  StreamReferences,
  TrimOptions,
  XaddOptions,
} from "./src/embedded/commands/streams/trim_options.ts";
export type * from "./src/embedded/commands/strings.ts";
export * from "./src/embedded/subscription.ts";
export type { ParameterValue } from "./src/embedded/configuration.ts";
export { DatabaseConfig } from "./src/embedded/database_config.ts";
export type { Criterion, EvictionPolicy } from "./src/store/keys/eviction/eviction.ts";
export type { DeserializeOptions, RedliteOptions } from "./src/embedded/open_options.ts";
export { Redlite } from "./src/embedded/redlite.ts";
export type { RedliteInfo } from "./src/embedded/info.ts";
export type { BackupOptions, IntegrityOptions } from "./src/embedded/work_options.ts";
export type {
  HandlerOptions,
  HttpHandler,
  HttpOptions,
  RedliteHttpServer,
  RequestOrigin,
} from "./src/embedded/serving/http_serving.ts";
export {
  type ListenOptions,
  type RedliteServer,
  ServedDatabase,
  type ServeOptions,
  type ServerCertificate,
} from "./src/embedded/serving/serving.ts";
export type { Sql, SqlChange, SqlData } from "./src/embedded/sql.ts";
export type { Value } from "./src/embedded/running/value_reply.ts";
export type { Durability } from "./src/engine/wal_sync.ts";
export type { BackupOutcome } from "./src/store/file/backup.ts";
export type { RestoreOutcome } from "./src/store/rescue/restore.ts";
export type { CheckMode } from "./src/store/file/integrity.ts";
export type { JobName, OnProgress, Progress } from "./src/engine/jobs.ts";
export type { WasmOptions } from "./src/runtime/sqlite_wasm.ts";
export { loadOptionalDriver, loadWasm } from "./src/sqlite/drivers.ts";
export type { DriverName } from "./src/sqlite/sqlite.ts";

// A program that serves nobody does not load the server.
provideServer(() => import("./src/server/program_server.ts"));
