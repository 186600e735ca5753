/** Four processes on one file: two servers, and two programs that have it open themselves. */

import { startRedlite, temporaryDirectory } from "../harness/servers.ts";
import { type Database, ServedDatabase, type Value, type Words } from "../harness/database.ts";
import type { Answer, Request } from "./embedded.ts";
import { TextLineStream } from "./lines.ts";
import { type Program, PROGRAMS, type Task } from "./programs.ts";

/** One of the processes. */
export interface Member {
  readonly name: string;
  call(...words: Words): Promise<Value>;
  transaction(commands: readonly Words[]): Promise<Value[]>;
  /** Has it run a program. */
  run(program: keyof typeof PROGRAMS, task: Task): Promise<Value>;
}

/** A server; its programs run here and ask it. */
class ServerMember implements Member {
  readonly name: string;
  readonly #connect: () => Promise<Database>;
  readonly #database: Database;

  constructor(name: string, database: Database, connect: () => Promise<Database>) {
    this.name = name;
    this.#database = database;
    this.#connect = connect;
  }

  call(...words: Words): Promise<Value> {
    return this.#database.call(...words);
  }

  transaction(commands: readonly Words[]): Promise<Value[]> {
    return this.#database.transaction(commands);
  }

  async run(program: keyof typeof PROGRAMS, task: Task): Promise<Value> {
    const run: Program = PROGRAMS[program];
    return await run(await this.#connect(), task);
  }
}

/** A process of embedded.ts. */
class EmbeddedMember implements Member, AsyncDisposable {
  readonly name: string;
  readonly #child: Deno.ChildProcess;
  readonly #answers: ReadableStreamDefaultReader<string>;
  readonly #requests: WritableStreamDefaultWriter<Uint8Array>;
  #asked: Promise<unknown> = Promise.resolve();

  constructor(name: string, path: string) {
    this.name = name;
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", new URL("embedded.ts", import.meta.url).pathname, path],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#requests = this.#child.stdin.getWriter();
    this.#answers = this.#child.stdout.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream()).getReader();
  }

  /** The next answer. */
  async answer(): Promise<Value> {
    const { value, done } = await this.#answers.read();
    if (done) throw new Error(`${this.name} ended`);
    const answer: Answer = JSON.parse(value);
    if ("error" in answer) throw new Error(`${this.name}: ${answer.error}`);
    return answer.value;
  }

  /** Asks for one thing after the other. */
  #ask(request: Request): Promise<Value> {
    const asked = this.#asked.then(async () => {
      await this.#requests.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
      return await this.answer();
    });
    this.#asked = asked.catch(() => {});
    return asked;
  }

  call(...words: Words): Promise<Value> {
    return this.#ask({ call: words });
  }

  transaction(commands: readonly Words[]): Promise<Value[]> {
    return this.#ask({ transaction: commands }) as Promise<Value[]>;
  }

  run(program: keyof typeof PROGRAMS, task: Task): Promise<Value> {
    return this.#ask({ run: program, task });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#requests.close().catch(() => {});
    const { success } = await this.#child.status;
    await this.#answers.cancel();
    if (!success) throw new Error(`${this.name} failed`);
  }
}

/** The processes, all of them started at once. */
export interface Group extends AsyncDisposable {
  readonly path: string;
  readonly members: readonly Member[];
  /** Has every process run a program of its own, at the same time, and gives what they say. */
  runAll(
    seconds: number,
    program: (process: number) => keyof typeof PROGRAMS,
  ): Promise<Value[]>;
}

/** Starts two servers and two embedded programs on a new file, at the same moment. */
export async function startGroup(): Promise<Group> {
  const stack = new AsyncDisposableStack();
  try {
    const directory = stack.use(await temporaryDirectory());
    const path = `${directory.path}/redlite.db`;
    const members = await Promise.all([0, 1, 2, 3].map(async (index): Promise<Member> => {
      if (index >= 2) {
        const member = stack.use(new EmbeddedMember(`program ${index - 1}`, path));
        await member.answer();
        return member;
      }
      const server = stack.use(await startRedlite({ directory: directory.path }));
      const connect = async () => new ServedDatabase(stack.use(await server.connect()));
      return new ServerMember(`server ${index + 1}`, await connect(), connect);
    }));
    return {
      path,
      members,
      runAll: (seconds, program) => {
        const untilMs = Date.now() + seconds * 1000;
        return Promise.all(
          members.map((member, process) => member.run(program(process), { process, untilMs })),
        );
      },
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}
