import { strict as assert } from "node:assert";
import { cluster } from "../../../src/commands/cluster/cluster.ts";
import type { Command } from "../../../src/commands/table/command.ts";
import { named, noRedis } from "../../harness/lacking.ts";
import { startRedis } from "../../harness/servers.ts";
import { oracleCommands } from "../oracle_commands.ts";
import { testReplies } from "../replies.ts";
import { testSameAsRedis } from "../same_as_redis.ts";

const DISABLED = "ERR This instance has cluster support disabled";

testSameAsRedis("CLUSTER, READONLY, READWRITE, ASKING and FAILOVER are refused as Redis does", [
  ...["cluster", "cluster nope", "cluster help", "cluster info", "cluster info x", "cluster nodes"],
  ...["cluster keyslot", "cluster keyslot a", "cluster countkeysinslot x", "cluster myid"],
  ...["cluster getkeysinslot 1 1", "cluster slots", "cluster shards", "cluster links"],
  ...["cluster addslots", "cluster addslots 1", "cluster reset", "cluster meet a"],
  ...["readonly", "readonly x", "readwrite", "readwrite x", "asking", "asking x"],
  ...["failover", "failover abort", "failover abort abort", "failover timeout", "failover foo"],
  ...["failover timeout x", "failover timeout 0", "failover timeout 5 abort", "failover force"],
  ...["failover to a", "failover to a x", "failover to a 1 force", "failover abort timeout 5"],
  ...["failover timeout 5 timeout 6", "failover to a 1 to b 2", "failover force force"],
]);

testReplies("the subcommands of newer Redis's CLUSTER are refused like the others", [
  ["cluster myshardid", `-${DISABLED}`],
  ["cluster slot-stats orderby key-count", `-${DISABLED}`],
  ["cluster migration status all", `-${DISABLED}`],
]);

Deno.test({
  ...named("the commands about clusters have Redis's arity, flags, categories and keys", noRedis()),
  async fn() {
    await using redis = await startRedis();
    await using client = await redis.connect({ resp: 3 });
    const theirs = await oracleCommands(client);
    // Before Redis 8 CLUSTER SLOTS and SHARDS waited while data was loaded.
    const facts = ({ fullName, arity, flags, categories, keys }: Command) => ({
      fullName,
      arity,
      flags: flags.filter((flag) => flag !== "loading").sort(),
      categories: [...categories].sort(),
      keys,
    });
    for (const command of cluster) {
      const other = theirs.find(({ name }) => name === command.name);
      assert.ok(other !== undefined, command.name);
      assert.deepEqual(facts(command), facts(other));
      for (const subcommand of other.subcommands ?? []) {
        const ours = command.subcommands?.find(({ name }) => name === subcommand.name);
        assert.ok(ours !== undefined, subcommand.fullName);
        assert.deepEqual(facts(ours), facts(subcommand));
      }
    }
  },
});
