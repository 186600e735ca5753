<?php

/** A program that the scenario starts: opens a file, and answers each line of words with a line. */

declare(strict_types=1);

require __DIR__ . '/../autoload.php';

try {
    $db = Redlite\open($argv[1]);
} catch (Redlite\RedliteException $error) {
    fwrite(STDERR, "failed: {$error->getMessage()}\n");
    exit(1);
}
$db->setOption(Redis::OPT_REPLY_LITERAL, true);
echo "ready {$db->serverPid()}\n";
while (($line = fgets(STDIN)) !== false) {
    echo $db->rawCommand(...explode(' ', trim($line))), "\n";
}
$db->close();
