package io.redlite.kotlin

import io.redlite.Redlite
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Test
import redis.clients.jedis.exceptions.JedisConnectionException
import java.util.concurrent.CountDownLatch

/** What the shared scenario does not say: coroutines, flows, blocks and values. */
class RedliteTest {
    private data class User(
        val name: String,
        val tags: List<String>,
    )

    private val db = Redlite.open(":memory:")

    @AfterEach
    fun close() = db.close()

    @Test
    fun `what came before the cancellation is returned`() =
        runBlocking(Dispatchers.IO) {
            db.rpush("jobs", "first")
            val begun = CompletableDeferred<Unit>()
            val goOn = CountDownLatch(1)
            var job: String? = null
            val worker =
                launch {
                    job =
                        db.waiting {
                            begun.complete(Unit)
                            goOn.await()
                            lpop("jobs")
                        }
                }
            begun.await()
            worker.cancel()
            goOn.countDown()
            worker.join()
            assertEquals("first", job)
        }

    @Test
    fun `a connection is of use after a wait was cancelled`() =
        runBlocking(Dispatchers.IO) {
            val other = db.another()
            val worker = launch { db.waiting { blpop(0.0, "jobs") } }
            until { other.info("clients").contains("blocked_clients:1") }
            worker.cancel()
            worker.join()
            other.use { it.rpush("jobs", "kept") }
            assertEquals("kept", db.lpop("jobs"))
        }

    @Test
    fun `a flow closes its connection when nobody collects any longer`() =
        runBlocking(Dispatchers.IO) {
            val before = db.clientList().lines().size
            val subscribed = CompletableDeferred<Unit>()
            val collecting = launch { db.messages("news") { subscribed.complete(Unit) }.collect() }
            subscribed.await()
            collecting.cancel()
            collecting.join()
            until { db.clientList().lines().size == before }
            val pid = db.serverPid()
            db.close()
            assertFalse(exists(pid))
        }

    @Test
    fun `patterns are subscribed to as channels are`() =
        runBlocking(Dispatchers.IO) {
            val subscribed = CompletableDeferred<Unit>()
            val message =
                async {
                    db.messagesByPattern("news.*", "news.*") { subscribed.complete(Unit) }.first()
                }
            subscribed.await()
            db.publish("news.today", "rain")
            assertEquals("news.today", message.await().channel)
            assertEquals("rain", message.await().text)
        }

    @Test
    fun `a flow fails where the server has ended`() {
        assertThrows(JedisConnectionException::class.java) {
            runBlocking(Dispatchers.IO) {
                val subscribed = { ProcessHandle.of(db.serverPid()).get().destroyForcibly() }
                db.messages("news") { subscribed() }.collect()
            }
        }
    }

    @Test
    fun `a transaction is done whole, or not at all`() {
        assertThrows(IllegalStateException::class.java) {
            db.transaction {
                set("k", "lost")
                error("no")
            }
        }
        assertNull(db.get("k"))
        db.watch("k")
        db.another().use { it.set("k", "theirs") }
        assertNull(db.transaction { set("k", "ours") })
        assertEquals(
            listOf("OK", 6L),
            db.transaction { set("k", "mine").also { append("k", "it") } },
        )
    }

    @Test
    fun `the replies of a pipeline are there when it has been sent`() {
        val (set, get) = db.pipelined { set("k", "v") to get("k") }
        assertEquals("OK" to "v", set.get() to get.get())
    }

    @Test
    fun `documents are values of a class`() {
        assertEquals(emptyList<User>(), db.json.values<User>("user:1"))
        val ada = User("Ada", listOf("math"))
        db.json.set("user:1", "$", ada)
        assertEquals(listOf(ada), db.json.values<User>("user:1"))
        assertEquals(listOf(listOf("math")), db.json.values<List<String>>("user:1", "$.tags"))
    }

    @Test
    fun `vectors go without attributes and options`() {
        db.vectors.add("films", "Heat", floatArrayOf(0.1f, 0.9f))
        db.vectors.add("films", "Alien", floatArrayOf(0.9f, 0.1f))
        val nearest = db.vectors.similar("films", "Heat", count = 1)
        assertEquals(listOf("Heat"), nearest.map { it.element })
    }
}
