/**
 * As much of Deno as tests use that a browser can run: it is put in the place of the name `Deno` in them
 * alone. A test that asks for more is left out by name.
 */

import { OnlyInDeno, test } from "../registered.ts";

/** What a browser has none of. */
const files = () => {
  throw new OnlyInDeno("takes files");
};

/** Writes a value that is no object. */
function inspect(value: unknown): string {
  if (typeof value === "object" && value !== null) throw new OnlyInDeno("looks at objects' texts");
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** A program that cannot be started. */
class Command {
  constructor(program: string) {
    throw new OnlyInDeno(`starts ${program}`);
  }
}

const own = {
  test,
  inspect,
  Command,
  args: [] as readonly string[],
  pid: 0,
  build: { os: "browser" },
  env: { get: (_: string): undefined => undefined },
  errors: { NotFound: class NotFound extends Error {} },
  execPath: () => "deno",
};

/** The part of Deno; everything else is a function on files. */
export const Deno: Record<string, unknown> = new Proxy(own as Record<string, unknown>, {
  get: (target, name) =>
    typeof name === "string" && !Object.hasOwn(target, name) ? files : target[String(name)],
});
