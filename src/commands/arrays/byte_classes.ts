/** The classes of bytes that regular expressions know: ASCII only, as in the C locale. */

const isAlpha = (byte: number) => isUpper(byte) || isLower(byte);
const isUpper = (byte: number) => byte >= 0x41 && byte <= 0x5a;
const isLower = (byte: number) => byte >= 0x61 && byte <= 0x7a;
/** Whether a byte is a digit. */
export const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
const isAlnum = (byte: number) => isAlpha(byte) || isDigit(byte);
const isGraph = (byte: number) => byte > 0x20 && byte < 0x7f;
const isSpace = (byte: number) => byte === 0x20 || byte >= 0x09 && byte <= 0x0d;
const isHex = (byte: number) =>
  isDigit(byte) || byte >= 0x41 && byte <= 0x46 || byte >= 0x61 && byte <= 0x66;

/** Whether a byte belongs to a word. */
export const isWord = (byte: number): boolean => isAlnum(byte) || byte === 0x5f;

/** The classes of POSIX, by name. */
export const CLASSES: Readonly<Record<string, (byte: number) => boolean>> = {
  alnum: isAlnum,
  alpha: isAlpha,
  ascii: (byte) => byte < 0x80,
  blank: (byte) => byte === 0x20 || byte === 0x09,
  cntrl: (byte) => byte < 0x20 || byte === 0x7f,
  digit: isDigit,
  graph: isGraph,
  lower: isLower,
  print: (byte) => byte === 0x20 || isGraph(byte),
  punct: (byte) => isGraph(byte) && !isAlnum(byte),
  space: isSpace,
  upper: isUpper,
  xdigit: isHex,
};

/** The classes that a backslash and a letter stand for. */
export const SHORT_CLASSES: Readonly<Record<string, (byte: number) => boolean>> = {
  w: isWord,
  W: (byte) => !isWord(byte),
  s: isSpace,
  S: (byte) => !isSpace(byte),
  d: isDigit,
  D: (byte) => !isDigit(byte),
};

/** The same letter in the other case, any other byte itself. */
export const otherCase = (byte: number): number => isAlpha(byte) ? byte ^ 0x20 : byte;
