package io.redlite.kotlin

import com.google.gson.JsonElement
import com.google.gson.JsonObject
import com.google.gson.JsonParser
import io.redlite.Redlite
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.TestFactory
import org.junit.jupiter.api.TestInstance
import redis.clients.jedis.Response
import redis.clients.jedis.commands.ProtocolCommand
import redis.clients.jedis.exceptions.JedisDataException
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.readText

/** The scenario that all bindings share. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ScenarioTest {
    private val directory = Files.createTempDirectory("redlite-kotlin-")
    private val db = open()

    private fun open() = Redlite.open(directory.resolve("app.db").toString())

    @AfterAll
    fun close() {
        db.close()
        directory.toFile().deleteRecursively()
    }

    @TestFactory
    fun cases(): List<DynamicTest> =
        JsonParser
            .parseString(Path.of("../scenario.json").readText())
            .asJsonObject
            .getAsJsonArray("cases")
            .map { it.asJsonObject }
            .map { case -> DynamicTest.dynamicTest(case["name"].asString) { run(case) } }

    private fun run(case: JsonObject) {
        db.flushAll()
        Run().use { run -> case["steps"].asJsonArray.forEach { run.step(it.asJsonObject) } }
    }

    /** What the steps of a case work on. */
    private inner class Run : AutoCloseable {
        private val connections = mutableMapOf<String, Redlite>()
        private val programs = mutableMapOf<String, Program>()
        private val variables = mutableMapOf<String, Long>()

        override fun close() {
            programs.values.forEach { it.kill() }
            connections.values.forEach { it.close() }
        }

        fun step(step: JsonObject) {
            when {
                "call" in step -> {
                    expect(send(connection(step["on"]), step["call"]), step)
                }

                "method" in step -> {
                    method(step)
                }

                "pipeline" in step -> {
                    pipeline(step)
                }

                "transaction" in step -> {
                    expect(
                        connection().transaction { queue(step["transaction"], ::sendCommand) },
                        step,
                    )
                }

                "subscribe" in step -> {
                    subscribe(step)
                }

                "wait" in step -> {
                    wait(step)
                }

                "moment" in step -> {
                    moment(step["moment"].asString)
                }

                "start" in step -> {
                    start(step)
                }

                "close" in step -> {
                    connections.remove(step["close"].asString)!!.close()
                }

                "in" in step -> {
                    assertEquals(
                        step["prints"].asString,
                        program(step["in"]).ask(step["line"].asString),
                    )
                }

                "end" in step -> {
                    program(step["end"]).end()
                }

                "kill" in step -> {
                    program(step["kill"]).kill()
                }

                else -> {
                    throw IllegalArgumentException(step.toString())
                }
            }
        }

        private operator fun JsonObject.contains(name: String): Boolean = has(name)

        private fun connection(name: JsonElement? = null): Redlite =
            connections.getOrPut(name?.asString.orEmpty(), ::open)

        private fun program(name: JsonElement): Program = programs.getValue(name.asString)

        private fun word(word: JsonElement): Any =
            when {
                word is JsonObject && "hex" in word -> {
                    bytes(word["hex"].asString)
                }

                word is JsonObject && "var" in word -> {
                    variables.getValue(word["var"].asString)
                }

                word.isJsonPrimitive && word.asJsonPrimitive.isString -> {
                    word.asString.replace("{directory}", directory.toString())
                }

                else -> {
                    word
                }
            }

        private fun words(words: JsonElement): List<Any> = words.asJsonArray.map(::word)

        private fun send(
            connection: Redlite,
            command: JsonElement,
        ): Any? {
            val words = words(command)
            return reply { connection.run(words.first() as String, *words.drop(1).toTypedArray()) }
        }

        private inline fun reply(call: () -> Any?): Any? =
            try {
                call()
            } catch (error: JedisDataException) {
                error
            }

        private fun expect(
            reply: Any?,
            step: JsonObject,
            wanted: String = "reply",
        ) = assertTrue(fits(reply, step[wanted])) { "${plain(reply)} is not as in $step" }

        private fun method(step: JsonObject) =
            expect(reply { callMethod(db, step["method"].asString, words(step["args"])) }, step)

        private fun queue(
            commands: JsonElement,
            send: (ProtocolCommand, Array<ByteArray>) -> Response<Any>,
        ): List<Response<Any>> =
            commands.asJsonArray.map { command ->
                val words = words(command).map { it.toString().encodeToByteArray() }
                send({ words.first() }, words.drop(1).toTypedArray())
            }

        private fun pipeline(step: JsonObject) {
            val responses =
                connection().pipelined {
                    List(step["times"].asInt) { queue(step["pipeline"], ::sendCommand) }.flatten()
                }
            expect(responses.map { it.get() }.last(), step, "last")
        }

        private fun subscribe(step: JsonObject) =
            runBlocking(Dispatchers.IO) {
                val channels = words(step["subscribe"]).map { it.toString() }.toTypedArray()
                val subscribed = CompletableDeferred<Unit>()
                val messages =
                    async {
                        connection()
                            .messages(*channels) { subscribed.complete(Unit) }
                            .take(step["messages"].asJsonArray.size())
                            .toList()
                    }
                subscribed.await()
                step["then"].asJsonArray.forEach { send(db, it) }
                expect(messages.await().map { listOf(it.channel, it.payload) }, step, "messages")
            }

        private fun wait(step: JsonObject) =
            runBlocking(Dispatchers.IO) {
                val waiter = connection().another()
                val reply = async { waiter.use { it.waiting { send(this, step["wait"]) } } }
                until { blocked() == 1 }
                if ("cancel" in step) {
                    reply.cancelAndJoin()
                    assertEquals(0, blocked())
                } else {
                    step["then"].asJsonArray.forEach { send(db, it) }
                    expect(reply.await(), step)
                }
            }

        private fun blocked(): Int =
            Regex("blocked_clients:(\\d+)").find(db.info("clients"))!!.groupValues[1].toInt()

        private fun moment(name: String) {
            val moment = now()
            variables[name] = moment
            until { now() > moment }
        }

        private fun now(): Long {
            val (seconds, micros) = db.time().map { it.toLong() }
            return seconds * 1000 + micros / 1000
        }

        private fun start(step: JsonObject) {
            val environment =
                step["environment"]
                    ?.asJsonObject
                    ?.asMap()
                    ?.mapValues {
                        it.value.asString
                    }.orEmpty()
            val program =
                Program(directory.resolve(step["file"]?.asString ?: "app.db"), environment)
            if ("fails" in step) {
                val told = program.failure()
                assertTrue(step["fails"].asString in told) { told }
            } else {
                program.ready()
                programs[step["start"].asString] = program
            }
        }
    }
}
