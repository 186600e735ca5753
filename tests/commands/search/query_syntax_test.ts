/** What queries mean: FT.EXPLAIN's text, and the errors of malformed ones with their positions. */

import { strict as assert } from "node:assert";
import { startRedlite } from "../../harness/servers.ts";
import { format } from "../../harness/resp_client.ts";
import { type Choice, testSameAsStack, type Words } from "./same_as_stack.ts";

const INDEX: Words = [
  ...["FT.CREATE", "i", "ON", "HASH", "PREFIX", "1", "d:", "SCHEMA", "t", "TEXT", "u", "TEXT"],
  ...["p", "TEXT", "PHONETIC", "dm:en", "e", "TEXT", "INDEXEMPTY", "g", "TAG", "h", "TAG"],
  ...["CASESENSITIVE", "n", "NUMERIC", "m", "NUMERIC", "loc", "GEO", "x", "TEXT", "INDEXMISSING"],
];

/** Queries that show a corner of the grammar each. */
const CORNERS = String.raw`
hello world|foo bar
foo|bar baz|qux
-foo bar
-foo|bar
-foo -bar
~foo -bar baz
-foo bar* baz
foo bar* baz*
foo* bar baz
foo bar 5 baz
foo bar (baz)|qux
(foo bar) baz
(foo bar)=>{$weight:2} baz
(foo|bar)|baz
foo|(bar|baz)
@t:foo bar
@t:foo|bar
@t:foo bar*
@t:(foo bar) baz
@t:(@u:foo bar)
@t|u:(foo bar|baz)
@t | u : foo
@nope:foo
@t:-foo bar
@t:"foo bar" baz
"foo bar" baz
"the foo"
"foo-bar"
""
@e:""
@t:""
the
the foo
()
(foo
foo)
foo|
|foo
foo||bar
foo-
foo\-bar
foo\
foo,bar;baz
w'f*o?'
w''
%foo%
%%foo%%
%%foo%
%%%%foo%%%%
*foo*
*foo
fo*o
1.5*
*
**
* foo
@n:[1 2]
@n:[(1 (2]
@n:[1]
@n:[(1]
@n:[-inf +inf]
@n:[1 2
@n:[a b]
@n:[1 2 3]
@n==5
@n!=5 foo
@n>=5 @n<10
@n<5|@n>7
@g:{foo}
@g:{Foo BAR|baz}
@h:{Foo}
@g:{foo*|*bar|*baz*}
@g:{foo\ bar}
@g:{foo\-bar|a\,b}
@g:{the|a}
@g:{}
@g:{foo
@g:{foo-bar}
@g:{"foo bar"|baz}
@g:{w'f*'}
@g:{foo}|bar
@loc:[1 2 3 km]
@loc:[1 2 3 XX]
@loc:[1 2 -3 km]
@loc:[200 2 3 km]
ismissing(@x)
-ismissing(@x) foo
ismissing(@t)
foo=>{$weight:2}
foo=>{$weight:2;$slop:1}
(foo bar)=>{$slop:1;$inorder:true}
(foo bar)=>{$inorder:true}
foo=>{$weight:abc}
foo=>{$bad:1}
foo=>{$phonetic:true}
@t:foo=>{$phonetic:true}
@p:foo=>{$phonetic:false}
foo=>{weight:2}
foo=>[KNN 3 @v $b]
foo bar=>[KNN 3 @v $b]
(foo=>[KNN 3 @v $b])
foo=>[KNN 3 @v $b] bar
*=>[KNN - 3 @v $b]
@t:foo=>{$weight:2} 5
@t:(foo bar)=>{$weight:2} baz* 5
@t:-foo=>{$weight:2} 5
@t:foo 5=>{$weight:2} baz*
@n:[1 foo]
@n:[1 (foo bar]
@n:[foo $p]
@n:[foo $p bar]
@n:["foo" 1 $p]
@n:[within 1]
@n:[within $p]
@n:[- 1 (- - 5]
@n:[-(1 ((5]
@n==- 5
@n==
@loc:[1 2 3 foo] )
@loc:[1 2 $p km]
@loc:[200 2 -3 foo] @t:""
@loc:[(1 2 (3 km]
@t:"" )
ismissing(@t) )
"foo"*
*"Foo bar"*
"foo" *
""*
@t:*"foo" "bar"*
@g:{"Foo bar"*|*"b"}
@g:{''}
@g:{$p*}
*$p* foo
%''%
foo=>["KNN" 3 @v $b AS "foo"]
foo=>[bar 3 @v $b]
foo=>[KNN2]
the=>[KNN 3 @v $b]
$foo
@n:[$a $b]
foo$bar
1.5.5
-5
+5 inf
föö 日本
@g:[1 foo@n:
foo [1 @n==5
@n==5 )
@n==5|
(@n==5
foo@n== 2]
@n==5foo
@n==1.5*)
@n== - 5
@n==.5
@n>==5
@n== :(|
- @n==5 )
@n|@m==5
@t|@u:foo
@t|5:foo
@t|the:foo
@t|"u":foo
ismissing(@n==5)
@n:ismissing(foo}
@t: ismissing(foo|bar)
foo|ismissing(@x)
(*)|foo
((*))
((*) foo)
**1.5
*1.5
*1.5foo
w'f*' )
'inf
@n:['inf 3]
@g:{foo\-bar baz}
@g:{\} bar|a\,b c\.d}
@\: foo
"a1$b2"
"foo$ $bar"
"$"
"inf ]the\"
@t\:x )
@g: @t:[1 2]
\ inf
\ knife
`.trim().split("\n");

testSameAsStack(
  "queries are read as Redis Stack reads them",
  () => [
    INDEX,
    ...CORNERS.flatMap((query) =>
      ["1", "2", "3", "4"].map((dialect) => ["FT.EXPLAIN", "i", query, "DIALECT", dialect])
    ),
  ],
);

// Without stop words: what follows one between `|` is lost in Redis Stack.
const WORDS = ["foo", "bar", "running", "5", "1.5", "föö", "x_y", "foo\\-bar"];

/** An item of a query, well formed. */
function item(choice: Choice, depth: number, modern: boolean): string {
  const word = () => choice.of(WORDS);
  const inner = () => query(choice, depth - 1, modern);
  switch (choice.below(depth > 0 ? 14 : 8)) {
    case 0:
      return `${choice.of(["foo", "ba"])}*`;
    case 1:
      return `%${choice.of(["foo", "bar"])}%`;
    case 2:
      return `"${choice.of(["foo bar", "bar", "foo bar qux"])}"`;
    case 3:
      return choice.of(["@n:[1 2]", "@n:[(1 +inf]", "@m:[-1 (5]", "@loc:[1 2 3 km]"]);
    case 4:
      return choice.of(["@g:{foo}", "@g:{foo bar|qux}", "@h:{Foo|b*}"]);
    case 8:
      return `(${inner()})`;
    case 9:
      return `-${item(choice, depth - 1, modern)}`;
    case 10:
      return `~${item(choice, depth - 1, modern)}`;
    case 11:
      return `@${choice.of(["t", "u", "t|u", "p"])}:(${word()}${choice.of([" ", "|"])}${word()}*)`;
    case 12:
      return `@${choice.of(["t", "u"])}:${word()}`;
    case 13:
      return modern ? choice.of(["@n==5", "@n<5", "ismissing(@x)", "w'f*'"]) : word();
    default:
      return word();
  }
}

function query(choice: Choice, depth: number, modern: boolean): string {
  let text = item(choice, depth, modern);
  for (let more = choice.below(3); more > 0; more--) {
    text += choice.of([" ", " ", "|"]) + item(choice, depth, modern);
  }
  if (depth > 0 && choice.chance(0.1)) text = `(${text})=>{$weight: 2; $slop: 1}`;
  return text;
}

testSameAsStack("random queries are read as Redis Stack reads them", (choice) => {
  const commands: Words[] = [INDEX];
  for (let i = 0; i < 500; i++) {
    const dialect = 1 + choice.below(4);
    const written = query(choice, 1 + choice.below(2), dialect >= 2);
    commands.push(["FT.EXPLAIN", "i", written, "DIALECT", String(dialect)]);
  }
  return commands;
});

const PIECES = [
  ...'foo bar the 5 ( ) | - ~ @t: @n: @g: [1 2] [ ] -5 "foo" =>[KNN {foo} * % " ; : =>{$weight:2} foo* %bar% $p @'
    .split(
      " ",
    ),
];

testSameAsStack("malformed queries are refused at the same place", (choice) => {
  const commands: Words[] = [INDEX];
  for (let i = 0; i < 500; i++) {
    let written = "";
    for (let more = 1 + choice.below(5); more > 0; more--) {
      written += choice.of(PIECES) + choice.of(["", " "]);
    }
    commands.push(["FT.EXPLAIN", "i", written, "DIALECT", "2"]);
  }
  return commands;
});

Deno.test("queries that nest too deeply are refused", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await client.send(...INDEX);
  const reply = await client.send("FT.SEARCH", "i", "(".repeat(5000) + "foo" + ")".repeat(5000));
  assert.equal(format(reply), "-Parser stack overflow");
  assert.equal(format(await client.send("PING")), "+PONG");
});
