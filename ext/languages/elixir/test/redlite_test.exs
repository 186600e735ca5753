defmodule RedliteTest do
  use ExUnit.Case

  import Redlite.Until

  setup do
    folder = Path.join(System.tmp_dir!(), "redlite-elixir-#{System.unique_integer([:positive])}")
    File.mkdir!(folder)
    on_exit(fn -> File.rm_rf!(folder) end)
    %{folder: folder, path: Path.join(folder, "app.db")}
  end

  test "the last close ends the server, and leaves the file alone", %{folder: folder, path: path} do
    one = Redlite.open!(path)
    two = Redlite.open!(path)
    assert one.server_pid == two.server_pid
    {:ok, "OK"} = Redlite.q(one, ["SET", "k", "v"])
    :ok = Redlite.close(one)
    :ok = Redlite.close(one)
    assert {:ok, "v"} = Redlite.q(two, ["GET", "k"])
    :ok = Redlite.close(two)
    refute Redlite.Program.exists?(two.server_pid)
    assert File.ls!(folder) == ["app.db"]
  end

  test "the end of the process that opened a file closes it", %{path: path} do
    db = Task.await(Task.async(fn -> Redlite.open!(path) end), 20_000)
    until(fn -> not Redlite.Program.exists?(db.server_pid) end)
  end

  test "other flags for an open file are refused", %{path: path} do
    db = Redlite.open!(path, flags: [cache: 8])
    assert {:ok, ["cache-mb", "8"]} = Redlite.q(db, ["CONFIG", "GET", "cache-mb"])
    assert {:error, message} = Redlite.open(path)
    assert message =~ "other flags"
    Redlite.close(db)
  end

  test "a port behind a password where there are no Unix sockets" do
    db = Redlite.open!(":memory:", flags: [private: "tcp"])
    assert {'127.0.0.1', _port, [_ | _]} = db.address
    assert {:ok, "OK"} = Redlite.q(db, ["SET", "k", "v"])
    Redlite.close(db)
  end

  test "memory is not shared" do
    [one, two] = for _ <- 1..2, do: Redlite.open!(":memory:")
    {:ok, "OK"} = Redlite.q(one, ["SET", "k", "v"])
    assert {:ok, "0"} = Redlite.q(two, ["EXISTS", "k"])
    Enum.each([one, two], &Redlite.close/1)
  end
end
