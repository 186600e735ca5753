/** A configuration parameter, and how a table of them writes one. */

import type { ParameterType } from "./parameter_types.ts";

/** Whether CONFIG SET may change a parameter, and with which error it refuses. */
export type Mutability = "mutable" | "immutable" | "protected";

/** One configuration parameter. */
export interface Parameter {
  /** The name CONFIG REWRITE keeps it under. */
  readonly name: string;
  /** An older name of the same parameter. */
  readonly alias?: string;
  /** Reads its values. */
  readonly type: ParameterType;
  /** The value it has unless told otherwise. */
  readonly initial: string;
  /** Whether CONFIG SET may change it. */
  readonly mutability: Mutability;
  /** Whether the value names what counts, a file: setting the same value again applies it anew. */
  readonly reference?: boolean;
  /** Whether each start says it anew, so that CONFIG REWRITE does not keep it. */
  readonly ofStart?: boolean;
  /** Whether commands change it, so that CONFIG REWRITE keeps it though CONFIG SET does not. */
  readonly ofCommands?: boolean;
}

/** Whether CONFIG REWRITE keeps what a parameter is now. */
export function isKept({ mutability, ofStart, ofCommands }: Parameter): boolean {
  return (mutability === "mutable" || ofCommands === true) && ofStart !== true;
}

/** Makes the rows of parameters of one mutability; a second name is an older one. */
export function row(mutability: Mutability) {
  return (names: string, type: ParameterType, initial: string | number): Parameter => {
    const [name = "", alias] = names.split(" ");
    return {
      name,
      ...alias !== undefined && { alias },
      type,
      initial: String(initial),
      mutability,
    };
  };
}

/** A parameter that CONFIG SET changes. */
export const mutable = row("mutable");
/** A parameter that CONFIG SET changes until the next start says it anew. */
export const untilNextStart = (
  name: string,
  type: ParameterType,
  initial: string | number,
): Parameter => ({ ...mutable(name, type, initial), ofStart: true });
/** A parameter that only the start sets, if anybody does. */
export const immutable = row("immutable");
/** A parameter that commands of its own change. */
export const byCommands = (
  name: string,
  type: ParameterType,
  initial: string | number,
): Parameter => ({ ...immutable(name, type, initial), ofCommands: true });
/** A parameter that CONFIG SET may change where `enable-protected-configs` lets it. */
export const guarded = row("protected");
/** A parameter whose value names a file. */
export const reference = (name: string, type: ParameterType, initial: string): Parameter => ({
  ...mutable(name, type, initial),
  reference: true,
});
