/**
 * `deno task clients` fetches the Python packages that the tests run against Redlite, by pip, into a virtual
 * environment of their own.
 *
 * Exits with 0 where they are there or cannot be had, and with 1 where fetching them failed.
 */

import { noPython, noPythonRest, python, PYTHON_PACKAGES, pythonFolder } from "./programs.ts";
import { hasTool } from "./servers.ts";

function run(program: string, args: string[]): boolean {
  return new Deno.Command(program, { args, stdout: "null" }).outputSync().success;
}

function main(): number {
  const skipped = "tests of Celery, RQ, redis-py and upstash-redis will be skipped by name";
  const folder = pythonFolder();
  if (folder === undefined) {
    console.error("clients: no folder to keep them in: set REDLITE_PYTHON or HOME");
    return 1;
  }
  const lacks = () => noPython() ?? noPythonRest();
  if (lacks() === undefined) {
    console.log(`clients: ${PYTHON_PACKAGES.join(", ")} are in ${folder}`);
    return 0;
  }
  if (!hasTool("python3")) {
    console.log(`clients: there is no python3: ${skipped}`);
    return 0;
  }
  const isFetched = run("python3", ["-m", "venv", folder]) &&
    run(python(), ["-m", "pip", "install", "--quiet", ...PYTHON_PACKAGES]);
  if (!isFetched || lacks() !== undefined) {
    console.error(`clients: pip could not install ${PYTHON_PACKAGES.join(", ")}: ${skipped}`);
    return 1;
  }
  console.log(`clients: ${PYTHON_PACKAGES.join(", ")} are in ${folder} now`);
  return 0;
}

if (import.meta.main) Deno.exit(main());
