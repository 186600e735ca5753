/** What a transaction may be, and which are open in this realm. */

import { files } from "../../runtime/files.ts";
import { MEMORY, type Store } from "../../store/store.ts";
import { DatabaseLockedError } from "../errors.ts";

/** The stores that are in a transaction which may write. */
export const writers: Set<Store> = new Set();

/**
 * Makes sure that no other store here keeps the file locked: it could not end its transaction while
 * this one waits.
 *
 * @throws {DatabaseLockedError}
 */
export function assertUnlocked(store: Store): void {
  if (store.sole) return;
  const file = fileOf(store);
  for (const writer of writers) {
    if (fileOf(writer) === file) {
      throw new DatabaseLockedError("BUSY another object of this process is in a transaction");
    }
  }
}

/** The error for a function that is not over when it returns. */
export const asynchronous = () =>
  new TypeError("a transaction must be a synchronous function, not one that returns a promise");

/** Whether a function's body runs on after it has returned; a generator's has not begun then. */
export function isAsynchronous(body: () => unknown): boolean {
  if (Object.getPrototypeOf(body) === Function.prototype) return false;
  const kind = Object.prototype.toString.call(body);
  return kind.endsWith("Function]") && kind !== "[object Function]";
}

/** The file a store is in, by one name whatever it was opened by. */
function fileOf({ path }: Store): string {
  if (path === MEMORY) return path;
  try {
    return files.realPathSync(path);
  } catch {
    return path;
  }
}

/** Whether a value is a promise, of whatever library. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value &&
    typeof value.then === "function";
}

/** The error for what comes after one that was caught. */
export const brokenTransaction = () =>
  new TypeError("the transaction was rolled back by an error that its function caught");
