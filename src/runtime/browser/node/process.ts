/** What is used of `node:process`. A browser tells a page little of the process that it is in. */

/** Memory of the page, which Chromium alone tells. */
interface PageMemory {
  readonly usedJSHeapSize: number;
  readonly jsHeapSizeLimit: number;
}

/** The heap of JavaScript, in bytes. */
export function pageMemory(): PageMemory {
  const { memory } = performance as { readonly memory?: PageMemory };
  return memory ?? { usedJSHeapSize: 0, jsHeapSizeLimit: UNKNOWN_LIMIT };
}

/** What a page may take at least, where it is not told: 1 GB. */
const UNKNOWN_LIMIT = 1 << 30;

const none: Readonly<Record<string, string | undefined>> = {};

export default {
  versions: none,
  platform: "browser",
  arch: "wasm32",
  pid: 0,
  env: none,
  /** The time that has passed: how much of it was the processor's is not told. */
  cpuUsage(before?: { readonly user: number }): { user: number; system: number } {
    const user = Math.round(performance.now() * 1000);
    return { user: user - (before?.user ?? 0), system: 0 };
  },
  memoryUsage(): { heapUsed: number; external: number; rss: number } {
    const { usedJSHeapSize } = pageMemory();
    return { heapUsed: usedJSHeapSize, external: 0, rss: usedJSHeapSize };
  },
};
