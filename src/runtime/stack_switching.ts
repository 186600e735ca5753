/**
 * Leaving a function of WebAssembly in its middle and going on with it later (JavaScript Promise
 * Integration), which Node 22 cannot.
 *
 * @module
 */

/** The parts of it, which TypeScript does not know yet. */
interface Integration {
  readonly Suspending?: new (callback: () => Promise<void>) => WebAssembly.ImportValue;
  promising?(exported: CallableFunction): (...args: number[]) => Promise<void>;
}

const integration = WebAssembly as unknown as Integration;

/**
 * What a module imports to be left until a promise settles. Where that cannot be it throws, as it does
 * everywhere if a frame of JavaScript is in between.
 */
export function suspending(callback: () => Promise<void>): WebAssembly.ImportValue {
  if (integration.Suspending !== undefined) return new integration.Suspending(callback);
  return () => {
    throw new Error("this runtime cannot suspend WebAssembly");
  };
}

/** A function of a module that can be left; where that cannot be it ends before it returns. */
export function promising(exported: CallableFunction): (...args: number[]) => Promise<void> {
  if (integration.promising !== undefined) return integration.promising(exported);
  return (...args) => {
    try {
      return Promise.resolve(exported(...args));
    } catch (error) {
      return Promise.reject(error);
    }
  };
}
