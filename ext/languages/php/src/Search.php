<?php

declare(strict_types=1);

namespace Redlite;

/** Indexes over hashes, and what is found in them. */
final class Search
{
    public function __construct(private readonly Run $run)
    {
    }

    /**
     * Indexes the keys that begin with a prefix.
     *
     * @param array<string, string> $schema Fields and their types.
     */
    public function create(string $index, string $prefix, array $schema, string $on = 'HASH'): void
    {
        $words = ['ON', $on, 'PREFIX', 1, $prefix, 'SCHEMA'];
        foreach ($schema as $field => $type) {
            array_push($words, $field, ...explode(' ', $type));
        }
        ($this->run)('FT.CREATE', $index, ...$words);
    }

    /**
     * What a query finds.
     *
     * @return array{total: int, documents: list<array{key: string, fields: array<string, mixed>}>}
     */
    public function query(string $index, string $query, string|int ...$options): array
    {
        $reply = ($this->run)('FT.SEARCH', $index, $query, ...$options);
        $total = array_shift($reply);
        $documents = array_map(
            fn (array $pair) => ['key' => $pair[0], 'fields' => Run::map($pair[1])],
            array_chunk($reply, 2),
        );
        return ['total' => $total, 'documents' => $documents];
    }

    /** Removes an index; the keys stay. */
    public function drop(string $index): void
    {
        ($this->run)('FT.DROPINDEX', $index);
    }
}
