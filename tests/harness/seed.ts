/**
 * What generated tests begin from: the same in every run, so that none fails by the dice.
 * `REDLITE_TEST_SEED` chooses others.
 *
 * @module
 */

/** The seed, an integer. */
export const SEED: number = Number(Deno.env.get("REDLITE_TEST_SEED") ?? 20240229);
