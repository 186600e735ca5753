/** The tests that files register outside of Deno. */

/** A test as a file has registered it. */
export interface RegisteredTest {
  readonly name: string;
  readonly ignore?: boolean;
  /** What Deno would allow it: nothing else can. */
  readonly permissions?: unknown;
  readonly fn: () => void | Promise<void>;
}

/** What was registered and not run yet. */
export const registered: RegisteredTest[] = [];

type TestBody = () => void | Promise<void>;

/** `Deno.test`. */
export function test(
  first: string | RegisteredTest,
  second?: TestBody | object,
  third?: TestBody,
): void {
  if (typeof first !== "string") {
    const { name, permissions } = first;
    registered.push(
      permissions === undefined
        ? first
        : { ...first, name: `${name} (skipped: about Deno's permissions)`, ignore: true },
    );
  } else if (typeof second === "function") registered.push({ name: first, fn: second as TestBody });
  else if (third !== undefined) registered.push({ ...second, name: first, fn: third });
}

test.ignore = (name: string, fn: TestBody): void => {
  registered.push({ name, fn, ignore: true });
};

/** A test needs what there is in Deno only. */
export class OnlyInDeno extends Error {
  override readonly name = "OnlyInDeno";
}

/** How the tests of some files went. */
export interface Outcome {
  passed: number;
  ignored: number;
  readonly failed: string[];
}

/** Rejections that nobody waited for, of the test at hand. */
let unhandled: unknown[] = [];

/** Notes such a rejection, which fails the test at hand. */
export function leftRejected(error: unknown): void {
  unhandled.push(error);
}

/** Runs a test. @throws {Error} If it fails, or leaves a promise that does. */
async function runTest(fn: () => void | Promise<void>): Promise<void> {
  unhandled = [];
  await fn();
  await new Promise((resolve) => setTimeout(resolve, 0));
  if (unhandled.length > 0) throw unhandled[0];
}

/** Whether a test ended where it needs what Deno alone has; the package's tests hold what is said of it. */
function isOnlyInDeno(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return error.name === "OnlyInDeno" || isOnlyInDeno(error.cause) ||
    /cannot serve (?:clients: it lets|HTTP by itself)/.test(error.message);
}

/** How they are run. */
export interface RunOptions {
  /** Is told which file is next. */
  readonly begins?: (address: string) => void;
  /** Tests that are left out by their names, and why. */
  readonly except?: ReadonlyMap<string, string>;
}

/** Imports files of tests and runs what they register, one after the other. */
export async function runFiles(
  addresses: Iterable<string>,
  tell: (line: string, error?: unknown) => void,
  { begins = () => {}, except = new Map() }: RunOptions = {},
): Promise<Outcome> {
  const outcome: Outcome = { passed: 0, ignored: 0, failed: [] };
  for (const address of addresses) {
    begins(address);
    try {
      await import(address);
    } catch (error) {
      registered.length = 0;
      if (isOnlyInDeno(error)) {
        outcome.ignored++;
        tell(`ignored: ${address} (skipped: ${error.message})`);
        continue;
      }
      outcome.failed.push(address);
      tell(`FAILED: ${address}`, error);
    }
    for (const { name, ignore, fn } of registered.splice(0)) {
      try {
        const reason = ignore ? "" : except.get(name);
        if (reason !== undefined) throw new OnlyInDeno(reason);
        await runTest(fn);
        outcome.passed++;
      } catch (error) {
        if (isOnlyInDeno(error)) {
          outcome.ignored++;
          tell(`ignored: ${name}${error.message && ` (skipped: ${error.message})`}`);
          continue;
        }
        outcome.failed.push(name);
        tell(`FAILED: ${name}`, error);
      }
    }
  }
  tell(
    `${outcome.passed} passed, ${outcome.failed.length} failed, ${outcome.ignored} ignored`,
  );
  for (const name of outcome.failed) tell(`failed: ${name}`);
  return outcome;
}
