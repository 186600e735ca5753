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

/** What `node:os` would tell: the machine's memory, as far as a page may know. */
const OS = {
  release: (): string => "",
  totalmem: (): number => {
    const { deviceMemory = 0 } = navigator as { readonly deviceMemory?: number };
    return deviceMemory * 2 ** 30;
  },
};

const none: Readonly<Record<string, string | undefined>> = {};

export default {
  versions: { browser: navigator.userAgent } as Readonly<Record<string, string | undefined>>,
  platform: "browser",
  arch: "wasm32",
  pid: 0,
  /** Node's modules that are asked for when they are needed. */
  getBuiltinModule: (name: string): object | undefined => name === "node:os" ? OS : undefined,
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
