<?php

/**
 * Runs commands on a server beside the program that owns it, for PHP does one thing at a time:
 * `wait` runs one that waits, and prints its id and its reply; `when` runs some when others have
 * subscribed to so many channels.
 */

declare(strict_types=1);

use Redlite\Tests\Forms;

require __DIR__ . '/Forms.php';

[, $socket, $mode, $text] = $argv;
$task = json_decode($text, true);
$redis = new Redis();
$redis->connect($socket);
$redis->setOption(Redis::OPT_READ_TIMEOUT, -1);
if ($mode === 'wait') {
    echo $redis->rawCommand('CLIENT', 'ID'), "\n";
    try {
        $reply = $redis->rawCommand(...Forms::words($task, [], ''));
    } catch (RedisException $error) {
        $reply = ['error' => $error->getMessage()];
    }
    echo json_encode($reply), "\n";
    exit(0);
}
$deadline = microtime(true) + 20;
while (count($redis->pubsub('channels', '*')) < $task['channels']) {
    if (microtime(true) > $deadline) {
        exit(1);
    }
    usleep(1000);
}
foreach ($task['commands'] as $words) {
    $redis->rawCommand(...Forms::words($words, [], ''));
}
