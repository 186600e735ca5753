defmodule Redlite.Servers do
  @moduledoc false
  # The servers of this program: by the path of a file the port, what it said, and its users.
  use GenServer

  alias Redlite.Program

  @memory ":memory:"

  def start_link(_options), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)

  @doc "The server of a file for the calling process, started if this program has none."
  def acquire(path, flags) do
    path = if path == @memory, do: path, else: real(Path.expand(path))
    GenServer.call(__MODULE__, {:acquire, path, flags}, :infinity)
  end

  @doc "Gives a server back; the last one to do so ends it."
  def release(use), do: GenServer.call(__MODULE__, {:release, use}, :infinity)

  @impl true
  def init(_) do
    Process.flag(:trap_exit, true)
    {:ok, %{servers: %{}, uses: %{}}}
  end

  @impl true
  def handle_call({:acquire, path, flags}, {owner, _tag}, state) do
    # One in memory is never shared.
    name = if path == @memory, do: make_ref(), else: path

    case state.servers do
      %{^name => %{flags: ^flags} = server} ->
        used(name, server, owner, state)

      %{^name => %{flags: others}} ->
        message = "#{path} is open in this program with other flags: #{inspect(others)}"
        {:reply, {:error, message}, state}

      _none ->
        case Program.start(path, flags) do
          {:ok, port, shake} ->
            used(name, %{port: port, shake: shake, flags: flags}, owner, state)

          {:error, message} ->
            {:reply, {:error, message}, state}
        end
    end
  end

  def handle_call({:release, use}, _from, state) do
    Process.demonitor(use, [:flush])
    {:reply, :ok, unused(use, state)}
  end

  @impl true
  def handle_info({:DOWN, use, :process, _owner, _reason}, state),
    do: {:noreply, unused(use, state)}

  # That a server ended is what its clients see.
  def handle_info(_from_port, state), do: {:noreply, state}

  @impl true
  def terminate(_reason, state), do: Enum.each(Map.values(state.servers), &finish/1)

  defp used(name, server, owner, state) do
    use = Process.monitor(owner)
    servers = Map.put(state.servers, name, server)
    state = %{state | servers: servers, uses: Map.put(state.uses, use, name)}
    {:reply, {:ok, use, server.shake}, state}
  end

  defp unused(use, state) do
    {name, uses} = Map.pop(state.uses, use)
    state = %{state | uses: uses}

    if name == nil or name in Map.values(uses) do
      state
    else
      {server, servers} = Map.pop(state.servers, name)
      finish(server)
      %{state | servers: servers}
    end
  end

  defp finish(server), do: Program.finish(server.port, server.shake["pid"])

  # The path without symbolic links, of a file that need not be there.
  defp real(path) do
    case File.read_link(path) do
      {:ok, target} -> real(Path.expand(target, Path.dirname(path)))
      {:error, _none} when path == "/" -> path
      {:error, _none} -> Path.join(real(Path.dirname(path)), Path.basename(path))
    end
  end
end
