/** The console in Chromium: the command line and SQL. */

import { strict as assert } from "node:assert";
import { temporaryDirectory } from "../harness/servers.ts";
import { noChromium } from "../harness/runtimes/chromium.ts";
import { named } from "../harness/lacking.ts";
import { openConsole, startBrowser } from "./console_page.ts";
import { fillSample } from "./sample.ts";

Deno.test({
  ...named("the console runs commands and SQL", noChromium()),
  async fn(context) {
    const browser = await startBrowser();

    await context.step("commands are completed, explained, run and brought back", async () => {
      await using console = await openConsole(browser, fillSample);
      const { page, db, errors } = console;
      await console.go("#commands/0");
      await page.getByRole("textbox", { name: "Command" }).click();
      await page.getByText("Loading commands…").waitFor({ state: "detached" });
      await page.keyboard.type("xgroup cr");
      await page.getByRole("option", { name: "XGROUP CREATE " }).first().waitFor();
      await page.getByText("Makes a consumer group.").first().waitFor();
      await page.keyboard.press("Control+a");
      await page.keyboard.type('set "a b" "\\xff\\n"');
      await page.getByText("Sets a string").first().waitFor();
      await page.keyboard.press("Escape");
      await page.keyboard.press("Enter");
      await page.getByText('"OK"').waitFor();
      assert.deepEqual(db.bytes.get("a b"), new Uint8Array([0xff, 10]));
      await page.keyboard.press("ArrowUp");
      await page.keyboard.type("x");
      await page.keyboard.press("Enter");
      await page.getByText("The quotes do not match.").waitFor();
      await page.keyboard.press("Control+a");
      await page.keyboard.type("incr note");
      await page.keyboard.press("Escape");
      await page.keyboard.press("Enter");
      await page.getByText("(error) ERR value is not an integer or out of range").waitFor();
      assert.deepEqual(errors, []);
    });

    await context.step("what deletes everything asks first", async () => {
      await using console = await openConsole(browser, (db) => db.set("k", "v"));
      const { page, db } = console;
      await console.go("#commands/0");
      await page.getByRole("textbox", { name: "Command" }).click();
      const flush = async (answer: string) => {
        await page.keyboard.press("Control+a");
        await page.keyboard.type("flushall");
        await page.keyboard.press("Escape");
        await page.keyboard.press("Enter");
        await page.getByRole("dialog").getByRole("button", { name: answer }).click();
      };
      await flush("Cancel");
      assert.equal(db.dbsize(), 1);
      await page.getByRole("textbox", { name: "Command" }).click();
      await flush("Run");
      await page.getByText('"OK"').waitFor();
      assert.equal(db.dbsize(), 0);
    });

    await context.step("a query's result is a table and a chart", async () => {
      await using directory = await temporaryDirectory();
      await using console = await openConsole(browser, fillSample, {
        path: `${directory.path}/a.db`,
      });
      const { page, errors } = console;
      await console.go("#sql/0");
      await page.getByRole("button", { name: "Run" }).click();
      await page.getByRole("cell", { name: "hash", exact: true }).waitFor();
      await page.getByRole("button", { name: "Chart" }).click();
      await page.locator("canvas").waitFor();
      // Chromium itself styles what is typed over a selection, which the policy keeps it from, and says so.
      assert.deepEqual(errors, []);
      await page.getByRole("textbox", { name: "Statement" }).click();
      await page.keyboard.press("Control+a");
      await page.keyboard.type("SELECT missing");
      await page.keyboard.press("Escape");
      await page.keyboard.press("Control+Enter");
      await page.getByText(/no such column/).waitFor();
    });

    await browser.close();
  },
});
