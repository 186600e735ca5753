/** Programs of their own, each with a server of its own. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("program.js", import.meta.url));

/** A program that runs until its input ends, or it is killed. */
export class Program {
  #child;
  #lines;
  #told = "";
  #exit;
  #server = 0;

  constructor(path, environment) {
    this.#child = spawn(process.execPath, [PROGRAM, path], {
      env: { ...process.env, ...environment },
    });
    this.#exit = once(this.#child, "close");
    this.#child.stderr.on("data", (data) => this.#told += data);
    this.#lines = createInterface({ input: this.#child.stdout })
      [Symbol.asyncIterator]();
  }

  /** Waits until it has opened the file. */
  async ready() {
    const [word, pid] = (await this.#line()).split(" ");
    assert.equal(word, "ready");
    this.#server = Number(pid);
  }

  /** Has it run a command. */
  async ask(line) {
    this.#child.stdin.write(`${line}\n`);
    return await this.#line();
  }

  /** Lets it end, and waits until its server has. */
  async end() {
    this.#child.stdin.end();
    const [code] = await this.#exit;
    assert.equal(code, 0, this.#told);
    await until(() => !exists(this.#server));
  }

  /** Kills it, and waits until its server has ended. */
  async kill() {
    this.#child.kill("SIGKILL");
    await this.#exit;
    await until(() => !exists(this.#server));
  }

  /** What it says when it cannot open the file. */
  async failure() {
    const [code] = await this.#exit;
    assert.notEqual(code, 0);
    return this.#told;
  }

  async #line() {
    return (await this.#lines.next()).value ?? assert.fail(this.#told);
  }
}

/** Whether there is a process. */
export function exists(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Waits until something has happened, and not forever. */
export async function until(happened) {
  const deadline = performance.now() + 20_000;
  while (!await happened()) {
    assert.ok(performance.now() < deadline, "it did not happen in time");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
