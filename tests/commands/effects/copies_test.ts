/** Holds every command that writes to its effects: applied to a copy, they make the same of it. */

import { strict as assert } from "node:assert";
import { RedliteError } from "../../../src/embedded/errors.ts";
import { SEED } from "../../harness/seed.ts";
import { contentOf } from "./content.ts";
import { Dice } from "./dice.ts";
import { BESIDE, type Generator, GENERATORS, type Word } from "./generators.ts";
import { Followed, table } from "./stores.ts";

/** Times that each command runs. */
const TIMES = 8;
/** Tries that are left for those without an effect by then. */
const MORE = 3000;
/** Commands between two looks at the digests, and at everything. */
const DIGESTED = 10, COMPARED = 200;

/** What only who follows runs: that KV WRITE is told by it is in what is compared. */
const APART: ReadonlySet<string> = new Set(["kv|apply"]);

/** All commands that say something of effects, or would have to; but for one that wants another server. */
function writing(): string[] {
  return table().all().flatMap((command) => [command, ...command.subcommands ?? []])
    .filter(({ writes, effects, handler }) =>
      handler !== undefined && (writes || effects !== "none")
    )
    .filter(({ fullName }) => !APART.has(fullName))
    .map(({ fullName }) => fullName)
    .filter((name) => name !== "migrate");
}

Deno.test("there is a generator for every command that writes", () => {
  const missing = writing().filter((name) => GENERATORS[name] === undefined);
  assert.deepEqual(missing, []);
});

/** Commands that must have had an effect in the end. */
const EFFECTIVE: ReadonlySet<string> = new Set(writing().filter((name) => name !== "vacuum"));

/** Commands that have had an effect. */
const changed = new Set<string>();

function line(words: readonly Word[]): string {
  return words.map((word) => typeof word === "string" ? JSON.stringify(word) : `<${word.length}>`)
    .join(" ");
}

/** Each command so many times, and then those that have had no effect yet, among others. */
function* commandsBy(dice: Dice): Iterable<[string, Generator]> {
  const entries = Object.entries({ ...GENERATORS, ...BESIDE });
  yield* dice.shuffled(Array.from({ length: TIMES }, () => entries).flat());
  for (let i = 0; i < MORE; i++) {
    const silent = entries.filter(([name]) => EFFECTIVE.has(name) && !changed.has(name));
    if (silent.length === 0) return;
    yield dice.one(silent);
    yield dice.one(entries);
  }
}

for (const seed of [SEED, SEED + 1]) {
  Deno.test(`a copy that gets the effects of random commands is the same, seed ${seed}`, async () => {
    using followed = new Followed();
    const { original, clock } = followed;
    await followed.ready();
    const dice = new Dice(seed);
    original.store.sets.random = () => dice.next();
    let recent: string[] = [];
    let i = -1;
    for (const [name, generate] of commandsBy(dice)) {
      i++;
      const words = [
        ...name.split("|"),
        ...generate(dice, original).map((word) => typeof word === "number" ? String(word) : word),
      ];
      recent.push(line(words));
      // What has expired is no effect of a command that has none.
      if (name === "vacuum") followed.follow();
      try {
        original.run(words);
      } catch (error) {
        if (!(error instanceof RedliteError)) throw error;
        recent.push(`  ${error.message}`);
      }
      followed.told = [];
      if (followed.follow()) changed.add(name);
      recent.push(...followed.told.map((told) => `  ${told}`));
      if (dice.once(3)) {
        clock.advance(dice.int(1, 900));
        // What expires meanwhile is no effect of the next command.
        followed.told = [];
        followed.follow();
        recent.push(...followed.told.map((told) => `  meanwhile ${told}`));
      }
      if (i % DIGESTED > 0) continue;
      // What has expired by now goes before any look, as it does between the turns of clients.
      clock.advance(200);
      followed.follow();
      const seen = recent.join("\n");
      recent = [];
      const whole = i % COMPARED === 0;
      followed.look((original, copy) => {
        const [expected, actual] = [original, copy].map((store) => store.ask("DEBUG", "DIGEST"));
        if (whole || actual !== expected) {
          assert.deepEqual(contentOf(copy), contentOf(original), seen);
        }
        assert.equal(actual, expected, seen);
      });
    }
  });
}

Deno.test("every command that writes has had an effect by now, but VACUUM, which has none", () => {
  const silent = writing().filter((name) => !changed.has(name));
  assert.deepEqual(silent, ["vacuum"]);
});
