package io.redlite.kotlin

import io.redlite.Redlite
import redis.clients.jedis.Pipeline
import redis.clients.jedis.Transaction

/**
 * Sends the commands of [block] in one go. Their replies are there when it has returned:
 *
 *     val (name, visits) = db.pipelined { get("name") to incr("visits") }
 *     println(name.get())
 */
public inline fun <T> Redlite.pipelined(block: Pipeline.() -> T): T = pipelined().use { it.block() }

/**
 * Runs the commands of [block] all together, or none of them if it throws.
 *
 * @return their replies; null if a key that was watched has changed
 */
public inline fun Redlite.transaction(block: Transaction.() -> Unit): List<Any?>? =
    multi().use {
        it.block()
        it.exec()
    }
