package io.redlite.kotlin

import io.redlite.Redlite
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.async
import kotlinx.coroutines.channels.trySendBlocking
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.channelFlow
import kotlinx.coroutines.withContext
import redis.clients.jedis.BinaryJedisPubSub
import redis.clients.jedis.exceptions.JedisException

/** What was published to a [channel]. */
public class Message(
    public val channel: String,
    /** The bytes as they were published. */
    public val payload: ByteArray,
) {
    /** The payload as text. */
    public val text: String get() = payload.decodeToString()
}

/**
 * What is published to [channels] from when it is collected on, by a connection of its own, which
 * is closed when nobody collects any longer.
 *
 * @param onSubscribed called when what is published arrives
 */
public fun Redlite.messages(
    vararg channels: String,
    onSubscribed: () -> Unit = {},
): Flow<Message> =
    published(
        channels,
        onSubscribed,
        BinaryJedisPubSub::unsubscribe,
    ) { to, names -> subscribe(to, *names) }

/** What is published to all channels that fit [patterns], as [messages] has it. */
public fun Redlite.messagesByPattern(
    vararg patterns: String,
    onSubscribed: () -> Unit = {},
): Flow<Message> =
    published(
        patterns,
        onSubscribed,
        BinaryJedisPubSub::punsubscribe,
    ) { to, names -> psubscribe(to, *names) }

private fun Redlite.published(
    names: Array<out String>,
    onSubscribed: () -> Unit,
    leave: BinaryJedisPubSub.() -> Unit,
    subscribe: Redlite.(BinaryJedisPubSub, Array<ByteArray>) -> Unit,
): Flow<Message> =
    channelFlow {
        val wanted = names.distinct().map { it.encodeToByteArray() }.toTypedArray()
        // A collector that has gone takes nothing more.
        val subscriber = Subscriber(wanted.size, onSubscribed, leave) { trySendBlocking(it) }
        val reading =
            CoroutineScope(threads).async { another().use { it.subscribe(subscriber, wanted) } }
        try {
            reading.await()
        } finally {
            withContext(NonCancellable) {
                withContext(threads) { subscriber.end() }
                reading.join()
            }
        }
    }

/** Reads what is published, on the thread that subscribed, until another has it [end]. */
private class Subscriber(
    private val wanted: Int,
    private val onSubscribed: () -> Unit,
    private val leave: BinaryJedisPubSub.() -> Unit,
    private val deliver: (Message) -> Unit,
) : BinaryJedisPubSub() {
    private var subscribed = false
    private var ended = false

    override fun onSubscribe(
        channel: ByteArray,
        count: Int,
    ) = confirmed(count)

    override fun onPSubscribe(
        pattern: ByteArray,
        count: Int,
    ) = confirmed(count)

    override fun onMessage(
        channel: ByteArray,
        message: ByteArray,
    ) = deliver(Message(channel.decodeToString(), message))

    override fun onPMessage(
        pattern: ByteArray,
        channel: ByteArray,
        message: ByteArray,
    ) = deliver(Message(channel.decodeToString(), message))

    private fun confirmed(count: Int) {
        if (count < wanted) return
        synchronized(this) {
            subscribed = true
            if (ended) close()
        }
        onSubscribed()
    }

    /** What is not yet subscribed to is left when it is. */
    @Synchronized
    fun end() {
        ended = true
        if (subscribed) close()
    }

    private fun close() {
        try {
            leave()
        } catch (_: JedisException) {
            // It reads no longer.
        }
    }
}
