/** What Redlite has beyond Redis, by the client's own `call`. */

/** @typedef {string | Buffer} Key */
/** @typedef {string | number | Buffer} Word */

/**
 * Runs a command.
 *
 * @typedef {(name: string, ...words: Word[]) => Promise<any>} Run
 */

/**
 * A map, which RESP2 has as names and values by turns.
 *
 * @param {any} reply
 * @returns {Record<string, any>}
 */
function mapOf(reply) {
  if (!Array.isArray(reply)) return reply;
  /** @type {Record<string, any>} */
  const map = {};
  for (let i = 0; i < reply.length; i += 2) map[reply[i]] = reply[i + 1];
  return map;
}

/**
 * What is known of something; null of nothing.
 *
 * @param {any} reply
 */
export function facts(reply) {
  return reply === null ? null : mapOf(reply);
}

/**
 * Rows by column.
 *
 * @param {any} reply
 * @returns {Record<string, any>[]}
 */
export function rows(reply) {
  const { columns, rows } = mapOf(reply);
  return rows.map((/** @type {any[]} */ row) =>
    Object.fromEntries(row.map((value, i) => [columns[i], value]))
  );
}

/** The past of keys; a moment is a Unix time in milliseconds. */
export class History {
  /** @type {Run} */
  #run;

  /** @param {Run} run */
  constructor(run) {
    this.#run = run;
  }

  /**
   * Begins the history of a key, or of all, and says how much of it is kept.
   *
   * @param {Key} [key]
   * @param {{ count?: number, timeMs?: number }} [keep]
   */
  enable(key, { count, timeMs } = {}) {
    /** @type {Word[]} */
    const limits = count !== undefined
      ? ["RETENTION", "COUNT", count]
      : timeMs !== undefined
      ? ["RETENTION", "TIME", timeMs]
      : [];
    return this.#run("HISTORY", "ENABLE", ...scope(key), ...limits);
  }

  /**
   * Ends the history of a key, or of all; what is known is kept.
   *
   * @param {Key} [key]
   */
  disable(key) {
    return this.#run("HISTORY", "DISABLE", ...scope(key));
  }

  /**
   * What happened to a key, the latest first.
   *
   * @param {Key} key
   * @param {{ limit?: number }} [options]
   * @returns {Promise<Record<string, any>[]>}
   */
  async get(key, { limit } = {}) {
    const limits = limit === undefined ? [] : ["LIMIT", limit];
    return (await this.#run("HISTORY", "GET", key, ...limits) ?? []).map(mapOf);
  }

  /**
   * What a key held at a moment.
   *
   * @param {Key} key
   * @param {number} moment
   */
  getAt(key, moment) {
    return this.#run("HISTORY", "GETAT", key, moment);
  }

  /**
   * The reply of a command that only reads, as of a moment.
   *
   * @param {number} moment
   * @param {...Word} command
   */
  at(moment, ...command) {
    return this.#run("HISTORY", "AT", moment, ...command);
  }

  /**
   * What changed in a key between two moments.
   *
   * @param {Key} key
   * @param {number} since
   * @param {number} until
   */
  diff(key, since, until) {
    return this.#run("HISTORY", "DIFF", key, since, until);
  }

  /**
   * Gives a key what it held at a moment.
   *
   * @param {Key} key
   * @param {number} moment
   */
  revert(key, moment) {
    return this.#run("HISTORY", "REVERT", key, moment);
  }
}

/**
 * @param {Key} [key]
 * @returns {Word[]}
 */
function scope(key) {
  return key === undefined ? ["GLOBAL"] : ["KEY", key];
}

/** Indexes over hashes, and what is found in them. */
export class Search {
  /** @type {Run} */
  #run;

  /** @param {Run} run */
  constructor(run) {
    this.#run = run;
  }

  /**
   * Indexes the keys that begin with a prefix; a schema is fields and their types.
   *
   * @param {string} index
   * @param {string} prefix
   * @param {Readonly<Record<string, string>>} schema
   * @param {{ on?: "HASH" | "JSON" }} [options]
   */
  create(index, prefix, schema, { on = "HASH" } = {}) {
    const fields = Object.entries(schema).flatMap((
      [field, type],
    ) => [field, ...type.split(" ")]);
    return this.#run(
      "FT.CREATE",
      index,
      "ON",
      on,
      "PREFIX",
      1,
      prefix,
      "SCHEMA",
      ...fields,
    );
  }

  /**
   * What a query finds.
   *
   * @param {string} index
   * @param {string} query
   * @param {...Word} options
   * @returns {Promise<{ total: number, documents: { key: string, fields: Record<string, any> }[] }>}
   */
  async query(index, query, ...options) {
    const reply = await this.#run("FT.SEARCH", index, query, ...options);
    // RESP3 has a map of results, RESP2 one list.
    if (!Array.isArray(reply) || typeof reply[0] === "string") {
      const found = mapOf(reply);
      const documents = found.results.map(mapOf)
        .map((/** @type {any} */ each) => ({
          key: each.id,
          fields: mapOf(each.extra_attributes ?? []),
        }));
      return { total: found.total_results, documents };
    }
    const documents = [];
    for (let i = 1; i < reply.length; i += 2) {
      documents.push({ key: reply[i], fields: mapOf(reply[i + 1]) });
    }
    return { total: reply[0], documents };
  }

  /**
   * Removes an index; the keys stay.
   *
   * @param {string} index
   */
  drop(index) {
    return this.#run("FT.DROPINDEX", index);
  }
}

/** Sets of elements that are found by how near their vectors are. */
export class Vectors {
  /** @type {Run} */
  #run;

  /** @param {Run} run */
  constructor(run) {
    this.#run = run;
  }

  /**
   * Adds an element, or gives it another vector.
   *
   * @param {Key} key
   * @param {Key} element
   * @param {ArrayLike<number>} vector
   * @param {Readonly<Record<string, unknown>>} [attributes]
   */
  add(key, element, vector, attributes) {
    const extra = attributes === undefined ? [] : ["SETATTR", JSON.stringify(attributes)];
    return this.#run("VADD", key, "FP32", packed(vector), element, ...extra);
  }

  /**
   * The elements nearest to a vector or an element, each with its similarity.
   *
   * @param {Key} key
   * @param {ArrayLike<number> | string} to
   * @param {number} [count]
   * @param {string} [filter]
   * @returns {Promise<[element: string, similarity: number][]>}
   */
  async similar(key, to, count = 10, filter) {
    const near = typeof to === "string" ? ["ELE", to] : ["FP32", packed(to)];
    const extra = filter === undefined ? [] : ["FILTER", filter];
    const reply = await this.#run(
      "VSIM",
      key,
      ...near,
      "WITHSCORES",
      "COUNT",
      count,
      ...extra,
    );
    if (!Array.isArray(reply)) return Object.entries(reply);
    /** @type {[string, number][]} */
    const pairs = [];
    for (let i = 0; i < reply.length; i += 2) {
      pairs.push([reply[i], Number(reply[i + 1])]);
    }
    return pairs;
  }

  /**
   * An element's attributes; null without.
   *
   * @param {Key} key
   * @param {Key} element
   */
  async attributes(key, element) {
    const text = await this.#run("VGETATTR", key, element);
    return text === null ? null : JSON.parse(text);
  }

  /**
   * Removes an element.
   *
   * @param {Key} key
   * @param {Key} element
   */
  remove(key, element) {
    return this.#run("VREM", key, element);
  }
}

/** @param {ArrayLike<number>} vector */
function packed(vector) {
  const bytes = Buffer.alloc(vector.length * 4);
  for (let i = 0; i < vector.length; i++) {
    bytes.writeFloatLE(vector[i] ?? 0, i * 4);
  }
  return bytes;
}

/** Places on the earth, by their longitudes and latitudes. */
export class Geo {
  /** @type {Run} */
  #run;

  /** @param {Run} run */
  constructor(run) {
    this.#run = run;
  }

  /**
   * Adds a place, or moves it.
   *
   * @param {Key} key
   * @param {Key} member
   * @param {number} longitude
   * @param {number} latitude
   */
  add(key, member, longitude, latitude) {
    return this.#run("GEOADD", key, longitude, latitude, member);
  }

  /**
   * A place's longitude and latitude; null without.
   *
   * @param {Key} key
   * @param {Key} member
   * @returns {Promise<[longitude: number, latitude: number] | null>}
   */
  async position(key, member) {
    const [place] = await this.#run("GEOPOS", key, member);
    return place === null ? null : [Number(place[0]), Number(place[1])];
  }

  /**
   * How far two places are from each other; null if one is not there.
   *
   * @param {Key} key
   * @param {Key} one
   * @param {Key} other
   * @param {"m" | "km" | "mi" | "ft"} [unit]
   * @returns {Promise<number | null>}
   */
  async distance(key, one, other, unit = "m") {
    const distance = await this.#run("GEODIST", key, one, other, unit);
    return distance === null ? null : Number(distance);
  }

  /**
   * The places within a circle, the nearest first.
   *
   * @param {Key} key
   * @param {number} longitude
   * @param {number} latitude
   * @param {number} radius
   * @param {"m" | "km" | "mi" | "ft"} [unit]
   * @returns {Promise<string[]>}
   */
  search(key, longitude, latitude, radius, unit = "m") {
    const circle = [
      "FROMLONLAT",
      longitude,
      latitude,
      "BYRADIUS",
      radius,
      unit,
    ];
    return this.#run("GEOSEARCH", key, ...circle, "ASC");
  }
}

/** JSON documents, as values. */
export class Json {
  /** @type {Run} */
  #run;

  /** @param {Run} run */
  constructor(run) {
    this.#run = run;
  }

  /**
   * Sets what is at a path.
   *
   * @param {Key} key
   * @param {string} path
   * @param {unknown} value
   */
  set(key, path, value) {
    return this.#run("JSON.SET", key, path, JSON.stringify(value));
  }

  /**
   * What is at a path: all that fits one from `$` on; null without the key.
   *
   * @param {Key} key
   * @param {string} [path]
   */
  async get(key, path = "$") {
    const text = await this.#run("JSON.GET", key, path);
    return text === null ? null : JSON.parse(text);
  }

  /**
   * Merges a value into what is at a path.
   *
   * @param {Key} key
   * @param {string} path
   * @param {unknown} value
   */
  merge(key, path, value) {
    return this.#run("JSON.MERGE", key, path, JSON.stringify(value));
  }

  /**
   * Deletes what is at a path, and returns how many values that were.
   *
   * @param {Key} key
   * @param {string} [path]
   * @returns {Promise<number>}
   */
  delete(key, path = "$") {
    return this.#run("JSON.DEL", key, path);
  }
}
