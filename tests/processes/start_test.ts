/** Processes that open a file that is not there yet, all at the same moment. */

import { strict as assert } from "node:assert";
import { faultsOf } from "../faults/file_check.ts";
import { Redlite } from "../../mod.ts";
import { temporaryDirectory } from "../harness/servers.ts";
import { DRIVERS } from "../store/open.ts";
import { TextLineStream } from "./lines.ts";

const PROCESSES = 5;
const FILES = 20;

/** A process of opener.ts. */
class Opener {
  readonly name: string;
  readonly #child: Deno.ChildProcess;
  readonly #requests: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers: ReadableStreamDefaultReader<string>;

  constructor(name: string, driver: string) {
    this.name = name;
    const script = new URL("opener.ts", import.meta.url).pathname;
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", script, name, driver],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#requests = this.#child.stdin.getWriter();
    this.#answers = this.#child.stdout.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream()).getReader();
  }

  async answer(): Promise<string | undefined> {
    return (await this.#answers.read()).value;
  }

  async open(path: string): Promise<string | undefined> {
    await this.#requests.write(new TextEncoder().encode(`${path}\n`));
    return await this.answer();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#requests.close();
    await this.#child.status;
    await this.#answers.cancel();
  }
}

Deno.test(`${PROCESSES} processes that make the same file at the same moment all open it`, async () => {
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(await temporaryDirectory());
  const openers = Array.from(
    { length: PROCESSES },
    (_, i) => stack.use(new Opener(`process:${i}`, DRIVERS[i % DRIVERS.length]!.info.name)),
  );
  for (const opener of openers) assert.equal(await opener.answer(), "ready");
  for (let i = 0; i < FILES; i++) {
    const path = `${directory.path}/${i}.db`;
    const answers = await Promise.all(openers.map((opener) => opener.open(path)));
    assert.deepEqual(answers, openers.map(() => "opened"), `file ${i}`);
    assert.deepEqual(faultsOf(path), []);
    using db = Redlite.open(path, { driver: "builtin" });
    assert.deepEqual(
      (db.keys("*")).sort(),
      openers.map(({ name }) => name),
    );
  }
});
