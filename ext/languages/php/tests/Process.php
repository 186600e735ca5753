<?php

declare(strict_types=1);

namespace Redlite\Tests;

/** A program of its own that runs until its input ends, or it is killed. */
final class Process
{
    /** @var resource */
    private $process;
    /** @var list<resource> */
    private array $pipes = [];
    private int $server = 0;

    /**
     * @param list<string> $words
     * @param array<string, string> $environment
     */
    public function __construct(array $words, array $environment = [])
    {
        $ends = [['pipe', 'r'], ['pipe', 'w'], ['pipe', 'w']];
        $environment = [...getenv(), ...$environment];
        $words = [PHP_BINARY, ...$words];
        $process = proc_open($words, $ends, $this->pipes, null, $environment);
        $this->process = $process ?: throw new \RuntimeException('it does not start');
    }

    /** Waits until something has happened, and not forever. */
    public static function until(callable $happened): void
    {
        $deadline = microtime(true) + 20;
        while (!$happened()) {
            if (microtime(true) > $deadline) {
                throw new \RuntimeException('it did not happen in time');
            }
            usleep(5000);
        }
    }

    /** Whether there is a process. */
    public static function exists(int $pid): bool
    {
        return posix_kill($pid, 0);
    }

    /** Waits until it has opened the file. */
    public function ready(): void
    {
        $line = $this->line();
        if (!str_starts_with($line, 'ready ')) {
            throw new \RuntimeException($line . stream_get_contents($this->pipes[2]));
        }
        $this->server = (int) substr($line, 6);
    }

    /** Has it run a command. */
    public function ask(string $line): string
    {
        fwrite($this->pipes[0], "$line\n");
        return $this->line();
    }

    /** The next line that it prints. */
    public function line(): string
    {
        return rtrim((string) fgets($this->pipes[1]), "\n");
    }

    /** Lets it end, and waits until it and its server have. */
    public function end(): void
    {
        fclose($this->pipes[0]);
        $told = stream_get_contents($this->pipes[2]);
        if (proc_close($this->process) !== 0) {
            throw new \RuntimeException((string) $told);
        }
        self::until(fn () => $this->server === 0 || !self::exists($this->server));
    }

    /** Kills it, and waits until its server has ended. */
    public function kill(): void
    {
        proc_terminate($this->process, SIGKILL);
        proc_close($this->process);
        self::until(fn () => !self::exists($this->server));
    }

    /** What it says when it cannot open the file. */
    public function failure(): string
    {
        $told = (string) stream_get_contents($this->pipes[2]);
        if (proc_close($this->process) === 0) {
            throw new \RuntimeException("it did not fail: $told");
        }
        return $told;
    }
}
