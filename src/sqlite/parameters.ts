/**
 * The parameters of a statement, read off its text as SQLite's tokenizer does, for libraries that do
 * not tell: `?` is the next number, `?N` that number, and a name the next one where it comes first.
 *
 * @module
 */

/** Blanks, comments, texts and names, all of which may hold what looks like a parameter; parameters. */
const TOKEN =
  /--[^\n]*|\/\*[^]*?(?:\*\/|$)|'(?:[^']|'')*'?|"(?:[^"]|"")*"?|`(?:[^`]|``)*`?|\[[^\]]*\]?|\?(\d*)|([:@$](?:[\w$\u0080-\uffff]|::)+(?:\([^\s)]*\))?)|[\w$\u0080-\uffff]+|[^]/gy;

/** Names of parameters by index, from 1 on, with what stands before them; undefined without one. */
export function parametersOf(sql: string): readonly (string | undefined)[] {
  const names: (string | undefined)[] = [];
  for (const [, number, name] of sql.matchAll(TOKEN)) {
    if (name !== undefined) {
      if (!names.includes(name)) names.push(name);
    } else if (number === "") names.push(undefined);
    else if (number !== undefined) {
      while (names.length < Number(number)) names.push(undefined);
    }
  }
  return names;
}
