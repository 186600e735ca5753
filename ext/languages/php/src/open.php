<?php

declare(strict_types=1);

namespace Redlite;

/**
 * Opens a database file, or `:memory:`.
 *
 * @param array<string, string> $flags The server's, as `['cache' => '256']`; opens of one file
 * share them.
 * @throws RedliteException If there is no server, or it does not start.
 */
function open(string $path, array $flags = []): Redlite
{
    return new Redlite($path, $flags);
}
