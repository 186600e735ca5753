package io.redlite.kotlin

import io.redlite.Redlite
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.async
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeoutOrNull
import redis.clients.jedis.args.UnblockType
import redis.clients.jedis.exceptions.JedisDataException

private const val AGAIN_AFTER_MS = 20L

/** What waits holds a thread. These are beside the 64 of [Dispatchers.IO], which others need. */
internal val threads: CoroutineDispatcher = Dispatchers.IO.limitedParallelism(1024)

/**
 * Runs what may wait, as BLPOP and XREADGROUP do, without holding up the coroutine's thread:
 *
 *     val job = db.waiting { blpop(0.0, "jobs") }
 *
 * The connection is taken until it returns. Cancellation has the server give the wait up, so that
 * nothing is taken for who is gone; what came before that is returned for all that. `withTimeout`
 * throws it away, therefore leave the time to the command.
 */
public suspend fun <T> Redlite.waiting(block: Redlite.() -> T): T {
    val id = withContext(threads) { clientId() }
    // It ends by the server's word, not with the caller.
    val reply = CoroutineScope(threads).async { block() }
    return try {
        reply.await()
    } catch (cancelled: CancellationException) {
        // The same dispatcher, for a change of it would throw away what is returned.
        withContext(NonCancellable) { givenUp(id, reply, cancelled) }
    }
}

private suspend fun <T> Redlite.givenUp(
    id: Long,
    reply: Deferred<T>,
    cancelled: CancellationException,
): T {
    withContext(threads) {
        another().use { other ->
            // The command may not have reached the server yet, or be one of several.
            while (reply.isActive) {
                other.clientUnblock(id, UnblockType.ERROR)
                withTimeoutOrNull(AGAIN_AFTER_MS) { reply.join() }
            }
        }
    }
    try {
        return reply.await()
    } catch (error: JedisDataException) {
        throw if (error.message.orEmpty().startsWith("UNBLOCKED")) cancelled else error
    }
}
