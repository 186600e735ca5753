// Prints how long opening takes, and how many operations a second there are, as a line of JSON.
package main

import (
	"context"
	"encoding/json"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"time"

	redlite "github.com/redlite/redlite/ext/languages/go"
)

const (
	count   = 3000
	batches = 20
)

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	directory, err := os.MkdirTemp("", "redlite-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(directory)
	began := time.Now()
	db, err := redlite.Open(filepath.Join(directory, "app.db"), nil)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.Ping(ctx).Err(); err != nil {
		return err
	}
	figures := map[string]float64{"open_ms": float64(time.Since(began).Microseconds()) / 1000}
	figures["set"] = rate(count, func() {
		for i := range count {
			db.Set(ctx, "key:"+strconv.Itoa(i), "value", 0)
		}
	})
	figures["get"] = rate(count, func() {
		for i := range count {
			db.Get(ctx, "key:"+strconv.Itoa(i))
		}
	})
	figures["pipelined"] = rate(batches*1000, func() {
		for range batches {
			pipeline := db.Pipeline()
			for i := range 1000 {
				pipeline.Get(ctx, "key:"+strconv.Itoa(i))
			}
			if _, err = pipeline.Exec(ctx); err != nil {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(figures)
}

func rate(count int, work func()) float64 {
	began := time.Now()
	work()
	return float64(count) / time.Since(began).Seconds()
}
