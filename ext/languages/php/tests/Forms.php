<?php

declare(strict_types=1);

namespace Redlite\Tests;

/** Words of the scenario, and how replies are compared with what it expects. */
final class Forms
{
    /**
     * What words stand for.
     *
     * @param list<mixed> $words
     * @param array<string, mixed> $variables
     * @return list<mixed>
     */
    public static function words(array $words, array $variables, string $directory): array
    {
        return array_map(fn (mixed $word) => match (true) {
            is_string($word) => str_replace('{directory}', $directory, $word),
            is_array($word) && isset($word['hex']) => (string) hex2bin($word['hex']),
            is_array($word) && isset($word['var']) => $variables[$word['var']],
            default => $word,
        }, $words);
    }

    /** Whether a reply is what is expected. */
    public static function fits(mixed $reply, mixed $expected): bool
    {
        if (is_array($expected) && !array_is_list($expected)) {
            $form = (string) array_key_first($expected);
            return self::form($reply, $form, $expected[$form]);
        }
        if (is_array($expected)) {
            return is_array($reply) && count($reply) === count($expected)
                && self::all($expected, fn ($i, $item) => self::fits($reply[$i], $item));
        }
        // phpredis has false for nothing.
        if ($expected === null || $reply === null || $reply === false) {
            return $expected === null && ($reply === null || $reply === false);
        }
        return is_scalar($reply) && (string) $reply === (string) $expected;
    }

    private static function form(mixed $reply, string $form, mixed $wanted): bool
    {
        return match ($form) {
            'any' => !$reply instanceof \Throwable,
            'error' => $reply instanceof \Throwable && str_starts_with($reply->getMessage(), $wanted),
            'hex' => $reply === hex2bin($wanted),
            'near' => abs((float) $reply - $wanted) < 0.001,
            'size' => count($reply) === $wanted,
            'unordered' => self::fits(self::sorted($reply), self::sorted($wanted)),
            'has' => self::has(self::map($reply), $wanted),
            'pairs' => count(self::map($reply)) === count($wanted)
                && self::has(self::map($reply), $wanted),
        };
    }

    private static function has(array $map, array $wanted): bool
    {
        return self::all(
            $wanted,
            fn ($name, $item) => array_key_exists($name, $map) && self::fits($map[$name], $item),
        );
    }

    private static function map(array $reply): array
    {
        return array_is_list($reply)
            ? array_column(array_chunk($reply, 2), 1, 0)
            : $reply;
    }

    private static function sorted(array $items): array
    {
        sort($items);
        return $items;
    }

    private static function all(array $items, callable $holds): bool
    {
        foreach ($items as $key => $item) {
            if (!$holds($key, $item)) {
                return false;
            }
        }
        return true;
    }
}
