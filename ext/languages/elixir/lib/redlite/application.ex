defmodule Redlite.Application do
  @moduledoc false
  use Application

  @impl true
  def start(_type, _args),
    do: Supervisor.start_link([Redlite.Servers], strategy: :one_for_one, name: Redlite.Supervisor)
end
