/** Stems of words: Snowball's algorithms, loaded when the first word is stemmed. */

import { gunzipSync } from "node:zlib";
import { type Language, STEMMED_LANGUAGES } from "./languages.ts";
import { SNOWBALL_MODULE } from "./snowball_module.ts";

interface Exports extends WebAssembly.Exports {
  readonly memory: WebAssembly.Memory;
  readonly word: WebAssembly.Global;
  stem(language: number, length: number): number;
}

/** Longest word in bytes that the module has room for. */
const ROOM = 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

let loaded: Exports | undefined;
let memory: Uint8Array = new Uint8Array(0);
let at = 0;

function load(): Exports {
  const packed = atob(SNOWBALL_MODULE);
  const bytes = new Uint8Array(packed.length);
  for (let i = 0; i < packed.length; i++) bytes[i] = packed.charCodeAt(i);
  const module = new WebAssembly.Module(new Uint8Array(gunzipSync(bytes)));
  const exports = new WebAssembly.Instance(module, {}).exports as Exports;
  at = exports.word.value;
  return exports;
}

/**
 * The stem of a word.
 *
 * @param word In lower case.
 * @returns The word itself where the language has no stems, or it has none in it.
 */
export function stemOf(word: string, language: Language): string {
  const number = (STEMMED_LANGUAGES as readonly Language[]).indexOf(language);
  // A character of UTF-16 takes three bytes at most.
  if (number < 0 || (word.length > ROOM / 3 && encoder.encode(word).length > ROOM)) return word;
  loaded ??= load();
  if (memory.buffer !== loaded.memory.buffer) memory = new Uint8Array(loaded.memory.buffer);
  const { written } = encoder.encodeInto(word, memory.subarray(at, at + ROOM));
  const length = loaded.stem(number, written);
  if (length < 0) return word;
  if (memory.buffer !== loaded.memory.buffer) memory = new Uint8Array(loaded.memory.buffer);
  return decoder.decode(memory.subarray(at, at + length));
}
