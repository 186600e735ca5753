/**
 * Opens new files at the moment it is told to: `opener.ts NAME DRIVER`. Of each path on its standard input it opens the
 * database, sets a key of its name, closes it and answers with a line.
 */

import { Redlite, type RedliteOptions } from "../../mod.ts";
import { TextLineStream } from "./lines.ts";

const [name, driver] = Deno.args;
const say = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
say("ready");
const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream())
  .pipeThrough(new TextLineStream());
for await (const path of lines) {
  try {
    using db = Redlite.open(path, { driver: driver as NonNullable<RedliteOptions["driver"]> });
    db.set(name!, "here");
    say("opened");
  } catch (error) {
    say(String(error));
  }
}
