/**
 * A process that writes to a database file until it is killed: `writer.ts FILE SEED SLOT [yes|no]`, with a log before the database or without.
 *
 * It says `ready N`, N being the slot's operations that the file holds, begins when it is sent a byte, and then writes
 * the number of each operation after its transaction is committed. Checkpoints and background deletion go on meanwhile,
 * at limits so low that a short life sees them all.
 */

import { commandTable } from "../../src/commands/table/commands.ts";
import { Core } from "../../src/embedded/running/core.ts";
import { toText } from "../../src/embedded/data.ts";
import { DatabaseLockedError } from "../../src/embedded/errors.ts";
import { chooseDriver } from "../../src/sqlite/drivers.ts";
import { Store } from "../../src/store/store.ts";
import { doneKey, operation } from "./operations.ts";

/** WAL frames from which on the WAL is made to start over. */
const RESTART_FRAMES = 300;
/** Operations between two passes of the event loop, in which timers run. */
const OPERATIONS_A_PASS = 8;

const [path, seed, slot] = [Deno.args[0], Number(Deno.args[1]), Number(Deno.args[2])];
const writeBehind = Deno.args[3] === "yes";
const encoder = new TextEncoder();
const say = (line: string) => Deno.stdout.writeSync(encoder.encode(line + "\n"));

const store = new Store(chooseDriver(), path!, { durability: "everysec" });
store.checkpointer.restartFrames = RESTART_FRAMES;
if (writeBehind && store.log !== undefined) store.log.wanted = true;
const core = new Core(store, commandTable());
store.sweeper.start();

let number = Number(core.get(doneKey(slot), toText) ?? 0);
say(`ready ${number}`);
await Deno.stdin.read(new Uint8Array(1));
while (true) {
  for (let i = 0; i < OPERATIONS_A_PASS; i++) {
    try {
      core.transaction(() => {
        for (const words of operation(seed, slot, number + 1)) core.run(words, toText);
      });
    } catch (error) {
      if (error instanceof DatabaseLockedError) continue;
      throw error;
    }
    say(String(++number));
  }
  await new Promise((resolve) => setTimeout(resolve, 0));
}
