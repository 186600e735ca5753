/**
 * When a query must have ended.
 *
 * @module
 */

/** What is told of a query whose time was up. */
export const TIME_IS_UP = "Timeout limit was reached";

/** A query took longer than it may. */
export class QueryTimeout extends Error {
  override readonly name = "QueryTimeout";
}

/** @param deadline A moment by `performance.now()`. @throws {QueryTimeout} If it has passed. */
export function checkTime(deadline: number): void {
  if (deadline !== Infinity && performance.now() > deadline) {
    throw new QueryTimeout(TIME_IS_UP);
  }
}
