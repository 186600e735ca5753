defmodule Redlite.Reply do
  @moduledoc false

  @doc "A reply as Elixir has it: `nil` where eredis has `:undefined`, numbers as they came."
  def read({:ok, value}), do: {:ok, value(value)}
  def read({:error, message}) when is_binary(message), do: {:error, message}
  def read({:error, reason}), do: {:error, inspect(reason)}

  defp value(:undefined), do: nil
  defp value(list) when is_list(list), do: Enum.map(list, &value/1)
  defp value(value), do: value

  @doc "Reads a reply that is no error."
  def then({:ok, value}, read), do: {:ok, read.(value)}
  def then(error, _read), do: error

  @doc "Leaves out what a reply says, but not an error."
  def done({:ok, _value}), do: :ok
  def done(error), do: error

  @doc "A map, which RESP2 has as names and values by turns."
  def map(nil), do: nil
  def map(list), do: for([name, value] <- Enum.chunk_every(list, 2), into: %{}, do: {name, value})

  @doc "A number, which eredis has as text."
  def number(nil), do: nil
  def number(text), do: text |> Float.parse() |> elem(0)

  @doc "What a JSON text says."
  def json(nil), do: nil
  def json(text), do: :jiffy.decode(text, [:return_maps, null_term: nil])

  @doc "A value as a JSON text."
  def text(value), do: :jiffy.encode(value, [:use_nil])
end
