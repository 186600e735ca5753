/**
 * A process with an embedded database: `embedded.ts FILE`. It takes a JSON request a line on its standard input and
 * writes a JSON answer a line.
 */

import { TextLineStream } from "./lines.ts";
import { Redlite } from "../../mod.ts";
import { EmbeddedDatabase, type Value, type Words } from "../harness/database.ts";
import { type Program, PROGRAMS, type Task } from "./programs.ts";

/** What the process can be asked. */
export type Request =
  | { readonly call: Words }
  | { readonly transaction: readonly Words[] }
  | { readonly run: keyof typeof PROGRAMS; readonly task: Task };

/** What it answers. */
export type Answer = { readonly value: Value } | { readonly error: string };

async function answer(db: EmbeddedDatabase, request: Request): Promise<Value> {
  if ("call" in request) return await db.call(...request.call);
  if ("transaction" in request) return await db.transaction(request.transaction);
  const program: Program = PROGRAMS[request.run];
  return await program(db, request.task);
}

if (import.meta.main) {
  const encoder = new TextEncoder();
  const say = (answer: Answer) =>
    Deno.stdout.writeSync(encoder.encode(`${JSON.stringify(answer)}\n`));
  await using redlite = Redlite.open(Deno.args[0]!);
  const db = new EmbeddedDatabase(redlite);
  say({ value: "ready" });
  const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream()).pipeThrough(
    new TextLineStream(),
  );
  for await (const line of lines) {
    try {
      say({ value: await answer(db, JSON.parse(line)) });
    } catch (error) {
      say({ error: error instanceof Error ? error.stack ?? error.message : String(error) });
    }
  }
}
