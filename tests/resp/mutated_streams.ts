/** What clients might send that no client should: commands with random changes, and random bytes. */

import { concat, encode, fromLatin1 } from "../harness/resp_client.ts";

/** A generator of integers from 0 up to, but without, what it is called with. */
export type Below = (limit: number) => number;

/** Whole commands of every form. No word is the name of a command whose reply two servers may differ in. */
const COMMANDS: readonly Uint8Array[] = [
  encode(["PING"]),
  encode(["ECHO", "some words"]),
  encode(["ECHO", ""]),
  encode(["ECHO", fromLatin1("\r\n$3\r\n*1\0\xff")]),
  encode(["SET", "k", "some value"], ["GET", "k"]),
  encode(["MGET", ...Array.from({ length: 12 }, (_, i) => `key:${i}`)]),
  encode(["NOSUCH", "a", "b"]),
  encode(["ECHO", "x".repeat(300)]),
  fromLatin1("PING\r\n"),
  fromLatin1("ECHO 'it\\'s' \r\n"),
  fromLatin1('ECHO "a\\x41\\n\\"b"\n'),
  fromLatin1("\r\n*0\r\n*-1\r\n"),
];

/** Bytes that mean something in the protocol. */
const SYNTAX = fromLatin1("*$\r\n\r\n-+:0123456789\"'\\ \0\xff_,#!=(%~>|");

/** Lengths at which a parser might go wrong. */
const LENGTHS: readonly string[] = [
  "",
  "-",
  "-1",
  "-0",
  "00",
  "+1",
  " 1",
  "0x1",
  "16385",
  "1048577",
  "2147483647",
  "2147483648",
  "4294967297",
  "9007199254740993",
  "9223372036854775807",
  "9223372036854775808",
  "-9223372036854775809",
  "99999999999999999999999999",
];

/** A stream of bytes: a few commands, changed up to six times, or in one case of sixteen noise. */
export function mutatedStream(below: Below): Uint8Array<ArrayBuffer> {
  if (below(16) === 0) {
    const alphabet = below(2) === 0 ? SYNTAX : undefined;
    const noise = new Uint8Array(1 + below(200));
    return noise.map(() => alphabet === undefined ? below(256) : alphabet[below(alphabet.length)]!);
  }
  const commands = Array.from({ length: 1 + below(4) }, () => COMMANDS[below(COMMANDS.length)]!);
  let stream = concat(commands);
  for (let left = below(7); left > 0; left--) stream = mutate(stream, below);
  return stream;
}

function mutate(stream: Uint8Array<ArrayBuffer>, below: Below): Uint8Array<ArrayBuffer> {
  const at = below(stream.length + 1);
  const splice = (deleted: number, inserted: Uint8Array) =>
    concat([stream.subarray(0, at), inserted, stream.subarray(at + deleted)]);
  switch (below(7)) {
    case 0:
      return splice(1, Uint8Array.of(below(256)));
    case 1:
      return splice(1, Uint8Array.of(SYNTAX[below(SYNTAX.length)]!));
    case 2:
      return splice(1 + below(4), new Uint8Array());
    case 3:
      return splice(0, Uint8Array.of(SYNTAX[below(SYNTAX.length)]!, SYNTAX[below(SYNTAX.length)]!));
    case 4: {
      // Some of it once more, at another place.
      const from = below(stream.length + 1);
      return splice(0, stream.subarray(from, from + below(40)));
    }
    case 5:
      return stream.slice(0, at);
    default:
      return withOtherLength(stream, at, LENGTHS[below(LENGTHS.length)]!);
  }
}

/** Puts another number in place of the next one behind a `*` or `$`. */
function withOtherLength(
  stream: Uint8Array<ArrayBuffer>,
  from: number,
  length: string,
): Uint8Array<ArrayBuffer> {
  const start = stream.findIndex((byte, i) => i >= from && (byte === 0x2a || byte === 0x24)) + 1;
  let end = start;
  while (end < stream.length && stream[end]! >= 0x30 && stream[end]! <= 0x39) end++;
  return concat([stream.subarray(0, start), fromLatin1(length), stream.subarray(end)]);
}
