/**
 * How long the console takes until it can be used: from the address to the first keys in sight, in
 * Chromium, with nothing of it kept from before, over a database of 100,000 keys.
 *
 * @module
 */

import { openConsole, startBrowser } from "../tests/console/console_page.ts";

const KEYS = 100_000, TIMES = 7;

const browser = await startBrowser();
const times: number[] = [];
for (let i = 0; i < TIMES; i++) {
  await using opened = await openConsole(browser, (db) => {
    db.transaction(() => {
      for (let key = 0; key < KEYS; key++) db.set(`user:${key}`, "value");
    });
  });
  const context = await browser.newContext();
  const page = await context.newPage();
  const startMs = performance.now();
  await page.goto(opened.url);
  await page.locator(".tree .row").first().waitFor();
  times.push(performance.now() - startMs);
  await context.close();
}
await browser.close();
times.sort((one, other) => one - other);
console.log(
  `console: keys in sight after ${times[TIMES >> 1]!.toFixed(0)} ms ` +
    `(${times[0]!.toFixed(0)} to ${times.at(-1)!.toFixed(0)} ms, ${TIMES} times, ${KEYS} keys)`,
);
Deno.exit(0);
