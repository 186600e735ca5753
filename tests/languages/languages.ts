/** The bindings for other languages: what each needs, and how its tests and its measurement are run. */

import { join } from "node:path";
import { hasTool } from "../harness/servers.ts";

/** A binding. */
export interface Binding {
  /** Its folder in `ext/languages/`. */
  readonly folder: string;
  /** The language, as people write it, and its client. */
  readonly title: string;
  /** What this machine lacks for it; undefined if nothing. */
  lacks(): string | undefined;
  /** Variables of the environment, beside those of all. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What gets what it stands on from elsewhere; a machine that cannot reach that passes the binding over. */
  readonly fetch: readonly (readonly string[])[];
  /** What makes it ready, in its folder. */
  readonly prepare: readonly (readonly string[])[];
  /** What its sources are looked at by, before the tests. */
  readonly checks: readonly Check[];
  /** What tests it. */
  readonly test: readonly (readonly string[])[];
  /** What runs its example, which takes `first` out of a queue in `example.db`. */
  readonly example: readonly string[];
  /** What measures it: prints a line of JSON. */
  readonly bench: readonly string[];
}

/** What looks at how the sources are written: a formatter that changes nothing, or a linter. */
export interface Check {
  /** Its program, if a machine may lack it that has the language; such a machine passes it over. */
  readonly needs?: string;
  /** What runs it, in the binding's folder. */
  readonly words: readonly string[];
}

/** Where what is fetched for the tests stays. */
export const CACHE: string = join(
  Deno.env.get("XDG_CACHE_HOME") ?? join(Deno.env.get("HOME") ?? "/tmp", ".cache"),
  "redlite-languages",
);

const C_HEADERS = "#include <hiredis/hiredis.h>\\n#include <nlohmann/json.hpp>\\n";

/** Cargo, whose installer gives it a place of its own, which need not be on the PATH. */
const CARGO = ["cargo", join(Deno.env.get("HOME") ?? "", ".cargo/bin/cargo")]
  .find((program) => hasTool(program)) ?? "cargo";

/** The modules that Kotlin's binding is built of, and where they are told. */
const JVM = ["-f", "../pom.xml", "-pl", "java,kotlin"];
const JAVA_CLASSES = "target/classes:target/test-classes:target/dependency/*";
const KOTLIN_CLASSES = `${JAVA_CLASSES}:../java/target/classes`;

/** The bindings that there are. */
export const BINDINGS: readonly Binding[] = [
  {
    folder: "python",
    title: "Python, redis-py",
    lacks: () => lacking("python3"),
    fetch: [
      ["python3", "-m", "venv", join(CACHE, "python")],
      [
        join(CACHE, "python/bin/pip"),
        "install",
        "--quiet",
        "redis>=5",
        "pytest>=8",
        "ruff",
        "mypy",
      ],
    ],
    prepare: [],
    environment: { PYTHONPATH: folder("python"), PYTHONDONTWRITEBYTECODE: "1" },
    checks: [
      { words: [join(CACHE, "python/bin/ruff"), "check", "--quiet", "--no-cache", "."] },
      {
        words: [join(CACHE, "python/bin/ruff"), "format", "--quiet", "--check", "--no-cache", "."],
      },
      {
        words: [
          ...[join(CACHE, "python/bin/mypy"), "--no-error-summary", "--cache-dir", "/dev/null"],
          "redlite",
        ],
      },
    ],
    test: [
      [join(CACHE, "python/bin/python"), "-m", "pytest", "-q", "-p", "no:cacheprovider"],
    ],
    example: [join(CACHE, "python/bin/python"), "example.py"],
    bench: [join(CACHE, "python/bin/python"), "bench.py"],
  },
  {
    folder: "node",
    title: "Node, ioredis",
    lacks: () => lacking("node") ?? lacking("npm"),
    fetch: [
      [
        ...["npm", "install", "--silent", "--no-audit", "--no-fund", "--no-package-lock"],
        ...["--prefix", join(CACHE, "node"), "ioredis@6", "typescript@6", "@types/node@22"],
      ],
    ],
    prepare: [["ln", "-sfn", join(CACHE, "node/node_modules"), "node_modules"]],
    checks: [
      { words: [Deno.execPath(), "fmt", "--config", "../../../deno.json", "--check", "."] },
      { words: [Deno.execPath(), "lint", "--config", "../../../deno.json", "."] },
      { words: ["node", "node_modules/typescript/bin/tsc", "--noEmit"] },
    ],
    test: [
      [
        ...["node", "--test", "--test-reporter=dot"],
        ...["test/scenario.test.js", "test/redlite.test.js"],
      ],
    ],
    example: ["node", "example.js"],
    bench: ["node", "bench.js"],
  },
  {
    folder: "ruby",
    title: "Ruby, redis-rb",
    lacks: () =>
      lacking("ruby") ??
        without(["ruby", "-e", "require 'redis'; require 'minitest'"], "redis-rb and minitest"),
    fetch: [],
    prepare: [],
    checks: [{ needs: "rubocop", words: ["rubocop", "--cache", "false", "--format", "quiet"] }],
    test: [
      ["ruby", "-Ilib", "test/scenario_test.rb"],
      ["ruby", "-Ilib", "test/redlite_test.rb"],
    ],
    example: ["ruby", "-Ilib", "example.rb"],
    bench: ["ruby", "-Ilib", "bench.rb"],
  },
  {
    folder: "php",
    title: "PHP, phpredis",
    lacks: () =>
      lacking("php") ?? lacking("phpunit") ??
        without(["php", "-r", "exit(extension_loaded('redis') ? 0 : 1);"], "phpredis"),
    fetch: [],
    prepare: [],
    checks: [
      {
        needs: "phpcs",
        words: ["phpcs", "--standard=PSR12", "-q", "src", "tests", "bench.php", "example.php"],
      },
    ],
    test: [
      [
        ...["phpunit", "--no-configuration", "--do-not-cache-result"],
        ...["--bootstrap", "tests/bootstrap.php", "tests"],
      ],
    ],
    example: ["php", "example.php"],
    bench: ["php", "bench.php"],
  },
  {
    folder: "go",
    title: "Go, go-redis",
    lacks: () => lacking("go", "version"),
    fetch: [["go", "mod", "download"]],
    prepare: [],
    checks: [
      {
        words: [
          "sh",
          "-c",
          'unlike=$(gofmt -l .); test -z "$unlike" || { echo "$unlike" >&2; exit 1; }',
        ],
      },
      { words: ["go", "vet", "./..."] },
    ],
    test: [["go", "test", "-count=1", "./..."]],
    example: ["go", "run", "./example"],
    bench: ["go", "run", "./bench"],
  },
  {
    folder: "c",
    title: "C and C++, hiredis",
    lacks: () =>
      lacking("cmake") ??
        without(
          ["sh", "-c", `printf '${C_HEADERS}' | c++ -fsyntax-only -x c++ -`],
          "C++ with the headers of hiredis and nlohmann's JSON",
        ),
    fetch: [],
    prepare: [
      [
        ...["sh", "-c", 'rm -rf "$0" && cmake -S . -B "$0" "$@" >/dev/null', join(CACHE, "c")],
        ...["-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_COMPILE_WARNING_AS_ERROR=ON"],
      ],
      ["sh", "-c", 'cmake --build "$0" >/dev/null', join(CACHE, "c")],
    ],
    checks: [
      {
        needs: "clang-format",
        words: [
          ...["sh", "-c"],
          "find . -name '*.[ch]' -o -name '*.[ch]pp' | xargs clang-format --dry-run -Werror",
        ],
      },
    ],
    test: [[join(CACHE, "c/scenario"), "../scenario.json"]],
    example: [join(CACHE, "c/example")],
    bench: [join(CACHE, "c/bench")],
  },
  {
    folder: "java",
    title: "Java, Jedis",
    lacks: () => lacking("javac") ?? lacking("mvn"),
    fetch: [["mvn", "-q", "-B", "dependency:copy-dependencies"]],
    prepare: [["mvn", "-q", "-B", "test-compile"]],
    checks: [{ words: ["mvn", "-q", "-B", "spotless:check"] }],
    test: [["mvn", "-q", "-B", "test"]],
    example: ["java", "-cp", JAVA_CLASSES, "io.redlite.Example"],
    bench: ["java", "-cp", JAVA_CLASSES, "io.redlite.Bench"],
  },
  {
    folder: "kotlin",
    title: "Kotlin, Jedis",
    lacks: () => lacking("javac") ?? lacking("mvn"),
    fetch: [["mvn", "-q", "-B", ...JVM, "dependency:go-offline"]],
    prepare: [[
      ...["mvn", "-q", "-B", ...JVM, "test-compile"],
      ...["dependency:copy-dependencies", "-DexcludeGroupIds=io.redlite"],
    ]],
    checks: [{ words: ["mvn", "-q", "-B", "spotless:check"] }],
    // Those of Java are compiled with it, and run as Java's.
    test: [[
      ...["mvn", "-q", "-B", ...JVM, "test", "-Dtest=io.redlite.kotlin.*Test"],
      "-Dsurefire.failIfNoSpecifiedTests=false",
    ]],
    example: ["java", "-cp", KOTLIN_CLASSES, "io.redlite.kotlin.example.ExampleKt"],
    bench: ["java", "-cp", KOTLIN_CLASSES, "io.redlite.kotlin.bench.BenchKt"],
  },
  {
    folder: "rust",
    title: "Rust, redis-rs",
    lacks: () =>
      lacking(CARGO) ?? without([CARGO, "fmt", "--version"], "rustfmt") ??
        without([CARGO, "clippy", "--version"], "clippy"),
    environment: { CARGO_TARGET_DIR: join(CACHE, "rust") },
    fetch: [[CARGO, "fetch", "--quiet"]],
    prepare: [],
    checks: [
      { words: [CARGO, "fmt", "--check"] },
      { words: [CARGO, "clippy", "--quiet", "--all-targets", "--", "-D", "warnings"] },
    ],
    test: [[CARGO, "test", "--quiet"]],
    example: [CARGO, "run", "--quiet", "--example", "tour"],
    bench: [CARGO, "run", "--quiet", "--release", "--example", "bench"],
  },
  {
    folder: "elixir",
    title: "Elixir, eredis",
    lacks: () =>
      lacking("mix") ??
        without(
          [
            "elixir",
            "-e",
            "[_, _] = for m <- [:eredis, :jiffy], do: {:module, _} = Code.ensure_loaded(m)",
          ],
          "eredis and jiffy",
        ),
    environment: { MIX_BUILD_ROOT: join(CACHE, "elixir"), LC_ALL: "C.UTF-8" },
    fetch: [],
    prepare: [["mix", "compile", "--warnings-as-errors"]],
    checks: [{ words: ["mix", "format", "--check-formatted"] }],
    test: [["mix", "test", "--warnings-as-errors"]],
    example: ["mix", "run", "example.exs"],
    bench: ["mix", "run", "bench.exs"],
  },
];

/** Where a binding is. */
export function folder(name: string): string {
  return new URL(`../../ext/languages/${name}/`, import.meta.url).pathname;
}

/** Whether a program that uses something runs. */
function without([program = "", ...args]: readonly string[], what: string): string | undefined {
  const { success } = new Deno.Command(program, { args, stdout: "null", stderr: "null" })
    .outputSync();
  return success ? undefined : `no ${what}`;
}

/** What a machine lacks if it has no such program. */
export function lacking(tool: string, question?: string): string | undefined {
  return hasTool(tool, question) ? undefined : `no ${tool} on the PATH`;
}
