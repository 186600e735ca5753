/** The servers whose scripts Redlite's are compared with, and how their words are told apart. */

import { noOracle, noRedis } from "../harness/lacking.ts";
import { startOracle, startRedis, type TestServer } from "../harness/servers.ts";

/** A real server. */
export interface RealServer {
  readonly name: string;
  /** Why there is none; undefined if there is. */
  readonly lacking: string | undefined;
  readonly start: () => Promise<TestServer>;
  /** What is left of a reply where its own words are not Redis's. */
  readonly plain: (reply: string) => string;
}

/** Without what depends on where something lies in memory. */
const withoutAddresses = (text: string) => text.replace(/0x[0-9a-f]+/g, "0x");

/** Valkey names no script and no Redis in its errors. */
const withoutNames = (text: string) =>
  withoutAddresses(text)
    .replace(/ script: \w+, on /g, " script: on ")
    .replace(/\b(Redis|redis|Valkey|valkey|server)( lib)? (command|call)\b/g, "$3")
    .replace(/\b(redis|server)\./g, "")
    .replace(/\b(Redis|Valkey) is busy/g, "is busy")
    .replace(/by user with (SCRIPT|FUNCTION) KILL\.+/g, "by user")
    .replaceAll("Lua command arguments", "Command arguments");

/** All of them. */
export const REAL_SERVERS: readonly RealServer[] = [
  { name: "Redis 7", lacking: noRedis(7), start: startRedis, plain: withoutAddresses },
  {
    name: "Redis 8",
    lacking: noOracle("redis-8"),
    start: () => startOracle("redis-8"),
    plain: withoutAddresses,
  },
  {
    name: "Valkey 9",
    lacking: noOracle("valkey-9"),
    start: () => startOracle("valkey-9"),
    plain: withoutNames,
  },
];
