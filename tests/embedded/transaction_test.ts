import { strict as assert } from "node:assert";
import { RedliteError, StorageError } from "../../mod.ts";
import { testInMemory, testOnFile } from "./open.ts";

testOnFile("a transaction is one commit, and gives what its function returns", (file) => {
  const a = file.open(), b = file.open();
  const result = a.transaction(() => {
    a.set("x", "1");
    a.incr("n");
    assert.equal(a.get("x"), "1");
    assert.equal(b.exists("x", "n"), 0);
    return "done";
  });
  assert.equal(result, "done");
});

testInMemory("a transaction's writes are there after it", (db) => {
  db.transaction(() => {
    db.set("x", "1");
    db.bytes.set("y", "2");
  });
  assert.deepEqual(db.mget("x", "y"), ["1", "2"]);
});

testInMemory("a function that throws takes all its writes back", (db) => {
  db.set("x", "old");
  const failure = new Error("no");
  assert.throws(
    () =>
      db.transaction(() => {
        db.set("x", "new");
        db.set("y", new Uint8Array(100_000));
        db.del("x");
        throw failure;
      }),
    (error: unknown) => error === failure,
  );
  assert.equal(db.get("x"), "old");
  assert.equal(db.get("y"), null);
  assert.equal(db.dbsize(), 1);
});

testInMemory("a command that is refused, and caught, does not end the transaction", (db) => {
  db.set("text", "abc");
  db.transaction(() => {
    db.set("x", "1");
    assert.throws(() => db.incr("text"), RedliteError);
    assert.throws(() => db.call("NOSUCH"), RedliteError);
    db.set("y", "2");
  });
  assert.deepEqual(db.mget("x", "y"), ["1", "2"]);
});

testInMemory("a command that is refused, and not caught, takes the transaction back", (db) => {
  db.set("text", "abc");
  assert.throws(() =>
    db.transaction(() => {
      db.set("x", "1");
      db.incr("text");
    }), RedliteError);
  assert.equal(db.get("x"), null);
});

testInMemory("transactions do not nest", (db) => {
  db.transaction(() => {
    db.set("x", "1");
    assert.throws(() => db.transaction(() => {}), /a transaction is open already/);
  });
  assert.equal(db.get("x"), "1");
});

testInMemory("a function that returns a promise is refused", (db) => {
  assert.throws(
    () =>
      // @ts-expect-error It returns a promise.
      db.transaction(() => {
        db.set("x", "1");
        return Promise.resolve();
      }),
    /must be a synchronous function/,
  );
  assert.equal(db.get("x"), null);
});

testInMemory("an async function is not even begun", (db) => {
  for (
    const body of [
      async () => {
        db.set("x", "1");
        await Promise.resolve();
      },
      function* () {
        yield db.set("x", "1");
      },
      async function* () {
        yield await db.set("x", "1");
      },
    ] as (() => unknown)[]
  ) {
    assert.throws(() => db.transaction(body), /must be a synchronous function/);
  }
  assert.equal(db.get("x"), null);
});

testInMemory(
  "what a refused function does later is refused too, and nothing else is",
  async (db) => {
    const begin = Promise.withResolvers<void>();
    const failures: unknown[] = [];
    const attempt = (call: () => unknown) => {
      try {
        call();
      } catch (error) {
        failures.push(error);
      }
    };
    const ended = Promise.withResolvers<void>();
    const body: () => unknown = () => {
      db.set("x", "1");
      const later = async () => {
        await begin.promise;
        attempt(() => db.set("y", "2"));
        attempt(() => db.bytes.incr("n"));
        attempt(() => db.transaction(() => db.set("z", "3")));
        ended.resolve();
        db.get("x");
      };
      return later();
    };
    assert.throws(() => db.transaction(body), /must be a synchronous function/);
    db.set("other", "1");
    begin.resolve();
    await ended.promise;
    assert.deepEqual(failures.map((error) => error instanceof TypeError), [true, true, true]);
    assert.deepEqual(db.keys("*"), ["other"]);
    db.transaction(() => db.set("more", "1"));
    assert.equal(db.dbsize(), 2);
  },
);

testInMemory("a transaction that only reads is fine", (db) => {
  db.set("x", "1");
  assert.equal(db.transaction(() => db.get("x")), "1");
});

testInMemory("one transaction may follow the other", (db) => {
  assert.throws(() =>
    db.transaction(() => {
      throw new Error();
    })
  );
  for (let i = 0; i < 3; i++) db.transaction(() => db.incr("n"));
  assert.equal(db.get("n"), "3");
});

testOnFile(
  "after an SQLite error the transaction is over, whatever its function catches",
  (file) => {
    const db = file.open();
    const { connection } = db["core"].store.engine;
    connection.exec("PRAGMA max_page_count = 30");
    assert.throws(
      () =>
        db.transaction(() => {
          db.set("x", "1");
          assert.throws(() => db.set("large", new Uint8Array(1_000_000)), StorageError);
          // Nothing more is done, so that nothing is stored by halves.
          assert.throws(() => db.set("y", "2"), /was rolled back/);
          assert.throws(() => db.get("x"), /was rolled back/);
        }),
      /was rolled back/,
    );
    assert.deepEqual(db.mget("x", "y", "large"), [null, null, null]);
    db.transaction(() => db.set("z", "3"));
    assert.equal(db.get("z"), "3");
  },
);

testOnFile("the write lock is free after a transaction, however it ends", (file) => {
  const a = file.open(), b = file.open({ busyTimeout: 1 });
  a.transaction(() => a.set("x", "1"));
  b.set("y", "1");
  assert.throws(() =>
    a.transaction(() => {
      throw new Error();
    })
  );
  b.set("y", "2");
  assert.equal(b.get("y"), "2");
});

testOnFile("saving inside a transaction does not commit half of it", (file) => {
  const db = file.open();
  assert.throws(() =>
    db.transaction(() => {
      db.set("x", "1");
      db.save();
      throw new Error();
    })
  );
  assert.equal(db.get("x"), null);
});

testInMemory("reads after a transaction in one stretch of code see its writes", (db) => {
  assert.equal(db.get("x"), null);
  db.transaction(() => db.set("x", "1"));
  assert.equal(db.get("x"), "1");
});
