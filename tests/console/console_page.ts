/** The console in Chromium, over a database of its own. */

import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium as playwright, type Page } from "playwright-core";
import { geo } from "@redlite/redlite/ext/geo";
import { vec } from "@redlite/redlite/ext/vec";
import { type HttpOptions, Redlite } from "@redlite/redlite";
import { chromium } from "../harness/runtimes/chromium.ts";

/** Milliseconds that a page may take for anything. */
const PATIENCE_MS = 20_000;

/** Where a program is, by its name or path. */
function located(program: string): string {
  const folders = program.includes("/") ? [""] : (Deno.env.get("PATH") ?? "").split(delimiter);
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path)) ?? program;
}

/** Starts Chromium. */
export async function startBrowser(): Promise<Browser> {
  return await playwright.launch({
    executablePath: located(chromium() ?? ""),
    // It has no sandbox for root.
    args: ["--disable-gpu", "--disable-dev-shm-usage", ...Deno.uid() === 0 ? ["--no-sandbox"] : []],
  });
}

/** A console. */
export interface ConsolePage extends AsyncDisposable {
  readonly db: Redlite;
  readonly page: Page;
  readonly url: string;
  /** What went wrong in the page, in its own words. */
  readonly errors: readonly string[];
  /** Opens a place of the console. */
  go(place: string): Promise<void>;
}

/** Options of a console. */
export interface ConsoleOptions extends HttpOptions {
  readonly size?: { readonly width: number; readonly height: number };
  readonly dark?: boolean;
  /** The database's file; one in memory unless given. */
  readonly path?: string;
}

/** Opens a console. @param fill Puts something into the database before. */
export async function openConsole(
  browser: Browser,
  fill: (db: Redlite) => unknown = () => {},
  { size = { width: 1200, height: 800 }, dark = false, path = ":memory:", ...options }:
    ConsoleOptions = {},
): Promise<ConsolePage> {
  const db: Redlite = Redlite.open(path, { extensions: [geo(), vec()] });
  await fill(db);
  const http = await db.http(options);
  const context = await browser.newContext({
    viewport: size,
    colorScheme: dark ? "dark" : "light",
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    // That a token is wanted is an answer like any other.
    if (message.type() === "error" && !/status of 401/.test(message.text())) {
      errors.push(message.text());
    }
  });
  await page.goto(http.url);
  return {
    db,
    page,
    url: http.url,
    errors,
    async go(place) {
      await page.goto(`${http.url}/${place}`);
    },
    async [Symbol.asyncDispose]() {
      await context.close();
      await http.close();
      await db.close();
    },
  };
}
