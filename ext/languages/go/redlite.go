// Package redlite is Redis in one SQLite file: go-redis connected to a private Redlite server,
// which starts with the first Open and ends with the program.
package redlite

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/redis/go-redis/v9"
)

// DB is go-redis's client of a database file, with what Redlite has beside it.
type DB struct {
	*redis.Client
	server *server
	once   sync.Once
	closed error
}

// Options are how a file is opened.
type Options struct {
	// Flags are the server's, as "cache": "256". Opens of one file in one program share them.
	Flags map[string]string
	// Client changes the options of go-redis, if it is not nil.
	Client func(*redis.Options)
}

// Open opens a database file, or ":memory:". Options may be nil.
func Open(path string, options *Options) (*DB, error) {
	if options == nil {
		options = &Options{}
	}
	// A write is answered when it is committed, unless a flag says otherwise.
	flags := map[string]string{"appendfsync": "everysec"}
	maps.Copy(flags, options.Flags)
	s, err := acquire(path, flags)
	if err != nil {
		return nil, fmt.Errorf("redlite: %w", err)
	}
	// What waits, and what takes long, is not cut off.
	client := &redis.Options{Network: "unix", Addr: s.Unix, ReadTimeout: -1}
	if s.Unix == "" {
		client.Network, client.Password = "tcp", s.Password
		client.Addr = s.Host + ":" + strconv.Itoa(s.Port)
	}
	if options.Client != nil {
		options.Client(client)
	}
	return &DB{Client: redis.NewClient(client), server: s}, nil
}

// Close closes the connections; the last to close a file ends its server.
func (db *DB) Close() error {
	db.once.Do(func() {
		db.closed = db.Client.Close()
		release(db.server)
	})
	return db.closed
}

// ServerPid returns the process of the server.
func (db *DB) ServerPid() int { return db.server.Pid }

// History is the past of keys.
func (db *DB) History() History { return History{db} }

// Search has indexes over hashes.
func (db *DB) Search() Search { return Search{db} }

// Vectors has vector sets.
func (db *DB) Vectors() Vectors { return Vectors{db} }

// Geo has places on the earth.
func (db *DB) Geo() Geo { return Geo{db} }

// JSON has documents, as values.
func (db *DB) JSON() JSON { return JSON{db} }

// KeyInfo returns what is known of a key: type, times, version, length, bytes; redis.Nil without it.
func (db *DB) KeyInfo(ctx context.Context, key string) (map[string]any, error) {
	return readMap(db.run(ctx, "KEYINFO", key))
}

// Vacuum rewrites the file without what was deleted, and returns its size before and after.
func (db *DB) Vacuum(ctx context.Context) (map[string]any, error) {
	return readMap(db.run(ctx, "VACUUM"))
}

// SQL runs a query on the file, and returns its rows by column.
func (db *DB) SQL(ctx context.Context, statement string, values ...any) ([]map[string]any, error) {
	result, err := readMap(db.run(ctx, append([]any{"SQL", statement}, values...)...))
	if err != nil {
		return nil, err
	}
	columns, _ := result["columns"].([]any)
	all, _ := result["rows"].([]any)
	rows := make([]map[string]any, len(all))
	for i, each := range all {
		row, _ := each.([]any)
		rows[i] = make(map[string]any, len(columns))
		for j, column := range columns {
			rows[i][fmt.Sprint(column)] = row[j]
		}
	}
	return rows, nil
}

// Backup writes a copy of one moment into a file below the database's directory. It takes the place
// of another backup if replace says so.
func (db *DB) Backup(ctx context.Context, path string, replace bool) (map[string]any, error) {
	full, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	words := []any{"BACKUP", full}
	if replace {
		words = append(words, "REPLACE")
	}
	return readMap(db.run(ctx, words...))
}

func (db *DB) run(ctx context.Context, words ...any) (any, error) {
	return db.Do(ctx, words...).Result()
}

// readMap reads a map, which RESP2 has as names and values by turns.
func readMap(reply any, err error) (map[string]any, error) {
	if err != nil {
		return nil, err
	}
	result := map[string]any{}
	switch reply := reply.(type) {
	case map[any]any:
		for name, value := range reply {
			result[fmt.Sprint(name)] = value
		}
	case []any:
		for i := 0; i+1 < len(reply); i += 2 {
			result[fmt.Sprint(reply[i])] = reply[i+1]
		}
	default:
		return nil, fmt.Errorf("redlite: %v is no map", reply)
	}
	return result, nil
}
