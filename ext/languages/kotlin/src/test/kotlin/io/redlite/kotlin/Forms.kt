package io.redlite.kotlin

import com.google.gson.JsonArray
import com.google.gson.JsonElement
import com.google.gson.JsonObject
import redis.clients.jedis.exceptions.JedisDataException
import kotlin.math.abs

/** Whether a [reply], whose texts are bytes or strings, is what is [expected]. */
fun fits(
    reply: Any?,
    expected: JsonElement,
): Boolean =
    when {
        expected.isJsonNull -> {
            reply == null
        }

        expected is JsonObject -> {
            expected.entrySet().single().let { fitsForm(reply, it.key, it.value) }
        }

        expected is JsonArray -> {
            reply is List<*> && reply.size == expected.size() &&
                reply.zip(expected).all { (item, wanted) -> fits(item, wanted) }
        }

        else -> {
            reply != null && reply !is Exception && plain(reply) == expected.asString
        }
    }

private fun fitsForm(
    reply: Any?,
    form: String,
    wanted: JsonElement,
): Boolean =
    when {
        form == "error" -> {
            reply is JedisDataException && reply.message.orEmpty().startsWith(wanted.asString)
        }

        reply is Exception -> {
            false
        }

        form == "any" -> {
            true
        }

        form == "hex" -> {
            reply is ByteArray && reply.contentEquals(bytes(wanted.asString))
        }

        form == "near" -> {
            abs(plain(reply).toDouble() - wanted.asDouble) < 0.001
        }

        form == "size" -> {
            reply is List<*> && reply.size == wanted.asInt
        }

        form == "unordered" -> {
            reply is List<*> &&
                reply.map(::plain).sorted() == wanted.asJsonArray.map { it.asString }.sorted()
        }

        form == "has" -> {
            has(pairs(reply), wanted.asJsonObject)
        }

        form == "pairs" -> {
            val pairs = pairs(reply)
            pairs.size == wanted.asJsonObject.size() && has(pairs, wanted.asJsonObject)
        }

        else -> {
            throw IllegalArgumentException(form)
        }
    }

private fun has(
    pairs: Map<String, Any?>,
    wanted: JsonObject,
): Boolean = wanted.entrySet().all { (name, value) -> name in pairs && fits(pairs[name], value) }

private fun pairs(reply: Any?): Map<String, Any?> =
    when (reply) {
        is Map<*, *> -> reply.mapKeys { plain(it.key) }
        is List<*> -> reply.chunked(2).associate { (name, value) -> plain(name) to value }
        else -> throw IllegalArgumentException("no map: ${plain(reply)}")
    }

/** Bytes by their hexadecimal digits. */
fun bytes(hex: String): ByteArray = hex.chunked(2).map { it.toInt(16).toByte() }.toByteArray()

/** A reply as text. */
fun plain(reply: Any?): String =
    when (reply) {
        is ByteArray -> reply.decodeToString()
        is List<*> -> reply.map(::plain).toString()
        else -> reply.toString()
    }

/** A JSON value as a reply would have it. */
fun values(json: JsonElement?): Any? =
    when (json) {
        null -> null
        is JsonArray -> json.map(::values)
        is JsonObject -> json.asMap().mapValues { values(it.value) }
        else -> if (json.isJsonNull) null else json.asString
    }
