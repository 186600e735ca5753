package io.redlite.kotlin

import com.google.gson.JsonElement
import io.redlite.Redlite
import java.nio.file.Path
import java.time.Instant

/** Calls a method by its [name], and returns what it does as a reply would have it. */
fun callMethod(
    db: Redlite,
    name: String,
    args: List<Any>,
): Any? {
    fun text(index: Int) = args[index].toString()

    fun json(index: Int) = args[index] as JsonElement

    fun number(index: Int) = json(index).asDouble

    fun floats(index: Int) = json(index).asJsonArray.map { it.asFloat }.toFloatArray()

    fun moment(index: Int) = Instant.ofEpochMilli(args[index] as Long)
    return when (name) {
        "backup" -> {
            db.backup(Path.of(text(0)))
        }

        "keyinfo" -> {
            db.keyinfo(text(0))
        }

        "sql" -> {
            db.sql(text(0), *args.drop(1).toTypedArray())
        }

        "vacuum" -> {
            db.vacuum()
        }

        "geo.add" -> {
            db.geo.add(text(0), text(1), number(2), number(3))
        }

        "geo.distance" -> {
            db.geo.distance(text(0), text(1), text(2), text(3))
        }

        "geo.position" -> {
            db.geo.position(text(0), text(1))?.let { listOf(it.longitude, it.latitude) }
        }

        "geo.search" -> {
            db.geo.search(text(0), number(1), number(2), number(3), text(4))
        }

        "history.at" -> {
            db.history.at(moment(0), *args.drop(1).toTypedArray())
        }

        "history.disable" -> {
            db.history.disable(text(0))
        }

        "history.enable" -> {
            db.history.enable(text(0))
        }

        "history.get" -> {
            db.history.get(text(0)).map {
                mapOf("version" to it.version, "operation" to it.operation, "type" to it.type)
            }
        }

        "history.get_at" -> {
            db.history.getAt(text(0), moment(1))
        }

        "history.revert" -> {
            db.history.revert(text(0), moment(1))
        }

        "json.delete" -> {
            db.json.delete(text(0), text(1))
        }

        "json.get" -> {
            values(db.json.get(text(0), text(1)))
        }

        "json.merge" -> {
            db.json.merge(text(0), text(1), args[2])
        }

        "json.set" -> {
            db.json.set(text(0), text(1), args[2])
        }

        "search.create" -> {
            val schema = json(2).asJsonObject.asMap().mapValues { it.value.asString }
            db.search.create(text(0), text(1), schema)
        }

        "search.drop" -> {
            db.search.drop(text(0))
        }

        "search.query" -> {
            val found = db.search.query(text(0), text(1))
            val documents = found.documents.map { mapOf("key" to it.key, "fields" to it.fields) }
            mapOf("total" to found.total, "documents" to documents)
        }

        "vectors.add" -> {
            db.vectors.add(text(0), text(1), floats(2), args[3])
        }

        "vectors.attributes" -> {
            values(db.vectors.attributes(text(0), text(1)))
        }

        "vectors.remove" -> {
            db.vectors.remove(text(0), text(1))
        }

        "vectors.similar" -> {
            db.vectors
                .similar(
                    text(0),
                    floats(1),
                    count = number(2).toInt(),
                    filter = args.getOrNull(3)?.toString(),
                ).map { listOf(it.element, it.score) }
        }

        else -> {
            throw IllegalArgumentException(name)
        }
    }
}
