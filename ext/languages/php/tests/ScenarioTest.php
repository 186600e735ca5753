<?php

declare(strict_types=1);

namespace Redlite\Tests;

use PHPUnit\Framework\TestCase;
use Redlite\Redlite;

use function Redlite\open;

/** The scenario that all bindings share. */
final class ScenarioTest extends TestCase
{
    private const KINDS = [
        'call', 'method', 'pipeline', 'transaction', 'subscribe', 'wait', 'moment', 'start',
        'close', 'in', 'end', 'kill',
    ];

    private static string $directory;
    private static Redlite $db;
    /** @var array<string, Redlite> */
    private array $connections = [];
    /** @var array<string, Process> */
    private array $programs = [];
    /** @var array<string, int> */
    private array $variables = [];

    public static function setUpBeforeClass(): void
    {
        self::$directory = sys_get_temp_dir() . '/redlite-php-' . bin2hex(random_bytes(6));
        mkdir(self::$directory, 0700);
        self::$db = open(self::$directory . '/app.db');
    }

    public static function tearDownAfterClass(): void
    {
        self::$db->close();
        array_map(unlink(...), glob(self::$directory . '/*') ?: []);
        rmdir(self::$directory);
    }

    protected function tearDown(): void
    {
        array_map(fn (Process $program) => $program->kill(), $this->programs);
        array_map(fn (Redlite $connection) => $connection->close(), $this->connections);
    }

    public static function cases(): iterable
    {
        $text = (string) file_get_contents(__DIR__ . '/../../scenario.json');
        foreach (json_decode($text, true)['cases'] as ['name' => $name, 'steps' => $steps]) {
            yield $name => [$steps];
        }
    }

    /** @dataProvider cases */
    public function testCase(array $steps): void
    {
        self::$db->flushAll();
        foreach ($steps as $step) {
            foreach (self::KINDS as $kind) {
                if (array_key_exists($kind, $step)) {
                    $this->{"run$kind"}($step);
                    break;
                }
            }
        }
    }

    /** A connection of a name, whose replies are as they come: an open of the file. */
    private function connection(string $name = ''): Redlite
    {
        if (!isset($this->connections[$name])) {
            $connection = open(self::$directory . '/app.db');
            $connection->setOption(\Redis::OPT_REPLY_LITERAL, true);
            $connection->setOption(\Redis::OPT_NULL_MULTIBULK_AS_NULL, true);
            $this->connections[$name] = $connection;
        }
        return $this->connections[$name];
    }

    private function words(array $words): array
    {
        return Forms::words($words, $this->variables, self::$directory);
    }

    private function attempt(callable $run): mixed
    {
        try {
            return $run();
        } catch (\RedisException $error) {
            return $error;
        }
    }

    private function send(Redlite $connection, array $words): mixed
    {
        $connection->clearLastError();
        $reply = $this->attempt(fn () => $connection->rawCommand(...$this->words($words)));
        $error = $connection->getLastError();
        return $reply === false && $error !== null ? new \RedisException($error) : $reply;
    }

    private function expect(mixed $reply, array $step): void
    {
        $told = $reply instanceof \Throwable ? $reply->getMessage() : var_export($reply, true);
        $message = "$told is not " . json_encode($step['reply']);
        $this->assertTrue(Forms::fits($reply, $step['reply']), $message);
    }

    private function runCall(array $step): void
    {
        $this->expect($this->send($this->connection($step['on'] ?? ''), $step['call']), $step);
    }

    private function runMethod(array $step): void
    {
        $parts = explode('.', lcfirst(str_replace('_', '', ucwords($step['method'], '_'))));
        $name = array_pop($parts);
        $object = array_reduce($parts, fn ($object, $part) => $object->$part(), self::$db);
        $this->expect($this->attempt(fn () => $object->$name(...$this->words($step['args']))), $step);
    }

    private function runPipeline(array $step): void
    {
        $pipeline = $this->connection()->multi(\Redis::PIPELINE);
        for ($i = 0; $i < $step['times']; $i++) {
            foreach ($step['pipeline'] as $words) {
                $pipeline->rawCommand(...$this->words($words));
            }
        }
        $replies = $pipeline->exec();
        $this->assertCount($step['times'] * count($step['pipeline']), $replies);
        $this->assertTrue(Forms::fits(end($replies), $step['last']));
    }

    private function runTransaction(array $step): void
    {
        $transaction = $this->connection()->multi();
        foreach ($step['transaction'] as $words) {
            $transaction->rawCommand(...$this->words($words));
        }
        $this->expect($transaction->exec(), $step);
    }

    private function runSubscribe(array $step): void
    {
        $channels = count($step['subscribe']);
        $task = ['channels' => $channels, 'commands' => $step['then']];
        $publisher = $this->aside('when', $task);
        $messages = [];
        $subscriber = $this->connection('subscriber');
        $receive = function ($redis, $channel, $message) use (&$messages, $step) {
            $messages[] = [$channel, $message];
            if (count($messages) === count($step['messages'])) {
                // phpredis 5 cannot leave two channels from here, but it can hang up.
                $redis->close();
            }
        };
        try {
            $subscriber->subscribe($step['subscribe'], $receive);
        } catch (\RedisException) {
            // It says so.
        }
        unset($this->connections['subscriber']);
        $publisher->end();
        $this->assertTrue(Forms::fits($messages, $step['messages']), var_export($messages, true));
    }

    private function runWait(array $step): void
    {
        $waiter = $this->aside('wait', $step['wait']);
        $id = $waiter->line();
        Process::until(fn () => self::blocked() === 1);
        foreach ($step['then'] ?? [] as $words) {
            $this->send($this->connection(), $words);
        }
        if (isset($step['cancel'])) {
            self::$db->rawCommand('CLIENT', 'UNBLOCK', $id, 'ERROR');
            $reply = json_decode($waiter->line(), true);
            $this->assertStringStartsWith('UNBLOCKED', $reply['error']);
            $this->assertSame(0, self::blocked());
        } else {
            $this->expect(json_decode($waiter->line(), true), $step);
        }
        $waiter->end();
    }

    private function aside(string $mode, array $task): Process
    {
        $socket = self::$db->getHost();
        return new Process([__DIR__ . '/aside.php', $socket, $mode, (string) json_encode($task)]);
    }

    private function runMoment(array $step): void
    {
        $moment = $this->variables[$step['moment']] = self::now();
        Process::until(fn () => self::now() > $moment);
    }

    private function runStart(array $step): void
    {
        $path = self::$directory . '/' . ($step['file'] ?? 'app.db');
        $environment = $step['environment'] ?? [];
        $program = new Process([__DIR__ . '/program.php', $path], $environment);
        if (isset($step['fails'])) {
            $this->assertStringContainsString($step['fails'], $program->failure());
            return;
        }
        $program->ready();
        $this->programs[$step['start']] = $program;
    }

    private function runClose(array $step): void
    {
        $this->connections[$step['close']]->close();
        unset($this->connections[$step['close']]);
    }

    private function runIn(array $step): void
    {
        $this->assertSame($step['prints'], $this->programs[$step['in']]->ask($step['line']));
    }

    private function runEnd(array $step): void
    {
        $this->programs[$step['end']]->end();
        unset($this->programs[$step['end']]);
    }

    private function runKill(array $step): void
    {
        $this->programs[$step['kill']]->kill();
        unset($this->programs[$step['kill']]);
    }

    private static function blocked(): int
    {
        return (int) self::$db->info('clients')['blocked_clients'];
    }

    private static function now(): int
    {
        [$seconds, $microseconds] = self::$db->time();
        return (int) $seconds * 1000 + intdiv((int) $microseconds, 1000);
    }
}
