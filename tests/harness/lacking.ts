/** What a machine lacks for a test, which then says so in its name. */

import { findOracle, type OracleName, ORACLES } from "./oracles.ts";
import { hasRedis, hasTool, redisIsSince, redisStandsIn } from "./servers.ts";

/**
 * The name of a test and whether it is left out.
 *
 * @param lacking What it needs and there is not; undefined if there is all.
 */
export function named(
  name: string,
  lacking: string | undefined,
): { name: string; ignore: boolean } {
  return lacking === undefined
    ? { name, ignore: false }
    : { name: `${name} (skipped: ${lacking})`, ignore: true };
}

/**
 * What there is no redis-server for.
 *
 * @param since The least major version that will do.
 * @param minor The least minor version of that.
 */
export function noRedis(since = 0, minor = 0): string | undefined {
  if (!hasRedis()) return "no redis-server on the PATH";
  if (redisIsSince(since, minor)) return undefined;
  return `needs Redis ${since}${minor > 0 ? `.${minor}` : ""}`;
}

/** A server that there is not to compare Redlite with, unless it is fetched. */
export function noOracle(name: OracleName): string | undefined {
  return standIn() ??
    (findOracle(name) === undefined ? `no ${ORACLES[name]}: see deno task oracles` : undefined);
}

/** What a redis-server that stands in for Redlite cannot do. */
export function standIn(): string | undefined {
  return redisStandsIn ? "redis-server stands in for Redlite" : undefined;
}

/** What takes another operating system. */
export function notLinux(): string | undefined {
  return Deno.build.os === "linux" ? undefined : "takes Linux";
}

/** What Windows cannot do. */
export function onWindows(): string | undefined {
  return Deno.build.os === "windows" ? "not on Windows" : undefined;
}

/** A program that there is not. @param question What it is asked to find that out. */
export function noTool(name: string, question?: string): string | undefined {
  return hasTool(name, question) ? undefined : `no ${name} on the PATH`;
}
