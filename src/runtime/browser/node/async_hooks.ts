/** What is used of `node:async_hooks`. A browser does not tell who began what goes on after an `await`. */

/** A value that holds while a function runs, and no longer. */
export class AsyncLocalStorage<Value> {
  #value: Value | undefined;

  /** Runs a function with a value. */
  run<Result>(value: Value, body: () => Result): Result {
    const before = this.#value;
    this.#value = value;
    try {
      return body();
    } finally {
      this.#value = before;
    }
  }

  /** The value; undefined outside of {@linkcode run}. */
  getStore(): Value | undefined {
    return this.#value;
  }
}
