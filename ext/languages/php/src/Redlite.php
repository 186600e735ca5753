<?php

declare(strict_types=1);

namespace Redlite;

/** phpredis's client of a database file, with what Redlite has beside it. */
final class Redlite extends \Redis
{
    /** Flags of a server that are not said: a write is answered when it is committed. */
    private const DEFAULTS = ['appendfsync' => 'everysec'];

    private ?Server $server;

    /** @param array<string, string> $flags The server's, as `['cache' => '256']`. */
    public function __construct(string $path, array $flags = [])
    {
        parent::__construct();
        $this->server = Server::acquire($path, [...self::DEFAULTS, ...$flags]);
        $shake = $this->server->handshake;
        if (isset($shake['unix'])) {
            $this->connect($shake['unix']);
        } else {
            $this->connect($shake['host'], $shake['port']);
            $this->auth($shake['password']);
        }
        // What waits, and what takes long, is not cut off.
        $this->setOption(\Redis::OPT_READ_TIMEOUT, -1);
    }

    public function __destruct()
    {
        $this->close();
    }

    /** Closes the connection; the last to close a file ends its server. */
    public function close(): bool
    {
        $server = $this->server ?? null;
        $this->server = null;
        if ($server === null) {
            return false;
        }
        parent::close();
        $server->release();
        return true;
    }

    /** The past of keys. */
    public function history(): History
    {
        return new History(new Run($this));
    }

    /** Indexes over hashes. */
    public function search(): Search
    {
        return new Search(new Run($this));
    }

    /** Vector sets. */
    public function vectors(): Vectors
    {
        return new Vectors(new Run($this));
    }

    /** Places on the earth. */
    public function geo(): Geo
    {
        return new Geo(new Run($this));
    }

    /** JSON documents. */
    public function json(): Json
    {
        return new Json(new Run($this));
    }

    /** The process of the server. */
    public function serverPid(): int
    {
        return $this->server?->handshake['pid'] ?? 0;
    }

    /**
     * What is known of a key: type, times, version, length, bytes; null without it.
     *
     * @return ?array<string, mixed>
     */
    public function keyinfo(string $key): ?array
    {
        $reply = (new Run($this))('KEYINFO', $key);
        return $reply === null ? null : Run::map($reply);
    }

    /**
     * Rewrites the file without what was deleted, and returns its size before and after.
     *
     * @return array<string, mixed>
     */
    public function vacuum(): array
    {
        return Run::map((new Run($this))('VACUUM'));
    }

    /**
     * Runs a query on the file, and returns its rows by column.
     *
     * @return list<array<string, mixed>>
     */
    public function sql(string $statement, string|int|float ...$values): array
    {
        $result = Run::map((new Run($this))('SQL', $statement, ...$values));
        $columns = $result['columns'];
        return array_map(fn (array $row) => array_combine($columns, $row), $result['rows']);
    }

    /**
     * Writes a copy of one moment into a file below the database's directory.
     *
     * @return array<string, mixed>
     */
    public function backup(string $path, bool $replace = false): array
    {
        $full = str_starts_with($path, '/') ? $path : getcwd() . "/$path";
        return Run::map((new Run($this))('BACKUP', $full, ...($replace ? ['REPLACE'] : [])));
    }
}
