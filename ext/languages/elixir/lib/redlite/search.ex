defmodule Redlite.Search do
  @moduledoc "Indexes over hashes, and what is found in them."

  alias Redlite.Reply
  import Redlite, only: [q: 2]

  @doc "Indexes the hashes whose keys begin with a prefix; a schema is fields and their types."
  def create(db, index, prefix, schema) do
    fields = Enum.flat_map(schema, fn {field, kind} -> [field | String.split(kind)] end)
    words = ["FT.CREATE", index, "ON", "HASH", "PREFIX", 1, prefix, "SCHEMA" | fields]
    db |> q(words) |> Reply.done()
  end

  @doc "Searches an index: `%{total: n, documents: [%{key: key, fields: map}]}`."
  def query(db, index, query, options \\ []) do
    db
    |> q(["FT.SEARCH", index, query | options])
    |> Reply.then(fn [total | found] ->
      %{total: String.to_integer(total), documents: documents(found)}
    end)
  end

  @doc "Removes an index; the keys stay."
  def drop(db, index), do: db |> q(["FT.DROPINDEX", index]) |> Reply.done()

  defp documents([key, fields | rest]) when is_list(fields),
    do: [%{key: key, fields: Reply.map(fields)} | documents(rest)]

  # One of `NOCONTENT` has no fields.
  defp documents([key | rest]), do: [%{key: key, fields: %{}} | documents(rest)]
  defp documents([]), do: []
end
