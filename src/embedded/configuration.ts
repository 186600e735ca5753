/** The parameters of CONFIG of an embedded database: what it was opened with, and what is set since. */

import { basename, dirname } from "node:path";
import { bindShared, megabytesOf } from "../clients/configuration/bindings.ts";
import { ConfigurationValues, parameterNamed } from "../clients/configuration/configuration.ts";
import type { Parameter } from "../clients/configuration/parameter.ts";
import { InvalidValue } from "../clients/configuration/parameter_types.ts";
import type { SharedState } from "../clients/shared.ts";
import { MEMORY } from "../store/store.ts";
import type { Extension } from "./extension.ts";

/** A value of a parameter, as programs write it: `true` is `yes`, sizes may be `100mb`. */
export type ParameterValue = string | number | bigint | boolean;

/** A value as CONFIG takes it. */
export function parameterText(value: ParameterValue): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  return String(value);
}

/** Whether it is a value of a parameter. */
export function isParameterValue(value: unknown): value is ParameterValue {
  return typeof value === "string" || typeof value === "boolean" || typeof value === "bigint" ||
    typeof value === "number" && value === value;
}

/** The parameters of extensions, as CONFIG has them. */
export function parametersOf(extensions: readonly Extension[]): Parameter[] {
  return extensions.flatMap(({ name: extension, parameters = [] }) =>
    parameters.map(({ name, initial, ofStart, parse }): Parameter => ({
      name: `${extension}.${name}`,
      initial,
      mutability: ofStart === true ? "immutable" : "mutable",
      type: (text) => {
        try {
          return parse === undefined ? text : parse(text);
        } catch (error) {
          throw new InvalidValue(error instanceof Error ? error.message : String(error));
        }
      },
    }))
  );
}

/**
 * Makes sure of parameters that a database is opened with.
 *
 * @returns Their values as CONFIG shows them, by name.
 * @throws {TypeError} If there is none of a name, or it cannot be set or not so.
 */
export function initialValues(
  given: Readonly<Record<string, unknown>>,
  extensions: readonly Extension[],
): Map<string, string> {
  const further = new Map(parametersOf(extensions).map((each) => [each.name, each] as const));
  const values = new Map<string, string>();
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const own = further.get(name);
    const parameter = own ?? parameterNamed(name);
    if (parameter === undefined) throw new TypeError(`there is no parameter ${name} of CONFIG`);
    if (own === undefined && parameter.mutability !== "mutable") {
      throw new TypeError(`the parameter ${name} of CONFIG cannot be set`);
    }
    if (!isParameterValue(value)) {
      throw new TypeError(`the parameter ${name} of CONFIG must be text, a number, true or false`);
    }
    try {
      values.set(parameter.name, parameter.type(parameterText(value), parameter.initial));
    } catch (error) {
      if (!(error instanceof InvalidValue)) throw error;
      const shown = JSON.stringify(parameterText(value));
      throw new TypeError(`the parameter ${name} of CONFIG cannot be ${shown}: ${error.message}`);
    }
  }
  return values;
}

/**
 * The parameters of an embedded database, in effect from now on.
 *
 * @param given Values that it was opened with, beyond what its parts tell.
 */
export function programConfiguration(
  shared: SharedState,
  extensions: readonly Extension[],
  given: ReadonlyMap<string, string>,
): ConfigurationValues {
  const { store, notifications, scripting } = shared;
  const { name, library } = store.engine.connection.info;
  const config = new ConfigurationValues(
    {
      "appendfsync": store.walSync.mode,
      "busy-reply-threshold": String(scripting.limitMs),
      "cache-mb": megabytesOf(store.cacheBytes),
      "checkpoints": store.checkpointer.external && !store.engine.readonly
        ? "external"
        : "internal",
      "databases": String(store.databases.count),
      "dbfilename": store.path === MEMORY ? "" : basename(store.path),
      "dir": store.path === MEMORY ? "" : dirname(store.path),
      "extensions": extensions.map((extension) => extension.name).join(","),
      "notify-keyspace-events": notifications.classes,
      "sqlite-driver": name,
      "sqlite-lib": library,
      "write-behind": store.log?.wanted ? "yes" : "no",
      ...Object.fromEntries(given),
    },
    {},
    undefined,
    parametersOf(extensions),
  );
  bindShared(shared, config);
  for (const { name: extension, parameters = [] } of extensions) {
    for (const parameter of parameters) {
      config.bind(
        `${extension}.${parameter.name}`,
        (value) => store.extensions.configure(parameter, value),
      );
    }
  }
  return config;
}
