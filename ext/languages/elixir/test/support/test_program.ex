defmodule Redlite.TestProgram do
  @moduledoc false
  # A program of its own that opens a file, and answers each line of words with a line.

  @script """
  path = System.fetch_env!("REDLITE_TEST_FILE")
  {:ok, _} = Application.ensure_all_started(:redlite)

  case Redlite.open(path) do
    {:ok, db} ->
      IO.puts("ready \#{db.server_pid} \#{System.pid()}")

      for line <- IO.stream(:stdio, :line) do
        {:ok, reply} = Redlite.q(db, String.split(line))
        IO.puts(reply)
      end

      Redlite.close(db)

    {:error, message} ->
      IO.puts("failed: \#{message}")
      System.halt(1)
  end
  """

  defstruct [:port, :server, :pid]

  def start(path, environment) do
    paths = Enum.flat_map([:redlite], fn app -> ["-pa", Application.app_dir(app, "ebin")] end)
    elixir = ["-noshell", "-elixir_root", elixir_root()]
    code = paths ++ ["-pa", to_string(:code.lib_dir(:elixir)) <> "/ebin"] ++ elixir
    args = code ++ ["-s", "elixir", "start_cli", "-extra", "-e", @script]
    variables = Map.put(environment || %{}, "REDLITE_TEST_FILE", path)

    env =
      for {name, value} <- variables,
          do: {String.to_charlist(name), String.to_charlist(value)}

    options = [:binary, :exit_status, line: 65_536, args: args, env: env]
    program = Path.join([:code.root_dir(), "bin", "erl"])
    %__MODULE__{port: Port.open({:spawn_executable, program}, options)}
  end

  defp elixir_root, do: Path.dirname(to_string(:code.lib_dir(:elixir)))

  def ready(program) do
    ["ready", server, pid] = program |> line() |> String.split()
    %{program | server: server, pid: pid}
  end

  def ask(program, words) do
    Port.command(program.port, words <> "\n")
    line(program)
  end

  @doc "Lets it end, and waits until its server is gone."
  def finish(program) do
    Port.close(program.port)
    Redlite.Until.until(fn -> not Redlite.Program.exists?(program.server) end)
  end

  @doc "Kills it, and waits until its server is gone."
  def kill(program) do
    :os.cmd('kill -9 #{program.pid}')
    Redlite.Until.until(fn -> not Redlite.Program.exists?(program.server) end)
  end

  @doc "What it says where it fails."
  def failure(program) do
    said = line(program)
    port = program.port
    receive do: ({^port, {:exit_status, status}} when status != 0 -> said)
  end

  defp line(%{port: port}) do
    receive do
      {^port, {:data, {:eol, line}}} -> line
    after
      20_000 -> raise "it said nothing"
    end
  end
end

defmodule Redlite.Until do
  @moduledoc false

  @doc "Waits until something has happened, and not forever."
  def until(happened, left \\ 4000) do
    cond do
      happened.() -> :ok
      left == 0 -> raise "it did not happen in time"
      true -> Process.sleep(5) && until(happened, left - 1)
    end
  end
end
