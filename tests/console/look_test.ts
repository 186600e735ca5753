/** The console in Chromium: accessible to everybody, on a phone too, and harmless whatever it shows. */

import { strict as assert } from "node:assert";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { temporaryDirectory } from "../harness/servers.ts";
import { noChromium } from "../harness/runtimes/chromium.ts";
import { named } from "../harness/lacking.ts";
import { openConsole, startBrowser } from "./console_page.ts";
import { fillSample } from "./sample.ts";

/** Where the history is looked at. */
const HISTORY = "#keys/0/cart";

/** Places of the console, and what is there when they are. */
const PLACES: readonly (readonly [string, string])[] = [
  ["#keys/0", ".tree .row"],
  ["#keys/0/config", "textarea"],
  ["#keys/0/user%3A1%3Aprofile", "table"],
  ["#keys/0/tags", "table"],
  ["#keys/0/orders", "table"],
  ["#keys/0/document", ".json-name"],
  ["#keys/0/colors", "table"],
  ["#keys/0/temperature", "canvas"],
  ["#keys/0/seen", ".info"],
  [HISTORY, "table"],
  ["#commands/0", ".cm-editor"],
  ["#sql/0", ".cm-editor"],
  ["#search/0", "table"],
  ["#live/0", "canvas"],
  ["#space/0", ".treemap button"],
  ["#slow/0", "h1"],
  ["#clients/0", "table"],
];

/** Those that have colors and widths of their own. */
const DIFFER: ReadonlySet<string> = new Set([
  "#keys/0",
  "#keys/0/document",
  HISTORY,
  "#search/0",
  "#space/0",
  "#clients/0",
]);

/** What axe finds wrong. */
async function wrongs(page: Page): Promise<string[]> {
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import("axe-core") };
    return await axe.run({ resultTypes: ["violations"], elementRef: false });
  });
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`)
  );
}

Deno.test({
  ...named("the console is for everybody, and shows anything harmlessly", noChromium()),
  async fn(context) {
    const browser = await startBrowser();

    const looks = async (dark: boolean, places: readonly (readonly [string, string])[]) => {
      await using directory = await temporaryDirectory();
      const size = dark ? { width: 360, height: 700 } : { width: 1200, height: 800 };
      const path = `${directory.path}/a.db`;
      await using console = await openConsole(browser, fillSample, { dark, path, size });
      const { page, errors } = console;
      await page.evaluate(axe.source);
      const found: Record<string, readonly string[]> = {};
      for (const [place, sign] of places) {
        await console.go(place);
        await page.locator(sign).first().waitFor();
        if (place === HISTORY) {
          await page.getByRole("button", { name: "History" }).click();
          await page.getByLabel("Moment").waitFor();
        }
        const wrong = await wrongs(page);
        const width = await page.evaluate<number>("document.documentElement.scrollWidth");
        if (width > size.width) wrong.push(`it is ${width} pixels wide`);
        if (wrong.length > 0) found[place] = wrong;
      }
      assert.deepEqual(found, {});
      assert.deepEqual(errors, []);
    };

    await context.step("axe finds nothing wrong with any view", () => looks(false, PLACES));

    await context.step(
      "nor in the dark and on a phone, and nothing is wider than that",
      () => looks(true, PLACES.filter(([place]) => DIFFER.has(place))),
    );

    await context.step(
      "scripts, marks of direction and megabytes are shown as what they are",
      async () => {
        const script =
          `<img src=x onerror="document.title='run'"><script>document.title='run'</script>`;
        const turned = "\u202eback\u202c \u0000\u001b[31m";
        await using console = await openConsole(browser, (db) => {
          db.set(script, script);
          db.set("big", "x".repeat(8 * 1024 * 1024));
          db.set(turned, turned);
          db.hset("hash", { [script]: script, [turned]: turned, long: "y".repeat(1024 * 1024) });
          db.call("JSON.SET", "json", "$", JSON.stringify({ [script]: script, [turned]: turned }));
          db.set(new Uint8Array([0xff, 0xfe]), new Uint8Array([0x80]));
          db.set("k".repeat(60_000), "long key");
        });
        const { page, errors } = console;
        await page.locator(".row", { hasText: "<img src=x" }).click();
        await page.locator(".key-name", { hasText: "<script>" }).waitFor();
        await page.locator(".row", { hasText: "\\u202eback" }).click();
        await page.getByLabel("Value", { exact: true }).waitFor();
        await page.locator(".row", { hasText: "\\xff\\xfe" }).click();
        await page.locator("textarea").waitFor();
        assert.equal(await page.locator("textarea").inputValue(), "80");
        await console.go("#keys/0/big");
        await page.getByText("from byte 0 of 8,388,608").waitFor();
        await console.go("#keys/0/hash");
        await page.getByRole("cell", { name: "<img src=x" }).first().waitFor();
        await page.getByRole("cell", { name: "\\u202eback" }).first().waitFor();
        await console.go("#keys/0/json");
        await page.locator(".json-name", { hasText: "<img src=x" }).waitFor();
        await page.locator(".row", { hasText: "kkkk" }).click();
        await page.locator(".key-name", { hasText: "kkkk" }).waitFor();
        assert.equal(await page.title(), "Redlite");
        assert.deepEqual(errors, []);
      },
    );

    await context.step("a million keys are looked through, and nobody waits for it", async () => {
      await using console = await openConsole(browser, (db) => {
        db.transaction(() => {
          for (let i = 0; i < 1_000_000; i++) db.set(`key:${i}`, "v");
        });
      });
      const { page, db, errors } = console;
      await page.getByText("50,000 keys · looked at 50,000 of 1,000,000").waitFor();
      await page.getByLabel("Pattern").fill("key:99999*");
      await page.getByText("11 keys", { exact: true }).waitFor();
      await page.getByLabel("Pattern").fill("");
      await page.getByRole("button", { name: "All" }).click();
      db.set("meanwhile", "answered");
      await page.getByText("1,000,001 keys", { exact: true }).or(
        page.getByText("1,000,000 keys", { exact: true }),
      )
        .waitFor({ timeout: 60_000 });
      await page.locator(".row", { hasText: "key:" }).click();
      await page.getByRole("tree").press("End");
      await page.locator(".row", { hasText: "999999" }).waitFor();
      const rows = await page.locator(".tree .row").count();
      assert.ok(rows < 100, `${rows} rows`);
      assert.deepEqual(errors, []);
    });

    await browser.close();
  },
});
