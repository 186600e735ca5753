/** Commands of every group whose events are compared, one after the other on one database. */

/** Command lines by what they are about; a semicolon ends each, `''` is an empty word. */
export const NOTIFICATION_LINES: Readonly<Record<string, string>> = {
  strings: `
    set a 1; set a 2; set a 3 ex 100; set a 4 keepttl; set a 5 get; set b 1 nx; set b 1 nx; set b
    1 xx; set nokey 1 xx; setnx c 1; setnx c 1; setex a 100 v; psetex a 100000 v; getset a w;
    getdel a; getdel a; get nokey; mset a 1 b 2 c 3; mset a 1 a 2; msetnx a 1 z 1; msetnx y 1 z 1;
    getex a; getex a ex 100; getex a persist; getex a persist; getex a pxat 1; append a x; append
    new1 x; append new1 ''; setrange new1 3 abc; setrange new2 3 abc; setrange new1 3 ''; setrange
    new9 3 ''; incr n; incrby n 5; decr n; decrby n 3; incrbyfloat n 1.5; incrbyfloat n2 1.5;
    incrby n0 0; setbit bits 7 1; setbit bits 7 1; setbit bits 7 0; bitfield bits set u8 0 255;
    bitfield bits get u8 0; bitfield bits2 incrby u8 0 10; bitfield bits2 overflow fail incrby u8
    0 255; bitop and dst bits bits2; bitop and dst nokey; bitop and dst nokey; bitcount nokey;
    strlen nokey; getrange nokey 0 1; getbit nokey 0; lcs nokey nokey2; mget nokey a nokey2`,
  keys: `
    del a b c; del a; unlink n nokey n2; exists nokey; type nokey; ttl nokey; touch nokey; object
    encoding nokey; object freq nokey; dump nokey; pttl nokey; expiretime nokey; set a 1; expire a
    100; expire a 100 nx; pexpire a 100000; expireat a 9999999999; persist a; persist a; expire a
    -1; expire a 100; set a 1; expire a 0; set a 1; pexpireat a 1; set a 1; set b 2; rename a b;
    rename b b; rename nokey b; renamenx b c; set a 1; renamenx a c; copy a d; copy a d; copy a d
    replace; copy nokey d; move a 1; move a 1; select 1; set a 9; select 0; set a 3; move a 1;
    swapdb 0 1; swapdb 0 1; set x 1; dump x; object encoding nokey; object idletime nokey; object
    refcount nokey; getex nokey; getex nokey ex 100; getset nokey2 1; set nokey3 1 get; set nokey3
    2 get nx; set nokey4 2 nx get; expire nokey 100; persist nokey; sort nokey by w_*; rpush sl 1
    2; sort sl by w_*; sort sl by nosort get w_* get #; sort sl by h_*->f; rename x x; renamenx x
    x; rename x y; rename y l; copy l nl db 1; copy l nl db 1 replace; copy l x; copy x l; copy x
    l replace; mget nokey l`,
  lists: `
    lpush l a b c; rpush l d; lpushx l z; rpushx nolist z; lpop l; rpop l 2; lpop l 0; lpop
    nolist; linsert l before a q; linsert l before nosuch q; lset l 0 w; lrem l 0 w; lrem l 0
    nosuch; rpush l x y z; ltrim l 0 1; ltrim l 0 1; ltrim l 5 6; rpush l 1 2 3; rpoplpush l l2;
    lmove l l2 left right; lmove l l left right; lmove l l2 left left; lmove l l2 left left; lmove
    l2 l2 left left; lmpop 1 l2 left; lmpop 2 nolist l2 left count 10; rpush l 1; lpop l; rpush l
    1; blpop l 1; rpush l 1 2; brpop l 1; brpoplpush l l3 1; rpush l 1; blmove l l3 left left 1;
    blmpop 1 1 l3 left count 5; llen nolist; lrange nolist 0 1; lindex nolist 0; lpos nolist a;
    rpush l a b; linsert l before a q; linsert l after nosuch q; linsert nol before a q; lset nol
    0 a; lrem nol 0 a; ltrim nol 0 1; lmove nol l left left; rpoplpush nol l; lmpop 1 nol left;
    rpop nol 1`,
  sets: `
    sadd s a b c; sadd s a; srem s a; srem s nosuch; smove s s2 b; smove s s2 nosuch; smove s s2
    c; sadd s x; smove s s2 x; sadd s x; sadd s2 x; smove s s2 x; smove s2 s2 x; spop s2; spop s2
    0; spop s2 10; sadd s 1 2 3; spop s 2; spop s 5; spop nos; sadd s 1 2; sadd s2 2 3;
    sinterstore d1 s s2; sunionstore d1 s s2; sdiffstore d1 s s2; sinterstore d1 s nos;
    sinterstore d1 s nos; set str 1; sunionstore str s s2; sinter nos s; sunion nos s; sinter s
    nos; sismember nos a; smembers nos; scard nos; srandmember nos; smismember nos a; sintercard 2
    s nos; srem s 1 2; sdiff nos nos2; sinter nos nos2; sinter s1 nos2; sadd s1 a; sdiff s1 nos;
    sdiff nos s1; sdiffstore ds s1 nos; sunionstore ds nos s1; sinterstore ds nos s1; sintercard 2
    nos s1`,
  hashes: `
    hset h a 1 b 2; hset h a 1; hset h a 2; hmset h c 3; hsetnx h a 1; hsetnx h d 1; hincrby h n
    1; hincrbyfloat h n 1.5; hdel h a; hdel h nosuch; hget nohash a; hgetall nohash; hexists
    nohash a; hlen nohash; hmget nohash a b; hgetdel h fields 1 b; hgetdel h fields 1 nosuch; hset
    h x 1 y 2 z 3; hexpire h 100 fields 2 x y; hpersist h fields 1 x; hpersist h fields 1 x;
    hexpire h 100 nx fields 1 y; hexpire h 0 fields 1 y; hpexpireat h 1 fields 1 z; hexpire nohash
    100 fields 1 z; hsetex h ex 100 fields 1 q 1; hsetex h fields 1 q 1; hsetex h fnx fields 1 q
    1; hsetex h keepttl fields 1 q 1; hsetex h pxat 1 fields 1 q 1; hsetex h3 pxat 1 fields 1 q 1;
    hsetex h3 ex 100 fields 2 q 1 r 1; hsetex h3 ex 100 fnx fields 1 r 1; hgetex h3 ex 200 fields
    1 q; hgetex h3 persist fields 1 q; hgetex h3 persist fields 1 q; hgetex h3 fields 1 q; hgetex
    h3 pxat 1 fields 1 q; hgetex nohash fields 1 q; hdel h3 r; hset h4 a 1; hexpire h4 0 fields 1
    a; hset h4 a 1; hgetdel h4 fields 1 a; del h; hkeys noh; hvals noh; hrandfield noh; hstrlen
    noh a; httl noh fields 1 a; hexpiretime noh fields 1 a; hpersist noh fields 1 a; hgetdel noh
    fields 1 a; hdel noh a; hset h a 1; hmget h x y; hget h x; hgetex h fields 1 nosuch; hgetex h
    ex 100 fields 1 nosuch; hexpire h 100 fields 1 nosuch; hgetall h; hset h a 1; hset h b 1; hset
    h b 1; hdel h a b`,
  "sorted sets": `
    zadd z2 1 a 4 d; zdiffstore dz 1 noz; zdiffstore dz 1 noz; zpopmin z2; zpopmax z2 5; zpopmin
    z2; zadd z2 1 a; zmpop 1 z2 min; zadd z2 1 a; bzpopmin z2 1; zadd z2 1 a 2 b; bzpopmax z2 1;
    bzmpop 1 1 z2 min; zscore noz a; zcard noz; zrange noz 0 1; zrank noz a; zmscore noz a; zcount
    noz 0 1; zrandmember noz; zadd z 1 a 2 b; zadd z 1 a; zadd z 2 a; zadd z xx 5 nosuch; zadd nz
    xx 5 nosuch; zadd z incr 1 a; zadd z nx incr 1 a; zadd z gt 1 a; zadd z ch 9 a; zadd z 0 a;
    zadd z 0 a; zincrby z 1 a; zincrby z 0 a; zincrby nz2 0 a; zrem z a; zrem z nosuch; zrem nz a;
    zadd z 1 a 2 b 3 c 4 d 5 e; zremrangebyrank z 0 0; zremrangebyscore z 2 2; zremrangebylex z [c
    [c; zremrangebyrank z 9 9; zremrangebyrank nz 9 9; zadd z2 1 a 4 d; zunionstore dz 2 z z2;
    zinterstore dz 2 z z2; zdiffstore dz 2 z z2; zdiffstore dz 1 noz; zdiffstore dz 1 noz;
    zunionstore dz 2 noz z; zinterstore dz 2 z noz; zinterstore dz 2 noz noz2; zinterstore dz 2
    noz z; zdiffstore dz 2 noz z; zdiffstore dz 2 z noz; zrangestore dz z 0 -1; zrangestore dz z 8
    9; zrangestore dz z 8 9; zrangestore dz noz 0 1; zinter 2 z noz; zunion 2 z noz; zdiff 2 z
    noz; zdiff 2 noz z; zdiff 2 noz noz2; zinter 2 noz z; zinter 2 noz noz2; zintercard 2 noz z;
    zrangebyscore noz 0 1; zrevrange noz 0 1; zlexcount noz [a [b; zpopmax noz; zmpop 1 noz min;
    zscan noz 0; sscan noz 0; hscan noz 0; zrem z d e; zrem z b c`,
  streams: `
    xadd s 1-1 a b; xadd s maxlen 1 1-2 a b; xadd s maxlen 5 1-3 a b; xadd s nomkstream 1-4 a b;
    xadd nos nomkstream 1-4 a b; xadd s 1-4 a b; xadd new maxlen 0 1-1 a b; xdel s 1-1; xdel s 1-2
    1-3; xdel nos 1-1; xtrim s maxlen 5; xtrim s minid 1-4; xtrim s maxlen 0; xtrim nos maxlen 0;
    xadd s 5-1 a b; xadd s 5-2 a b; xsetid s 6-0; xsetid nos 6-0; xgroup create s g 0; xgroup
    create s g 0; xgroup create mk g 0 mkstream; xgroup create nos g 0; xgroup createconsumer s g
    c; xgroup createconsumer s g c; xreadgroup group g d streams s 0; xreadgroup group g d count 1
    streams s >; xreadgroup group g e noack streams s >; xreadgroup group g f streams s >; xread
    streams s 0; xread streams nos 0; xclaim s g h 0 5-1; xclaim s g i 0 5-9; xclaim s g i 0 5-2
    force justid; xautoclaim s g j 0 0; xautoclaim s g k 100000 0; xack s g 5-1; xack s g 5-1;
    xpending s g; xgroup setid s g 0; xgroup delconsumer s g c; xgroup delconsumer s g c; xgroup
    destroy s g; xgroup destroy s g; xrange nos - +; xlen nos; xinfo stream nos; xinfo groups nos;
    xpending nos g; xdel s 5-1 5-2; copy s s2; rename s2 s3; set text 1; xadd text * a b; set s3 1;
    del s mk new; multi; xadd t 1-1 a b; xgroup create t g 0; xreadgroup group g a streams t >;
    xack t g 1-1; exec`,
  "sorted lists": `
    rpush sl 3 1 2; sort sl store sd; sort sl store sd; sort nol store sd; sort nol store sd; sort
    nol; sort_ro nol`,
  "bitmaps and HyperLogLogs": `
    pfadd hll a; pfadd hll a; pfadd hll2; pfadd hll2; pfcount nohll; pfcount hll; pfcount nohll
    hll; pfmerge hll3 hll hll2; pfmerge hll3 nohll; pfmerge hll3; bitpos nokey 1; bitfield_ro
    nokey get u8 0; bitfield nokey get u8 0; bitfield nokey5 set u8 0 0; bitfield nokey5 set u8 0
    0; setbit nokey6 7 0; setbit nokey6 7 0; setbit nokey6 100 0; bitop not nd nokey; bitop not nd
    nokey5; pfcount nohll nohll2; pfmerge nd2 nohll nohll2; pfmerge nd2 nohll nohll2; pfdebug
    encoding nohll; append ap ''; append ap ''; setrange ap 0 ''; setrange ap 0 a; substr nokey 0
    1; incrbyfloat f 0`,
  "values put over others": `
    sadd g3 a; set g3 b; hset g4 a 1; set g4 1; set g4 2; getset g4 3; del g3; rpush g5 1; setex
    g5 100 1; rpush g6 1; mset g6 1 g6 2; rpush g7 1; copy g6 g7 replace; rpush g8 1; rename g6
    g8; set g9 1; set g10 1; rename g9 g10; rpush g11 1 2; sadd g12 1; sort g11 store g12; sort
    g11 store g12; set g13 1; bitop or g13 g10; rpush g14 1; bitop or g14 g10; hset g15 a b;
    getset g15 b; sadd g16 1 2; set g17 1; sdiffstore g17 g16; sdiffstore g17 g16; sdiffstore g17
    g16 g16; zadd g18 1 a; zrangestore g16 g18 0 -1; zrangestore g16 g18 0 -1; zunionstore g16 1
    g18; set g16 1; zunionstore g16 1 g18; pfadd g19 a; pfmerge g20 g19; set g21 x; incr g22; set
    g21 y ex 100; set g21 y px 100000 nx; set g21 y get; hset g23 a 1; set g23 y get; flushdb; set
    a 1`,
  expiry: `
    set e 1 px 100000; set e 2 keepttl; set e 2 exat 1; set e2 2 pxat 1; setex e 100 2; expire e 1
    gt; expire e 1000 gt; expire e 10 lt; expire e 10 xx; expire e -1 nx; pexpire e 0; set e 1;
    expireat e 1; getex e; set e 1; getex e exat 1; set e 1; getex e px 10000; getex e persist;
    move e 2; swapdb 0 2; get e; swapdb 2 0; del e; unlink e l; flushdb; lpush k 1; type k; touch
    k nokey; sadd k 1; lcs k nokey`,
};
