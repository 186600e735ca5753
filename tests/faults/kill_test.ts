/**
 * What was acknowledged survives SIGKILL at any moment: several writers work on one growing file, are killed after a
 * few milliseconds each and followed by others, while those that live go on.
 *
 * `REDLITE_TEST_SEED` and `REDLITE_TEST_RUNS` choose other operations and more kills.
 */

import { strict as assert } from "node:assert";
import { startRedlite, temporaryDirectory } from "../harness/servers.ts";
import { randomNumbers } from "../store/rdb/random.ts";
import {
  assertFound,
  assertNothingLost,
  catchUp,
  FIRST_OPERATIONS,
  makeFile,
  operateUntilKilled,
  Writer,
} from "./killing.ts";
import { Model } from "./operations.ts";
import { SEED } from "../harness/seed.ts";

/** How many writers are killed. */
const KILLS = Number(Deno.env.get("REDLITE_TEST_RUNS") ?? 50);
/** Writers at a time. */
const SLOTS = 3;
/** Kills after which all writers are gone and everything in the file is looked at. */
const KILLS_A_CHECK = 25;
/** A writer works between 5 and 60 ms. */
const SHORTEST_MS = 5;
const LONGEST_MS = 60;
/** Kills of a server whose clients wait for the disk. */
const SERVER_KILLS = Math.ceil(KILLS / 50);

Deno.test(`${KILLS} writers killed in mid-work lose nothing they acknowledged`, async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/redlite.db`;
  const model = new Model();
  const slots = await makeFile(path, model, SLOTS);
  const random = randomNumbers(SEED);

  for (let kills = 0; kills < KILLS;) {
    const end = Math.min(KILLS, kills + KILLS_A_CHECK);
    await Promise.all(slots.map(async (state, slot) => {
      while (kills < end) {
        kills++;
        const writer = new Writer(path, slot);
        const found = await writer.ready();
        assertFound(slot, found, state.acknowledged);
        catchUp(model, slot, state, found);
        const ms = SHORTEST_MS + random(LONGEST_MS - SHORTEST_MS);
        state.acknowledged = Math.max(found, await writer.workUntilKilled(ms));
      }
    }));
    await assertNothingLost(path, model, slots, `after ${kills} kills`);
  }
  assert.ok(slots.every(({ modelled }) => modelled > FIRST_OPERATIONS));
});

Deno.test(`${SERVER_KILLS} servers with appendfsync always lose nothing they acknowledged`, async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/redlite.db`;
  const model = new Model();
  const slots = await makeFile(path, model, SLOTS);
  const random = randomNumbers(SEED + 1);
  for (let kills = 1; kills <= SERVER_KILLS; kills++) {
    await using server = await startRedlite({ directory: directory.path, appendfsync: "always" });
    const clients = await Promise.all(slots.map(() => server.connect()));
    const load = Promise.all(
      slots.map((state, slot) => operateUntilKilled(clients[slot]!, slot, state)),
    );
    await Promise.race([
      load,
      new Promise((resolve) => setTimeout(resolve, 200 + random(300))),
    ]);
    await server.kill9();
    await load;
    for (const client of clients) client.close();
    await assertNothingLost(path, model, slots, `after server ${kills} was killed`);
  }
  assert.ok(slots.every(({ modelled }) => modelled > FIRST_OPERATIONS));
});
