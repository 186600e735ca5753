defmodule Redlite.History do
  @moduledoc "The past of keys; a moment is a Unix time in milliseconds, `:all` stands for all keys."

  alias Redlite.Reply
  import Redlite, only: [q: 2]

  @doc "Begins the history of a key; `count:` or `time_ms:` says how much of it is kept."
  def enable(db, key \\ :all, keep \\ []) do
    limits =
      case keep do
        [] -> []
        [count: count] -> ["RETENTION", "COUNT", count]
        [time_ms: time] -> ["RETENTION", "TIME", time]
      end

    db |> q(["HISTORY", "ENABLE" | scope(key) ++ limits]) |> Reply.done()
  end

  @doc "Ends the history of a key; what is known is kept."
  def disable(db, key \\ :all), do: db |> q(["HISTORY", "DISABLE" | scope(key)]) |> Reply.done()

  @doc "What happened to a key, the latest first, as maps."
  def get(db, key) do
    reply = q(db, ["HISTORY", "GET", key])
    Reply.then(reply, fn entries -> Enum.map(entries || [], &Reply.map/1) end)
  end

  @doc "What a key held at a moment."
  def get_at(db, key, moment), do: q(db, ["HISTORY", "GETAT", key, moment])

  @doc "The reply of a command that only reads, as of a moment."
  def at(db, moment, command), do: q(db, ["HISTORY", "AT", moment | command])

  @doc "What changed in a key between two moments."
  def diff(db, key, since, until), do: q(db, ["HISTORY", "DIFF", key, since, until])

  @doc "Gives a key what it held at a moment."
  def revert(db, key, moment), do: db |> q(["HISTORY", "REVERT", key, moment]) |> Reply.done()

  defp scope(:all), do: ["GLOBAL"]
  defp scope(key), do: ["KEY", key]
end
