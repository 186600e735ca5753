/** A chapter of the README, for tests that do what it shows. */

import { strict as assert } from "node:assert";
import { words } from "../commands/json/same.ts";
import { Redlite } from "../../mod.ts";
import { shown } from "./redis_cli.ts";
import type { RespClient } from "./resp_client.ts";
import { startRedlite } from "./servers.ts";

const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));

/** A chapter. */
export class ReadmeChapter {
  /** Its text. */
  readonly text: string;

  /** @param title Its heading. */
  constructor(title: string) {
    const [, text = ""] = new RegExp(`\n## ${title}\n([^]*?)\n## `).exec(readme) ?? [];
    assert.notEqual(text, "", `the README has no chapter ${title}`);
    this.text = text;
  }

  /** Its first block in a language; `""` is that of sessions with `redis-cli`. */
  block(language: string): string {
    return new RegExp(`\n\`\`\`${language}\n([^]*?)\n\`\`\``).exec(this.text)?.[1] ?? "";
  }

  /** All of its blocks in a language. */
  blocks(language: string): string[] {
    return [...this.text.matchAll(new RegExp(`\n\`\`\`${language}\n([^]*?)\n\`\`\``, "g"))]
      .map(([, text = ""]) => text);
  }

  /** Types what its session types, and compares what comes. */
  async runSession(client: RespClient): Promise<void> {
    const steps = this.block("").split(/^> /m).slice(1);
    assert.ok(steps.length > 6);
    for (const step of steps) {
      const [line = "", ...replies] = step.trimEnd().split("\n");
      assert.equal(shown(await client.send(...words(line))), replies.join("\n"), line);
    }
  }

  /** Does what its first program does with `db`, line by line, and compares what comes with its comments. */
  runProgram(db: object): void {
    const lines = this.block("ts").split("\n");
    assert.ok(lines.length > 6);
    for (const line of lines) {
      const [, code = "", comment] = /^(.*?);(?: \/\/ (.*))?$/.exec(line) ?? [];
      const evaluate = (text: string): unknown => new Function("db", `return (${text})`)(db);
      const result = evaluate(code);
      if (comment !== undefined) assert.deepEqual(result, evaluate(comment), line);
    }
  }
}

/**
 * Registers tests that a chapter's session and its program do what they show.
 *
 * @param subject What the chapter is on, for the tests' names.
 * @param more Goes on with the program's database.
 */
export function testChapter(
  chapter: ReadmeChapter,
  subject: string,
  more?: (db: Redlite) => void,
): void {
  Deno.test(`the session of the README's chapter on ${subject}`, async () => {
    await using server = await startRedlite();
    await using client = await server.connect();
    await chapter.runSession(client);
  });
  Deno.test(`the program of the README's chapter on ${subject}`, () => {
    using db = Redlite.open(":memory:");
    chapter.runProgram(db);
    more?.(db);
  });
}
