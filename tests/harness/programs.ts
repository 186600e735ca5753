/**
 * Programs in other languages whose libraries the tests run against Redlite, and where `deno task clients` puts those
 * of Python: in a virtual environment of their own (`REDLITE_PYTHON`, or `~/.cache/redlite-python`).
 */

import { strict as assert } from "node:assert";
import { join } from "node:path";
import { hasTool, type TestServer } from "./servers.ts";

/** The packages that the tests run, with what they need. */
export const PYTHON_PACKAGES = ["celery[redis]==5.7.0", "rq==3.0.0", "upstash-redis==1.8.0"];

/** A flow that takes longer hangs. */
const WITHIN_MS = 180_000;

/** The folder of the virtual environment; undefined if neither `REDLITE_PYTHON` nor `HOME` is set. */
export function pythonFolder(): string | undefined {
  const home = Deno.env.get("HOME");
  return Deno.env.get("REDLITE_PYTHON") ??
    (home === undefined ? undefined : join(home, ".cache", "redlite-python"));
}

/** The Python that has the packages. */
export function python(): string {
  return join(pythonFolder() ?? "", "bin", "python");
}

/** The packages of Python that there are not, unless they are fetched. */
export function noPython(): string | undefined {
  return runs(python(), ["-c", "import celery, kombu.transport.redis, redis, rq"])
    ? undefined
    : "no Celery and RQ: see deno task clients";
}

/** The client of the REST API in Python that there is not, unless it is fetched. */
export function noPythonRest(): string | undefined {
  return runs(python(), ["-c", "import upstash_redis"])
    ? undefined
    : "no upstash-redis of Python: see deno task clients";
}

/** Sidekiq that there is not. */
export function noSidekiq(): string | undefined {
  if (!hasTool("ruby")) return "no ruby on the PATH";
  return runs("ruby", ["-e", "require 'sidekiq/api'"]) && hasTool("sidekiq", "--version")
    ? undefined
    : "no Sidekiq: on Debian it is the package ruby-sidekiq";
}

function runs(program: string, args: string[]): boolean {
  try {
    return new Deno.Command(program, { args, stdout: "null", stderr: "null" }).outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Runs a program, which finds the server by `REDIS_URL`, and holds it to end well. */
export async function runFlow(
  server: TestServer,
  program: string,
  script: URL,
  flow: string,
): Promise<void> {
  const child = new Deno.Command(program, {
    args: [script.pathname, flow],
    env: {
      REDIS_URL: `redis://127.0.0.1:${server.port}`,
      UPSTASH_REDIS_REST_URL: server.httpUrl ?? "",
      UPSTASH_REDIS_REST_TOKEN: "secret",
      PYTHONDONTWRITEBYTECODE: "1",
      PYTHONWARNINGS: "ignore",
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  // Interrupted it ends the workers that it has started.
  const timer = setTimeout(() => child.kill("SIGINT"), WITHIN_MS);
  try {
    const { success, stdout, stderr } = await child.output();
    const told = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
    assert.ok(success, told.slice(-8000));
  } finally {
    clearTimeout(timer);
  }
}
