/** Chromium without a window, on a page that this process serves. */

import { join } from "node:path";
import { hasTool, type TemporaryDirectory, temporaryDirectory } from "../servers.ts";

/** Names that it goes by. */
const PROGRAMS = ["chromium", "chromium-browser", "google-chrome"];
/** How often its files are tried to be removed, while its processes end. */
const REMOVALS = 50;
const BETWEEN_REMOVALS_MS = 100;
/** Milliseconds until a page is given up that tells nothing. */
const PATIENCE_MS = 600_000;

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html",
  js: "text/javascript",
  wasm: "application/wasm",
};

/** Runs what a module exports by default, which is given a function that tells this process something. */
const PAGE = (module: string) =>
  `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
<script type="module">
const tell = (kind, text = "") =>
  fetch("/told", { method: "POST", body: JSON.stringify({ kind, text }) });
try {
  const { default: run } = await import(${JSON.stringify(module)});
  await run((text) => tell("line", text));
  await tell("ended");
} catch (error) {
  await tell("failed", error?.stack ?? String(error));
}
</script>`;

/** What a page tells. */
interface Told {
  readonly kind: "line" | "ended" | "failed";
  readonly text: string;
}

/** Where it is. */
export function chromium(): string | undefined {
  return Deno.env.get("REDLITE_CHROMIUM") ?? PROGRAMS.find((name) => hasTool(name, "--version"));
}

/** Chromium that there is not. */
export function noChromium(): string | undefined {
  return chromium() === undefined ? "no chromium on the PATH" : undefined;
}

/** A page to open. */
export interface Page {
  /** The folder whose files are served. */
  readonly folder: string;
  /** The module in it whose default export is run, as `/main.js`. */
  readonly module: string;
  /** Whether others' pages and this one keep apart, so that there is shared memory. */
  readonly isolated?: boolean;
  /** Is told each line that the page tells. */
  readonly onLine?: (line: string) => void;
}

/** A directory for the browser's own files, which its processes may write to until they are all gone. */
async function profile(): Promise<TemporaryDirectory> {
  const { path } = await temporaryDirectory();
  return {
    path,
    async [Symbol.asyncDispose]() {
      for (let attempt = 1;; attempt++) {
        try {
          return await Deno.remove(path, { recursive: true });
        } catch (error) {
          if (attempt === REMOVALS) throw error;
          await new Promise((resolve) => setTimeout(resolve, BETWEEN_REMOVALS_MS));
        }
      }
    },
  };
}

/** Opens a page, and waits for its end. @throws {Error} If it fails, with its own words. */
export async function inChromium(page: Page): Promise<void> {
  await using directory = await profile();
  const ended = Promise.withResolvers<void>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last = "it was opened";
  const patience = () => {
    clearTimeout(timer);
    const silent = () => ended.reject(new Error(`the page tells nothing after ${last}`));
    timer = setTimeout(silent, PATIENCE_MS);
  };
  const take = ({ kind, text }: Told) => {
    last = text;
    patience();
    if (kind === "line") page.onLine?.(text);
    else if (kind === "ended") ended.resolve();
    else ended.reject(new Error(text));
  };
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/told") take(await request.json());
      return await answer(page, pathname);
    },
  );
  const browser = new Deno.Command(chromium() ?? "", {
    args: [
      "--headless",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--no-first-run",
      // It has no sandbox for root.
      ...Deno.uid() === 0 ? ["--no-sandbox"] : [],
      `--user-data-dir=${directory.path}`,
      `http://127.0.0.1:${server.addr.port}/`,
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const gone = browser.status.then(() => {
    throw new Error("chromium has ended");
  });
  gone.catch(() => {});
  try {
    patience();
    await Promise.race([ended.promise, gone]);
  } finally {
    clearTimeout(timer);
    try {
      browser.kill("SIGTERM");
    } catch {
      // It has ended.
    }
    await browser.status;
    await server.shutdown();
  }
}

/** What keeps pages apart. */
const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

async function answer(page: Page, pathname: string): Promise<Response> {
  const { folder, module, isolated = false } = page;
  if (pathname === "/told") return new Response();
  if (pathname === "/") {
    const headers = { "content-type": "text/html", ...isolated ? ISOLATED : {} };
    return new Response(PAGE(module), { headers });
  }
  try {
    const type = TYPES[pathname.slice(pathname.lastIndexOf(".") + 1)] ?? "text/plain";
    const bytes = await Deno.readFile(join(folder, pathname));
    return new Response(bytes, { headers: { "content-type": type } });
  } catch {
    return new Response(`no ${pathname}`, { status: 404 });
  }
}
