<?php

declare(strict_types=1);

namespace Redlite;

/** Places on the earth, by their longitudes and latitudes. */
final class Geo
{
    public function __construct(private readonly Run $run)
    {
    }

    /** Adds a place, or moves it. @return bool Whether it is new. */
    public function add(string $key, string $member, float $longitude, float $latitude): bool
    {
        return ($this->run)('GEOADD', $key, $longitude, $latitude, $member) === 1;
    }

    /**
     * A place's longitude and latitude; null without.
     *
     * @return ?array{float, float}
     */
    public function position(string $key, string $member): ?array
    {
        [$place] = ($this->run)('GEOPOS', $key, $member);
        // phpredis has an empty array for a missing one in the middle of a reply.
        return $place === null || $place === [] ? null : array_map(floatval(...), $place);
    }

    /** How far two places are from each other; null if one is not there. */
    public function distance(string $key, string $one, string $other, string $unit = 'm'): ?float
    {
        $distance = ($this->run)('GEODIST', $key, $one, $other, $unit);
        return $distance === null ? null : (float) $distance;
    }

    /**
     * The places within a circle, the nearest first.
     *
     * @return list<string>
     */
    public function search(
        string $key,
        float $longitude,
        float $latitude,
        float $radius,
        string $unit = 'm',
    ): array {
        $circle = ['FROMLONLAT', $longitude, $latitude, 'BYRADIUS', $radius, $unit];
        return ($this->run)('GEOSEARCH', $key, ...$circle, ...['ASC']);
    }
}
