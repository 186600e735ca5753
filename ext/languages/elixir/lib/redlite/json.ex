defmodule Redlite.JSON do
  @moduledoc "Documents, as values: maps, lists, numbers, binaries, booleans and `nil`."

  alias Redlite.Reply
  import Redlite, only: [q: 2]

  @doc "Sets what is at a path."
  def set(db, key, path, value),
    do: db |> q(["JSON.SET", key, path, Reply.text(value)]) |> Reply.done()

  @doc "What is at a path: all that fits one from `$` on; `nil` without the key."
  def get(db, key, path \\ "$"), do: db |> q(["JSON.GET", key, path]) |> Reply.then(&Reply.json/1)

  @doc "Merges a value into what is at a path."
  def merge(db, key, path, value),
    do: db |> q(["JSON.MERGE", key, path, Reply.text(value)]) |> Reply.done()

  @doc "Deletes what is at a path, and returns how many values that were."
  def delete(db, key, path \\ "$"),
    do: db |> q(["JSON.DEL", key, path]) |> Reply.then(&String.to_integer/1)
end
