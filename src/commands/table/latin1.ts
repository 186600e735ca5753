/**
 * Bytes as the characters of the same codes, which is how error replies and ACL rules hold what
 * clients sent: nothing is lost and nothing fails, whatever the bytes mean.
 *
 * @module
 */

const encoder = new TextEncoder();

/** The bytes that the characters stand for, each below U+0100. */
export function latin1Bytes(characters: string): Uint8Array {
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
}

/** The characters that stand for a text's UTF-8. */
export function latin1Of(text: string): string {
  // ASCII stands for itself.
  if (!/[\x80-\uffff]/.test(text)) return text;
  let characters = "";
  for (const byte of encoder.encode(text)) characters += String.fromCharCode(byte);
  return characters;
}
