/**
 * The terms that a part of a term, a pattern or a misspelling stands for.
 *
 * @module
 */

/** A test of terms, made once for all of a dictionary. */
export type TermTest = (term: string) => boolean;

/** Terms within an edit distance of a text: characters put in, taken out or replaced. */
export function withinDistance(text: string, distance: number): TermTest {
  const wanted = [...text].map((character) => character.codePointAt(0)!);
  const { length } = wanted;
  let before = new Int32Array(length + 1), row = new Int32Array(length + 1);
  return (term) => {
    // Counts UTF-16 units, which are the characters' number or more.
    if (term.length < length - distance) return false;
    for (let i = 0; i <= length; i++) before[i] = i;
    let line = 0;
    for (let at = 0; at < term.length; at++) {
      let code = term.charCodeAt(at);
      if (code >= 0xd800 && code < 0xdc00) code = term.codePointAt(at++)!;
      line++;
      if (line > length + distance) return false;
      // Outside of the band next to the diagonal everything is farther.
      const first = Math.max(1, line - distance), last = Math.min(length, line + distance);
      row[first - 1] = first === 1 ? line : distance + 1;
      let least = row[first - 1]!;
      for (let i = first; i <= last; i++) {
        const replaced = before[i - 1]! + (wanted[i - 1] === code ? 0 : 1);
        const dropped = i === line + distance ? distance + 1 : before[i]! + 1;
        const put = row[i - 1]! + 1;
        let value = replaced < dropped ? replaced : dropped;
        if (put < value) value = put;
        row[i] = value;
        if (value < least) least = value;
      }
      if (least > distance) return false;
      [before, row] = [row, before];
    }
    return Math.abs(line - length) <= distance && before[length]! <= distance;
  };
}

/** Terms that a pattern of `*` (any characters) and `?` (one) matches as a whole. */
export function matchingPattern(pattern: string): TermTest {
  const parts = patternParts(pattern);
  return (term) => matches(parts, term);
}

/** Characters of a pattern, with `undefined` for `?` and null for `*`. */
function patternParts(pattern: string): (string | undefined | null)[] {
  const parts: (string | undefined | null)[] = [];
  let escaped = false;
  for (const character of pattern) {
    if (escaped) {
      parts.push(character);
      escaped = false;
    } else if (character === "\\") escaped = true;
    else if (character === "*") {
      if (parts.at(-1) !== null) parts.push(null);
    } else parts.push(character === "?" ? undefined : character);
  }
  return parts;
}

function matches(parts: readonly (string | undefined | null)[], term: string): boolean {
  const characters = [...term];
  let at = 0, part = 0;
  // Where to go on if what follows the last star does not match here.
  let starAt = -1, starPart = -1;
  while (at < characters.length) {
    const wanted = parts[part];
    if (part < parts.length && wanted !== null && (wanted ?? characters[at]) === characters[at]) {
      at++;
      part++;
    } else if (part < parts.length && wanted === null) {
      starPart = ++part;
      starAt = at;
    } else if (starPart >= 0) {
      part = starPart;
      at = ++starAt;
    } else return false;
  }
  while (part < parts.length && parts[part] === null) part++;
  return part === parts.length;
}

/** The characters that all terms of a pattern begin with. */
export function literalPrefix(pattern: string): string {
  let prefix = "";
  for (const part of patternParts(pattern)) {
    if (part === undefined || part === null) break;
    prefix += part;
  }
  return prefix;
}
