/**
 * Waits for the write lock of a database while it is sent signals: `lock_waiter.ts PATH DRIVER
 * TIMEOUT_MS`. It says when it begins to wait, and whether it got the lock.
 */

import { DRIVERS } from "../store/open.ts";

const [path = "", name, timeoutMs] = Deno.args;
const say = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
const driver = DRIVERS.find(({ info }) => info.name === name)!;
const connection = driver.open(path);
connection.setBusyTimeout(Number(timeoutMs));
Deno.addSignalListener("SIGUSR1", () => {});
say("waits");
try {
  connection.begin(true);
  connection.rollback();
  say("has it");
} catch (error) {
  say(String(error));
}
connection.close();
Deno.exit();
