/**
 * With a log before the database, too, what was acknowledged survives SIGKILL at any moment: while nobody else has the
 * file open, while others come and go, and while what the one before left in the log is applied.
 *
 * `REDLITE_TEST_SEED` and `REDLITE_TEST_RUNS` choose other operations and more kills.
 */

import { strict as assert } from "node:assert";
import { named, notLinux } from "../harness/lacking.ts";
import { SEED } from "../harness/seed.ts";
import { hasTool, startRedlite, temporaryDirectory } from "../harness/servers.ts";
import { randomNumbers } from "../store/rdb/random.ts";
import {
  assertFound,
  assertNothingLost,
  catchUp,
  FIRST_OPERATIONS,
  makeFile,
  operateUntilKilled,
  type Slot,
  visit,
  Writer,
} from "./killing.ts";
import { Model } from "./operations.ts";

/** How many writers are killed. */
const KILLS = Number(Deno.env.get("REDLITE_TEST_RUNS") ?? 30);
/** Writers that there are names for; two of them work at a time at most. */
const SLOTS = 2;
/** Files that are worked on at a time. */
const LANES = 2;
/** Rounds of one to three kills after which everything in a file is looked at. */
const ROUNDS_A_CHECK = 12;
/** A writer works between 5 and 150 ms: fewer than it takes to come back to the log when others have left. */
const SHORTEST_MS = 5;
const LONGEST_MS = 150;
/** How long one works, now and then, so that it does come back: it tries each half a second. */
const LONG_MS = 900;
/** How long one has to begin, of those that are killed before they have. */
const START_MS = 600;
/** Kills of a server with clients. */
const SERVER_KILLS = 3 * Math.ceil(KILLS / 50);

const lacking = notLinux() ?? (hasTool("sqlite3") ? undefined : "needs sqlite3");
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Whether the log of a database has anything. */
const hasTurns = (path: string): Promise<boolean> =>
  Deno.stat(`${path}-log`).then(({ size }) => size > 64, () => false);

/** What the files of all lanes share: how many writers were killed, and how often one left a log. */
const totals = { kills: 0, logged: 0 };

/** Kills writers of one file until there were enough of them. */
async function killWriters(lane: number): Promise<void> {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/redlite.db`;
  const model = new Model();
  const slots = await makeFile(path, model, SLOTS);
  const random = randomNumbers(SEED + 3 + lane);
  /** @param after How long it waits before it opens the file, in milliseconds. */
  const work = async (state: Slot, slot: number, ms: number, after: number) => {
    totals.kills++;
    await pause(after);
    const writer = new Writer(path, slot, "yes");
    const found = await writer.ready();
    assertFound(slot, found, state.acknowledged);
    catchUp(model, slot, state, found);
    state.acknowledged = Math.max(found, await writer.workUntilKilled(ms));
  };
  for (let round = 1; totals.kills < KILLS; round++) {
    const ms = random(8) === 0 ? LONG_MS : SHORTEST_MS + random(LONGEST_MS - SHORTEST_MS);
    // None, one and two others; the second may be a writer like the first.
    const visitors = Array.from({ length: round % 3 }, async (_, i) => {
      const after = random(ms + START_MS);
      if (i === 1 && random(2) === 0) {
        return await work(slots[1]!, 1, SHORTEST_MS + random(LONGEST_MS), after);
      }
      await pause(after);
      await visit(path);
    });
    await Promise.all([work(slots[0]!, 0, ms, 0), ...visitors]);
    if (await hasTurns(path)) totals.logged++;
    if (random(4) === 0) {
      // In the middle of what the others left.
      totals.kills++;
      const writer = new Writer(path, 0, "yes");
      await pause(random(START_MS));
      await writer.kill();
    }
    if (round % ROUNDS_A_CHECK !== 0 && totals.kills < KILLS) continue;
    await assertNothingLost(path, model, slots, `file ${lane}, after ${round} rounds`);
  }
  assert.ok(slots[0]!.modelled > FIRST_OPERATIONS);
}

Deno.test({
  ...named(
    `${KILLS} writers with a log before the database, alone or with others coming and going, lose nothing`,
    lacking,
  ),
  async fn() {
    await Promise.all(Array.from({ length: LANES }, (_, lane) => killWriters(lane)));
    assert.ok(totals.logged > 0, "no writer left anything in a log");
  },
});

for (const appendfsync of ["always", "everysec"] as const) {
  Deno.test({
    ...named(
      `${SERVER_KILLS} servers with a log before the database lose nothing they acknowledged (${appendfsync})`,
      lacking,
    ),
    async fn() {
      await using directory = await temporaryDirectory();
      const path = `${directory.path}/redlite.db`;
      const model = new Model();
      const slots = await makeFile(path, model, SLOTS);
      const random = randomNumbers(SEED + 2);
      let logged = 0;
      for (let kills = 1; kills <= SERVER_KILLS; kills++) {
        await using server = await startRedlite({
          directory: directory.path,
          appendfsync,
          args: ["--write-behind", "yes"],
        });
        const clients = await Promise.all(slots.map(() => server.connect()));
        let going = true;
        const load = Promise.all(
          slots.map((state, slot) => operateUntilKilled(clients[slot]!, slot, state)),
        );
        // Nobody, one and two come and go.
        const visitors = Promise.all(
          Array.from({ length: kills % 3 }, async () => {
            while (going) {
              await visit(path);
              await pause(20);
            }
          }),
        );
        await Promise.race([
          load,
          pause(200 + random(700)),
        ]);
        await server.kill9();
        going = false;
        await load;
        await visitors;
        for (const client of clients) client.close();
        if (await hasTurns(path)) logged++;
        await assertNothingLost(path, model, slots, `after server ${kills} was killed`);
      }
      assert.ok(slots.every(({ modelled }) => modelled > FIRST_OPERATIONS));
      assert.ok(logged > 0, "no server had anything in a log");
    },
  });
}
