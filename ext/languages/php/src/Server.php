<?php

declare(strict_types=1);

namespace Redlite;

/** The server of a database file: found, started, shared by all who open the file, and ended. */
final class Server
{
    /** What the server is run from where nothing else is named. */
    private const PACKAGE = 'jsr:@redlite/redlite/server';
    /** Seconds a server gets to finish before it is killed. */
    private const ENDS_WITHIN = 10;
    private const INSTALL = 'no Redlite server found: install Deno from https://deno.com, '
        . 'or set REDLITE_BIN to a redlite program';
    private const SIGKILL = 9;

    /** @var array<string, self> */
    private static array $servers = [];

    private int $users = 0;
    private int $owner;
    /** @var resource */
    private $process;
    /** @var resource */
    private $pipe;
    /** @var array<string, mixed> What the server said when it was ready. */
    public readonly array $handshake;

    /** @param array<string, string> $flags */
    private function __construct(private readonly string $path, private readonly array $flags)
    {
        $this->owner = (int) getmypid();
        $words = [...self::command(), '--db', $path, '--private', 'auto', '--handshake'];
        array_push($words, '--parent', 'stdin', (string) $this->owner, '--loglevel', 'warning');
        foreach ($flags as $flag => $value) {
            array_push($words, "--$flag", $value);
        }
        $environment = [...getenv(), 'DENO_NO_UPDATE_CHECK' => '1', 'DENO_NO_PACKAGE_JSON' => '1'];
        $pipes = [];
        $ends = [['pipe', 'r'], ['pipe', 'w']];
        $process = proc_open($words, $ends, $pipes, null, $environment);
        if ($process === false) {
            throw new RedliteException("cannot run $words[0]");
        }
        [$this->pipe, $output] = $pipes;
        $this->process = $process;
        $line = (string) fgets($output);
        fclose($output);
        $handshake = str_starts_with($line, '{') ? json_decode($line, true) : [];
        if (!isset($handshake['pid'])) {
            fclose($this->pipe);
            $code = proc_close($process);
            throw new RedliteException($handshake['error'] ?? "the server ended with code $code");
        }
        $this->handshake = $handshake;
    }

    /**
     * The words that start a server, by where it is found.
     *
     * @return list<string>
     */
    public static function command(): array
    {
        $named = (string) getenv('REDLITE_BIN');
        if ($named !== '') {
            if (self::program($named) === null) {
                $why = 'which is no program that can be run';
                throw new RedliteException("REDLITE_BIN names $named, $why");
            }
            return [$named];
        }
        $redlite = self::program('redlite');
        if ($redlite !== null) {
            return [$redlite];
        }
        $deno = self::program('deno') ?? throw new RedliteException(self::INSTALL);
        $source = (string) getenv('REDLITE_SERVER');
        $options = $source === '' ? ['--no-config', self::PACKAGE] : [$source];
        return [$deno, 'run', '-A', '--quiet', ...$options];
    }

    private static function program(string $name): ?string
    {
        $folders = explode(PATH_SEPARATOR, (string) getenv('PATH'));
        $paths = str_contains($name, '/')
            ? [$name]
            : array_map(fn (string $folder) => "$folder/$name", $folders);
        foreach ($paths as $path) {
            if (is_file($path) && is_executable($path)) {
                return $path;
            }
        }
        return null;
    }

    /**
     * The server of a file, started if this program has none.
     *
     * @param array<string, string> $flags
     */
    public static function acquire(string $path, array $flags): self
    {
        if ($path === ':memory:') {
            $server = new self($path, $flags);
        } else {
            $path = self::realPath($path);
            $server = self::$servers[$path] ?? null;
            // A forked child has servers of its own.
            if ($server?->owner !== getmypid()) {
                $server = self::$servers[$path] = new self($path, $flags);
            } elseif ($server->flags !== $flags) {
                throw new \ValueError("$path is open in this program with other flags");
            }
        }
        $server->users++;
        return $server;
    }

    private static function realPath(string $path): string
    {
        $folder = realpath(dirname($path));
        $whole = realpath($path);
        return $whole !== false ? $whole : ($folder === false ? $path : "$folder/" . basename($path));
    }

    /** Gives the server back; the last one to do so ends it. */
    public function release(): void
    {
        if (--$this->users > 0 || $this->owner !== getmypid()) {
            return;
        }
        if ((self::$servers[$this->path] ?? null) === $this) {
            unset(self::$servers[$this->path]);
        }
        fclose($this->pipe);
        $deadline = microtime(true) + self::ENDS_WITHIN;
        while (proc_get_status($this->process)['running']) {
            if (microtime(true) > $deadline) {
                proc_terminate($this->process, self::SIGKILL);
            }
            usleep(1000);
        }
        proc_close($this->process);
    }
}
