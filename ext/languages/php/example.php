<?php

/** A queue, a leaderboard and the past of a key, in one file. */

declare(strict_types=1);

require is_file(__DIR__ . '/vendor/autoload.php')
    ? __DIR__ . '/vendor/autoload.php'
    : __DIR__ . '/autoload.php';

$db = Redlite\open('example.db');
$db->flushAll();
$db->rPush('queue', 'first', 'second');
echo 'next: ', $db->lPop('queue'), "\n";

$db->zAdd('scores', 12, 'ada', 7, 'bob');
echo 'best: ', json_encode($db->zRevRange('scores', 0, 0, true)), "\n";

$db->history()->enable('price');
$db->set('price', '10');
$db->set('price', '12');
echo 'prices: ', implode(', ', array_column($db->history()->get('price'), 'data')), "\n";

$keys = $db->sql('SELECT key, type FROM redlite_keys ORDER BY key');
echo 'keys: ', json_encode($keys), "\n";
$db->close();
