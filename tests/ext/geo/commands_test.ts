/** What the geo commands answer, beside what random ones find out: errors, replies, events, and their records. */

import { strict as assert } from "node:assert";
import { testSameAsRedis } from "../../commands/same_as_redis.ts";
import { named, noOracle } from "../../harness/lacking.ts";
import { format } from "../../harness/resp_client.ts";
import { startOracle, startRedlite } from "../../harness/servers.ts";
import { isSameReply } from "./same_replies.ts";

const SICILY = "GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania";

testSameAsRedis("GEOADD adds, moves and counts as its options say", [
  SICILY,
  "GEOADD g 13.361389 38.115556 Palermo 15 37 Catania",
  "GEOADD g CH 13 38 Palermo 16 37 Catania 1 1 new",
  "GEOADD g nx CH 14 38 Palermo 2 2 newer",
  "GEOADD g XX CH 14 38 Palermo 2 2 never",
  "GEOADD g CH CH XX 14 39 Palermo",
  "GEOADD absent XX 1 1 a",
  "EXISTS absent",
  "GEOADD twice 1 1 a 2 2 a",
  "ZRANGE g 0 -1 WITHSCORES",
  "GEOHASH g Palermo Catania nobody",
  "GEOHASH g",
  "GEOHASH nothing a b",
  "GEOPOS g nobody",
  "GEOPOS g",
  "GEOPOS nothing a b",
  "OBJECT ENCODING g",
]);

testSameAsRedis("GEOADD checks its arguments in Redis's order and stores nothing of a wrong line", [
  "GEOADD g 1 1",
  "GEOADD g 1 1 a 2",
  "GEOADD g 1 1 a 2 2",
  "GEOADD g NX XX 1 1 a",
  "GEOADD g NX XX x",
  "GEOADD g NX CH CH",
  "GEOADD g FOO 1 1 a",
  "GEOADD g x 1 a",
  "GEOADD g 1 x a",
  "GEOADD g nan 1 a",
  "GEOADD g 1 inf a",
  "GEOADD g -inf 1 a",
  "GEOADD g 180.0001 1 a",
  "GEOADD g -181 85.06 a",
  "GEOADD g 1e30 -1e16 a",
  "GEOADD g -0 100 a",
  "GEOADD g 200.0078125 0.0000005 a",
  "GEOADD g 200.0234375 0 a",
  "GEOADD g 1 1 a 2 90 b",
  "GEOADD g '' 1 a",
  "EXISTS g",
  "SET s x",
  "GEOADD s 1 1 a",
  "GEOADD s 1 x a",
]);

testSameAsRedis("GEODIST tells distances in units, and null of members that are not there", [
  SICILY,
  ...["", " m", " KM", " ft", " Mi", " yd", " km km"].map((unit) =>
    `GEODIST g Palermo Catania${unit}`
  ),
  "GEODIST g Palermo Palermo",
  "GEODIST g Palermo nobody",
  "GEODIST nothing Palermo Catania",
  "GEODIST nothing Palermo Catania yd",
  "GEODIST g Palermo",
]);

const WRONG_SEARCHES = [
  "",
  "FROMLONLAT 15 37 BYRADIUS 200",
  "FROMLONLAT 15 37 ASC ASC",
  "FROMLONLAT 15 37 BYRADIUS 200 yd",
  "FROMLONLAT 15 37 BYRADIUS x km",
  "FROMLONLAT 15 37 BYRADIUS -1 km",
  "FROMLONLAT 15 37 BYRADIUS -1 yd",
  "FROMLONLAT 15 37 BYRADIUS nan km",
  "FROMLONLAT 15 37 BYBOX x 1 km",
  "FROMLONLAT 15 37 BYBOX 1 x km",
  "FROMLONLAT 15 37 BYBOX -1 x km",
  "FROMLONLAT 15 37 BYBOX -1 1 km",
  "FROMLONLAT 15 37 BYBOX 1 -1 km",
  "FROMLONLAT 15 37 BYBOX 1 1 yd",
  "FROMLONLAT 15 37 BYBOX 1 1",
  "FROMLONLAT 15 x BYRADIUS 1 km",
  "FROMLONLAT 15 90 BYRADIUS 1 km",
  "FROMLONLAT 15 37 FROMMEMBER Palermo BYRADIUS 1 km",
  "FROMMEMBER Palermo FROMLONLAT 15 37 BYRADIUS 1 km",
  "FROMMEMBER nobody BYRADIUS 1 km",
  "FROMMEMBER nobody BYRADIUS x km",
  "FROMMEMBER Palermo BYRADIUS 1 km BYBOX 1 1 km",
  "FROMMEMBER Palermo BYBOX 1 1 km BYRADIUS 1 km",
  "BYRADIUS 1 km ASC ASC",
  "FROMMEMBER Palermo ASC ASC DESC",
  "FROMMEMBER Palermo BYRADIUS 1 km COUNT",
  "FROMMEMBER Palermo BYRADIUS 1 km COUNT x",
  "FROMMEMBER Palermo BYRADIUS 1 km COUNT 0",
  "FROMMEMBER Palermo BYRADIUS 1 km COUNT -1",
  "FROMMEMBER Palermo BYRADIUS 1 km COUNT 9223372036854775808",
  "FROMMEMBER Palermo BYRADIUS 1 km ANY",
  "FROMMEMBER Palermo BYRADIUS 1 km ANY FOO",
  "FROMMEMBER Palermo BYRADIUS 1 km STORE d",
];
const RIGHT_SEARCHES = [
  "FROMMEMBER Palermo BYRADIUS 1 km COUNT 9223372036854775807",
  "FROMMEMBER Palermo BYRADIUS 1 km COUNT 4611686018427387904 ANY",
  "FROMMEMBER Palermo BYRADIUS 1e300 km",
  "FROMMEMBER Palermo BYRADIUS inf m",
  "FROMMEMBER Palermo BYBOX inf inf m",
  "FROMMEMBER Palermo FROMMEMBER Catania BYRADIUS 1 km",
  "FROMLONLAT 1 1 FROMLONLAT 15 37 BYRADIUS 1 km BYRADIUS 200 km",
];

testSameAsRedis("GEOSEARCH and GEOSEARCHSTORE refuse wrong arguments as Redis does", [
  SICILY,
  "SET s x",
  ...[...WRONG_SEARCHES, ...RIGHT_SEARCHES].flatMap((search) =>
    ["GeoSearch g", "GEOSEARCH nothing", "GEOSEARCHSTORE d g", "GEOSEARCHSTORE d nothing"].map(
      (head) => `${head} ${search}`.trimEnd(),
    )
  ),
  "GEOSEARCH s FROMMEMBER Palermo BYRADIUS x km",
  "GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 km STOREDIST",
  ...["WITHDIST", "WITHCOORD", "WITHHASH"].map((word) =>
    `GEOSEARCHSTORE d g FROMMEMBER Palermo BYRADIUS 1 km ${word}`
  ),
  "GEOSEARCHSTORE d g ASC ASC ASC ASC WITHDIST",
]);

const RADIUS_OPTIONS = [
  "",
  "WITHDIST WITHHASH",
  "COUNT 1 ASC",
  "COUNT 1 ANY",
  "ANY",
  "COUNT 0",
  "STORE",
  "STORE d WITHDIST",
  "STOREDIST d WITHHASH",
  "STORE d STOREDIST e",
  "FROMMEMBER Palermo",
  "BYRADIUS 1 km",
  "FOO",
];

testSameAsRedis("GEORADIUS and its kin refuse wrong arguments as Redis does", [
  SICILY,
  "SET s x",
  ...RADIUS_OPTIONS.flatMap((options) =>
    [
      "GEORADIUS g 15 37 200 km",
      "GEORADIUS_RO g 15 37 200 km",
      "GEORADIUSBYMEMBER g Palermo 200 km",
      "GEORADIUSBYMEMBER_RO g Palermo 200 km",
      "GEORADIUS nothing 15 37 200 km",
      "GEORADIUSBYMEMBER nothing Palermo x yd",
    ].map((head) => `${head} ${options}`.trimEnd())
  ),
  "ZRANGE d 0 -1",
  "ZRANGE e 0 -1",
  ...["GEORADIUS g", "GEORADIUS nothing", "GEORADIUS s"].flatMap((head) =>
    ["15 37 x km", "15 37 -1 km", "15 37 1 yd", "15 x 1 km", "15 99 1 km"].map((rest) =>
      `${head} ${rest}`
    )
  ),
  "GEORADIUSBYMEMBER g nobody 1 km",
  "GEORADIUSBYMEMBER g Palermo x km",
  "GEORADIUSBYMEMBER s Palermo x km",
  "GEORADIUS g 1 1 1",
  "GEORADIUSBYMEMBER g Palermo 1",
]);

testSameAsRedis("what is stored takes the place of the destination, which may be the source", [
  SICILY,
  "SET d x",
  "GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 1000 km ASC COUNT 1",
  "ZRANGE d 0 -1 WITHSCORES",
  "TTL d",
  "GEOSEARCHSTORE g g FROMMEMBER Palermo BYRADIUS 1 km",
  "ZRANGE g 0 -1 WITHSCORES",
  "OBJECT ENCODING g",
  "GEOSEARCHSTORE d g FROMLONLAT -15 -37 BYRADIUS 1 km",
  "EXISTS d",
  "SET d x",
  "GEOSEARCHSTORE d nothing FROMMEMBER a BYRADIUS 1 km",
  "EXISTS d",
  "GEORADIUS g 13 38 1000 km STORE g",
  "GEORADIUS g 0 0 1 km STORE g",
  "EXISTS g",
]);

testSameAsRedis("places of scores that are no geohashes are those of Redis", [
  "ZADD w -1 a inf b 1e300 c -inf d 3479099956230698.5 e -1e19 f -3.7 g 9007199254740993 h",
  "GEOHASH w a b c d e f g h",
  "GEODIST w a e",
  "GEODIST w b h",
  "GEOSEARCH w FROMLONLAT 180 85 BYRADIUS 100000 km WITHDIST",
]);

const POLYGON = "0 30 20 30 20 40 0 40";

for (const resp of [2, 3] as const) {
  Deno.test({
    ...named(
      `GEOSEARCH BYPOLYGON reads its arguments as Valkey 9 does, in RESP${resp}`,
      noOracle("valkey-9"),
    ),
    async fn() {
      await using valkey = await startOracle("valkey-9", { resp });
      await using redlite = await startRedlite({ resp });
      await using theirs = await valkey.connect();
      await using ours = await redlite.connect();
      const lines = [
        SICILY,
        ...[
          `BYPOLYGON 4 ${POLYGON} WITHDIST WITHCOORD WITHHASH`,
          `BYPOLYGON 4 ${POLYGON} DESC COUNT 1`,
          `BYPOLYGON 4 ${POLYGON} 5`,
          `BYPOLYGON 3 ${POLYGON}`,
          `BYPOLYGON 5 ${POLYGON}`,
          "BYPOLYGON 3 1 1 2 2 3 3",
          `BYPOLYGON 4 ${POLYGON} BYPOLYGON 3 1 1 2 2 3 3`,
          "BYPOLYGON 2 1 1 2 2",
          "BYPOLYGON -3 1 1 2 2 3 3",
          "BYPOLYGON x 1 1 2 2 3 3",
          "BYPOLYGON 99999999999 1 1 2 2 3 3",
          "BYPOLYGON 3 1 1 2 2 3 x",
          "BYPOLYGON 3 1 1 2 2 3 300",
          "ASC ASC ASC ASC BYPOLYGON",
          "ASC ASC ASC ASC BYPOLYGON 3",
          "ASC ASC ASC ASC BYPOLYGON 3 1",
          `BYPOLYGON 4 ${POLYGON} BYRADIUS 1 km`,
          `BYPOLYGON 4 ${POLYGON} BYBOX 1 1 km`,
          `BYRADIUS 1 km BYPOLYGON 4 ${POLYGON}`,
          `BYBOX 1 1 km BYPOLYGON 4 ${POLYGON}`,
          `BYPOLYGON 4 ${POLYGON} FROMMEMBER Palermo`,
          `FROMMEMBER Palermo BYPOLYGON 4 ${POLYGON}`,
          `BYPOLYGON 4 ${POLYGON} FROMLONLAT 15 37`,
          `FROMLONLAT 15 37 BYPOLYGON 4 ${POLYGON}`,
          `BYPOLYGON 4 ${POLYGON} ANY`,
        ].flatMap((search) => [
          `GEOSEARCH g ${search}`,
          `GEOSEARCH nothing ${search}`,
          `GEOSEARCHSTORE d g ${search} STOREDIST`,
        ]),
        "ZRANGE d 0 -1 WITHSCORES",
      ];
      for (const line of lines) {
        const command = line.split(" ");
        const [wanted, got] = await Promise.all([theirs.send(...command), ours.send(...command)]);
        if (!isSameReply(wanted, got)) assert.equal(format(got), format(wanted), line);
      }
    },
  });
}
