<?php

declare(strict_types=1);

namespace Redlite\Tests;

use PHPUnit\Framework\TestCase;
use Redlite\RedliteException;
use Redlite\Server;

use function Redlite\open;

/** What the shared scenario does not say: finding the server, sharing it, and forks. */
final class RedliteTest extends TestCase
{
    private const VARIABLES = ['PATH', 'REDLITE_BIN', 'REDLITE_SERVER'];

    private string $directory;
    /** @var array<string, string|false> */
    private array $environment;

    protected function setUp(): void
    {
        $this->directory = sys_get_temp_dir() . '/redlite-php-' . bin2hex(random_bytes(6));
        mkdir($this->directory, 0700);
        $this->environment = array_combine(self::VARIABLES, array_map(getenv(...), self::VARIABLES));
    }

    protected function tearDown(): void
    {
        foreach ($this->environment as $name => $value) {
            putenv($value === false ? $name : "$name=$value");
        }
        array_map(unlink(...), glob("$this->directory/*") ?: []);
        rmdir($this->directory);
    }

    private function program(string $name): string
    {
        $path = "$this->directory/$name";
        file_put_contents($path, "#!/bin/sh\n");
        chmod($path, 0755);
        return $path;
    }

    public function testAProgramWinsOverDenoAndWhatIsNamedOverWhatIsFound(): void
    {
        array_map(putenv(...), ["PATH=$this->directory", 'REDLITE_BIN=', 'REDLITE_SERVER=']);
        $run = [$this->program('deno'), 'run', '-A', '--quiet'];
        $package = ['--no-config', 'jsr:@redlite/redlite/server'];
        $this->assertSame([...$run, ...$package], Server::command());
        putenv('REDLITE_SERVER=server.ts');
        $this->assertSame([...$run, 'server.ts'], Server::command());
        $this->assertSame([$this->program('redlite')], Server::command());
        $other = $this->program('other');
        putenv("REDLITE_BIN=$other");
        $this->assertSame([$other], Server::command());
    }

    public function testAProgramThatIsNoServerIsAnErrorThatTellsItsCode(): void
    {
        putenv('REDLITE_BIN=' . $this->program('redlite'));
        $this->expectException(RedliteException::class);
        $this->expectExceptionMessage('ended with code 0');
        open("$this->directory/app.db");
    }

    public function testTheLastCloseEndsTheServer(): void
    {
        $one = open("$this->directory/app.db");
        $two = open("$this->directory/app.db");
        $pid = $one->serverPid();
        $this->assertSame($pid, $two->serverPid());
        $one->set('k', 'v');
        $this->assertTrue($one->close());
        $this->assertFalse($one->close());
        $this->assertSame('v', $two->get('k'));
        unset($two);
        $this->assertFalse(Process::exists($pid));
        $this->assertSame(["$this->directory/app.db"], glob("$this->directory/*"));
    }

    public function testOtherFlagsForAnOpenFileAreRefused(): void
    {
        $db = open("$this->directory/app.db", ['cache' => '8']);
        $this->assertSame(['cache-mb' => '8'], $db->config('GET', 'cache-mb'));
        $this->expectException(\ValueError::class);
        open("$this->directory/app.db");
    }

    public function testAPortBehindAPasswordWhereThereAreNoUnixSockets(): void
    {
        $db = open(':memory:', ['private' => 'tcp']);
        $this->assertSame('127.0.0.1', $db->getHost());
        $db->set('k', 'v');
        $this->assertSame('v', $db->get('k'));
    }

    public function testMemoryIsNotShared(): void
    {
        $one = open(':memory:');
        $two = open(':memory:');
        $one->set('k', 'v');
        $this->assertFalse($two->get('k'));
    }

    public function testAForkHasAServerOfItsOwn(): void
    {
        $db = open("$this->directory/app.db");
        $child = pcntl_fork();
        if ($child === 0) {
            $other = open("$this->directory/app.db");
            $other->set('pid', (string) $other->serverPid());
            $other->close();
            posix_kill((int) getmypid(), SIGKILL);
        }
        pcntl_waitpid($child, $status);
        $pid = (int) $db->get('pid');
        $this->assertNotSame($db->serverPid(), $pid);
        Process::until(fn () => !Process::exists($pid));
        $this->assertTrue($db->ping());
    }
}
