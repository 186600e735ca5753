import { testSameAsRedisJson } from "./same.ts";

testSameAsRedisJson(
  "documents, numbers, refusals and missing keys",
  `
  json.set d $ '{"a":1,"b":2,"c":3,"a":4}'
  json.get d
  json.del d $.b
  json.get d
  json.set d $.z 5
  json.get d
  json.set d $ [1,1.0,1e3,-0,-0.0,0.1,1e-7,1e-5,1e15,1e16,1e17,9007199254740993,9223372036854775807,9223372036854775808,18446744073709551615,18446744073709551616,-9223372036854775808,-9223372036854775809,1e400]
  json.set d $ [1,1.0,1e3,-0,-0.0,0.1,1e-7,1e-5,1e15,1e16,1e17,9007199254740993,9223372036854775807,9223372036854775808,18446744073709551615,18446744073709551616,-9223372036854775808,-9223372036854775809]
  json.get d
  json.type d $.*
  json.resp d
  json.set d $ '{"a":"\\u0000\\u001f\\u007f\\u2028/\\/\\b\\f\\n\\r\\t\\"\\\\ü€😀\\ud83d\\ude00"}'
  json.get d
  json.set d $ '"\\ud83d"'
  json.set d $ NaN
  json.set d $ Infinity
  json.set d $ '{"a":}'
  json.set d $ '{"a":1}x'
  json.set d $ ''
  json.set d $ ' {"a" : [ 1 , 2 ] } '
  json.get d
  json.set d $ {a:1}
  json.set d $ [1,]
  json.set d $ 01
  json.set d $ 1.
  json.set d $ .5
  json.set d $ +1
  json.set d $ -
  json.set d $ tru
  json.set d $ '"abc'
  expire d 100
  json.set d $ 1
  ttl d
  type d
  object encoding d
  json.set nokey $.a 1
  json.set nokey .a 1
  json.set nokey $.a 1 XX
  json.set nokey . 1
  json.get nokey
  json.set nokey . 2 NX
  json.set nokey . 2 XX
  json.set nokey . 2 NX XX
  json.set nokey . 2 FOO
  json.set nokey $
  set s x
  json.set s $ 1
  json.get s
  json.type s
  json.del s
  json.del s $.a
  json.get missing
  json.get missing $
  json.get missing $.a .b
  json.type missing
  json.type missing $
  json.del missing
  json.forget missing
  json.arrlen missing
  json.arrlen missing $
  json.strlen missing
  json.strlen missing $
  json.objlen missing
  json.objlen missing $
  json.objkeys missing
  json.objkeys missing $
  json.arrappend missing $ 1
  json.arrappend missing . 1
  json.arrindex missing $ 1
  json.arrindex missing . 1
  json.arrinsert missing $ 0 1
  json.arrpop missing
  json.arrpop missing $
  json.arrtrim missing $ 0 1
  json.arrtrim missing . 0 1
  json.numincrby missing $ 1
  json.numincrby missing . 1
  json.nummultby missing . 1
  json.numpowby missing . 1
  json.strappend missing '"x"'
  json.strappend missing $ '"x"'
  json.toggle missing $
  json.toggle missing .
  json.clear missing
  json.clear missing $
  json.resp missing
  json.resp missing $
  json.mget missing s $
  json.mget missing s .a
  json.merge missing $ 1
  json.merge missing2 $.a 1
  json.merge s $ 1
  json.mset x $ 1 y $.a 2
  json.mset x $ 1 y
  json.mset x $ 1 s $ 2
  json.mset x $ 1 y $ 2
  json.debug help
  json.debug
  json.debug memory x
  json.debug memory x $
`,
);

testSameAsRedisJson(
  "paths, conditions, formats and lengths",
  `
  json.set d $ '{"a":[{"b":1,"c":"x"},{"b":2.5,"c":"yy"},{"b":null,"c":["p","q"]}],"o":{"b":3,"k v":4,"a.b":5},"n":[5,3,1,8],"t":true}'
  json.get d '$.a[?(@.b > )]'
  json.get d '$.a b'
  json.get d $.n[-1]
  json.get d $.n[-9]
  json.get d $.n[9]
  json.get d $.t $[
  json.get d INDENT '  ' NEWLINE | SPACE ' ' $.o
  json.get d INDENT '  ' NEWLINE | SPACE ' '
  json.get d FORMAT STRING $
  json.get d FORMAT FOO $
  json.get d NOESCAPE $.t
  json.get d indent
  json.type d $.*
  json.type d .a
  json.type d .nope
  json.type d $.nope
  json.type d
  json.type d $[
  json.mget d x $.t
  json.mget d x .t
  json.mget d x .nope
  json.mget d x $.nope
  json.mget d
  json.mget d x $[
  json.objkeys d $.o
  json.objkeys d .o
  json.objkeys d .t
  json.objkeys d $.*
  json.objkeys d .nope
  json.objkeys d $.nope
  json.objlen d $.*
  json.objlen d .o
  json.objlen d .t
  json.objlen d .nope
  json.objlen d $.nope
  json.arrlen d $.*
  json.arrlen d .a
  json.arrlen d .t
  json.arrlen d .nope
  json.arrlen d $.nope
  json.strlen d $..c
  json.strlen d .a[0].c
  json.strlen d .t
  json.strlen d .nope
  json.arrindex d $.n 8
  json.arrindex d .n 8
  json.arrindex d .n 8 0 3
  json.arrindex d .n 8 0 0
  json.arrindex d .n 8 0 -1
  json.arrindex d .n 5 -2
  json.arrindex d .n 5 1 0
  json.arrindex d .n 5 9
  json.arrindex d .n '"x"'
  json.arrindex d .n 5.0
  json.arrindex d .t 5
  json.arrindex d .nope 5
  json.arrindex d $.* 5
  json.arrindex d .a '{"b":1,"c":"x"}'
  json.arrindex d $.a '{"c":"x","b":1}'
  json.arrindex d .n 5 x
  json.arrindex d .n foo
  json.resp d $.a
  json.resp d .o
  json.resp d .nope
  json.resp d $.t
  json.debug memory d $.*
  json.debug memory d .a
  json.debug memory d .nope
  json.debug memory d $.nope
  json.debug memory d
  json.get d $.a[0:1:1]
  json.get d $.a[:2]
  json.get d $.a[:2:]
  json.get d $.a[:]
  json.get d $.a[::]
  json.get d $.n[?(@>3&&@<6)]
  json.get d $.n[?@>3]
  json.get d '$.n[? @ > 3 ]'
  json.get d '$.n [0]'
  json.get d '$.a[?(@.c[0]=="p")]'
  json.get d '$.a[?("x"==@.c)]'
  json.get d $.a[?(1)]
  json.get d '$.a[?(@.b<"z")]'
  json.get d '$.a[?(@.c<"z")].c'
  json.get d $.o.*
  json.get d $.o.b.*
  json.get d $.o.b[0]
  json.get d $[*]
  json.get d '$["t"]'
  json.get d '$..["b"]'
  json.get d $..[0]
  json.get d $..n[0]
  json.get d $.a..b
  json.get d $.a.*.b
  json.get d $.a.[0]
  json.get d '$.a[0]["b"]'
  json.get d $ $
  json.get d . .
  json.get d $.a[?(@.b==2.50)].c
  json.get d $.a[?(@.b==1.0)].c
  json.get d '$.a[?(@.b>=1&&(@.c=="x"||@.c=="yy"))].c'
`,
);

testSameAsRedisJson(
  "replies of both protocols",
  `
  json.set d $ '{"a":1,"f":1.5,"s":"x","n":null,"t":true,"l":[1,[2.5,"z"],{"q":null}],"o":{"k":1}}'
  json.get d
  json.get d $
  json.get d FORMAT STRING $.l
  json.get d FORMAT STRINGS $
  json.get d FORMAT expand $
  json.mget d $.*
  json.numincrby d $.* 1
  json.numincrby d .a 1
  json.numincrby d $.a 1.5
  json.numincrby d .nope 1
  json.numincrby d $.nope 1
  json.nummultby d $.* 2
  json.arrpop d $.*
  json.arrpop d .l
  json.arrpop d $.l
  json.resp d $
  json.resp d .f
  json.resp d .n
  json.type d $.*
  json.type d .a
  json.type d
  json.type d .nope
  json.type d $.nope
  json.type nokey
  json.type nokey $
  json.toggle d $.*
  json.toggle d .t
  json.objkeys d $.*
  json.objkeys d .nope
  json.objlen d $.*
  json.arrlen d $.*
  json.clear d $.l
  json.set d $.a 1 NX
  json.set d $.a 1 XX
  json.mget d nokey $.a
`,
);

testSameAsRedisJson(
  "changes of values at one path or several",
  `
  json.set d $ '{"a":{"x":[1,2,3],"y":{"x":[4],"z":5}},"x":[7,[8,9]],"s":"ab","t":true,"n":1,"f":1.5,"e":[],"nu":null}'
  json.arrappend d $..x 1 '"two"'
  json.get d
  json.arrappend d .x 5
  json.arrappend d .n 5
  json.arrappend d .nope 5
  json.arrappend d $.n 5
  json.arrappend d $.nope 5
  json.arrappend d $.x foo
  json.arrappend d $.x
  json.arrinsert d $.x 0 0
  json.arrinsert d $.x -1 '"m1"'
  json.arrinsert d $.x 100 1
  json.arrinsert d .n 0 1
  json.arrinsert d .nope 0 1
  json.arrinsert d $.nope 0 1
  json.arrinsert d $.x foo 1
  json.get d
  json.arrpop d $..x
  json.arrpop d $..x 0
  json.arrpop d .x -2
  json.arrpop d .x 99
  json.arrpop d .e
  json.arrpop d $.e
  json.arrpop d $.*
  json.arrpop d .n
  json.arrpop d .nope
  json.arrpop d $.nope
  json.arrpop d .x foo
  json.arrpop d
  json.get d
  json.arrtrim d $..x 0 1
  json.arrtrim d .x 1 0
  json.arrtrim d .n 0 1
  json.arrtrim d .nope 0 1
  json.arrtrim d $.nope 0 1
  json.arrtrim d $.n 0 1
  json.get d
  json.strappend d $.s '"cd"'
  json.strappend d .s '"ef"'
  json.strappend d .n '"ef"'
  json.strappend d $.* '"ef"'
  json.strappend d .nope '"ef"'
  json.strappend d $.nope '"ef"'
  json.strappend d .s 5
  json.strappend d .s foo
  json.strappend d '"x"'
  json.strappend d $.s '"é"'
  json.strlen d $.s
  json.toggle d $.t
  json.toggle d .t
  json.toggle d .n
  json.toggle d $.n
  json.toggle d .nope
  json.toggle d $.nope
  json.toggle d $.*
  json.numincrby d $.n 2
  json.numincrby d .n 2
  json.numincrby d .n 0.5
  json.numincrby d .n 0.5
  json.get d .n
  json.numincrby d .f 1e400
  json.numincrby d .f 1e308
  json.numincrby d .f 1e308
  json.numincrby d .f 1e308
  json.get d .f
  json.numincrby d .s 1
  json.numincrby d $.* 1
  json.numincrby d .nope 1
  json.numincrby d $.nope 1
  json.numincrby d .n foo
  json.numincrby d .n '"x"'
  json.numincrby d .n 01
  json.numincrby d .n ''
  json.numincrby d .n +1
  json.set d $.n 9223372036854775807
  json.numincrby d .n 1
  json.get d .n
  json.set d $.n 9223372036854775808
  json.numincrby d .n 1
  json.get d .n
  json.set d $.n 5
  json.numincrby d .n 9223372036854775808
  json.set d $.n 5
  json.nummultby d .n 3
  json.nummultby d .n 0.1
  json.set d $.n 3
  json.numpowby d .n 3
  json.numpowby d .n -1
  json.numpowby d .n 0.5
  json.set d $.n 10
  json.numpowby d .n 30
  json.get d .n
  json.set d $.n 5
  json.nummultby d .n 9223372036854775807
  json.get d .n
  json.clear d $.n
  json.clear d $.*
  json.get d
  json.clear d .nope
  json.clear d $.nope
  json.clear d
  json.get d
  json.set d $ '{"a":[1,2,{"b":[3,4]}],"c":{"b":5}}'
  json.del d $..b
  json.get d
  json.del d $.a[0,1]
  json.get d
  json.del d $.nope
  json.del d .nope
  json.del d .c
  json.del d $.*
  json.get d
  exists d
  json.set d $ [1,2,3,4,5,6,7,8,9,10,11,12]
  json.get d
  json.get d
  json.set d $[0] '{"n":1}'
  json.set d $[99] 1
  json.set d $[-1] 77
  json.set d $[0].m.k 1
  json.set d $[0].m 1
  json.set d $[1].m 1
  json.set d $.x 1
  json.set d $[*].x 1
  json.set d $..x 1
  json.set d $..n 2
  json.set d $[0].n 2 NX
  json.set d $[0].n 2 XX
  json.set d $[0].zz 2 XX
  json.set d $[0].zz 2 NX
  json.set d '$[0][a"b]' 3
  json.set d $[0].$ 3
  json.set d $[0] 3 NX
  json.set d $[50] 3 NX
  json.set d $[0,1] 3 NX
  json.set d .[0].zz2 2
  json.set d '$[0]["x","y"]' 2
  json.get d
  json.set d $ '{"a":{"b":1}}'
  json.merge d $.a '{"c":{"d":1,"e":null},"b":null}'
  json.get d
  json.merge d $.a.c '{"d":null}'
  json.merge d $.z '{"q":null,"r":1}'
  json.merge d $.a null
  json.merge d $.nn null
  json.get d
  json.merge d $.z 5
  json.merge d $.* '{"k":1}'
  json.get d
  json.merge d $.nope.x 1
  json.merge d .nope.x 1
  json.merge d $..nope 1
  json.merge d $ null
  json.get d
  json.mset a $ '{"x":1}' b $ 2
  json.mset a $.x 5 b $ foo
  json.get a
  json.mset a $.x 5 a $.y 6 b $ 1
  json.get a
  json.mset a $.q.w 5
  json.mset a $.q.w 5 b $ 3
  json.mset a $..nope 5
  json.mset new $ '{"a":1}' new $.b 2
  json.get new
  json.mset new2 $.b 2
`,
);
