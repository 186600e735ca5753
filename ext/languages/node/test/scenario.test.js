/** The scenario that all bindings share. */

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { open } from "@redlite/ioredis";
import { fits } from "./forms.js";
import { Program, until } from "./programs.js";

const FILE = new URL("../../scenario.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(FILE, "utf8"));
const directory = mkdtempSync(join(tmpdir(), "redlite-node-"));
let db;

before(async () => {
  db = await open(join(directory, "app.db"));
});

after(async () => {
  await db.close();
  rmSync(directory, { recursive: true });
});

/** What the steps of a case work on. */
class Run {
  #connections = new Map();
  #programs = new Map();
  #variables = new Map();

  /** A connection of a name, whose replies are those of RESP2: an open of the file. */
  async connection(name = "") {
    if (!this.#connections.has(name)) {
      this.#connections.set(
        name,
        await open(join(directory, "app.db"), { protocol: 2 }),
      );
    }
    return this.#connections.get(name);
  }

  async close() {
    for (const program of this.#programs.values()) await program.kill();
    for (const connection of this.#connections.values()) {
      await connection.close();
    }
  }

  async step(step) {
    const kind = Object.keys(STEPS).find((kind) => kind in step);
    await STEPS[kind](this, step);
  }

  word(word) {
    if (typeof word === "string") return word.replace("{directory}", directory);
    if (word?.hex !== undefined) return Buffer.from(word.hex, "hex");
    return word?.var === undefined ? word : this.#variables.get(word.var);
  }

  async send(connection, words) {
    const [name, ...rest] = words.map((word) => this.word(word));
    return await connection.callBuffer(name, rest).catch((error) => error);
  }

  async call(step) {
    expect(await this.send(await this.connection(step.on), step.call), step);
  }

  async method(step) {
    const parts = step.method.split(".").map((part) =>
      part.replace(/_(.)/g, (_, letter) => letter.toUpperCase())
    );
    const name = parts.pop();
    const object = parts.reduce((object, part) => object[part], db);
    const args = step.args.map((word) => this.word(word));
    expect(await object[name](...args).catch((error) => error), step);
  }

  async pipeline(step) {
    const pipeline = db.pipeline();
    for (let i = 0; i < step.times; i++) {
      for (const [name, ...words] of step.pipeline) {
        pipeline.call(name, ...words);
      }
    }
    const replies = await pipeline.exec();
    assert.equal(replies.length, step.times * step.pipeline.length);
    assert.ok(replies.every(([error]) => error === null));
    assert.ok(fits(replies.at(-1)[1], step.last));
  }

  async transaction(step) {
    const transaction = db.multi();
    for (const [name, ...words] of step.transaction) {
      transaction.call(name, ...words);
    }
    expect(
      (await transaction.exec()).map(([error, reply]) => error ?? reply),
      step,
    );
  }

  async subscribe(step) {
    const subscriber = db.another();
    const messages = [];
    const received = withResolvers();
    subscriber.on("messageBuffer", (channel, message) => {
      messages.push([channel, message]);
      if (messages.length === step.messages.length) received.resolve();
    });
    await subscriber.subscribe(...step.subscribe);
    for (const words of step.then) {
      await this.send(await this.connection(), words);
    }
    await received.promise;
    assert.ok(fits(messages, step.messages), String(messages));
    await subscriber.close();
  }

  async wait(step) {
    const waiter = (await this.connection()).another();
    const reply = this.send(waiter, step.wait);
    await until(async () => await blocked() === 1);
    for (const words of step.then ?? []) {
      await this.send(await this.connection(), words);
    }
    if (step.cancel) {
      // The client's own way to give up what was sent.
      waiter.disconnect();
      assert.match((await reply).message, /Connection is closed/);
      await until(async () => await blocked() === 0);
    } else {
      expect(await reply, step);
    }
    await waiter.close();
  }

  async moment(step) {
    const moment = await now();
    this.#variables.set(step.moment, moment);
    await until(async () => await now() > moment);
  }

  async start(step) {
    // The package brings Deno along.
    if (step.fails === "install" && isInstalled("deno")) return;
    const path = join(directory, step.file ?? "app.db");
    const program = new Program(path, step.environment ?? {});
    if (step.fails !== undefined) {
      assert.ok((await program.failure()).includes(step.fails));
      return;
    }
    await program.ready();
    this.#programs.set(step.start, program);
  }

  async ask(step) {
    assert.equal(await this.#programs.get(step.in).ask(step.line), step.prints);
  }

  async end(name, by) {
    const program = this.#programs.get(name);
    this.#programs.delete(name);
    await program[by]();
  }

  async leave(name) {
    await this.#connections.get(name).close();
    this.#connections.delete(name);
  }
}

const STEPS = {
  call: (run, step) => run.call(step),
  method: (run, step) => run.method(step),
  pipeline: (run, step) => run.pipeline(step),
  transaction: (run, step) => run.transaction(step),
  subscribe: (run, step) => run.subscribe(step),
  wait: (run, step) => run.wait(step),
  moment: (run, step) => run.moment(step),
  start: (run, step) => run.start(step),
  close: (run, step) => run.leave(step.close),
  in: (run, step) => run.ask(step),
  end: (run, step) => run.end(step.end, "end"),
  kill: (run, step) => run.end(step.kill, "kill"),
};

function expect(reply, step) {
  assert.ok(
    fits(reply, step.reply),
    `${reply} is not ${JSON.stringify(step.reply)}`,
  );
}

async function blocked() {
  return Number(/blocked_clients:(\d+)/.exec(await db.info("clients"))[1]);
}

async function now() {
  const [seconds, microseconds] = (await db.time()).map(Number);
  return seconds * 1000 + Math.floor(microseconds / 1000);
}

function isInstalled(name) {
  try {
    return createRequire(import.meta.url).resolve(`${name}/package.json`) !==
      undefined;
  } catch {
    return false;
  }
}

function withResolvers() {
  const resolvers = {};
  resolvers.promise = new Promise((resolve) => resolvers.resolve = resolve);
  return resolvers;
}

for (const { name, steps } of cases) {
  test(name, async () => {
    const run = new Run();
    try {
      await db.flushall();
      for (const step of steps) await run.step(step);
    } finally {
      await run.close();
    }
  });
}
