import { testConversation } from "./conversation.ts";

testConversation("a key that a client read is told of when another writes it", [
  "a CLIENT TRACKING ON",
  "a GET x ; GET y",
  "w SET x 1",
  "a PING",
  "w SET x 2 ; SET z 1",
  "a PING",
  "a MGET x y z x",
  "w MSET z 1 y 2 x 3",
  "a PING",
  "a EXISTS q",
  "w SELECT 5 ; SET q 1",
  "a PING",
]);

testConversation("a client's own changes are told after the reply", [
  "a CLIENT TRACKING ON",
  "a GET x ; SET x 1 ; PING",
  "a MGET x y z ; MSET z 1 y 2 x 3 ; PING",
  "a GET x ; GET y ; MULTI ; SET x 1 ; SET y 2 ; EXEC ; PING",
  "a GET x ; GET y ; MULTI ; SET x 1 ; FLUSHALL ; SET y 2 ; EXEC ; PING",
]);

testConversation("a flush is told to everybody", [
  "a CLIENT TRACKING ON NOLOOP",
  "b CLIENT TRACKING ON BCAST",
  "c CLIENT TRACKING ON OPTIN",
  "w SET x 1 ; FLUSHDB",
  "a PING",
  "b PING",
  "c PING",
  "w FLUSHDB",
  "a PING",
  "b PING",
  "w SET x 1 ; SELECT 1 ; SET x 1 ; FLUSHALL",
  "a PING",
  "b PING",
]);

testConversation("a flush of an empty store is told too", [
  "a CLIENT TRACKING ON",
  "w FLUSHALL",
  "a PING",
  "w FLUSHDB ASYNC",
  "a PING",
]);

testConversation("reads that reply with an error count as well", [
  "w LPUSH l 1",
  "a CLIENT TRACKING ON",
  "a GET l ; STRLEN",
  "w LPUSH l 2",
  "a PING",
]);

testConversation("with NOLOOP a client's own changes are not told", [
  "a CLIENT TRACKING ON NOLOOP",
  "a GET x ; SET x 1 ; GET x ; INCR x ; PING",
  "w SET x 2",
  "a PING ; GET x",
  "w SET x 3",
  "a PING",
  "a CLIENT TRACKING OFF ; CLIENT TRACKING ON BCAST NOLOOP",
  "b CLIENT TRACKING ON BCAST",
  "a SET x 1 ; SET y 1",
  "b PING",
  "w SET x 1",
  "a PING",
]);

testConversation("keys that move are told of under both names", [
  "w SET x 1",
  "a CLIENT TRACKING ON",
  "a GET x ; GET y",
  "w RENAME x y",
  "a PING ; GET x ; GET y",
  "w MOVE y 3 ; COPY x y",
  "a PING ; GET y",
  "w SET x 1 ; COPY x y",
  "a PING",
]);

testConversation("a key that expired is told of", [
  "a CLIENT TRACKING ON",
  "w SET x 1",
  "a GET x",
  "w PEXPIREAT x 1",
  "a PING ; GET x",
  "w SET x 1 PXAT 1",
  "a PING",
]);

testConversation("CLIENT CACHING holds for the next command or transaction", [
  "w MSET x 1 y 1 z 1",
  "a CLIENT TRACKING ON OPTIN",
  "a GET x ; CLIENT CACHING YES ; GET y ; GET z",
  "w MSET x 1 y 1 z 1",
  "a CLIENT CACHING YES ; CLIENT GETNAME ; CLIENT TRACKINGINFO ; GET y ; GET z",
  "w MSET x 1 y 1 z 1",
  "a CLIENT CACHING YES ; PING ; GET y",
  "w MSET x 1 y 1 z 1",
  "a CLIENT CACHING YES ; GET ; GET y",
  "w MSET x 1 y 1 z 1",
  "a CLIENT CACHING YES ; NOSUCH ; GET y",
  "w MSET x 1 y 1 z 1",
  "a CLIENT CACHING YES ; CLIENT NOSUCH ; GET y",
  "w MSET x 1 y 1 z 1",
  "a CLIENT CACHING YES ; MULTI ; GET x ; GET y ; EXEC ; GET z",
  "w MSET x 1 y 1 z 1",
  "a MULTI ; GET x ; CLIENT CACHING YES ; GET y ; GET z ; EXEC ; GET x",
  "w MSET x 1 y 1 z 1",
  "a CLIENT CACHING YES ; MULTI ; NOSUCH ; GET x ; EXEC ; GET z",
  "w MSET x 1 y 1 z 1",
  "a CLIENT CACHING YES ; MULTI ; GET x ; DISCARD ; GET z",
  "w MSET x 1 y 1 z 1",
  "a CLIENT CACHING YES ; CLIENT TRACKING ON OPTIN ; GET x",
  "w MSET x 1 y 1 z 1",
  "a CLIENT CACHING YES ; CLIENT TRACKING OFF ; CLIENT TRACKING ON OPTIN ; GET x",
  "w MSET x 1 y 1 z 1",
  "a CLIENT TRACKING OFF ; CLIENT TRACKING ON OPTOUT",
  "a GET x ; CLIENT CACHING NO ; CLIENT TRACKINGINFO ; GET y ; GET z",
  "w MSET x 1 y 1 z 1",
  "a PING",
]);

testConversation("what was read before tracking was switched off counts once it is on again", [
  "a CLIENT TRACKING ON",
  "a GET x ; GET y ; CLIENT TRACKING OFF",
  "w SET x 1",
  "a CLIENT TRACKING ON ; PING",
  "w SET x 1 ; SET y 1",
  "a PING",
]);

testConversation("RESET ends tracking", [
  "a CLIENT TRACKING ON BCAST ; RESET ; CLIENT REPLY SKIP ; HELLO 3 ; CLIENT TRACKINGINFO",
  "w SET x 1",
  "a PING",
]);

testConversation("messages go to a RESP2 client that is subscribed to anything", [
  "t2 SUBSCRIBE __redis__:invalidate",
  "a2 CLIENT TRACKING ON REDIRECT @t2 ; CLIENT TRACKINGINFO",
  "a2 GET x ; GET y",
  "w MSET x 1 y 1 z 1",
  "t2 PING",
  "w FLUSHALL",
  "t2 PING",
  "a2 GET x ; SET x 1",
  "t2 PING",
  "t2 UNSUBSCRIBE ; PSUBSCRIBE other*",
  "a2 GET x",
  "w SET x 1",
  "t2 PING",
  "t2 PUNSUBSCRIBE",
  "a2 GET x",
  "w SET x 1",
  "t2 PING",
  "b CLIENT TRACKING ON REDIRECT @t2 BCAST PREFIX k",
  "t2 SUBSCRIBE c",
  "w MSET k1 1 j 1 k0 1",
  "t2 PING",
  "b PING",
]);

testConversation("messages go to a RESP3 client", [
  "t opens",
  "a2 CLIENT TRACKING ON REDIRECT @t",
  "a2 GET x ; GET y",
  "w SET x 1",
  "t PING",
  "a2 PING",
]);

testConversation("a client that writes itself gets the messages of another after the reply", [
  "t opens",
  "a2 CLIENT TRACKING ON REDIRECT @t",
  "a2 GET x ; GET y",
  "t SET y 1 ; PING",
], 8);

testConversation("who redirects to a client that has gone is told so", [
  "t opens",
  "a CLIENT TRACKING ON REDIRECT @t",
  "a2 CLIENT TRACKING ON REDIRECT @t",
  "a MGET x y",
  "a2 MGET x y",
  "t closes",
  "a CLIENT TRACKINGINFO",
  "w SET x 1",
  "a CLIENT TRACKINGINFO",
  "a2 CLIENT TRACKINGINFO",
  "a SET y 1",
  "w FLUSHALL",
  "a CLIENT TRACKING ON ; CLIENT TRACKINGINFO ; GET x",
  "w SET x 1",
  "a PING",
]);

testConversation("with BCAST the changes of a pass are told together, prefix by prefix", [
  "a CLIENT TRACKING ON BCAST PREFIX b PREFIX a",
  "b CLIENT TRACKING ON BCAST",
  "a SET b2 1 ; SET a9 1 ; SET a1 1 ; SET zz 1 ; SET a1 2 ; DEL a9 ; DEL a77",
  "b PING",
  "w MSET a1 1 b1 1 a0 1 b0 1 '' 1",
  "a PING",
  "b PING",
  "a MULTI ; SET a1 1 ; SET b1 1 ; EXEC",
  "b PING",
  "a CLIENT TRACKING ON BCAST PREFIX c",
  "w MSET a1 1 b1 1 c1 1 d1 1",
  "a PING",
  "b2 CLIENT TRACKING ON BCAST",
  "b2 SET a1 1",
]);
