/** Loads the extensions that a server is started with. */

import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parametersOf } from "../embedded/configuration.ts";
import type { Extension } from "../embedded/extension.ts";
import { isExtension } from "../embedded/extension_shape.ts";
import { ExtensionRefused } from "../store/extensions/registration.ts";
import { UsageError } from "./configuration/given_values.ts";
import type { Report } from "./log/log.ts";

/** Extensions by name: each the import of its module. */
export type BuiltInExtensions = Readonly<
  Record<string, () => Promise<{ readonly default: unknown }>>
>;

/** What `--ext` takes for no extension at all. */
const NONE = "none";

/** An extension, and how it was asked for. */
interface Asked {
  readonly extension: Extension;
  /** The word of the command line; undefined for one that is tried unasked. */
  readonly word: string | undefined;
}

/** The extensions of one server. */
export class ServerExtensions {
  readonly #report: Report;
  #asked: readonly Asked[];

  private constructor(asked: readonly Asked[], report: Report) {
    this.#asked = asked;
    this.#report = report;
  }

  /**
   * Loads extensions.
   *
   * @param words What `--ext` says; undefined for all that come with the server and can be loaded.
   * @throws {ExtensionRefused} If one that is asked for cannot be loaded.
   */
  static async load(
    words: string | undefined,
    builtIn: BuiltInExtensions,
    report: Report,
  ): Promise<ServerExtensions> {
    const asked: Asked[] = [];
    if (words === undefined) {
      for (const [name, load] of Object.entries(builtIn)) {
        try {
          asked.push({ extension: await madeBy(name, await load()), word: undefined });
        } catch (error) {
          report(notLoaded(name, error));
        }
      }
    }
    const named = (words ?? "").split(/[,\n]/).map((word) => word.trim());
    for (const word of named.filter((word) => word !== "" && word !== NONE)) {
      asked.push({ extension: await load(word, builtIn), word });
    }
    return new ServerExtensions(asked, report);
  }

  /** Makes sure that flags name parameters of theirs. @throws {UsageError} */
  assertParameters(given: ReadonlyMap<string, string>): void {
    const known = parametersOf(this.all);
    for (const [name, value] of given) {
      const parameter = known.find((each) => each.name === name);
      if (parameter === undefined) {
        throw new UsageError(`there is no flag --${name}: no extension that is loaded has it`);
      }
      try {
        parameter.type(value, parameter.initial);
      } catch (error) {
        throw new UsageError(`--${name} cannot be "${value}": ${messageOf(error)}`);
      }
    }
  }

  /** The extensions. */
  get all(): Extension[] {
    return this.#asked.map(({ extension }) => extension);
  }

  /** Their names, as `--ext` would take them. */
  get words(): string {
    return this.#asked.map(({ extension, word }) => word ?? extension.name).join(",");
  }

  /**
   * Opens something with them. One that was not asked for, and that it cannot be opened with, is left
   * out.
   *
   * @throws What `open` throws.
   */
  open<T>(open: (extensions: readonly Extension[]) => T): T {
    for (;;) {
      try {
        return open(this.all);
      } catch (error) {
        const refused = error instanceof ExtensionRefused ? error.extension : undefined;
        const unasked = this.#asked.filter(({ extension, word }) =>
          extension.name === refused && word === undefined
        );
        if (unasked.length === 0) throw error;
        for (const { extension } of unasked) this.#report(notLoaded(extension.name, error));
        this.#asked = this.#asked.filter((each) => !unasked.includes(each));
      }
    }
  }
}

const notLoaded = (name: string, error: unknown) =>
  `the extension ${name} is not loaded: ${messageOf(error)}`;

/** Loads one by its name, its file or its address. */
async function load(word: string, builtIn: BuiltInExtensions): Promise<Extension> {
  const known = Object.hasOwn(builtIn, word) ? builtIn[word] : undefined;
  if (known !== undefined) {
    try {
      return await madeBy(word, await known());
    } catch (error) {
      throw new ExtensionRefused(notLoaded(word, error), word);
    }
  }
  if (!/[./\\:]/.test(word)) {
    const names = Object.keys(builtIn).join(", ");
    throw new ExtensionRefused(
      `there is no extension ${word}${names === "" ? "" : `, but ${names}`}; ` +
        "one of your own is named by its file, as ./mine.ts",
    );
  }
  let module: unknown;
  try {
    module = await import(addressOf(word));
  } catch (error) {
    throw new ExtensionRefused(`--ext ${word} cannot be loaded: ${messageOf(error)}`);
  }
  return await madeBy(word, module);
}

/** The address of a module: one of another kind than a file's is left as it is. */
function addressOf(word: string): string {
  if (/^[a-z][a-z0-9+.-]+:/.test(word) && !/^[a-z]:/i.test(word)) return word;
  const path = resolve(word);
  try {
    if (!Deno.statSync(path).isFile) throw new Error(`${path} is no file`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new Error(`there is no file ${path}`);
    if (error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.PermissionDenied) {
      throw new Error(`${path} may not be read (${messageOf(error)})`);
    }
    throw error;
  }
  return pathToFileURL(path).href;
}

/** The extension that a module exports by default, or that the function makes which it exports. */
async function madeBy(word: string, module: unknown): Promise<Extension> {
  const exported: unknown = typeof module === "object" && module !== null && "default" in module
    ? module.default
    : undefined;
  const made: unknown = typeof exported === "function" ? await exported() : exported;
  if (!isExtension(made)) {
    throw new ExtensionRefused(
      `${word} has no extension as its default export, nor a function that makes one`,
    );
  }
  return made;
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}
