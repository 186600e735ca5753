<?php

declare(strict_types=1);

namespace Redlite;

/** Runs a command, where an error is an exception and nothing is null. */
final class Run
{
    public function __construct(private readonly \Redis $client)
    {
    }

    /** @throws \RedisException If the server answers with an error. */
    public function __invoke(string $name, string|int|float ...$words): mixed
    {
        $this->client->clearLastError();
        $reply = $this->client->rawCommand($name, ...array_map('strval', $words));
        $error = $this->client->getLastError();
        if ($reply === false && $error !== null) {
            $this->client->clearLastError();
            throw new \RedisException($error);
        }
        return self::plain($reply);
    }

    /** phpredis has false for nothing, which no reply means otherwise. */
    private static function plain(mixed $reply): mixed
    {
        return is_array($reply) ? array_map(self::plain(...), $reply) : ($reply === false ? null : $reply);
    }

    /**
     * A map, which comes as names and values by turns.
     *
     * @param list<mixed> $reply
     * @return array<string, mixed>
     */
    public static function map(array $reply): array
    {
        $map = [];
        foreach (array_chunk($reply, 2) as [$name, $value]) {
            $map[$name] = $value;
        }
        return $map;
    }
}
