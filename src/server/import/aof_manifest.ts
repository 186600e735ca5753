/** The list of a log's files, as Redis 7.0 and later keep it: a line a file, of names and values. */

/**
 * The names of the files, in the order in which they are read: the base, then what was added to it.
 *
 * @param path Whose text it is, for errors.
 * @throws {Error} If a line is none of a manifest.
 */
export function readManifest(text: string, path: string): string[] {
  let base: string | undefined;
  const additions: { readonly name: string; readonly sequence: number }[] = [];
  for (const [i, line] of text.split("\n").entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const words = wordsOf(line);
    const value = (name: string) => words[words.indexOf(name) + 1];
    const name = value("file"), sequence = Number(value("seq")), type = value("type");
    if (name === undefined || !Number.isInteger(sequence) || !"bhi".includes(type ?? "?")) {
      throw new Error(`line ${i + 1} of ${path} is none of a manifest`);
    }
    if (/[/\\]/.test(name)) throw new Error(`line ${i + 1} of ${path} names a file elsewhere`);
    if (type === "b") base = name;
    // Of the type `h` are those that a rewrite has made superfluous.
    else if (type === "i") additions.push({ name, sequence });
  }
  additions.sort((a, b) => a.sequence - b.sequence);
  const names = [...base === undefined ? [] : [base], ...additions.map(({ name }) => name)];
  if (names.length === 0) throw new Error(`${path} names no files`);
  return names;
}

/** The words of a line; one with special characters is quoted. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, plain]) =>
    quoted === undefined ? plain ?? "" : quoted.replace(/\\(x[0-9a-fA-F]{2}|.)/g, unescaped)
  );
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", a: "\x07", b: "\b" };

function unescaped(_: string, escape: string): string {
  if (escape.length === 3) return String.fromCharCode(Number.parseInt(escape.slice(1), 16));
  return ESCAPES[escape] ?? escape;
}
