<?php

declare(strict_types=1);

namespace Redlite;

/** The past of keys; a moment is a Unix time in milliseconds. */
final class History
{
    public function __construct(private readonly Run $run)
    {
    }

    /** Begins the history of a key, or of all, and says how much of it is kept. */
    public function enable(?string $key = null, ?int $count = null, ?int $timeMs = null): void
    {
        $limits = $count !== null ? ['RETENTION', 'COUNT', $count] : [];
        if ($timeMs !== null) {
            $limits = ['RETENTION', 'TIME', $timeMs];
        }
        ($this->run)('HISTORY', 'ENABLE', ...self::scope($key), ...$limits);
    }

    /** Ends the history of a key, or of all; what is known is kept. */
    public function disable(?string $key = null): void
    {
        ($this->run)('HISTORY', 'DISABLE', ...self::scope($key));
    }

    /**
     * What happened to a key, the latest first.
     *
     * @return list<array<string, mixed>>
     */
    public function get(string $key, ?int $limit = null): array
    {
        $limits = $limit === null ? [] : ['LIMIT', $limit];
        return array_map(Run::map(...), ($this->run)('HISTORY', 'GET', $key, ...$limits) ?? []);
    }

    /** What a key held at a moment. */
    public function getAt(string $key, int $moment): mixed
    {
        return ($this->run)('HISTORY', 'GETAT', $key, $moment);
    }

    /** The reply of a command that only reads, as of a moment. */
    public function at(int $moment, string|int|float ...$command): mixed
    {
        return ($this->run)('HISTORY', 'AT', $moment, ...$command);
    }

    /** What changed in a key between two moments. */
    public function diff(string $key, int $since, int $until): mixed
    {
        return ($this->run)('HISTORY', 'DIFF', $key, $since, $until);
    }

    /** Gives a key what it held at a moment. */
    public function revert(string $key, int $moment): void
    {
        ($this->run)('HISTORY', 'REVERT', $key, $moment);
    }

    /** @return list<string> */
    private static function scope(?string $key): array
    {
        return $key === null ? ['GLOBAL'] : ['KEY', $key];
    }
}
