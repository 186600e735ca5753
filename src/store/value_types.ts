/**
 * The types of values, each made when it is first used: it prepares its statements then, which keeps
 * the start short. Strings are always there.
 *
 * @module
 */

import type { Engine } from "../engine/engine.ts";
import { Arrays } from "./arrays/arrays.ts";
import type { EncodingLimits } from "./collections/encodings.ts";
import { Hashes } from "./hashes/hashes.ts";
import { Documents } from "./json/documents.ts";
import type { Garbage } from "./keys/garbage.ts";
import type { Keyspace } from "./keys/keyspace.ts";
import { Lists } from "./lists/lists.ts";
import { Sets } from "./sets/sets.ts";
import { BloomFilters } from "./sketches/bloom.ts";
import { CountMinSketches } from "./sketches/count_min.ts";
import { SketchDefaults } from "./sketches/defaults.ts";
import { CuckooFilters } from "./sketches/cuckoo.ts";
import { TDigests } from "./sketches/t_digest.ts";
import { TopKLists } from "./sketches/top_k.ts";
import { SortedSets } from "./sorted_sets/sorted_sets.ts";
import { Streams } from "./streams/streams.ts";
import { Suggestions } from "./suggestions/suggestions.ts";
import { SeriesDefaults } from "./time_series/defaults.ts";
import { TimeSeries } from "./time_series/time_series.ts";

/** A store, as far as it holds values of types. */
export abstract class ValueTypes {
  /** Turns. */
  abstract readonly engine: Engine;
  /** Keys. */
  abstract readonly keyspace: Keyspace;
  /** @internal What waits for background deletion. */
  abstract readonly garbage: Garbage;
  /** @internal How large collections may be in their compact forms. */
  abstract readonly limits: EncodingLimits;
  /** @internal What new time series are like. */
  readonly seriesDefaults: SeriesDefaults = new SeriesDefaults();
  /** Memory for rows and pages together, in bytes. */
  abstract get cacheBytes(): number;
  /** @internal What filters are like that nobody says more of. */
  readonly sketchDefaults: SketchDefaults = new SketchDefaults();
  #hashes: Hashes | undefined;
  #lists: Lists | undefined;
  #sets: Sets | undefined;
  #sortedSets: SortedSets | undefined;
  #arrays: Arrays | undefined;
  #streams: Streams | undefined;
  #documents: Documents | undefined;
  #suggestions: Suggestions | undefined;
  #timeSeries: TimeSeries | undefined;
  #bloomFilters: BloomFilters | undefined;
  #cuckooFilters: CuckooFilters | undefined;
  #countMinSketches: CountMinSketches | undefined;
  #topKLists: TopKLists | undefined;
  #tDigests: TDigests | undefined;

  /** @internal Hashes. */
  get hashes(): Hashes {
    return this.#hashes ??= new Hashes(this.engine, this.keyspace, this.limits);
  }

  /** @internal Lists. */
  get lists(): Lists {
    return this.#lists ??= new Lists(this.engine, this.keyspace, this.limits);
  }

  /** @internal Sets. */
  get sets(): Sets {
    return this.#sets ??= new Sets(this.engine, this.keyspace, this.limits);
  }

  /** @internal Sorted sets. */
  get sortedSets(): SortedSets {
    return this.#sortedSets ??= new SortedSets(this.engine, this.keyspace, this.limits);
  }

  /** @internal Arrays. */
  get arrays(): Arrays {
    return this.#arrays ??= new Arrays(this.engine, this.keyspace);
  }

  /** @internal Streams. */
  get streams(): Streams {
    return this.#streams ??= new Streams(this.engine, this.keyspace, this.garbage, this.limits);
  }

  /** @internal JSON documents. */
  get documents(): Documents {
    return this.#documents ??= new Documents(this.engine, this.keyspace, () => this.cacheBytes);
  }

  /** @internal Time series. */
  get timeSeries(): TimeSeries {
    return this.#timeSeries ??= new TimeSeries(
      this.engine,
      this.keyspace,
      this.seriesDefaults,
    );
  }

  /** @internal Suggestion dictionaries. */
  get suggestions(): Suggestions {
    return this.#suggestions ??= new Suggestions(this.engine, this.keyspace);
  }

  /** @internal Bloom filters. */
  get bloomFilters(): BloomFilters {
    return this.#bloomFilters ??= new BloomFilters(
      this.engine,
      this.keyspace,
      () => this.cacheBytes,
    );
  }

  /** @internal Cuckoo filters. */
  get cuckooFilters(): CuckooFilters {
    return this.#cuckooFilters ??= new CuckooFilters(
      this.engine,
      this.keyspace,
      () => this.cacheBytes,
    );
  }

  /** @internal Count-min sketches. */
  get countMinSketches(): CountMinSketches {
    return this.#countMinSketches ??= new CountMinSketches(
      this.engine,
      this.keyspace,
      () => this.cacheBytes,
    );
  }

  /** @internal Top-k lists. */
  get topKLists(): TopKLists {
    return this.#topKLists ??= new TopKLists(this.engine, this.keyspace, () => this.cacheBytes);
  }

  /** @internal T-digests. */
  get tDigests(): TDigests {
    return this.#tDigests ??= new TDigests(this.engine, this.keyspace, () => this.cacheBytes);
  }
}
