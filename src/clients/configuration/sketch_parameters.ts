/** The parameters of CONFIG that say what filters are like that commands make without saying so. */

import type { SketchDefaults } from "../../store/sketches/defaults.ts";
import { parseLongDouble, toNumber } from "../../store/values/long_double.ts";
import type { Applier } from "./configuration.ts";
import { mutable, type Parameter } from "./parameter.ts";
import { InvalidValue, type ParameterType } from "./parameter_types.ts";
import { INT64_MAX, INT64_MIN, parseInt64 } from "../../store/values/integers.ts";

const encoder = new TextEncoder();

/** The greatest error rate of a Bloom filter that nobody gives one. */
const ERROR_CAP = 0.25;

/** An integer as a module's parameter: its errors have words of their own. */
function integerOf(name: string, least: number, most: number): ParameterType {
  return (text) => {
    const bytes = encoder.encode(text);
    const value = parseInt64(bytes, 0, bytes.length);
    if (value === undefined || value < INT64_MIN || value > INT64_MAX) {
      throw new InvalidValue(`Invalid value for \`${name}\``);
    }
    if (value >= least && value <= most) return String(value);
    throw new InvalidValue(`Value for \`${name}\` must be in the range [${least}, ${most}]`);
  };
}

const errorRate: ParameterType = (text) => {
  const parsed = parseLongDouble(text);
  if (parsed === undefined) throw new InvalidValue("Invalid value for `bf-error-rate`");
  const value = toNumber(parsed);
  if (value > 0 && value < 1) return value > ERROR_CAP ? String(ERROR_CAP) : text;
  throw new InvalidValue("Value for `bf-error-rate` must be in the range (0.000000, 1.000000)");
};

/** Each with its bounds and what it is at first. */
const INTEGERS: Readonly<
  Record<string, readonly [keyof SketchDefaults, least: number, most: number, initial: number]>
> = {
  "bf-initial-size": ["bloomCapacity", 1, 1048576, 100],
  "bf-expansion-factor": ["bloomExpansion", 0, 32768, 2],
  "cf-bucket-size": ["cuckooBucketSize", 1, 255, 2],
  "cf-initial-size": ["cuckooCapacity", 4, 1048576, 1024],
  "cf-max-iterations": ["cuckooIterations", 1, 65535, 20],
  "cf-expansion-factor": ["cuckooExpansion", 0, 32768, 1],
  "cf-max-expansions": ["cuckooExpansions", 1, 65535, 32],
};

/** All of them. */
export const SKETCH_PARAMETERS: readonly Parameter[] = [
  mutable("bf-error-rate", errorRate, "0.01"),
  ...Object.entries(INTEGERS).map(([name, [, least, most, initial]]) =>
    mutable(name, integerOf(name, least, most), initial)
  ),
];

/** What puts a new value of each of them into effect. */
export function sketchAppliers(defaults: SketchDefaults): Record<string, Applier> {
  return {
    "bf-error-rate": (value) => {
      defaults.bloomError = Number(value);
    },
    ...Object.fromEntries(
      Object.entries(INTEGERS).map(([name, [field]]): [string, Applier] => [name, (value) => {
        defaults[field] = Number(value);
      }]),
    ),
  };
}
