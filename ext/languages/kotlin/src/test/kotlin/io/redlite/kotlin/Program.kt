package io.redlite.kotlin

import io.redlite.Redlite
import io.redlite.RedliteException
import java.nio.file.Path
import kotlin.jvm.optionals.getOrNull
import kotlin.system.exitProcess

/** A program of its own that opens a file, and answers each line of words with a line. */
fun main(args: Array<String>) {
    try {
        Redlite.open(args.single()).use { db ->
            println("ready ${db.serverPid()}")
            for (line in generateSequence(::readLine)) {
                val words = line.split(" ")
                println(plain(db.run(words.first(), *words.drop(1).toTypedArray())))
            }
        }
    } catch (error: RedliteException) {
        println("failed: ${error.message}")
        exitProcess(1)
    }
}

/** Starts that program, and talks to it. */
class Program(
    path: Path,
    environment: Map<String, String>,
) {
    private val process =
        ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            "io.redlite.kotlin.ProgramKt",
            path.toString(),
        ).redirectErrorStream(true)
            .apply { environment().putAll(environment) }
            .start()
    private val output = process.inputReader()
    private var server = 0L

    /** Waits until it has opened the file. */
    fun ready() {
        val line = line()
        check(line.startsWith("ready ")) { line }
        server = line.removePrefix("ready ").toLong()
    }

    /** Has it run a command. */
    fun ask(line: String): String {
        process.outputWriter().run {
            appendLine(line)
            flush()
        }
        return line()
    }

    /** Lets it end, and waits until its server has. */
    fun end() {
        process.outputStream.close()
        check(process.onExit().join().exitValue() == 0) { "the program fails" }
        until { !exists(server) }
    }

    /** Kills it, and waits until its server has ended. */
    fun kill() {
        process.destroyForcibly().onExit().join()
        until { !exists(server) }
    }

    /** What it says when it cannot open the file. */
    fun failure(): String {
        val told = line()
        check(process.onExit().join().exitValue() != 0) { "it did not fail: $told" }
        return told
    }

    private fun line(): String = output.readLine().orEmpty()
}

/** Whether there is a process. */
fun exists(pid: Long): Boolean = ProcessHandle.of(pid).getOrNull()?.isAlive ?: false

/** Waits until something has happened, and not forever. */
fun until(happened: () -> Boolean) {
    val deadline = System.nanoTime() + 20_000_000_000L
    while (!happened()) {
        check(System.nanoTime() < deadline) { "not in time" }
        Thread.sleep(5)
    }
}
