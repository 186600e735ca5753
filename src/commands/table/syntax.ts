/**
 * Reads the syntax line of a command, such as `SET key value [NX | XX] [GET] [EX seconds | ...]`,
 * into the argument tree that COMMAND DOCS shows, so that no command has to write its arguments
 * down twice.
 *
 * A line has words, `[optional]` and `<required>` groups with `|` between alternatives, and `...`
 * before the end of a group that repeats what stands before it. Words in capitals and symbols are
 * tokens; a token belongs to the values that follow it. Redis names groups and types values by
 * hand; here a group is named after a member that is known to be typical of it, else after all its
 * members, and a value has the type that its name has throughout Redis.
 *
 * @module
 */

/** The type of an argument, as `COMMAND DOCS` prints it. */
export type ArgumentType =
  | "string"
  | "integer"
  | "double"
  | "key"
  | "pattern"
  | "unix-time"
  | "pure-token"
  | "oneof"
  | "block";

/** An argument of a command, or a group of them. */
export interface DocArgument {
  /** Its name; of a group a made-up one. */
  readonly name: string;
  /** What it is. */
  readonly type: ArgumentType;
  /** The word that stands before it, or, of a pure token, that it is. */
  readonly token?: string;
  /** Which of the command's key specifications finds it. */
  readonly keySpecIndex?: number;
  /** Whether it may be left out. */
  readonly optional: boolean;
  /** Whether it may be repeated. */
  readonly multiple: boolean;
  /** Whether its token is repeated with it. */
  readonly multipleToken: boolean;
  /** The members of a `oneof` or `block`. */
  readonly arguments?: readonly DocArgument[];
}

/**
 * Parses a syntax line.
 *
 * @param syntax The line, the command's name included.
 * @param fullName The command's full name, `client|list` for a subcommand.
 * @param keySpecs How many key specifications the command has.
 */
export function parseSyntax(syntax: string, fullName: string, keySpecs: number): DocArgument[] {
  const nameWords = fullName.split("|").length;
  const words = tokenize(syntax).slice(nameWords);
  const sequence = new Parser(words).sequence();
  const types = new Types(fullName, keySpecs > 0);
  return numberedKeys(argumentsIn(sequence, types), keySpecs);
}

type Node = Word | Group;

interface Word {
  readonly kind: "word";
  readonly text: string;
  multiple: boolean;
}

interface Group {
  readonly kind: "group";
  readonly optional: boolean;
  readonly alternatives: Node[][];
  multiple: boolean;
  /** Whether the repetition begins with the group's first word again. */
  multipleToken: boolean;
}

function tokenize(syntax: string): string[] {
  return syntax.replace(/[[\]<>|]/g, " $& ").split(" ").filter((word) => word !== "");
}

/** A recursive descent parser; each method leaves `#at` after what it parsed. */
class Parser {
  readonly #words: readonly string[];
  #at = 0;

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  /** Parses up to the end, or to what ends an alternative. `group` is the group it is in. */
  sequence(group?: { node: Group; start: number }): Node[] {
    const nodes: Node[] = [];
    /** Where each node starts, to find what a `[... ...]` repeats. */
    const starts: number[] = [];
    while (this.#at < this.#words.length && !/^[\]>|]$/.test(this.#words[this.#at]!)) {
      const start = this.#at;
      if (this.#words[start] === "[" && this.#repeats(nodes, starts, group)) continue;
      starts.push(start);
      nodes.push(this.#node());
    }
    return nodes;
  }

  #node(): Node {
    const word = this.#words[this.#at++]!;
    if (word !== "[" && word !== "<") return { kind: "word", text: word, multiple: false };
    const node: Group = {
      kind: "group",
      optional: word === "[",
      alternatives: [],
      multiple: false,
      multipleToken: false,
    };
    const start = this.#at;
    do node.alternatives.push(this.sequence({ node, start })); while (
      this.#words[this.#at++] === "|"
    );
    return node;
  }

  /** Takes a `[x ...]` after `x` as the mark that `x` may be repeated. */
  #repeats(nodes: Node[], starts: number[], group?: { node: Group; start: number }): boolean {
    const end = closing(this.#words, this.#at);
    if (this.#words[end - 1] !== "...") return false;
    const repeated = this.#words.slice(this.#at + 1, end - 1);
    const equals = (from: number) =>
      repeated.length === this.#at - from &&
      repeated.every((word, i) => word === this.#words[from + i]);

    if (group !== undefined && (repeated.length === 0 || equals(group.start))) {
      group.node.multiple = true;
      group.node.multipleToken = repeated.length > 1 && isToken(repeated[0]!);
    } else {
      const first = starts.findIndex(equals);
      if (first < 0) return false;
      if (first === nodes.length - 1) {
        nodes[first]!.multiple = true;
      } else {
        const block: Group = {
          kind: "group",
          optional: false,
          alternatives: [nodes.splice(first)],
          multiple: true,
          multipleToken: isToken(repeated[0]!),
        };
        nodes.push(block);
        starts.length = first + 1;
      }
    }
    this.#at = end + 1;
    return true;
  }
}

/** The index of the bracket that closes the one at `open`, or the end. */
function closing(words: readonly string[], open: number): number {
  let depth = 0;
  for (let i = open; i < words.length; i++) {
    if (words[i] === "[" || words[i] === "<") depth++;
    if ((words[i] === "]" || words[i] === ">") && --depth === 0) return i;
  }
  return words.length;
}

/** Whether a word is sent as it is: capitals, or a symbol such as `*` or `~`. */
function isToken(word: string): boolean {
  return /^[A-Z0-9][A-Z0-9_.-]*$/.test(word) || /^[^A-Za-z0-9]+$/.test(word);
}

function argumentsIn(nodes: readonly Node[], types: Types): DocArgument[] {
  const result: DocArgument[] = [];
  let at = 0;
  while (at < nodes.length) {
    const node = nodes[at++]!;
    if (node.kind === "group") {
      result.push(groupArgument(node, types));
    } else if (!isToken(node.text)) {
      result.push(types.value(node));
    } else {
      const start = at;
      while (at < nodes.length && isValue(nodes[at]!)) at++;
      const next: Node | undefined = nodes[at];
      // A token right before a required choice is the choice's: `TYPE <NORMAL | PUBSUB>`.
      if (at === start && next?.kind === "group" && !next.optional) at++;
      result.push(tokenArgument(node, nodes.slice(start, at), types));
    }
  }
  return fromAndTo(result);
}

/** Tells the two ends of a move apart, which are the same choice: LMOVE's `<LEFT | RIGHT>`. */
function fromAndTo(args: readonly DocArgument[]): DocArgument[] {
  const ends = args.filter((argument) => argument.name === "where");
  if (ends.length !== 2) return [...args];
  return args.map((argument) => {
    if (argument === ends[0]) return { ...argument, name: "wherefrom" };
    return argument === ends[1] ? { ...argument, name: "whereto" } : argument;
  });
}

function isValue(node: Node): boolean {
  return node.kind === "word" ? !isToken(node.text) : node.multiple && !node.optional;
}

function tokenArgument(token: Word, values: readonly Node[], types: Types): DocArgument {
  if (values.length === 0) return { ...pureToken(token.text), multiple: token.multiple };
  const members = argumentsIn(values, types);
  const [only] = members;
  const introduced = INTRODUCED_BLOCKS.get(token.text);
  if (only !== undefined && introduced !== undefined) {
    return block([{ ...only, token: token.text }, ...members.slice(1)], { name: introduced });
  }
  if (only === undefined || members.length > 1) {
    return block(members, { name: nameOfToken(token.text), token: token.text });
  }
  return only.type === "oneof"
    ? { ...only, name: TOKEN_CHOICES.get(token.text) ?? nameOfToken(token.text), token: token.text }
    : { ...only, token: token.text };
}

function groupArgument(group: Group, types: Types): DocArgument {
  const { optional, multiple, multipleToken } = group;
  const members = group.alternatives.map((nodes) => alternative(nodes, types));
  const argument = members.length === 1 ? members[0]! : choice(members);
  return {
    ...argument,
    optional: argument.optional || optional,
    multiple: argument.multiple || multiple,
    multipleToken: multipleToken && argument.token !== undefined,
  };
}

/** One alternative as one argument. */
function alternative(nodes: readonly Node[], types: Types): DocArgument {
  const members = argumentsIn(nodes, types);
  const [first, ...others] = members;
  if (first === undefined) return alternativeOf(members);
  if (others.length === 0) return first;
  const governs = others.every((member) => member.optional);
  if (first.type === "block" && first.token !== undefined && first.arguments !== undefined) {
    // `TO host port [FORCE]`: the token governs all that follows it.
    if (governs) return { ...first, arguments: [...first.arguments, ...others] };
    // `BYBOX width height <M | KM>`: it introduces the first value.
    const [value, ...values] = first.arguments;
    const introduced = value === undefined ? [] : [{ ...value, token: first.token }];
    return alternativeOf([...introduced, ...values, ...others]);
  }
  if (first.type === "pure-token" && governs) {
    return block(others, { name: first.name, token: first.token });
  }
  return alternativeOf(members);
}

function alternativeOf(members: readonly DocArgument[]): DocArgument {
  return block(members, { name: nameOfBlock(members) });
}

function block(
  members: readonly DocArgument[],
  { name, token }: { name: string; token?: string | undefined },
): DocArgument {
  return { ...PLAIN, name, type: "block", ...(token && { token }), arguments: members };
}

function choice(members: readonly DocArgument[]): DocArgument {
  return { ...PLAIN, name: nameOfChoice(members), type: "oneof", arguments: members };
}

const PLAIN = { optional: false, multiple: false, multipleToken: false } as const;

function pureToken(token: string): DocArgument {
  return { ...PLAIN, name: nameOfToken(token), type: "pure-token", token };
}

/** Names of choices by the token before them. */
const TOKEN_CHOICES: ReadonlyMap<string, string> = new Map([["TYPE", "client-type"]]);

/** Names of blocks whose token introduces the first of their values, by the token. */
const INTRODUCED_BLOCKS: ReadonlyMap<string, string> = new Map([["BYPOLYGON", "polygon"]]);

/** Names of choices by a member that tells what is chosen. */
const CHOICES: ReadonlyMap<string, string> = new Map([
  ["nx", "condition"],
  ["fnx", "condition"],
  ["ifeq-value", "condition"],
  ["keepref", "condition"],
  ["gt", "comparison"],
  ["seconds", "expiration"],
  ["asc", "order"],
  ["km", "unit"],
  ["byte", "unit"],
  ["left", "where"],
  ["before", "where"],
  ["min", "where"],
  ["byscore", "sortby"],
  ["maxlen", "strategy"],
  ["equal", "operator"],
  ["async", "flush-type"],
  ["auto-id", "id-selector"],
  ["new-id", "id-selector"],
  ["circle", "by"],
  ["longitude-latitude", "from"],
  ["fromlonlat", "from"],
  ["auth2", "authentication"],
  ["empty-string", "key-selector"],
  ["on", "status"],
  ["yes", "mode"],
  ["ip:port", "filter"],
  ["client-id", "new-format"],
]);

/** Names of blocks without a token, by a member that tells what they are. */
const BLOCKS: ReadonlyMap<string, string> = new Map([
  ["strategy", "trim"],
  ["BYRADIUS", "circle"],
  ["BYBOX", "box"],
  ["COUNT", "count-block"],
  ["start", "range"],
  ["longitude", "vertices"],
]);

/** Names of the tokens that are symbols. */
const SYMBOLS: ReadonlyMap<string, string> = new Map([
  ["*", "auto-id"],
  ["$", "new-id"],
  ["=", "equal"],
  ["~", "approximately"],
  ['""', "empty-string"],
]);

function nameOfToken(token: string): string {
  return SYMBOLS.get(token) ?? token.toLowerCase();
}

function nameOfChoice(members: readonly DocArgument[]): string {
  const known = members.find((member) => CHOICES.has(member.name));
  return known === undefined ? joinedNames(members) : CHOICES.get(known.name) ?? known.name;
}

function nameOfBlock(members: readonly DocArgument[]): string {
  const [first] = members;
  return BLOCKS.get(first?.token ?? first?.name ?? "") ?? joinedNames(members);
}

function joinedNames(members: readonly DocArgument[]): string {
  return members.map((member) => member.name).join("-");
}

/** The types of values, by name. What is not here is a string. */
const TYPES: ReadonlyMap<string, ArgumentType> = new Map([
  ...typed(
    "integer",
    "bit bits capacity client-id cluster-bus-port config-epoch count cursor db decrement " +
      "destination-db dim end end-slot entries-added entries-read exactly frequency " +
      "idmp-duration idmp-maxsize increment index index1 index2 len limit lowerbound " +
      "maxage maxcount maxiterations maxlen maxsize milliseconds min-match-len ms nargs " +
      "num num-matches num-vertices numfields numids numkeys numlinks numlocal numreplicas offset port " +
      "protover rank seconds size slot start start-slot stop timeout ttl upperbound " +
      "version weight",
  ),
  ...typed("double", "height latitude longitude radius score width"),
  ...typed("unix-time", "unix-time-milliseconds unix-time-seconds"),
  ...typed("pattern", "pattern"),
]);

/** The types that values of the same name have in some commands only, as `command name`. */
const EXCEPTIONS: ReadonlyMap<string, ArgumentType> = new Map([
  ...typed(
    "double",
    "zcount min,zcount max,zrangebyscore min,zrangebyscore max,zrevrangebyscore min," +
      "zrevrangebyscore max,zremrangebyscore min,zremrangebyscore max,incrbyfloat increment," +
      "hincrbyfloat increment,blpop timeout,brpop timeout,blmove timeout,blmovem timeout," +
      "blmpop timeout,brpoplpush timeout,bzmpop timeout,bzpopmax timeout,bzpopmin timeout",
    ",",
  ),
  ...typed("integer", "setbit value,bitfield value,xpending min-idle-time", ","),
  ...typed(
    "string",
    "xpending start,xpending end,xrange start,xrange end,xrevrange start,xrevrange end," +
      "xautoclaim start,zrange start,zrange stop",
    ",",
  ),
]);

const KEY_NAMES: ReadonlySet<string> = new Set(
  "key key1 key2 newkey source source-key sourcekey src destination destination-key destkey dst"
    .split(" "),
);

function typed(
  type: ArgumentType,
  names: string,
  separator = " ",
): [name: string, type: ArgumentType][] {
  return names.split(separator).map((name) => [name, type]);
}

/** Knows the types of one command's values. */
class Types {
  readonly #command: string;
  readonly #hasKeys: boolean;

  constructor(command: string, hasKeys: boolean) {
    this.#command = command;
    this.#hasKeys = hasKeys;
  }

  value({ text, multiple }: Word): DocArgument {
    return { ...PLAIN, name: text, type: this.#typeOf(text), multiple };
  }

  #typeOf(name: string): ArgumentType {
    if (this.#hasKeys && KEY_NAMES.has(name)) return "key";
    return EXCEPTIONS.get(`${this.#command} ${name}`) ?? TYPES.get(name) ?? "string";
  }
}

/**
 * Tells which key specification finds which key: they come in the same order, and the last one has
 * all keys that are left. The patterns of SORT's BY and GET make up names of keys, so they share
 * the second.
 */
function numberedKeys(args: readonly DocArgument[], keySpecs: number): DocArgument[] {
  let next = 0;
  const numbered = (argument: DocArgument): DocArgument => {
    if (argument.arguments !== undefined) {
      return { ...argument, arguments: argument.arguments.map(numbered) };
    }
    if (argument.type === "key") {
      return { ...argument, keySpecIndex: Math.min(next++, keySpecs - 1) };
    }
    const namesKeys = argument.type === "pattern" && /^(BY|GET)$/.test(argument.token ?? "");
    if (!namesKeys || keySpecs < 2) return argument;
    next = 2;
    return { ...argument, keySpecIndex: 1 };
  };
  return args.map(numbered);
}
