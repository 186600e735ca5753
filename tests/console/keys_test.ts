/** The console in Chromium: signing in, finding keys, and values shown and edited. */

import { strict as assert } from "node:assert";
import { noChromium } from "../harness/runtimes/chromium.ts";
import { named } from "../harness/lacking.ts";
import { openConsole, startBrowser } from "./console_page.ts";

Deno.test({
  ...named("the console shows and edits keys", noChromium()),
  async fn(context) {
    const browser = await startBrowser();

    await context.step(
      "keys are a tree by their separators, with type, size and time to live",
      async () => {
        await using console = await openConsole(browser, (db) => {
          for (let i = 0; i < 20; i++) db.set(`user:${i}:name`, "Ada");
          db.hset("user:7:facts", { born: 1815 });
          db.set("soon", "x", { ex: 1000 });
        });
        const { page, errors } = console;
        const rows = page.locator(".tree .row");
        await rows.filter({ hasText: "user:" }).filter({ hasText: "21" }).click();
        await rows.filter({ hasText: /^▸7:2$/ }).click();
        const facts = rows.filter({ hasText: "facts" });
        await facts.locator(".type", { hasText: "hash" }).waitFor();
        await rows.filter({ hasText: "soon" }).locator(".ttl", { hasText: "min" }).waitFor();
        await facts.click();
        await page.locator(".key-name", { hasText: "user:7:facts" }).waitFor();
        await page.getByRole("cell", { name: "1815" }).waitFor();
        await page.getByLabel("Pattern").fill("fact");
        await page.getByText("1 key", { exact: true }).waitFor();
        assert.deepEqual(errors, []);
      },
    );

    await context.step("the tree is walked by keyboard", async () => {
      await using console = await openConsole(browser, (db) => {
        for (const key of ["a:1", "a:2", "b"]) db.set(key, `value of ${key}`);
      });
      const { page } = console;
      await page.locator(".tree .row").first().waitFor();
      await page.getByRole("tree").focus();
      for (const key of ["ArrowRight", "ArrowDown", "ArrowDown", "Enter"]) {
        await page.keyboard.press(key);
      }
      await page.locator(".key-name", { hasText: "a:2" }).waitFor();
    });

    await context.step(
      "a string is edited as text, JSON, in hexadecimal and by its bits",
      async () => {
        await using console = await openConsole(browser, (db) => db.set("s", "abc", { ex: 1000 }));
        const { page, db } = console;
        await console.go("#keys/0/s");
        const value = page.getByLabel("Value", { exact: true });
        const save = async (text: string) => {
          await value.fill(text);
          await page.getByRole("button", { name: "Save" }).click();
          await page.getByRole("button", { name: "Save" }).waitFor({ state: "detached" });
        };
        await save('{"a": 1}');
        await page.getByRole("button", { name: "JSON" }).click();
        assert.equal(await value.inputValue(), '{\n  "a": 1\n}');
        await save('{"a": [2]}');
        await page.getByRole("button", { name: "Hex" }).click();
        assert.match(await value.inputValue(), /^7b 22/);
        await save("ff 00");
        await page.getByText("Bits").click();
        await page.getByLabel("Bit 15").click();
        await page.getByText("9 of 16 bits are set").waitFor();
        assert.deepEqual(db.bytes.get("s"), new Uint8Array([0xff, 0x01]));
        assert.ok(db.ttl("s") > 0);
      },
    );

    await context.step(
      "what is typed while a string is saved stays, to be saved next",
      async () => {
        await using console = await openConsole(browser, (db) => db.set("s", "abc"));
        const { page, db } = console;
        await console.go("#keys/0/s");
        const value = page.getByLabel("Value", { exact: true });
        await value.fill("saved");
        await page.getByRole("button", { name: "Save" }).waitFor();
        await value.evaluate((area: { value: string; dispatchEvent(event: Event): void }) => {
          const page = globalThis as unknown as {
            document: { querySelector(of: string): unknown };
          };
          (page.document.querySelector("button.primary") as { click(): void }).click();
          area.value = "typed then";
          area.dispatchEvent(new Event("input", { bubbles: true }));
        });
        // It is there again when what was saved has come back.
        await page.getByRole("button", { name: "Save" }).click();
        await page.locator(".bytes").getByText("10 B", { exact: true }).waitFor();
        assert.equal(await value.inputValue(), "typed then");
        assert.equal(db.get("s"), "typed then");
      },
    );

    await context.step("elements of collections are set, added and removed", async () => {
      await using console = await openConsole(browser, (db) => {
        db.hset("h", { a: "1" });
        db.rpush("l", "one", "two");
        db.sadd("s", "m");
        db.call("ZADD", "z", 1, "m");
      });
      const { page, db } = console;
      const edit = async (from: string, to: string) => {
        await page.getByRole("cell", { name: from, exact: true }).getByRole("button").click();
        await page.getByRole("dialog").locator("textarea").fill(to);
        await page.getByRole("button", { name: "Save" }).click();
        await page.getByRole("cell", { name: to, exact: true }).waitFor();
      };
      const add = async (button: string, values: Readonly<Record<string, string>>) => {
        for (const [label, value] of Object.entries(values)) {
          await page.getByLabel(label, { exact: true }).fill(value);
        }
        await page.getByRole("button", { name: button, exact: true }).click();
        await page.getByRole("cell", { name: Object.values(values)[0]!, exact: true }).waitFor();
      };
      await console.go("#keys/0/h");
      await edit("1", "2");
      await add("Set", { Field: "b", Value: "3" });
      assert.deepEqual(Object.fromEntries(db.hgetall("h")), { a: "2", b: "3" });
      await console.go("#keys/0/l");
      await edit("two", "deux");
      await add("Put before", { "First element": "zero" });
      assert.deepEqual(db.lrange("l", 0, -1), ["zero", "one", "deux"]);
      await console.go("#keys/0/s");
      await add("Add", { Member: "n" });
      await page.getByRole("button", { name: "Remove m" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
      await page.getByRole("cell", { name: "m", exact: true }).waitFor({ state: "detached" });
      assert.deepEqual([...db.smembers("s")], ["n"]);
      await console.go("#keys/0/z");
      await edit("1", "2.5");
      assert.equal(db.zscore("z", "m"), 2.5);
    });

    await context.step("large collections are looked at a page at a time", async () => {
      await using console = await openConsole(browser, (db) => {
        const numbers = Array.from({ length: 20_000 }, (_, i) => String(i));
        db.rpush("l", ...numbers);
        db.hset("h", Object.fromEntries(numbers.map((number) => [`field${number}`, number])));
        db.call("ZADD", "z", ...numbers.flatMap((number) => [number, `m${number}`]));
      });
      const { page, errors } = console;
      const rows = page.locator("tbody tr");
      await console.go("#keys/0/l");
      await page.getByText("0–99 of 20,000").waitFor();
      await page.getByLabel("Go to").fill("19990");
      await page.getByLabel("Go to").press("Enter");
      await page.getByText("19,990–19,999 of 20,000").waitFor();
      assert.equal(await rows.count(), 10);
      await console.go("#keys/0/h");
      await rows.nth(50).waitFor();
      const first = await rows.first().innerText();
      await page.getByRole("button", { name: "Next" }).click();
      await page.getByRole("button", { name: "Previous" }).and(page.locator(":enabled")).waitFor();
      await rows.filter({ hasNotText: first }).first().waitFor();
      await page.getByLabel("Find fields").fill("field1234");
      await page.getByRole("button", { name: "Find", exact: true }).click();
      await page.getByRole("cell", { name: "field12345", exact: true }).waitFor();
      await console.go("#keys/0/z");
      await page.getByRole("button", { name: "Lowest first" }).click();
      await page.getByRole("cell", { name: "m19999", exact: true }).waitFor();
      assert.deepEqual(errors, []);
    });

    await context.step(
      "keys are made, renamed, given a time to live and deleted, where one is asked",
      async () => {
        await using console = await openConsole(browser);
        const { page, db } = console;
        await page.getByRole("button", { name: "New key" }).click();
        await page.getByLabel("Key", { exact: true }).last().fill("fresh");
        await page.getByLabel("Value").fill("text");
        await page.getByRole("button", { name: "Make it" }).click();
        await page.getByRole("button", { name: "Expiry" }).click();
        await page.getByLabel(/Seconds until/).fill("500");
        await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
        await page.getByText(/expires in 8.3 min/).waitFor();
        await page.getByRole("button", { name: "Rename" }).click();
        await page.getByLabel("New name").fill("renamed");
        await page.getByRole("dialog").getByRole("button", { name: "Rename" }).click();
        await page.locator(".key-name", { hasText: "renamed" }).waitFor();
        assert.equal(db.get("renamed"), "text");
        await page.getByRole("button", { name: "Delete" }).click();
        await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
        assert.equal(db.exists("renamed"), 1);
        await page.getByRole("button", { name: "Delete" }).click();
        await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
        await page.getByText("Choose a key.").waitFor();
        assert.equal(db.exists("renamed"), 0);
      },
    );

    await context.step(
      "who needs a password signs in, and a user that reads is offered nothing else",
      async () => {
        await using console = await openConsole(browser, (db) => {
          db.call("ACL", "SETUSER", "reader", "on", ">word", "~*", "+@read", "-@dangerous");
          db.hset("h", { a: "1" });
          db.set("k", "v");
        }, { password: "secret" });
        const { page, db } = console;
        const signIn = async (user: string, password: string) => {
          await page.getByLabel("User").fill(user);
          await page.getByLabel("Password or token").fill(password);
          await page.getByRole("button", { name: "Sign in" }).click();
        };
        await signIn("", "wrong");
        await page.getByRole("alert").waitFor();
        await signIn("reader", "word");
        await page.locator(".row", { hasText: "k" }).click();
        await page.getByLabel("Value", { exact: true }).waitFor();
        assert.ok(
          await page.getByLabel("Value", { exact: true }).getAttribute("readonly") !== null,
        );
        assert.equal(
          await page.getByRole("button", { name: /New key|Delete|Rename|Expiry/ }).count(),
          0,
        );
        await page.locator(".row", { hasText: "h" }).click();
        await page.getByRole("cell", { name: "1", exact: true }).waitFor();
        assert.equal(await page.getByRole("button", { name: /Set|Remove/ }).count(), 0);
        await page.reload();
        await page.getByText("reader").waitFor();
        await page.getByRole("button", { name: "Sign out" }).click();
        await page.getByLabel("Password or token").waitFor();
        await signIn("", "secret");
        await page.getByRole("button", { name: "Delete" }).waitFor();
        await page.getByRole("button", { name: "Sign out" }).click();
        await signIn("", String(db.call("ACL", "RESTTOKEN", "reader", "word", "READONLY")));
        await page.getByText("This user may not list keys.").waitFor();
        await page.getByLabel("Key", { exact: true }).first().fill("k");
        await page.getByRole("button", { name: "Open" }).click();
        await page.getByLabel("Value", { exact: true }).waitFor();
      },
    );

    await browser.close();
  },
});
