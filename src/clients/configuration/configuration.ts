/**
 * The configuration parameters' values: read and set by name for CONFIG, read as fields where the
 * server looks at them for every command or connection.
 *
 * @module
 */

import type { Configuration } from "../../commands/table/process_facts.ts";
import type { Durability } from "../../engine/wal_sync.ts";
import { err } from "../../store/values/errors.ts";
import { InvalidValue } from "./parameter_types.ts";
import { isKept, type Parameter } from "./parameter.ts";
import { PARAMETERS } from "./parameters.ts";

/** Puts a new value of a parameter into effect. What it throws is told to who set it. */
export type Applier = (value: string) => void;

/** Limits of a client's replies that wait to be sent; 0 is no limit. */
export interface OutputBufferLimit {
  /** Bytes past which the client is closed at once. */
  readonly hard: number;
  /** Bytes past which it is closed after some time. */
  readonly soft: number;
  /** That time. */
  readonly seconds: number;
}

/** The parameter of a name, an older one too. */
export function parameterNamed(name: string): Parameter | undefined {
  return BY_NAME.get(name);
}

const BY_NAME: ReadonlyMap<string, Parameter> = new Map(
  PARAMETERS.flatMap((parameter) =>
    [parameter.name, parameter.alias ?? parameter.name].map((name) => [name, parameter] as const)
  ),
);

/** The values of all parameters of one process. */
export class ConfigurationValues implements Configuration {
  /** `maxclients`. */
  maxClients = 0;
  /** `timeout`: seconds after which an idle client is closed, 0 for never. */
  timeoutSeconds = 0;
  /** `tcp-keepalive` in seconds, 0 for none. */
  tcpKeepaliveSeconds = 0;
  /** `protected-mode`: without a password only this machine is let in. */
  protectedMode = true;
  /** `requirepass`; empty for none. */
  requirepass = "";
  /** `proto-max-bulk-len` in bytes. */
  protoMaxBulkLen = 0;
  /** `client-query-buffer-limit` in bytes. */
  clientQueryBufferLimit = 0;
  /** `client-output-buffer-limit` of normal clients. */
  outputBufferLimit: OutputBufferLimit = { hard: 0, soft: 0, seconds: 0 };
  /** `client-output-buffer-limit` of clients that subscribe. */
  pubsubOutputBufferLimit: OutputBufferLimit = { hard: 0, soft: 0, seconds: 0 };
  /** `client-output-buffer-limit` of replicas. */
  replicaOutputBufferLimit: OutputBufferLimit = { hard: 0, soft: 0, seconds: 0 };
  /** `notify-keyspace-events`. */
  notifyKeyspaceEvents = "";
  /** `appendfsync`. */
  appendfsync: Durability = "always";
  readonly #parameters: readonly Parameter[];
  readonly #byName: ReadonlyMap<string, Parameter>;
  readonly #values = new Map<Parameter, string>();
  readonly #appliers: Map<Parameter, Applier>;
  readonly #persist: ((values: Record<string, string>) => void) | undefined;

  /**
   * @param initial Values by name that differ from the defaults. Names that are unknown are passed
   * over: a file may come from a later version.
   * @param appliers Called when CONFIG SET changes the parameter of that name.
   * @param persist Keeps values for the next start, for CONFIG REWRITE.
   * @param further Parameters of extensions.
   * @throws {InvalidValue} If an initial value is none of its parameter's.
   */
  constructor(
    initial: Readonly<Record<string, string>> = {},
    appliers: Readonly<Record<string, Applier>> = {},
    persist?: (values: Record<string, string>) => void,
    further: readonly Parameter[] = [],
  ) {
    this.#parameters = further.length === 0 ? PARAMETERS : [...PARAMETERS, ...further];
    this.#byName = further.length === 0
      ? BY_NAME
      : new Map([...BY_NAME, ...further.map((parameter) => [parameter.name, parameter] as const)]);
    for (const parameter of this.#parameters) this.#values.set(parameter, parameter.initial);
    for (const [name, text] of Object.entries(initial)) {
      const parameter = this.#byName.get(name);
      if (parameter === undefined) continue;
      try {
        this.#values.set(parameter, parameter.type(text, this.#value(parameter)));
      } catch (error) {
        if (!(error instanceof InvalidValue)) throw error;
        throw new InvalidValue(`${name} cannot be "${text}": ${error.message}`);
      }
    }
    this.#appliers = new Map(
      Object.entries(appliers).map(([name, apply]) => [this.#named(name), apply]),
    );
    this.#persist = persist;
    this.#refresh();
  }

  /** Puts a parameter into effect, now and whenever CONFIG SET changes it. */
  bind(name: string, apply: Applier): void {
    const parameter = this.#named(name);
    this.#appliers.set(parameter, apply);
    apply(this.#value(parameter));
  }

  /**
   * Shows what is known elsewhere as a parameter's value.
   *
   * @param why What whoever tries to set it is told.
   */
  show(name: string, value: string, why: string): void {
    const parameter = this.#named(name);
    this.#values.set(parameter, value);
    this.#appliers.set(parameter, () => {
      throw new Error(why);
    });
  }

  /** Notes what commands of its own have made of a parameter. */
  note(name: string, value: string): void {
    this.#values.set(this.#named(name), value);
  }

  /** The value of a parameter, as CONFIG GET shows it. @throws {TypeError} If there is none. */
  get(name: string): string {
    return this.#value(this.#named(name));
  }

  #value(parameter: Parameter): string {
    return this.#values.get(parameter) ?? parameter.initial;
  }

  /** All parameters with their values. */
  *parameters(): Iterable<readonly [Parameter, string]> {
    for (const parameter of this.#parameters) yield [parameter, this.#value(parameter)];
  }

  /** The names and values of all parameters, older names included. */
  *entries(): Iterable<[name: string, value: string]> {
    for (const parameter of this.#parameters) {
      const value = this.#value(parameter);
      yield [parameter.name, value];
      if (parameter.alias !== undefined) yield [parameter.alias, value];
    }
  }

  /**
   * Sets parameters, all or none.
   *
   * @param unprotected Whether protected ones may be set as well.
   * @throws {CommandError} Redis's error for an unknown, immutable or malformed one.
   */
  set(
    changes: readonly (readonly [name: string, value: string])[],
    unprotected: boolean = false,
  ): void {
    const names = new Set<string>();
    const targets = changes.map(([given, text]) => {
      const name = given.toLowerCase();
      const parameter = this.#byName.get(name);
      if (parameter === undefined) {
        throw err(`Unknown option or number of arguments for CONFIG SET - '${given}'`);
      }
      const { mutability } = parameter;
      if (mutability !== "mutable" && !(mutability === "protected" && unprotected)) {
        throw refused(given, `can't set ${mutability} config`);
      }
      if (names.has(name)) throw refused(given, "duplicate parameter");
      names.add(name);
      return { given, parameter, text };
    });
    const before = new Map(this.#values);
    let given = "";
    // In this order, and one that stands behind several parameters once.
    const applied = new Map<Applier, Parameter>();
    try {
      for (const target of targets) {
        given = target.given;
        const current = this.#value(target.parameter);
        this.#values.set(target.parameter, target.parameter.type(target.text, current));
      }
      for (const target of targets) {
        given = target.given;
        const { parameter } = target;
        const applier = this.#appliers.get(parameter);
        const same = this.#value(parameter) === before.get(parameter) && !parameter.reference;
        if (same || applier === undefined || applied.has(applier)) continue;
        applied.set(applier, parameter);
        applier(this.#value(parameter));
      }
    } catch (error) {
      for (const [parameter, value] of before) this.#values.set(parameter, value);
      for (const [applier, parameter] of [...applied].reverse()) {
        try {
          applier(this.#value(parameter));
        } catch {
          // The value stands; whatever depends on it takes it at the next change.
        }
      }
      throw refused(given, error instanceof Error ? error.message : String(error));
    }
    this.#refresh();
  }

  /** Keeps the values that differ from the defaults for the next start. */
  rewrite(): void {
    if (this.#persist === undefined) throw err("The server is running without a config file");
    const values: Record<string, string> = {};
    for (const parameter of this.#parameters) {
      const value = this.#value(parameter);
      if (!isKept(parameter)) continue;
      if (value !== parameter.initial) {
        values[parameter.name] = value;
      }
    }
    this.#persist(values);
  }

  #refresh(): void {
    const number = (name: string) => Number(this.get(name));
    this.maxClients = number("maxclients");
    this.timeoutSeconds = number("timeout");
    this.tcpKeepaliveSeconds = number("tcp-keepalive");
    this.protectedMode = this.get("protected-mode") === "yes";
    this.requirepass = this.get("requirepass");
    this.protoMaxBulkLen = number("proto-max-bulk-len");
    this.clientQueryBufferLimit = number("client-query-buffer-limit");
    this.notifyKeyspaceEvents = this.get("notify-keyspace-events");
    this.appendfsync = this.get("appendfsync") as Durability;
    const limits = this.get("client-output-buffer-limit").split(" ");
    const limit = (client: string): OutputBufferLimit => {
      const at = limits.indexOf(client);
      const [hard = 0, soft = 0, seconds = 0] = limits.slice(at + 1, at + 4).map(Number);
      return { hard, soft, seconds };
    };
    this.outputBufferLimit = limit("normal");
    this.pubsubOutputBufferLimit = limit("pubsub");
    this.replicaOutputBufferLimit = limit("slave");
  }

  #named(name: string): Parameter {
    const parameter = this.#byName.get(name);
    if (parameter === undefined) throw new TypeError(`"${name}" is no configuration parameter`);
    return parameter;
  }
}

function refused(name: string, reason: string) {
  return err(`CONFIG SET failed (possibly related to argument '${name}') - ${reason}`);
}
