/** How objects look in `console.log` and in `node:util`'s `inspect`: one line, and nothing of the inside. */

const SYMBOLS = [Symbol.for("Deno.customInspect"), Symbol.for("nodejs.util.inspect.custom")];

/** Has the objects of a class shown by a text of theirs. */
export function showAs<T extends object>(prototype: T, text: (object: T) => string): void {
  for (const symbol of SYMBOLS) {
    Object.defineProperty(prototype, symbol, {
      value(this: T) {
        return text(this);
      },
    });
  }
}
