/** Names of the methods that end a `using` block, as compilers spell them where a browser has none. */

/** For `using`. */
export const dispose: symbol = Symbol.dispose ?? Symbol.for("Symbol.dispose");
/** For `await using`. */
export const asyncDispose: symbol = Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");
