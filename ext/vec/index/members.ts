/** The numbers of a list's members as bytes: ascending, each as its distance from the one before. */

/** Numbers as bytes. They need not be in order. */
export function packMembers(numbers: Uint32Array, count: number): Uint8Array {
  const sorted = numbers.slice(0, count).sort();
  const bytes = new Uint8Array(5 * count);
  let at = 0, last = 0;
  for (const number of sorted) {
    let rest = number - last;
    last = number;
    while (rest > 0x7f) {
      bytes[at++] = rest & 0x7f | 0x80;
      rest >>>= 7;
    }
    bytes[at++] = rest;
  }
  return bytes.subarray(0, at);
}

/** The numbers that bytes hold, ascending. */
export function unpackMembers(bytes: Uint8Array): Uint32Array {
  let count = 0;
  for (let i = 0; i < bytes.length; i++) if (bytes[i]! < 0x80) count++;
  const numbers = new Uint32Array(count);
  let at = 0, last = 0;
  for (let i = 0; i < count; i++) {
    let rest = 0, shift = 1, byte: number;
    do {
      byte = bytes[at++]!;
      rest += (byte & 0x7f) * shift;
      shift *= 128;
    } while (byte > 0x7f);
    numbers[i] = last += rest;
  }
  return numbers;
}
