/** The server of a database file: found, started, shared by all who open the file, and ended. */

import { spawn } from "node:child_process";
import { accessSync, constants, existsSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, delimiter, dirname, join, resolve } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";

/** What the server is run from where nothing else is named. */
const PACKAGE = "jsr:@redlite/redlite/server";
/** Milliseconds a server gets to finish before it is killed. */
const ENDS_WITHIN_MS = 10_000;
const INSTALL = "no Redlite server found: npm install deno, or install Deno from " +
  "https://deno.com, or set REDLITE_BIN to a redlite program";

/** The server could not be found or started; the message says what to do. */
export class RedliteError extends Error {
  /** @override */
  name = "RedliteError";
}

/**
 * The words that start a server, by where it is found.
 *
 * @returns {string[]}
 */
export function command() {
  const named = process.env.REDLITE_BIN;
  if (named) {
    if (onPath(named) !== undefined) return [named];
    throw new RedliteError(
      `REDLITE_BIN names ${named}, which is no program that can be run`,
    );
  }
  const redlite = onPath("redlite");
  if (redlite !== undefined) return [redlite];
  const found = onPath("deno");
  const deno = found === undefined ? packagedDeno() : [found];
  if (deno === undefined) throw new RedliteError(INSTALL);
  const source = process.env.REDLITE_SERVER;
  const options = source ? [source] : ["--no-config", PACKAGE];
  return [...deno, "run", "-A", "--quiet", ...options];
}

/**
 * @param {string} name
 * @returns {string | undefined}
 */
function onPath(name) {
  const folders = basename(name) === name ? (process.env.PATH ?? "").split(delimiter) : [""];
  const endings = process.platform === "win32" ? ["", ".exe", ".cmd"] : [""];
  for (const folder of folders) {
    for (const ending of endings) {
      const path = folder === "" ? name + ending : join(folder, name + ending);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // It is not there.
      }
    }
  }
  return undefined;
}

/**
 * The Deno that the npm package has brought.
 *
 * @returns {string[] | undefined}
 */
function packagedDeno() {
  try {
    const folder = dirname(
      createRequire(import.meta.url).resolve("deno/package.json"),
    );
    const binary = join(
      folder,
      process.platform === "win32" ? "deno.exe" : "deno",
    );
    return existsSync(binary) ? [binary] : [process.execPath, join(folder, "bin.cjs")];
  } catch {
    return undefined;
  }
}

/**
 * What a server says when it is ready.
 *
 * @typedef {object} Handshake
 * @property {number} pid
 * @property {string} [unix]
 * @property {string} [host]
 * @property {number} [port]
 * @property {string} [password]
 * @property {string[]} capabilities
 */

/** A server process that somebody in this program uses. */
export class Server {
  users = 0;
  /** @type {import("node:child_process").ChildProcess} */
  #process;
  /** @type {Promise<void>} */
  #ended;

  /**
   * @param {string} path
   * @param {string} flags The flags as text, to compare them.
   * @param {Handshake} handshake
   * @param {import("node:child_process").ChildProcess} child
   * @param {Promise<void>} ended
   */
  constructor(path, flags, handshake, child, ended) {
    this.path = path;
    this.flags = flags;
    this.handshake = handshake;
    this.#process = child;
    this.#ended = ended;
  }

  /**
   * Starts one and waits until it is ready.
   *
   * @param {string} path
   * @param {Readonly<Record<string, string>>} flags
   */
  static async start(path, flags) {
    const [program = "", ...words] = command();
    words.push("--db", path, "--private", "auto", "--handshake");
    words.push(
      "--parent",
      "stdin",
      String(process.pid),
      "--loglevel",
      "warning",
    );
    for (const [flag, value] of Object.entries(flags)) {
      words.push(`--${flag}`, value);
    }
    const env = {
      ...process.env,
      DENO_NO_UPDATE_CHECK: "1",
      DENO_NO_PACKAGE_JSON: "1",
    };
    const child = spawn(program, words, {
      env,
      stdio: ["pipe", "pipe", "inherit"],
    });
    /** @type {string | undefined} */
    let failure;
    /** @type {Promise<void>} */
    const ended = new Promise((resolve) => {
      child.once("exit", (code, signal) => {
        failure ??= `the server ended with ${signal ?? `code ${code}`}`;
        resolve();
      });
      child.once("error", (error) => {
        failure ??= `cannot run ${program}: ${error.message}`;
        resolve();
      });
    });
    // A pipe whose other end is gone must not end the program.
    child.stdin.on("error", () => {});
    const lines = createInterface({ input: child.stdout });
    /** @type {string} */
    const line = await new Promise((resolve) => {
      lines.once("line", resolve);
      lines.once("close", () => resolve(""));
    });
    lines.close();
    child.stdout.destroy();
    const handshake = line.startsWith("{") ? JSON.parse(line) : {};
    if (handshake.pid === undefined) {
      child.stdin.end();
      await ended;
      throw new RedliteError(handshake.error ?? failure);
    }
    // The server alone does not keep the program running.
    child.unref();
    if ("unref" in child.stdin && typeof child.stdin.unref === "function") {
      child.stdin.unref();
    }
    return new Server(path, JSON.stringify(flags), handshake, child, ended);
  }

  /** What ioredis needs to connect. */
  get connection() {
    const { unix, host, port, password } = this.handshake;
    return unix === undefined ? { host, port, password } : { path: unix };
  }

  /** Ends the server, and waits until it is gone. */
  async end() {
    this.#process.ref();
    this.#process.stdin?.end();
    const timer = setTimeout(
      () => this.#process.kill("SIGKILL"),
      ENDS_WITHIN_MS,
    );
    await this.#ended;
    clearTimeout(timer);
  }
}

/** @type {Map<string, { readonly flags: string, readonly server: Promise<Server>, ending?: Promise<void> }>} */
const servers = new Map();

/**
 * The server of a file, started if this program has none.
 *
 * @param {string} file
 * @param {Readonly<Record<string, string>>} flags
 * @returns {Promise<Server>}
 */
export async function acquire(file, flags) {
  if (file === ":memory:") return used(await Server.start(file, flags));
  const path = realPath(file);
  let entry = servers.get(path);
  if (entry === undefined) {
    const server = Server.start(path, flags);
    entry = { flags: JSON.stringify(flags), server };
    servers.set(path, entry);
    server.catch(() => servers.delete(path));
  } else if (entry.flags !== JSON.stringify(flags)) {
    throw new TypeError(
      `${path} is open in this program with other flags: ${entry.flags}`,
    );
  }
  const server = await entry.server;
  if (server.users < 0) return acquire(file, flags);
  return used(server);
}

/**
 * @param {Server} server
 * @returns {Server}
 */
function used(server) {
  server.users++;
  return server;
}

/**
 * Gives a server back; the last one to do so ends it.
 *
 * @param {Server} server
 */
export async function release(server) {
  if (--server.users > 0) return;
  // Whoever has waited for it finds that it is over.
  server.users = -Infinity;
  servers.delete(server.path);
  await server.end();
}

/** @param {string} file */
function realPath(file) {
  const path = resolve(file);
  try {
    return realpathSync(path);
  } catch {
    try {
      return join(realpathSync(dirname(path)), basename(path));
    } catch {
      return path;
    }
  }
}
