defmodule Redlite do
  @moduledoc """
  Redis in one SQLite file: eredis connected to a private Redlite server, which starts with the
  first open and ends with the program.

      {:ok, db} = Redlite.open("app.db")
      {:ok, "OK"} = Redlite.q(db, ["SET", "greeting", "hello"])
      :ok = Redlite.close(db)

  A function returns `{:ok, value}`, `:ok` where there is nothing to say, or `{:error, message}`;
  what is not there is `nil`.
  """

  alias Redlite.{Reply, Servers}

  @enforce_keys [:client, :use, :server_pid, :address]
  defstruct @enforce_keys

  @typedoc "An open file; `client` is eredis's, for all that eredis has."
  @type t :: %__MODULE__{
          client: pid,
          use: reference,
          server_pid: pos_integer,
          address: {charlist | {:local, binary}, non_neg_integer, charlist}
        }
  @type word :: iodata | integer | float | atom
  @type result(value) :: {:ok, value} | {:error, binary}

  @doc """
  Opens a file, or `":memory:"`, for the calling process: it is closed when that ends.

  `flags` are the server's, as `[cache: 256]`; opens of one file share them.
  """
  @spec open(Path.t(), flags: Enumerable.t()) :: result(t)
  def open(path, options \\ []) do
    # A write is answered when it is committed, unless a flag says otherwise.
    flags = Map.new(options[:flags] || [], fn {flag, value} -> {to_string(flag), "#{value}"} end)
    flags = Map.put_new(flags, "appendfsync", "everysec")

    with {:ok, use, shake} <- Servers.acquire(path, flags) do
      address = address(shake)

      case connect(address) do
        {:ok, client} ->
          {:ok, %__MODULE__{client: client, use: use, server_pid: shake["pid"], address: address}}

        {:error, reason} ->
          Servers.release(use)
          {:error, "cannot connect: #{inspect(reason)}"}
      end
    end
  end

  @doc "Opens a file, and raises where it cannot."
  @spec open!(Path.t(), flags: Enumerable.t()) :: t
  def open!(path, options \\ []) do
    case open(path, options) do
      {:ok, db} -> db
      {:error, message} -> raise message
    end
  end

  defp address(%{"unix" => path}), do: {{:local, path}, 0, ''}

  defp address(%{"host" => host, "port" => port, "password" => password}),
    do: {String.to_charlist(host), port, String.to_charlist(password)}

  defp connect({host, port, password}),
    do: :eredis.start_link(host, port, 0, password, :no_reconnect, 5000)

  @doc "Closes the connection; the last to close a file ends its server."
  @spec close(t) :: :ok
  def close(%__MODULE__{client: client, use: use}) do
    if Process.alive?(client), do: :eredis.stop(client)
    Servers.release(use)
  end

  @doc "Runs a command, and waits for its reply for as long as it takes."
  @spec q(t, [word]) :: result(term)
  def q(%__MODULE__{client: client}, command),
    do: client |> :eredis.q(words(command), :infinity) |> Reply.read()

  @doc "Runs commands in one go, and returns the reply of each."
  @spec pipeline(t, [[word]]) :: [result(term)]
  def pipeline(%__MODULE__{client: client}, commands) do
    replies = :eredis.qp(client, Enum.map(commands, &words/1), :infinity)
    Enum.map(replies, &Reply.read/1)
  end

  @doc "Runs commands as one, and returns their replies."
  @spec transaction(t, [[word]]) :: result([term])
  def transaction(db, commands) do
    [["MULTI"] | commands] |> Enum.concat([["EXEC"]]) |> then(&pipeline(db, &1)) |> List.last()
  end

  @doc """
  Subscribes the calling process: it gets `{:message, channel, message, subscriber}`, and answers
  each by `:eredis_sub.ack_message(subscriber)`, as eredis has it.
  """
  @spec subscribe(t, [binary]) :: {:ok, pid} | {:error, term}
  def subscribe(%__MODULE__{address: {host, port, password}}, channels) do
    # The function of `:eredis_sub` for this takes no Unix socket, the one that it calls does.
    with {:ok, subscriber} <-
           :eredis_sub_client.start_link(host, port, password, :no_reconnect, :infinity, :drop) do
      :ok = :eredis_sub.controlling_process(subscriber)
      :ok = :eredis_sub.subscribe(subscriber, channels)
      Enum.each(channels, fn _channel -> subscribed(subscriber) end)
      {:ok, subscriber}
    end
  end

  defp subscribed(subscriber) do
    receive do
      {:subscribed, _channel, ^subscriber} -> :eredis_sub.ack_message(subscriber)
    end
  end

  @doc "What is known of a key: type, times, version, length, bytes; `nil` without it."
  @spec keyinfo(t, word) :: result(map | nil)
  def keyinfo(db, key), do: db |> q(["KEYINFO", key]) |> Reply.then(&Reply.map/1)

  @doc "Rewrites the file without what was deleted, and returns its size before and after."
  @spec vacuum(t) :: result(map)
  def vacuum(db), do: db |> q(["VACUUM"]) |> Reply.then(&Reply.map/1)

  @doc "Runs a query on the file, and returns its rows by column."
  @spec sql(t, binary, [word]) :: result([map])
  def sql(db, statement, values \\ []) do
    db
    |> q(["SQL", statement | values])
    |> Reply.then(fn reply ->
      %{"columns" => columns, "rows" => rows} = Reply.map(reply)
      Enum.map(rows, &Map.new(Enum.zip(columns, &1)))
    end)
  end

  @doc """
  Writes a copy of one moment into a file below the database's directory. With `replace: true` it
  takes the place of another backup.
  """
  @spec backup(t, Path.t(), replace: boolean) :: result(map)
  def backup(db, path, options \\ []) do
    extra = if options[:replace], do: ["REPLACE"], else: []
    db |> q(["BACKUP", Path.expand(path) | extra]) |> Reply.then(&Reply.map/1)
  end

  defp words(command) do
    Enum.map(command, fn
      word when is_float(word) -> Float.to_string(word)
      word when is_number(word) or is_atom(word) -> to_string(word)
      word -> word
    end)
  end
end
