/**
 * INFO: the state of the server, in sections of `name:value` lines.
 *
 * The names are Redis's where they mean something here, and some that tools divide by or plot are
 * kept at the value of a server that has no such thing. Redlite's own begin with `redlite` or say
 * what they are of SQLite.
 *
 * @module
 */

import type { Store } from "../../../store/store.ts";
import type { Command, Context } from "../../table/command.ts";
import { commandsOf } from "../../table/define.ts";
import { versionOf } from "../modules.ts";
import { clients } from "./clients.ts";
import { historyFields } from "./history.ts";
import { isQuicklySized, keySizeFields, keyspace } from "./keyspace.ts";
import { memory } from "./memory.ts";
import { persistence } from "./persistence.ts";
import { cpuFields, debugFields, threadFields } from "./process.ts";
import { replication } from "./replication.ts";
import type { Fields, Section } from "./section.ts";
import { server } from "./server.ts";
import { commandstats, errorstats, latencystats, stats } from "./stats.ts";
import { storageSection } from "./storage.ts";

/** Here a field of one name is there for each extension. */
const modules: Section = ({ store }) =>
  store.extensions.loaded.map(({ extension }) =>
    [
      "module",
      `name=${extension.name},ver=${
        versionOf(extension)
      },api=1,filters=0,usedby=[],using=[],options=[]`,
    ] as const
  );

/** A section of INFO. */
interface TitledSection {
  readonly title: string;
  readonly section: Section;
  /** Whether INFO alone leaves it out; `named`: whoever does not name it. */
  readonly optional?: true | "named";
  /** Whether it is cheap enough to be told unasked. Default: it is. */
  readonly isCheap?: (store: Store) => boolean;
}

/** The sections in their order. */
const SECTIONS: readonly TitledSection[] = [
  { title: "Server", section: server },
  { title: "Clients", section: clients },
  { title: "Memory", section: memory },
  { title: "Persistence", section: persistence },
  { title: "Threads", section: threadFields },
  {
    title: "Storage",
    section: (context) => ({ ...storageSection(context), ...historyFields(context.store) }),
  },
  { title: "Stats", section: stats },
  { title: "Replication", section: replication },
  { title: "CPU", section: cpuFields },
  { title: "Modules", section: modules },
  { title: "Commandstats", section: commandstats, optional: true },
  { title: "Errorstats", section: errorstats },
  { title: "Latencystats", section: latencystats, optional: true },
  {
    title: "Cluster",
    section: ({ host }) => ({ cluster_enabled: host.cluster === undefined ? 0 : 1 }),
  },
  { title: "Keyspace", section: keyspace },
  { title: "Keysizes", section: ({ store }) => keySizeFields(store), isCheap: isQuicklySized },
  { title: "Debug", section: debugFields, optional: "named" },
];

function sectionText(title: string, fields: Fields): string {
  const pairs = Array.isArray(fields) ? fields : Object.entries(fields);
  return `# ${title}\r\n${pairs.map(([name, value]) => `${name}:${value}\r\n`).join("")}`;
}

function infoText(context: Context): string {
  const { args, host } = context;
  const wanted = new Set<string>();
  for (let i = 1; i < args.count; i++) wanted.add(args.text(i).toLowerCase());
  const everything = wanted.has("all") || wanted.has("everything");
  const usual = wanted.size === 0 || wanted.has("default");
  const config = new Map(host.config.entries());
  const sections: string[] = [];
  for (const { title, section, optional, isCheap } of SECTIONS) {
    const unasked = (everything && optional !== "named") || (usual && optional === undefined);
    const told = unasked && (isCheap === undefined || isCheap(context.store));
    if (!told && !wanted.has(title.toLowerCase())) continue;
    sections.push(sectionText(title, section(context, config)));
  }
  const ofAll = wanted.has("everything") || wanted.has("modules");
  for (const { extension: { name }, attachment } of context.store.extensions.loaded) {
    const fields = ofAll || wanted.has(name) ? attachment?.info?.() : undefined;
    if (fields === undefined) continue;
    const own = Object.entries(fields).map(([field, value]) =>
      [`${name}_${field}`, value] as const
    );
    sections.push(sectionText(name, own));
  }
  return sections.join("\r\n");
}

/** INFO. */
export const info: Command = commandsOf("server")("INFO [section [section ...]]", {
  since: "1.0.0",
  arity: -1,
  flags: "loading stale",
  acl: "dangerous",
  tips: "nondeterministic_output request_policy:all_shards response_policy:special",
  summary: "Describes the state of the server.",
}, (context) => context.reply.verbatim("txt", infoText(context)));
