/**
 * A RESP client for tests. Unlike a client for applications it hides nothing: a reply keeps the type it had on the
 * wire and a bulk string keeps its bytes, so two servers can be compared to the byte.
 */

/** One argument of a command; text is sent as UTF-8. */
export type Argument = string | Uint8Array;

/** One command, its name first. */
export type Command = readonly Argument[];

/** A reply as it was on the wire. Text outside bulk strings is decoded as latin1, which loses nothing. */
export type Reply =
  | { type: "simple"; value: string }
  | { type: "error"; value: string }
  | { type: "bulk-error"; value: string }
  | { type: "integer"; value: bigint }
  | { type: "bulk"; value: Uint8Array }
  | { type: "null-bulk" }
  | { type: "null-array" }
  | { type: "null" }
  | { type: "array"; items: Reply[] }
  | { type: "set"; items: Reply[] }
  | { type: "push"; items: Reply[] }
  | { type: "map"; entries: [Reply, Reply][] }
  | { type: "double"; value: string }
  | { type: "boolean"; value: boolean }
  | { type: "verbatim"; format: string; value: Uint8Array }
  | { type: "bignumber"; value: string };

/** Where to connect and how long to wait for a byte before giving up. */
export interface ConnectOptions {
  hostname?: string | undefined;
  port: number;
  /** The protocol to switch to after connecting; RESP2 needs no switch. */
  resp?: 2 | 3 | undefined;
  password?: string | undefined;
  /** Who listens there, for messages. */
  server?: string;
  /** A read that gets no byte for so long fails and closes the connection. */
  timeoutMs?: number;
  /** Speaks TLS, and trusts this certificate in PEM form. */
  certificate?: string;
}

/** The server closed the connection where a reply was expected. */
export class ConnectionClosed extends Error {
  override name = "ConnectionClosed";
}

const CR = 13;
const LF = 10;
const COLON = 0x3a;
const DOLLAR = 0x24;
const CRLF = Uint8Array.of(CR, LF);
const encoder = new TextEncoder();

/** The bytes of one argument. */
export function toBytes(argument: Argument): Uint8Array {
  return typeof argument === "string" ? encoder.encode(argument) : argument;
}

/** Bytes as text, one character a byte. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let start = 0; start < bytes.length; start += 8192) {
    text += String.fromCharCode(...bytes.subarray(start, start + 8192));
  }
  return text;
}

/** Text as bytes, one byte a character: for requests written as string literals. */
export function fromLatin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** The pieces put end to end. */
export function concat(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Commands as the arrays of bulk strings a client sends. */
export function encode(...commands: Command[]): Uint8Array<ArrayBuffer> {
  const pieces: Uint8Array[] = [];
  for (const command of commands) {
    pieces.push(encoder.encode(`*${command.length}\r\n`));
    for (const argument of command) {
      const bytes = toBytes(argument);
      pieces.push(encoder.encode(`$${bytes.length}\r\n`), bytes, CRLF);
    }
  }
  return concat(pieces);
}

/** Bytes as printable text between double quotes, escaped as redis-cli does. */
export function quote(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) {
    if (byte === 0x22 || byte === 0x5c) text += "\\" + String.fromCharCode(byte);
    else if (byte >= 0x20 && byte < 0x7f) text += String.fromCharCode(byte);
    else if (byte === LF) text += "\\n";
    else if (byte === CR) text += "\\r";
    else text += "\\x" + byte.toString(16).padStart(2, "0");
  }
  return `"${text}"`;
}

/** A reply as canonical text: equal texts mean equal bytes on the wire. */
export function format(reply: Reply): string {
  const list = (items: Reply[]) => `[${items.map(format).join(", ")}]`;
  switch (reply.type) {
    case "simple":
      return `+${quote(fromLatin1(reply.value)).slice(1, -1)}`;
    case "error":
      return `-${quote(fromLatin1(reply.value)).slice(1, -1)}`;
    case "bulk-error":
      return `!${quote(fromLatin1(reply.value))}`;
    case "integer":
      return `:${reply.value}`;
    case "bulk":
      return quote(reply.value);
    case "null-bulk":
      return "$-1";
    case "null-array":
      return "*-1";
    case "null":
      return "_";
    case "array":
      return list(reply.items);
    case "set":
      return `~${list(reply.items)}`;
    case "push":
      return `>${list(reply.items)}`;
    case "map":
      return `%{${reply.entries.map(([k, v]) => `${format(k)}: ${format(v)}`).join(", ")}}`;
    case "double":
      return `,${reply.value}`;
    case "boolean":
      return reply.value ? "#t" : "#f";
    case "verbatim":
      return `=${reply.format}:${quote(reply.value)}`;
    case "bignumber":
      return `(${reply.value}`;
  }
}

/** One connection. Replies come in the order of the requests, also when several `send`s are under way at once. */
export class RespClient implements AsyncDisposable {
  #conn: Deno.Conn;
  #timeoutMs: number;
  /** Bytes read and not yet parsed are `#buffer[#start, #end)`. */
  #buffer = new Uint8Array(65536);
  #start = 0;
  #end = 0;
  #closed = false;
  #writes: Promise<void> = Promise.resolve();
  #reads: Promise<unknown> = Promise.resolve();
  readonly #address: string;
  /** The commands whose replies are read, and how many of them have been: for the message if the next does not come. */
  #asked: readonly Command[] = [];
  #answered = 0;

  private constructor(conn: Deno.Conn, address: string, timeoutMs: number) {
    this.#conn = conn;
    this.#address = address;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Connects, authenticates and switches the protocol as the options say.
   *
   * @throws {Error} if the server refuses the password or the protocol
   */
  static async connect(options: ConnectOptions): Promise<RespClient> {
    const { hostname = "127.0.0.1", port, resp = 2, password, timeoutMs = 120_000 } = options;
    const conn = await open(hostname, port, options.certificate);
    const { server = "a server" } = options;
    const client = new RespClient(conn, `${server} at ${hostname}:${port}`, timeoutMs);
    const greetings: Command[] = [];
    if (password !== undefined) greetings.push(["AUTH", password]);
    if (resp === 3) greetings.push(["HELLO", "3"]);
    for (const greeting of greetings) {
      const reply = await client.send(...greeting);
      if (reply.type === "error") {
        client.close();
        throw new Error(`the server refused ${greeting[0]}: ${reply.value}`);
      }
    }
    return client;
  }

  /** Sends one command and reads its reply. */
  send(...args: Argument[]): Promise<Reply> {
    return this.#exchange(encode(args), () => this.#parse(), [args]);
  }

  /** Sends all commands in one write and reads one reply for each. */
  pipeline(commands: readonly Command[]): Promise<Reply[]> {
    return this.#replies(encode(...commands), commands.length, commands);
  }

  /** Sends bytes as they are and reads so many replies, reading while it still writes. */
  exchange(bytes: Uint8Array, replies: number): Promise<Reply[]> {
    return this.#replies(bytes, replies, []);
  }

  /** Writes bytes as they are; the replies, if any, are left to `readReply` and `readRaw`. */
  raw(bytes: Uint8Array): Promise<void> {
    const written = this.#writes.then(async () => {
      let rest = bytes;
      while (rest.length > 0) rest = rest.subarray(await this.#conn.write(rest));
    });
    this.#writes = written.catch(() => {});
    return written;
  }

  /**
   * Reads the next reply, or push message, whatever it answers.
   *
   * @throws {ConnectionClosed} if the server closed the connection instead
   */
  readReply(): Promise<Reply> {
    return this.#queue(() => this.#parse());
  }

  /** Reads exactly so many bytes. */
  readRaw(size: number): Promise<Uint8Array> {
    return this.#queue(() => this.#take(size));
  }

  /** Reads replies until the server closes the connection. */
  async readUntilClosed(): Promise<Reply[]> {
    const replies: Reply[] = [];
    while (true) {
      try {
        replies.push(await this.readReply());
      } catch (error) {
        if (error instanceof ConnectionClosed) return replies;
        throw error;
      }
    }
  }

  /** Closes the connection at once. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#conn.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.#reads.catch(() => {});
    await this.#writes;
  }

  #replies(bytes: Uint8Array, count: number, asked: readonly Command[]): Promise<Reply[]> {
    return this.#exchange(bytes, async () => {
      const all: Reply[] = [];
      for (; all.length < count; this.#answered++) all.push(await this.#parse());
      return all;
    }, asked);
  }

  async #exchange<T>(
    bytes: Uint8Array,
    read: () => Promise<T>,
    asked: readonly Command[],
  ): Promise<T> {
    const answer = this.#queue(read, asked);
    // A server that answers and closes makes the write fail; what it answered counts.
    const written = this.raw(bytes).catch(() => {});
    try {
      return await answer;
    } finally {
      await written;
    }
  }

  #queue<T>(read: () => Promise<T>, asked: readonly Command[] = []): Promise<T> {
    const result = this.#reads.then(() => {
      this.#asked = asked;
      this.#answered = 0;
      return read();
    });
    this.#reads = result.catch(() => {});
    return result;
  }

  async #parse(): Promise<Reply> {
    const line = await this.#line();
    const rest = line.slice(1);
    switch (line[0]) {
      case "+":
        return { type: "simple", value: rest };
      case "-":
        return { type: "error", value: rest };
      case ":":
        return { type: "integer", value: BigInt(rest) };
      case "$":
        if (rest === "-1") return { type: "null-bulk" };
        return { type: "bulk", value: await this.#blob(rest) };
      case "!":
        return { type: "bulk-error", value: latin1(await this.#blob(rest)) };
      case "=": {
        const bytes = await this.#blob(rest);
        return { type: "verbatim", format: latin1(bytes.subarray(0, 3)), value: bytes.subarray(4) };
      }
      case "*":
        if (rest === "-1") return { type: "null-array" };
        return { type: "array", items: await this.#items(rest) };
      case "~":
        return { type: "set", items: await this.#items(rest) };
      case ">":
        return { type: "push", items: await this.#items(rest) };
      case "%": {
        const entries: [Reply, Reply][] = [];
        for (let left = length(rest); left > 0; left--) {
          const name = this.#buffered() ?? await this.#parse();
          entries.push([name, this.#buffered() ?? await this.#parse()]);
        }
        return { type: "map", entries };
      }
      case "_":
        return { type: "null" };
      case ",":
        return { type: "double", value: rest };
      case "#":
        if (rest !== "t" && rest !== "f") throw new Error(`not a boolean: ${line}`);
        return { type: "boolean", value: rest === "t" };
      case "(":
        return { type: "bignumber", value: rest };
      default:
        throw new Error(`not a reply: ${quote(fromLatin1(line))}`);
    }
  }

  async #items(count: string): Promise<Reply[]> {
    const items: Reply[] = [];
    for (let left = length(count); left > 0; left--) {
      items.push(this.#buffered() ?? await this.#parse());
    }
    return items;
  }

  /**
   * The next reply, if it is a bulk string or an integer that has arrived whole: most items of large replies are, and
   * take a tenth of the time without promises. Anything else, broken ones too, is left to `#parse`.
   */
  #buffered(): Reply | undefined {
    const bytes = this.#buffer, start = this.#start;
    const type = bytes[start];
    if (type !== DOLLAR && type !== COLON) return undefined;
    const lineEnd = bytes.indexOf(LF, start);
    if (lineEnd < 0 || lineEnd >= this.#end || bytes[lineEnd - 1] !== CR) return undefined;
    const rest = latin1(bytes.subarray(start + 1, lineEnd - 1));
    const next = lineEnd + 1;
    if (type === COLON) {
      this.#start = next;
      return { type: "integer", value: BigInt(rest) };
    }
    if (rest === "-1") {
      this.#start = next;
      return { type: "null-bulk" };
    }
    const end = next + (/^\d+$/.test(rest) ? Number(rest) : Infinity);
    if (end + 2 > this.#end || bytes[end] !== CR || bytes[end + 1] !== LF) return undefined;
    this.#start = end + 2;
    return { type: "bulk", value: bytes.slice(next, end) };
  }

  async #blob(size: string): Promise<Uint8Array> {
    const bytes = await this.#take(length(size));
    const end = await this.#take(2);
    if (end[0] !== CR || end[1] !== LF) throw new Error(`a bulk string ends with ${quote(end)}`);
    return bytes;
  }

  async #line(): Promise<string> {
    let searched = 0;
    while (true) {
      const at = this.#buffer.subarray(this.#start, this.#end).indexOf(LF, searched);
      if (at >= 0) {
        const line = await this.#take(at + 1);
        if (line[at - 1] !== CR) throw new Error(`a line ends without \\r: ${quote(line)}`);
        return latin1(line.subarray(0, at - 1));
      }
      searched = this.#end - this.#start;
      await this.#fill(searched + 1);
    }
  }

  async #take(size: number): Promise<Uint8Array> {
    while (this.#end - this.#start < size) await this.#fill(size);
    const bytes = this.#buffer.slice(this.#start, this.#start + size);
    this.#start += size;
    return bytes;
  }

  /** Reads what the socket has, after making room for `size` unparsed bytes. */
  async #fill(size: number): Promise<void> {
    if (this.#buffer.length - this.#start < size || this.#end === this.#buffer.length) {
      const pending = this.#buffer.subarray(this.#start, this.#end);
      const fits = this.#buffer.length >= Math.max(size, pending.length * 2);
      const room = fits ? this.#buffer : new Uint8Array(Math.max(size, pending.length * 2));
      if (fits) this.#buffer.copyWithin(0, this.#start, this.#end);
      else room.set(pending);
      this.#buffer = room;
      this.#end -= this.#start;
      this.#start = 0;
    }
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      this.close();
    }, this.#timeoutMs);
    try {
      const count = await this.#conn.read(this.#buffer.subarray(this.#end));
      if (count === null) throw new ConnectionClosed("the server closed the connection");
      this.#end += count;
    } catch (error) {
      if (timedOut) throw new Error(this.#late(), { cause: error });
      if (error instanceof Deno.errors.ConnectionReset || this.#closed) {
        throw new ConnectionClosed("the connection was closed", { cause: error });
      }
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  #late(): string {
    const command = this.#asked[this.#answered];
    const to = command === undefined ? "" : ` to ${inWords(command)}`;
    const after = this.#answered === 0 ? "" : `, after ${this.#answered} others`;
    return `no reply${to} from ${this.#address} within ${this.#timeoutMs} ms${after}`;
  }
}

/** A command as text for people, cut where it is long. */
function inWords(command: Command): string {
  const words = command.map((word) => typeof word === "string" ? word : quote(word));
  const text = words.join(" ");
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

async function open(hostname: string, port: number, certificate?: string): Promise<Deno.Conn> {
  if (certificate !== undefined) {
    return await Deno.connectTls({ hostname, port, caCerts: [certificate] });
  }
  const connection = await Deno.connect({ hostname, port });
  connection.setNoDelay(true);
  return connection;
}

function length(digits: string): number {
  if (!/^\d+$/.test(digits)) throw new Error(`not a length: ${digits}`);
  return Number(digits);
}
