package io.redlite.kotlin.example

import io.redlite.Redlite
import io.redlite.kotlin.history
import io.redlite.kotlin.messages
import io.redlite.kotlin.pipelined
import io.redlite.kotlin.waiting
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking

/** A queue, messages and the past of a key, in one file. */
fun main() {
    Redlite.open("example.db").use { db ->
        db.flushAll()
        runBlocking(Dispatchers.IO) {
            db.another().use { worker ->
                val job =
                    launch { println("next: ${worker.waiting { blpop(0.0, "queue") }.value}") }
                db.rpush("queue", "first")
                job.join()
            }
            db.another().use { publisher ->
                println(db.messages("news") { publisher.publish("news", "rain") }.first().text)
            }
        }

        db.history.enable("price")
        db.pipelined { listOf("10", "12").forEach { set("price", it) } }
        db.history
            .get("price")
            .take(2)
            .forEach { println(it.data) }

        println("keys: ${db.sql("SELECT key, type FROM redlite_keys ORDER BY key")}")
    }
}
