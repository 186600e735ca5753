/**
 * As much of WebAssembly's binary format as a few small functions need:
 * https://webassembly.github.io/spec/core/binary/
 *
 * @module
 */

/** Types of values. */
export const I32 = 0x7f;
const FUNCTION_REFERENCE = 0x70;

/** Instructions, and what follows them. */
export const OP = {
  BLOCK: [0x02, 0x40],
  LOOP: [0x03, 0x40],
  IF: [0x04, 0x40],
  END: [0x0b],
  RETURN: [0x0f],
  EQUAL: [0x46],
  LESS: [0x48],
  SUBTRACT: [0x6b],
  BRANCH: (label: number): number[] => [0x0c, ...unsigned(label)],
  CALL: (index: number): number[] => [0x10, ...unsigned(index)],
  CALL_INDIRECT: (type: number): number[] => [0x11, ...unsigned(type), 0],
  THROW: (tag: number): number[] => [0x08, ...unsigned(tag)],
  GET: (local: number): number[] => [0x20, ...unsigned(local)],
  SET: (local: number): number[] => [0x21, ...unsigned(local)],
  CONST: (value: number): number[] => [0x41, ...signed(value)],
  /** A block whose exceptions of a tag lead out of an enclosing one. */
  TRY: (tag: number, label: number): number[] => [0x1f, 0x40, 1, 0x00, tag, label],
  /** The same for all exceptions. */
  TRY_ALL: (label: number): number[] => [0x1f, 0x40, 1, 0x02, label],
} as const;

/** A function's type. */
export interface FunctionType {
  readonly parameters: readonly number[];
  readonly results: readonly number[];
}

/** What a module imports: a function of a type, a table of functions, or a tag of a type. */
export type Import =
  & { readonly module: string; readonly name: string }
  & ({ readonly type: number } | { readonly table: number } | { readonly tag: number });

/** A function: its type, how many locals of 32 bits it has beside its parameters, its instructions. */
export interface FunctionBody {
  readonly name: string;
  readonly type: number;
  readonly locals?: number;
  readonly code: readonly (readonly number[])[];
}

/** What a module is made of. Its functions are exported by their names, and counted after the imported ones. */
export interface ModuleParts {
  readonly types: readonly FunctionType[];
  readonly imports: readonly Import[];
  /** The least size of a table of its own, which is exported as `table`. */
  readonly table?: number;
  readonly functions: readonly FunctionBody[];
}

/** Puts a module together. */
export function assemble({ types, imports, table, functions }: ModuleParts): WebAssembly.Module {
  const imported = imports.filter((entry) => "type" in entry).length;
  const exported = functions.map(({ name }, i) => [...text(name), 0, ...unsigned(imported + i)]);
  if (table !== undefined) exported.push([...text("table"), 1, 0]);
  return new WebAssembly.Module(
    new Uint8Array([
      ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
      ...section(1, types.map(functionType)),
      ...section(2, imports.map(importEntry)),
      ...section(3, functions.map(({ type }) => unsigned(type))),
      ...section(4, table === undefined ? [] : [[FUNCTION_REFERENCE, 0, ...unsigned(table)]]),
      ...section(7, exported),
      ...section(10, functions.map(body)),
    ]),
  );
}

function functionType({ parameters, results }: FunctionType): number[] {
  return [0x60, parameters.length, ...parameters, results.length, ...results];
}

function importEntry(entry: Import): number[] {
  const names = [...text(entry.module), ...text(entry.name)];
  if ("type" in entry) return [...names, 0, ...unsigned(entry.type)];
  if ("table" in entry) return [...names, 1, FUNCTION_REFERENCE, 0, ...unsigned(entry.table)];
  return [...names, 4, 0, ...unsigned(entry.tag)];
}

function body({ locals = 0, code }: FunctionBody): number[] {
  const declared = locals === 0 ? [0] : [1, ...unsigned(locals), I32];
  const bytes = [...declared, ...code.flat(), ...OP.END];
  return [...unsigned(bytes.length), ...bytes];
}

function section(id: number, entries: readonly (readonly number[])[]): number[] {
  if (entries.length === 0) return [];
  const bytes = [...unsigned(entries.length), ...entries.flat()];
  return [id, ...unsigned(bytes.length), ...bytes];
}

function text(name: string): number[] {
  return [...unsigned(name.length), ...Array.from(name, (letter) => letter.charCodeAt(0))];
}

/** A number as LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  do {
    const low = value & 0x7f;
    value >>>= 7;
    bytes.push(value === 0 ? low : low | 0x80);
  } while (value !== 0);
  return bytes;
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  for (;;) {
    const low = value & 0x7f;
    value >>= 7;
    const isLast = (value === 0 && (low & 0x40) === 0) || (value === -1 && (low & 0x40) !== 0);
    bytes.push(isLast ? low : low | 0x80);
    if (isLast) return bytes;
  }
}
