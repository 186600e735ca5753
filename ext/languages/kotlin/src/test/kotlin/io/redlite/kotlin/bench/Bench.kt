package io.redlite.kotlin.bench

import io.redlite.Redlite
import io.redlite.kotlin.pipelined
import java.nio.file.Files
import java.util.Locale
import kotlin.time.DurationUnit
import kotlin.time.measureTime
import kotlin.time.measureTimedValue

private const val COUNT = 3000
private const val BATCHES = 20

/** Prints how long opening takes, and how many operations a second there are, as JSON. */
fun main() {
    val directory = Files.createTempDirectory("redlite-bench-")
    val (db, opened) =
        measureTimedValue {
            Redlite.open(directory.resolve("app.db").toString()).also { it.ping() }
        }
    db.use {
        val set = rate(COUNT) { repeat(COUNT) { db.set("key:$it", "value") } }
        val get = rate(COUNT) { repeat(COUNT) { db.get("key:$it") } }
        val pipelined =
            rate(BATCHES * 1000) {
                repeat(BATCHES) { db.pipelined { repeat(1000) { get("key:$it") } } }
            }
        val line = "{\"open_ms\": %f, \"set\": %f, \"get\": %f, \"pipelined\": %f}%n"
        print(
            line.format(
                Locale.ROOT,
                opened.toDouble(DurationUnit.MILLISECONDS),
                set,
                get,
                pipelined,
            ),
        )
    }
    directory.toFile().deleteRecursively()
}

private fun rate(
    count: Int,
    work: () -> Unit,
): Double = count / measureTime(work).toDouble(DurationUnit.SECONDS)
