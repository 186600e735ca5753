/** What goes into commands, and how the bytes of a reply become values. */

/** A key or value: text is stored as UTF-8. */
export type Data = string | Uint8Array;
/** An argument of a command. */
export type Argument = Data | number | bigint;

/** How the bytes of a bulk string become a value. */
export type Decode = (bytes: Uint8Array, start: number, end: number) => Data;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Bulk strings as text. */
export const toText: Decode = (bytes, start, end) => decoder.decode(bytes.subarray(start, end));
/** Bulk strings as bytes of their own. */
export const toBytes: Decode = (bytes, start, end) => bytes.slice(start, end);
