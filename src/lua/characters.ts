/** Bytes as text. */

/** Characters that are made of bytes at once. */
const AT_ONCE = 4096;

/** One character for each byte: what the Web calls latin1 has others for 128 to 159. */
export function charactersOf(bytes: Uint8Array): string {
  if (bytes.length <= AT_ONCE) return String.fromCharCode(...bytes);
  let text = "";
  for (let at = 0; at < bytes.length; at += AT_ONCE) {
    text += String.fromCharCode(...bytes.subarray(at, at + AT_ONCE));
  }
  return text;
}
