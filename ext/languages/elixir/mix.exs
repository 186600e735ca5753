defmodule Redlite.MixProject do
  use Mix.Project

  def project do
    [
      app: :redlite,
      version: "0.1.0",
      elixir: "~> 1.14",
      description: "Redis in one SQLite file: eredis connected to a private Redlite server",
      package: [
        licenses: ["MIT"],
        links: %{"Source" => "https://github.com/redlite/redlite"}
      ],
      elixirc_paths: if(Mix.env() == :test, do: ["lib", "test/support"], else: ["lib"]),
      # The system's packages are no applications that this one could name.
      xref: [exclude: [:eredis, :eredis_sub, :eredis_sub_client, :jiffy]],
      deps: Enum.reject(deps(), fn {name, _version} -> installed?(name) end)
    ]
  end

  def application, do: [mod: {Redlite.Application, []}]

  defp deps, do: [eredis: "~> 1.2", jiffy: "~> 1.1"]

  # What the system's packages have in Erlang's own directory is not fetched.
  defp installed?(name), do: Code.ensure_loaded?(name)
end
