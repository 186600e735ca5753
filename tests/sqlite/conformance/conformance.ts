/**
 * What every driver must do the same. The engine above knows one `Connection` and one `Statement`;
 * this suite is what lets it not care whose they are.
 *
 * @module
 */

import type { Driver } from "../../../src/sqlite/sqlite.ts";
import { otherConnections } from "./connections.ts";
import { errors, files, images } from "./files.ts";
import { type Deviations, type Register, Scene } from "./scene.ts";
import { statements } from "./statements.ts";
import { transactions } from "./transactions.ts";
import { columns, values } from "./values.ts";

export type { Deviations };

/**
 * Registers the suite for one driver.
 *
 * @param name What the tests' names start with.
 * @param driver Gives the driver; called once a test.
 * @param deviations What of the contract the driver's library makes impossible.
 */
export function conformance(
  name: string,
  driver: () => Promise<Driver>,
  deviations: Deviations = {},
): void {
  const test: Register = (behaviour, body): void => {
    Deno.test(`${name}: ${behaviour}`, async () => {
      await using scene = await Scene.create(await driver());
      await body(scene);
    });
  };
  const shared: Register = deviations.sole ? () => {} : test;
  values(test, deviations);
  columns(test);
  statements(test, shared);
  transactions(test, shared);
  errors(test, deviations);
  images(test);
  otherConnections(shared);
  files(shared);
}
