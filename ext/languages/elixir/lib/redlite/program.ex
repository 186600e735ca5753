defmodule Redlite.Program do
  @moduledoc false

  @package "jsr:@redlite/redlite/server"
  @install "no Redlite server found: install Deno from https://deno.com, " <>
             "or set REDLITE_BIN to a redlite program"
  # A server gets ten seconds to finish before it is killed.
  @ends_within 10_000
  @line 65_536

  @doc "The program and the words that start a server, by where it is found."
  def command do
    named = variable("REDLITE_BIN")
    redlite = System.find_executable("redlite")
    deno = System.find_executable("deno")

    cond do
      named && System.find_executable(named) -> {:ok, System.find_executable(named), []}
      named -> {:error, "REDLITE_BIN names #{named}, which is no program that can be run"}
      redlite -> {:ok, redlite, []}
      deno -> {:ok, deno, ["run", "-A", "--quiet" | source()]}
      true -> {:error, @install}
    end
  end

  defp source do
    case variable("REDLITE_SERVER") do
      nil -> ["--no-config", @package]
      source -> [source]
    end
  end

  defp variable(name) do
    case System.get_env(name) do
      "" -> nil
      value -> value
    end
  end

  @doc "Starts a server and waits until it is ready."
  def start(path, flags) do
    with {:ok, program, words} <- command() do
      own = ["--db", path, "--private", "auto", "--handshake", "--parent", "stdin", System.pid()]
      more = Enum.flat_map(flags, fn {flag, value} -> ["--" <> flag, value] end)
      args = words ++ own ++ ["--loglevel", "warning"] ++ more
      env = [{'DENO_NO_UPDATE_CHECK', '1'}, {'DENO_NO_PACKAGE_JSON', '1'}]
      options = [:binary, :exit_status, line: @line, args: args, env: env]
      port = Port.open({:spawn_executable, program}, options)
      shake(port, %{})
    end
  end

  defp shake(port, told) do
    receive do
      {^port, {:data, {_end, "{" <> _rest = line}}} ->
        case Redlite.Reply.json(line) do
          %{"pid" => _pid} = ready -> {:ok, port, ready}
          told -> shake(port, told)
        end

      {^port, {:exit_status, status}} ->
        {:error, told["error"] || "the server ended with code #{status}"}
    end
  end

  @doc "Ends a server, and returns when it is gone."
  def finish(port, pid) do
    if Port.info(port), do: Port.close(port)
    gone(pid, System.monotonic_time(:millisecond) + @ends_within)
  end

  defp gone(pid, killed_at) do
    cond do
      not exists?(pid) ->
        :ok

      System.monotonic_time(:millisecond) > killed_at ->
        :os.cmd('kill -9 #{pid}')
        :ok

      true ->
        Process.sleep(5)
        gone(pid, killed_at)
    end
  end

  @doc "Whether there is a process."
  def exists?(pid), do: :os.cmd('kill -0 #{pid} 2>&1') == ''
end
