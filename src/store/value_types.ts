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
import { SortedSets } from "./sorted_sets/sorted_sets.ts";
import { Streams } from "./streams/streams.ts";
import { Suggestions } from "./suggestions/suggestions.ts";
import { SeriesDefaults } from "./time_series/defaults.ts";
import { TimeSeries } from "./time_series/time_series.ts";

/** A store, as far as it holds values of types. */
export abstract class ValueTypes {
  abstract readonly engine: Engine;
  abstract readonly keyspace: Keyspace;
  abstract readonly garbage: Garbage;
  abstract readonly limits: EncodingLimits;
  /** What new time series are like. */
  readonly seriesDefaults: SeriesDefaults = new SeriesDefaults();
  /** Memory for rows and pages together, in bytes. */
  abstract get cacheBytes(): number;
  #hashes: Hashes | undefined;
  #lists: Lists | undefined;
  #sets: Sets | undefined;
  #sortedSets: SortedSets | undefined;
  #arrays: Arrays | undefined;
  #streams: Streams | undefined;
  #documents: Documents | undefined;
  #suggestions: Suggestions | undefined;
  #timeSeries: TimeSeries | undefined;

  /** Hashes. */
  get hashes(): Hashes {
    return this.#hashes ??= new Hashes(this.engine, this.keyspace, this.limits);
  }

  /** Lists. */
  get lists(): Lists {
    return this.#lists ??= new Lists(this.engine, this.keyspace, this.limits);
  }

  /** Sets. */
  get sets(): Sets {
    return this.#sets ??= new Sets(this.engine, this.keyspace, this.limits);
  }

  /** Sorted sets. */
  get sortedSets(): SortedSets {
    return this.#sortedSets ??= new SortedSets(this.engine, this.keyspace, this.limits);
  }

  /** Arrays. */
  get arrays(): Arrays {
    return this.#arrays ??= new Arrays(this.engine, this.keyspace);
  }

  /** Streams. */
  get streams(): Streams {
    return this.#streams ??= new Streams(this.engine, this.keyspace, this.garbage, this.limits);
  }

  /** JSON documents. */
  get documents(): Documents {
    return this.#documents ??= new Documents(this.engine, this.keyspace, () => this.cacheBytes);
  }

  /** Time series. */
  get timeSeries(): TimeSeries {
    return this.#timeSeries ??= new TimeSeries(
      this.engine,
      this.keyspace,
      this.seriesDefaults,
    );
  }

  /** Suggestion dictionaries. */
  get suggestions(): Suggestions {
    return this.#suggestions ??= new Suggestions(this.engine, this.keyspace);
  }
}
