/**
 * Redis's commands that the command table may lack, for rules that name them: ACL files written for
 * Redis do, most of all to forbid what is dangerous. Each line is categories, and the commands and
 * subcommands (`container|name`) that have just these. A command of the table is not looked up here.
 */
const COMMANDS: readonly (readonly [categories: string, names: string])[] = [
  [
    "",
    "vadd vcard vdim vemb vgetattr vinfo vismember vlinks vrandmember vrange vrem " +
    "vsetattr vsim",
  ],
  ["read geo slow", "geodist geohash geopos georadiusbymember_ro georadius_ro geosearch"],
  ["read fast timeseries", "ts.get ts.info"],
  ["read fast bloom", "bf.card bf.info"],
  ["read fast cuckoo", "cf.info"],
  ["read fast cms", "cms.info"],
  ["read fast topk", "topk.info"],
  ["read fast tdigest", "tdigest.max tdigest.min"],
  ["read slow timeseries", "ts.mget ts.mrange ts.mrevrange ts.queryindex ts.range ts.revrange"],
  ["read slow bloom", "bf.exists bf.mexists"],
  ["read slow cuckoo", "cf.count cf.exists cf.mexists"],
  ["read slow topk", "topk.count topk.list topk.query"],
  ["read search", "ft.cursor|del ft.cursor|read"],
  ["read timeseries", "ts.nrange ts.nrevrange ts.querylabels ts.read"],
  ["read cms", "cms.query"],
  [
    "read tdigest",
    "tdigest.byrank tdigest.byrevrank tdigest.cdf tdigest.info tdigest.quantile " +
    "tdigest.rank tdigest.revrank tdigest.trimmed_mean",
  ],
  ["write geo slow", "geoadd georadius georadiusbymember geosearchstore"],
  ["write fast timeseries", "ts.create ts.createrule ts.deleterule"],
  ["write fast bloom", "bf.reserve"],
  ["write fast cuckoo", "cf.reserve"],
  ["write fast cms", "cms.initbydim cms.initbyprob"],
  ["write fast topk", "topk.reserve"],
  ["write fast tdigest", "tdigest.reset"],
  ["write slow timeseries", "ts.add ts.alter ts.decrby ts.del ts.incrby ts.madd"],
  ["write slow bloom", "bf.add bf.insert bf.loadchunk bf.madd bf.scandump"],
  [
    "write slow cuckoo",
    "cf.add cf.addnx cf.del cf.insert cf.insertnx cf.loadchunk cf.scandump",
  ],
  ["write slow topk", "topk.add topk.incrby"],
  ["write slow tdigest", "tdigest.add tdigest.merge"],
  ["write cms", "cms.incrby cms.merge"],
  ["write tdigest", "tdigest.create"],
  [
    "admin slow dangerous",
    "backup|abort backup|cleanup backup|list backup|seal backup|start backup|status psync " +
    "replconf replicaof slaveof sync",
  ],
  ["slow", "backup|help"],
];

/** A command that rules may name. */
export interface KnownCommand {
  /** Its name, `container|name` of a subcommand. */
  readonly name: string;
  /** Its ACL categories. */
  readonly categories: readonly string[];
}

/** All of them. A container may be among them by its subcommands alone. */
export const KNOWN_COMMANDS: readonly KnownCommand[] = COMMANDS.flatMap(([categories, names]) =>
  names.split(" ").map((name) => ({
    name,
    categories: categories.split(" ").filter((category) => category !== ""),
  }))
);
