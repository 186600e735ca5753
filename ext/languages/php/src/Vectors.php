<?php

declare(strict_types=1);

namespace Redlite;

/** Sets of elements that are found by how near their vectors are. */
final class Vectors
{
    public function __construct(private readonly Run $run)
    {
    }

    /**
     * Adds an element, or gives it another vector.
     *
     * @param list<float> $vector
     * @param ?array<string, mixed> $attributes
     * @return bool Whether it is new.
     */
    public function add(string $key, string $element, array $vector, ?array $attributes = null): bool
    {
        $extra = $attributes === null ? [] : ['SETATTR', Json::encode($attributes)];
        $packed = pack('g*', ...$vector);
        return ($this->run)('VADD', $key, 'FP32', $packed, $element, ...$extra) === 1;
    }

    /**
     * The elements nearest to a vector or an element, each with its similarity.
     *
     * @param list<float>|string $to
     * @return list<array{string, float}>
     */
    public function similar(
        string $key,
        array|string $to,
        int $count = 10,
        ?string $filter = null,
    ): array {
        $near = is_array($to) ? ['FP32', pack('g*', ...$to)] : ['ELE', $to];
        $extra = $filter === null ? [] : ['FILTER', $filter];
        $reply = ($this->run)('VSIM', $key, ...$near, ...['WITHSCORES', 'COUNT', $count], ...$extra);
        return array_map(fn (array $pair) => [$pair[0], (float) $pair[1]], array_chunk($reply, 2));
    }

    /**
     * An element's attributes; null without.
     *
     * @return ?array<string, mixed>
     */
    public function attributes(string $key, string $element): ?array
    {
        $text = ($this->run)('VGETATTR', $key, $element);
        return $text === null ? null : Json::decode($text);
    }

    /** Removes an element. */
    public function remove(string $key, string $element): bool
    {
        return ($this->run)('VREM', $key, $element) === 1;
    }
}
