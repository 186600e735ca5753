<?php

declare(strict_types=1);

namespace Redlite;

/** The server could not be found or started; the message says what to do. */
final class RedliteException extends \RuntimeException
{
}
