/** What a file begins with, by which its kind is known. */

/** The first bytes of a file, one character a byte. @throws {Error} If there is no such file. */
export function beginningOf(path: string, size: number): string {
  try {
    using file = Deno.openSync(path);
    const bytes = new Uint8Array(size);
    const read = file.readSync(bytes) ?? 0;
    return String.fromCharCode(...bytes.subarray(0, read));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new Error(`there is no file ${path}`);
    throw error;
  }
}

/** Whether a file begins with a text. */
export function beginsWith(path: string, text: string): boolean {
  return beginningOf(path, text.length) === text;
}
