/**
 * `deno task console:screenshots` writes what the console looks like to `dist/console/`, for a person to
 * look at: each view in the light and in the dark, and on a phone.
 *
 * @module
 */

import type { Page } from "playwright-core";
import { openConsole, startBrowser } from "./console_page.ts";
import { fillSample } from "./sample.ts";

/** A view, what is there when it is, and what is done before it is looked at. */
interface Shot {
  readonly name: string;
  readonly place: string;
  readonly sign: string;
  readonly act?: (page: Page) => Promise<void>;
}

const SHOTS: readonly Shot[] = [
  {
    name: "keys",
    place: "#keys/0",
    sign: ".row .type.blue",
    act: (page) => page.locator(".row", { hasText: "user:" }).click(),
  },
  { name: "string", place: "#keys/0/config", sign: "textarea" },
  {
    name: "bits",
    place: "#keys/0/flags",
    sign: "textarea",
    act: (page) => page.getByText("Bits").click(),
  },
  { name: "sorted-set", place: "#keys/0/scores", sign: "table" },
  {
    name: "stream",
    place: "#keys/0/orders",
    sign: "table",
    act: (page) => page.getByRole("button", { name: "billing", exact: true }).click(),
  },
  { name: "json", place: "#keys/0/document", sign: ".json-name" },
  {
    name: "map",
    place: "#keys/0/towns",
    sign: "table",
    act: async (page) => {
      await page.getByRole("button", { name: "Map" }).click();
      await page.getByRole("button", { name: "Rome" }).click();
    },
  },
  {
    name: "vectors",
    place: "#keys/0/colors",
    sign: "table",
    act: (page) => page.getByRole("button", { name: "Neighbours" }).first().click(),
  },
  { name: "series", place: "#keys/0/temperature", sign: "canvas" },
  { name: "filter", place: "#keys/0/seen", sign: ".info" },
  {
    name: "history",
    place: "#keys/0/cart",
    sign: "table",
    act: async (page) => {
      await page.getByRole("button", { name: "History" }).click();
      await page.getByRole("button", { name: "Change before" }).click();
      await page.getByRole("button", { name: "Change before" }).click();
      await page.getByText("All changes").click();
    },
  },
  {
    name: "command-line",
    place: "#commands/0",
    sign: ".cm-editor",
    act: async (page) => {
      await page.getByText("Loading commands…").waitFor({ state: "detached" });
      await page.keyboard.type("hgetall user:1:profile");
      await page.keyboard.press("Escape");
      await page.keyboard.press("Enter");
      await page.getByText('"language"').waitFor();
      await page.keyboard.type("xgr");
      await page.getByRole("option").first().waitFor();
    },
  },
  {
    name: "sql",
    place: "#sql/0",
    sign: ".cm-editor",
    act: async (page) => {
      await page.getByRole("button", { name: "Run" }).click();
      await page.getByRole("button", { name: "Chart" }).click();
      await page.locator("canvas").waitFor();
    },
  },
  { name: "search", place: "#search/0", sign: "table" },
  {
    name: "live",
    place: "#live/0",
    sign: "canvas",
    act: async (page) => {
      for (let i = 0; i < 5; i++) await page.waitForResponse(/console\/commands/);
    },
  },
  { name: "space", place: "#space/0", sign: ".treemap button" },
  { name: "slow-log", place: "#slow/0", sign: "h1" },
  { name: "clients", place: "#clients/0", sign: "table" },
];

/** How it is looked at. */
const LOOKS = {
  light: { size: { width: 1280, height: 800 }, dark: false },
  dark: { size: { width: 1280, height: 800 }, dark: true },
  phone: { size: { width: 360, height: 720 }, dark: false },
} as const;

/** Milliseconds in which what follows from the last click has begun. */
const STILL_MS = 250;

const FOLDER = new URL("../../dist/console/", import.meta.url).pathname;

if (import.meta.main) {
  await Deno.mkdir(FOLDER, { recursive: true });
  const browser = await startBrowser();
  const directory = await Deno.makeTempDir();
  for (const [look, options] of Object.entries(LOOKS)) {
    const path = `${directory}/${look}.db`;
    await using console = await openConsole(browser, fillSample, { ...options, path });
    const { page } = console;
    for (const { name, place, sign, act } of SHOTS) {
      await console.go(place);
      await page.locator(sign).first().waitFor();
      await act?.(page);
      await page.waitForTimeout(STILL_MS);
      await page.getByText("Loading…").first().waitFor({ state: "detached" });
      await page.screenshot({ path: `${FOLDER}${name}-${look}.png` });
    }
  }
  await browser.close();
  await Deno.remove(directory, { recursive: true });
  console.log(`console: ${SHOTS.length * Object.keys(LOOKS).length} screenshots are in ${FOLDER}`);
  Deno.exit(0);
}
