<?php

/** Prints how long opening takes, and how many operations a second there are, as a line of JSON. */

declare(strict_types=1);

require __DIR__ . '/autoload.php';

$count = 3000;
$batches = 20;
$rate = function (int $count, callable $work): float {
    $began = microtime(true);
    $work();
    return $count / (microtime(true) - $began);
};

$path = sys_get_temp_dir() . '/redlite-bench-' . bin2hex(random_bytes(6)) . '.db';
$began = microtime(true);
$db = Redlite\open($path);
$db->ping();
$figures = ['open_ms' => (microtime(true) - $began) * 1000];
$figures['set'] = $rate($count, function () use ($db, $count): void {
    for ($i = 0; $i < $count; $i++) {
        $db->set("key:$i", 'value');
    }
});
$figures['get'] = $rate($count, function () use ($db, $count): void {
    for ($i = 0; $i < $count; $i++) {
        $db->get("key:$i");
    }
});
$figures['pipelined'] = $rate($batches * 1000, function () use ($db, $batches): void {
    for ($batch = 0; $batch < $batches; $batch++) {
        $pipeline = $db->multi(Redis::PIPELINE);
        for ($i = 0; $i < 1000; $i++) {
            $pipeline->get("key:$i");
        }
        $pipeline->exec();
    }
});
$db->close();
unlink($path);
echo json_encode($figures), "\n";
