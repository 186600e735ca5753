<?php

/** Loads the classes where Composer does not. */

declare(strict_types=1);

spl_autoload_register(function (string $class): void {
    $path = __DIR__ . '/src/' . str_replace(['Redlite\\', '\\'], ['', '/'], $class) . '.php';
    if (str_starts_with($class, 'Redlite\\') && is_file($path)) {
        require $path;
    }
});

require_once __DIR__ . '/src/open.php';
