<?php

declare(strict_types=1);

namespace Redlite;

/** JSON documents, as values; objects are arrays by name. */
final class Json
{
    public function __construct(private readonly Run $run)
    {
    }

    /** Sets what is at a path. */
    public function set(string $key, string $path, mixed $value): void
    {
        ($this->run)('JSON.SET', $key, $path, self::encode($value));
    }

    /** What is at a path: all that fits one from `$` on; null without the key. */
    public function get(string $key, string $path = '$'): mixed
    {
        $text = ($this->run)('JSON.GET', $key, $path);
        return $text === null ? null : self::decode($text);
    }

    /** Merges a value into what is at a path. */
    public function merge(string $key, string $path, mixed $value): void
    {
        ($this->run)('JSON.MERGE', $key, $path, self::encode($value));
    }

    /** Deletes what is at a path, and returns how many values that were. */
    public function delete(string $key, string $path = '$'): int
    {
        return ($this->run)('JSON.DEL', $key, $path);
    }

    /** A value as JSON has it. */
    public static function encode(mixed $value): string
    {
        return json_encode($value, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE);
    }

    /** What JSON says. */
    public static function decode(string $text): mixed
    {
        return json_decode($text, true, 512, JSON_THROW_ON_ERROR);
    }
}
