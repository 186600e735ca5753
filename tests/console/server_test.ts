/** The console in Chromium: what the server does, who is there, who takes the space, and other types. */

import { strict as assert } from "node:assert";
import { noChromium } from "../harness/runtimes/chromium.ts";
import { named } from "../harness/lacking.ts";
import { openConsole, startBrowser } from "./console_page.ts";
import { fillSample } from "./sample.ts";

Deno.test({
  ...named("the console shows the server, indexes and types of numbers", noChromium()),
  async fn(context) {
    const browser = await startBrowser();

    await context.step("charts of what the server does go on", async () => {
      await using console = await openConsole(browser, fillSample);
      const { page, errors } = console;
      await console.go("#live/0");
      await page.locator("canvas").nth(7).waitFor();
      await page.locator(".figures dd", { hasText: "MB" }).first().waitFor();
      await page.locator(".figures .card", { hasText: "Commands a second" })
        .locator("dd", { hasText: /\d/ }).waitFor();
      assert.deepEqual(errors, []);
    });

    await context.step("prefixes are areas by what they take, which open", async () => {
      await using console = await openConsole(browser, fillSample);
      const { page, errors } = console;
      await console.go("#space/0");
      await page.getByRole("button", { name: /^session: .* in 25 keys$/ }).waitFor();
      await page.getByRole("button", { name: /^user: .* in 120 keys$/ }).click();
      await page.getByRole("button", { name: /^7: .* in 2 keys$/ }).click();
      await page.getByRole("button", { name: /^profile .* in 1 key$/ }).click();
      await page.locator(".key-name", { hasText: "user:7:profile" }).waitFor();
      assert.deepEqual(errors, []);
    });

    await context.step("the slow log is told, and emptied if one is sure", async () => {
      await using console = await openConsole(browser);
      const { page } = console;
      const log = (us: number) =>
        fetch(`${console.url}/config/set/slowlog-log-slower-than/${us}`).then((answer) =>
          answer.body?.cancel()
        );
      await log(0);
      await console.go("#slow/0");
      await page.getByRole("cell", { name: "config set slowlog-log-slower-than 0" }).waitFor();
      await log(-1);
      await page.getByRole("button", { name: "Empty it" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Empty" }).click();
      await page.getByText("No command was slow.").waitFor();
    });

    await context.step("clients are told, and disconnected if one is sure", async () => {
      await using console = await openConsole(browser);
      const { page, db, url } = console;
      const waiting = fetch(`${url}/blpop/nothing/0`);
      await console.go("#clients/0");
      await page.locator("tr", { hasText: "blpop" }).getByRole("button").click();
      await page.getByRole("dialog").getByRole("button", { name: "Disconnect" }).click();
      const answer = await waiting;
      assert.equal(answer.status, 503);
      await answer.body?.cancel();
      assert.equal(db.exists("nothing"), 0);
    });

    await context.step("an index is asked, and its documents opened", async () => {
      await using console = await openConsole(browser, fillSample);
      const { page, errors } = console;
      await console.go("#search/0");
      await page.getByLabel("Query").fill("@color:{blue} @price:[20 30]");
      await page.getByRole("button", { name: "Search" }).click();
      await page.getByText("1 found").waitFor();
      await page.getByRole("button", { name: "product:4" }).click();
      await page.getByRole("cell", { name: "A blue chair" }).waitFor();
      assert.deepEqual(errors, []);
    });

    await context.step("places are on a map, with what is near each", async () => {
      await using console = await openConsole(browser, fillSample);
      const { page, errors } = console;
      await console.go("#keys/0/towns");
      await page.getByRole("button", { name: "Map" }).click();
      await page.getByRole("button", { name: "Rome" }).click();
      await page.locator("tr", { hasText: "Vienna" }).getByText(/76\d\.\d km/).waitFor();
      await page.getByRole("button", { name: "Closer" }).click();
      assert.ok((await page.locator(".coast").getAttribute("d") ?? "").length > 1000);
      assert.deepEqual(errors, []);
    });

    await context.step(
      "a vector's neighbours are told, those alone that a condition leaves",
      async () => {
        await using console = await openConsole(browser, fillSample);
        const { page, errors } = console;
        await console.go("#keys/0/colors");
        await page.locator("tr", { hasText: "blue" }).getByRole("button", { name: "Neighbours" })
          .click();
        const neighbours = page.getByRole("region", { name: "Neighbours" }).last().locator(
          "tbody tr",
        );
        await neighbours.nth(5).waitFor();
        assert.match(await neighbours.nth(1).innerText(), /violet|green/);
        await page.getByLabel("Condition on attributes").fill(".rank < 2");
        await page.getByRole("button", { name: "Filter" }).click();
        await neighbours.nth(2).waitFor({ state: "detached" });
        assert.deepEqual(errors, []);
      },
    );

    await context.step("series, filters and arrays show what they are, and take more", async () => {
      await using console = await openConsole(browser, fillSample);
      const { page, db, errors } = console;
      await console.go("#keys/0/temperature");
      await page.locator("canvas").waitFor();
      await page.getByLabel("Number", { exact: true }).fill("25.5");
      await page.getByRole("button", { name: "Add", exact: true }).click();
      await page.getByText("length 301").waitFor();
      await console.go("#keys/0/seen");
      await page.getByText("Number of items inserted").waitFor();
      await page.getByLabel("Item", { exact: true }).fill("one");
      await page.getByRole("button", { name: "Ask" }).click();
      await page.getByText("BF.EXISTS: 1").waitFor();
      await console.go("#keys/0/top");
      await page.locator(".top-items", { hasText: "red" }).waitFor();
      await console.go("#keys/0/array");
      await page.getByLabel("Index", { exact: true }).fill("7");
      await page.getByLabel("Value", { exact: true }).fill("seven");
      await page.getByRole("button", { name: "Set", exact: true }).click();
      await page.getByRole("cell", { name: "seven" }).waitFor();
      assert.equal(db.call("ARGET", "array", 7), "seven");
      assert.deepEqual(errors, []);
    });

    await browser.close();
  },
});
