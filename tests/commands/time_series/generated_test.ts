/** Random commands on random series get the same replies from Redlite and from RedisTimeSeries. */

import { format } from "../../harness/resp_client.ts";
import { testSameAsStack } from "../search/same_as_stack.ts";
import { randomCommand, Times, withoutLastDigits } from "./generated.ts";

const COMMANDS = Number(Deno.env.get("REDLITE_TEST_COMMANDS") ?? 1500);

for (const [name, rules] of [["samples that come late", false], ["rules", true]] as const) {
  testSameAsStack(
    `random commands of time series with ${name} are answered as by RedisTimeSeries`,
    (choice) => {
      const times = new Times(rules);
      return Array.from({ length: COMMANDS }, () => randomCommand(choice, times));
    },
    (reply) => withoutLastDigits(format(reply)),
  );
}
