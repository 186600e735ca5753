/** Prometheus's text format: families of samples, each with labels and a number. */

/** The type of what {@linkcode Exposition.text} gives. */
export const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Names and values that tell the samples of one family apart. */
export type Labels = Readonly<Record<string, string>>;

/** What kind of numbers a family has. */
export type Kind = "counter" | "gauge" | "summary";

interface Family {
  readonly help: string;
  readonly kind: Kind;
  readonly lines: string[];
}

/** Gathers samples. */
export class Exposition {
  readonly #families = new Map<string, Family>();

  /**
   * Adds a sample.
   *
   * @param suffix What follows the family's name in the sample's, as a summary's `_sum`.
   */
  add(
    name: string,
    { kind, help }: { readonly kind: Kind; readonly help: string },
    value: number,
    labels: Labels = {},
    suffix = "",
  ): void {
    let family = this.#families.get(name);
    if (family === undefined) {
      family = { kind, help, lines: [] };
      this.#families.set(name, family);
    }
    family.lines.push(`${name}${suffix}${labelText(labels)} ${value}`);
  }

  /** All of it, family by family. */
  get text(): string {
    let text = "";
    for (const [name, { help, kind, lines }] of this.#families) {
      text += `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n${lines.join("\n")}\n`;
    }
    return text;
  }
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

const escaped = (value: string) =>
  value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
