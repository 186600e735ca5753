<?php

/** Loads what the tests use. */

declare(strict_types=1);

require __DIR__ . '/../autoload.php';
require __DIR__ . '/Forms.php';
require __DIR__ . '/Process.php';
