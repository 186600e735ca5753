package io.redlite.kotlin

import com.google.gson.Gson
import com.google.gson.reflect.TypeToken
import io.redlite.Geo
import io.redlite.History
import io.redlite.Json
import io.redlite.Redlite
import io.redlite.Search
import io.redlite.Vectors
import java.time.Instant

/** The past of keys. */
public val Redlite.history: History get() = history()

/** Indexes over hashes. */
public val Redlite.search: Search get() = search()

/** Sets of elements that are found by how near their vectors are. */
public val Redlite.vectors: Vectors get() = vectors()

/** Places on the earth. */
public val Redlite.geo: Geo get() = geo()

/** JSON documents, as values. */
public val Redlite.json: Json get() = json()

/** What [key] held at a [moment]: a text, a list, or null for nothing. */
public fun History.getAt(
    key: String,
    moment: Instant,
): Any? = getAt(key, moment.toEpochMilli())

/** The reply of a [command] that only reads, as of a [moment]. */
public fun History.at(
    moment: Instant,
    vararg command: Any,
): Any? = at(moment.toEpochMilli(), *command)

/** Gives [key] what it held at a [moment]. */
public fun History.revert(
    key: String,
    moment: Instant,
): Unit = revert(key, moment.toEpochMilli())

/** Adds an [element] without attributes, or gives it another [vector]. */
public fun Vectors.add(
    key: String,
    element: String,
    vector: FloatArray,
): Unit = add(key, element, vector, null)

/** The [count] elements nearest to a [vector] whose attributes fit a [filter]. */
public fun Vectors.similar(
    key: String,
    vector: FloatArray,
    count: Int = 10,
    filter: String? = null,
): List<Vectors.Similar> = similar(key, vector, count, filter)

/** The [count] elements nearest to another [element] whose attributes fit a [filter]. */
public fun Vectors.similar(
    key: String,
    element: String,
    count: Int = 10,
    filter: String? = null,
): List<Vectors.Similar> = similar(key, element, count, filter)

/** All that fits a [path] from `$` on, as values of a type that Gson reads; none without [key]. */
public inline fun <reified T> Json.values(
    key: String,
    path: String = "$",
): List<T> {
    val type = TypeToken.getParameterized(List::class.java, object : TypeToken<T>() {}.type).type
    return get(key, path)?.let { Gson().fromJson<List<T>>(it, type) }.orEmpty()
}
