/** Names of the methods that end a `using` block, as compilers spell them where a browser has none. */

const own: { readonly dispose?: symbol; readonly asyncDispose?: symbol } = Symbol;
// Taken apart, for the package has these in the place of `Symbol.dispose` and `Symbol.asyncDispose`.
const { dispose, asyncDispose } = own;

/** For `using`. */
export const symbolDispose: symbol = dispose ?? Symbol.for("Symbol.dispose");
/** For `await using`. */
export const symbolAsyncDispose: symbol = asyncDispose ?? Symbol.for("Symbol.asyncDispose");
