/** The console in Chromium: the history of keys, streams with their groups, documents as trees. */

import { strict as assert } from "node:assert";
import { noChromium } from "../harness/runtimes/chromium.ts";
import { named } from "../harness/lacking.ts";
import { openConsole, startBrowser } from "./console_page.ts";
import { fillSample } from "./sample.ts";

Deno.test({
  ...named("the console shows the past, streams and documents", noChromium()),
  async fn(context) {
    const browser = await startBrowser();

    await context.step(
      "the slider shows what a key held, what a change did, and brings it back",
      async () => {
        await using console = await openConsole(browser, fillSample);
        const { page, db, errors } = console;
        await console.go("#keys/0/cart");
        await page.getByRole("button", { name: "History" }).click();
        const held = page.getByRole("region", { name: "What it held" });
        const differences = page.getByRole("region", { name: "Differences" });
        await held.getByRole("cell", { name: "plums" }).waitFor();
        await page.getByLabel("Moment").press("Home");
        await page.getByText("change 1 of 5").waitFor();
        await held.getByRole("cell", { name: "plums" }).waitFor({ state: "detached" });
        await differences.getByText("It was made: hash.").waitFor();
        await page.getByRole("button", { name: "Change after" }).click();
        await page.getByRole("button", { name: "Change after" }).click();
        await differences.getByText("~ apples 3 → 5").waitFor();
        await held.getByRole("cell", { name: "pears", exact: true }).waitFor();
        await page.getByLabel("Against").selectOption("now");
        await differences.getByText("− pears 1").waitFor();
        await differences.getByText("+ plums 2").waitFor();
        await page.getByRole("button", { name: "Bring back" }).click();
        await page.getByRole("dialog").getByRole("button", { name: "Bring back" }).click();
        await page.getByRole("cell", { name: "pears", exact: true }).waitFor();
        assert.deepEqual(Object.fromEntries(db.hgetall("cart")), { apples: "5", pears: "1" });
        assert.deepEqual(errors, []);
      },
    );

    await context.step("what was changed in a text is marked", async () => {
      await using console = await openConsole(browser, fillSample);
      const { page } = console;
      await console.go("#keys/0/note");
      await page.getByRole("button", { name: "History" }).click();
      await page.locator("mark", { hasText: ", plums" }).waitFor();
    });

    await context.step("a deleted key's past is there", async () => {
      await using console = await openConsole(browser, (db) => {
        db.call("HISTORY", "ENABLE", "GLOBAL");
        db.set("gone", "value");
        db.del("gone");
      });
      const { page, db } = console;
      await page.getByLabel("Pattern").fill("gone");
      await page.getByRole("button", { name: "Open gone" }).click();
      await page.getByText("There is no such key now.").waitFor();
      await page.getByRole("button", { name: "History" }).click();
      await page.getByText("All changes").click();
      await page.getByRole("cell", { name: "del", exact: true }).waitFor();
      assert.equal(db.exists("gone"), 0);
    });

    await context.step(
      "a stream's entries are added, and what is pending in its groups is acknowledged",
      async () => {
        await using console = await openConsole(browser, fillSample);
        const { page, db } = console;
        await console.go("#keys/0/orders");
        await page.getByLabel("Field", { exact: true }).fill("customer");
        await page.getByLabel("Value", { exact: true }).fill("new one");
        await page.getByRole("button", { name: "Add", exact: true }).click();
        await page.getByText("customer: new one").waitFor();
        assert.equal(db.xlen("orders"), 41);
        await page.getByRole("button", { name: "billing", exact: true }).click();
        const pending = page.getByRole("button", { name: "Acknowledge" });
        await pending.first().waitFor();
        assert.equal(await pending.count(), 5);
        await pending.first().click();
        await page.getByRole("cell", { name: "4", exact: true }).waitFor();
      },
    );

    await context.step(
      "a document is a tree whose parts are edited and deleted, digits and all",
      async () => {
        await using console = await openConsole(browser, fillSample);
        const { page, db } = console;
        await console.go("#keys/0/document");
        await page.getByText("12345678901234567890").waitFor();
        await page.getByRole("button", { name: "address:" }).click();
        await page.getByLabel('Edit $["address"]["city"]').click();
        await page.getByRole("dialog").locator("textarea").fill('"Paris"');
        await page.getByRole("button", { name: "Save" }).click();
        await page.getByText('"Paris"').waitFor();
        await page.getByLabel('Delete $["tags"]').click();
        await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
        await page.getByText("tags:").waitFor({ state: "detached" });
        assert.equal(
          db.call("JSON.GET", "document"),
          '{"name":"Ada","visits":12345678901234567890,"address":{"city":"Paris","zip":null}}',
        );
      },
    );

    await browser.close();
  },
});
