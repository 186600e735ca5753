// A queue, a leaderboard and the past of a key, in one file.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/redis/go-redis/v9"
	redlite "github.com/redlite/redlite/ext/languages/go"
)

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	db, err := redlite.Open("example.db", nil)
	if err != nil {
		return err
	}
	defer db.Close()
	db.FlushAll(ctx)
	db.RPush(ctx, "queue", "first", "second")
	fmt.Println("next:", db.LPop(ctx, "queue").Val())

	db.ZAdd(ctx, "scores", redis.Z{Score: 12, Member: "ada"}, redis.Z{Score: 7, Member: "bob"})
	fmt.Println("best:", db.ZRevRangeWithScores(ctx, "scores", 0, 0).Val())

	if err := db.History().Enable(ctx, "price", redlite.Keep{}); err != nil {
		return err
	}
	db.Set(ctx, "price", 10, 0)
	db.Set(ctx, "price", 12, 0)
	events, err := db.History().Get(ctx, "price")
	if err != nil {
		return err
	}
	for _, event := range events {
		fmt.Println("price:", event.Data)
	}

	keys, err := db.SQL(ctx, "SELECT key, type FROM redlite_keys ORDER BY key")
	fmt.Println("keys:", keys)
	return err
}
