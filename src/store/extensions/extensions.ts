/** The extensions of one store: those that are loaded, and those that the file tells of. */

import type { KeyBytes } from "../../engine/changes.ts";
import { WriteLocked } from "../../engine/turn_errors.ts";
import { SqliteError } from "../../sqlite/sqlite.ts";
import type { Collection } from "../collections/collection.ts";
import type { Store } from "../store.ts";
import type { Attachment, ExtensionParameter, KeyType, StoreExtension } from "./extension.ts";
import { type StoredExtension, storedExtensions } from "./registration.ts";

/** One that is loaded. */
export interface LoadedExtension {
  /** What it brings. */
  readonly extension: StoreExtension;
  /** What it does in this store. */
  readonly attachment: Attachment | undefined;
}

/** What an extension does in the background. */
interface Worker {
  readonly name: string;
  readonly run: () => boolean;
}

/** Holds what extensions do in a store. */
export class Extensions {
  /** Those that are loaded, in the order they were given. */
  readonly loaded: readonly LoadedExtension[];
  readonly #store: Store;
  readonly #types: Map<number, KeyType> = new Map();
  readonly #numbers: Map<string, number> = new Map();
  readonly #values: Map<ExtensionParameter, string> = new Map();
  /** Is told that an extension's work in the background has failed, which is not done any more. */
  onFailed: (extension: string, error: unknown) => void = (_extension, error) => {
    queueMicrotask(() => {
      throw error;
    });
  };
  #workers: Worker[] = [];

  /** Begins the extensions of a store, whose file has what they need. */
  constructor(store: Store, extensions: readonly StoreExtension[]) {
    this.#store = store;
    if (extensions.length === 0) {
      this.loaded = [];
      return;
    }
    const numbers = new Map(store.types.all().map(({ name, type }) => [name, type]));
    for (const type of extensions.flatMap(({ types = [] }) => types)) {
      const number = numbers.get(type.name);
      if (number === undefined) throw new TypeError(`the file has no type ${type.name}`);
      this.#types.set(number, type);
      this.#numbers.set(type.name, number);
    }
    this.loaded = extensions.map((extension) => ({
      extension,
      attachment: this.#begin(extension),
    }));
  }

  /** Puts the initial values of parameters into effect, once the store is whole. */
  start(): void {
    for (const { extension: { parameters = [] } } of this.loaded) {
      for (const parameter of parameters) this.configure(parameter, parameter.initial);
    }
  }

  /** Puts a parameter of an extension into effect. */
  configure(parameter: ExtensionParameter, value: string): void {
    parameter.apply?.(this.#store, value);
    this.#values.set(parameter, value);
  }

  /** Has the parameters of another store's from now on: that of the present, in one of the past. */
  follow(other: Extensions): void {
    for (const { extension: { parameters = [] } } of this.loaded) {
      for (const parameter of parameters) {
        const value = other.parameterValue(parameter);
        if (this.#values.get(parameter) !== value) this.configure(parameter, value);
      }
    }
  }

  /** The value that a parameter has. */
  parameterValue(parameter: ExtensionParameter): string {
    return this.#values.get(parameter) ?? parameter.initial;
  }

  #begin(extension: StoreExtension): Attachment | undefined {
    const attachment = extension.attach?.(this.#store);
    if (attachment === undefined) return undefined;
    const { engine, keyspace } = this.#store;
    if (attachment.changed !== undefined || attachment.flushed !== undefined) {
      engine.changes.watch({
        changed: (db: number, key: KeyBytes, event: string) => attachment.changed?.(db, key, event),
        flushed: (flush) => attachment.flushed?.(flush),
      }, true);
    }
    if (attachment.copied !== undefined || attachment.gone !== undefined) {
      keyspace.elements.watchers.push(attachment);
    }
    if (attachment.slice !== undefined) {
      this.#workers.push({ name: extension.name, run: () => attachment.slice?.() ?? false });
    }
    return attachment;
  }

  /** Runs a slice of each one's work in the background. @returns Whether there is more. */
  slice(): boolean {
    let more = false;
    for (const worker of this.#workers) {
      try {
        if (worker.run()) more = true;
      } catch (error) {
        if (error instanceof WriteLocked || error instanceof SqliteError) throw error;
        this.#workers = this.#workers.filter((each) => each !== worker);
        this.onFailed(worker.name, error);
        // The turn, and what it has written so far, is taken back.
        throw error;
      }
    }
    return more;
  }

  /** Whether any of them works in the background. */
  get works(): boolean {
    return this.#workers.length > 0;
  }

  /** What a type is, if its extension is loaded. */
  type(number: number): KeyType | undefined {
    return this.#types.get(number);
  }

  /** The number that this file has for a type of an extension that is loaded. */
  numberOf(type: string): number {
    const number = this.#numbers.get(type);
    if (number === undefined) throw new TypeError(`the type ${type} is of no extension here`);
    return number;
  }

  /** How the value of a key of an extension's type is held, as OBJECT ENCODING answers. */
  encodingName({ type, encoding }: Collection): string {
    return this.#types.get(type)?.encodings?.[encoding] ?? "raw";
  }

  /** The extension that has a command, by the file; undefined if none has, or it is loaded. */
  absentWith(command: string): string | undefined {
    const name = command.toLowerCase();
    try {
      return this.absent().find(({ commands }) => commands.some((stored) => stored.name === name))
        ?.name;
    } catch (error) {
      // Whoever asks has an error to tell as it is.
      if (error instanceof SqliteError) return undefined;
      throw error;
    }
  }

  /** The extensions that the file has tables of, and that are not loaded. */
  absent(): StoredExtension[] {
    this.#store.engine.read();
    const here = new Set(this.loaded.map(({ extension }) => extension.name));
    return storedExtensions(this.#store.engine.connection).filter(({ name }) => !here.has(name));
  }

  /** Ends what they do. */
  close(): void {
    for (const { attachment } of this.loaded) attachment?.close?.();
  }
}
