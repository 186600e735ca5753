package redlite_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	redlite "github.com/redlite/redlite/ext/languages/go"
)

type object = map[string]any

// TestScenario runs the scenario that all bindings share, its methods with both protocols.
func TestScenario(t *testing.T) {
	text, err := os.ReadFile("../scenario.json")
	check(t, err)
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var scenario struct {
		Cases []struct {
			Name  string
			Steps []object
		}
	}
	check(t, decoder.Decode(&scenario))
	for _, protocol := range []int{2, 3} {
		directory := t.TempDir()
		db := open(t, filepath.Join(directory, "app.db"), protocol)
		for _, each := range scenario.Cases {
			methods := false
			for _, step := range each.Steps {
				methods = methods || step["method"] != nil
			}
			if protocol == 3 && !methods {
				continue
			}
			t.Run(fmt.Sprintf("%s (RESP%d)", each.Name, protocol), func(t *testing.T) {
				check(t, db.FlushAll(t.Context()).Err())
				run := &run{
					T: t, db: db, directory: directory,
					connections: map[string]*connection{},
					programs:    map[string]*process{},
					variables:   object{},
				}
				defer run.close()
				for _, step := range each.Steps {
					run.step(step)
				}
			})
		}
	}
}

func open(t *testing.T, path string, protocol int) *redlite.DB {
	t.Helper()
	db, err := redlite.Open(path, &redlite.Options{Client: func(options *redis.Options) {
		options.Protocol = protocol
	}})
	check(t, err)
	t.Cleanup(func() { check(t, db.Close()) })
	return db
}

// run is what the steps of a case work on.
type run struct {
	*testing.T
	db          *redlite.DB
	directory   string
	connections map[string]*connection
	programs    map[string]*process
	variables   object
}

// connection is one that stays the same, where a client has a pool.
type connection struct {
	*redis.Conn
	db *redlite.DB
}

func (c *connection) close(t *testing.T) {
	t.Helper()
	check(t, c.Conn.Close())
	check(t, c.db.Close())
}

func (r *run) close() {
	for _, connection := range r.connections {
		connection.close(r.T)
	}
	for _, program := range r.programs {
		program.kill()
	}
}

// connection is that of a name, whose replies are as RESP2 has them.
func (r *run) connection(name any) *connection {
	key, _ := name.(string)
	if r.connections[key] == nil {
		db := open(r.T, filepath.Join(r.directory, "app.db"), 2)
		r.connections[key] = &connection{db.Conn(), db}
	}
	return r.connections[key]
}

func (r *run) step(step object) {
	r.Helper()
	for _, kind := range kinds {
		if step[kind.name] != nil {
			kind.run(r, step)
			return
		}
	}
	r.Fatal("an unknown step", step)
}

var kinds = []struct {
	name string
	run  func(*run, object)
}{
	{"call", (*run).call},
	{"method", (*run).method},
	{"pipeline", (*run).pipeline},
	{"transaction", (*run).transaction},
	{"subscribe", (*run).subscribe},
	{"wait", (*run).wait},
	{"moment", (*run).moment},
	{"start", (*run).start},
	{"close", func(r *run, step object) {
		name := step["close"].(string)
		r.connections[name].close(r.T)
		delete(r.connections, name)
	}},
	{"in", (*run).ask},
	{"end", func(r *run, step object) { r.take(step["end"]).end() }},
	{"kill", func(r *run, step object) { r.take(step["kill"]).kill() }},
}

func (r *run) take(name any) *process {
	program := r.programs[name.(string)]
	delete(r.programs, name.(string))
	return program
}

func (r *run) words(words any) []any {
	var result []any
	for _, word := range words.([]any) {
		switch word := word.(type) {
		case string:
			result = append(result, strings.ReplaceAll(word, "{directory}", r.directory))
		case object:
			if text := word["hex"]; text != nil {
				result = append(result, unhex(text))
			} else if name := word["var"]; name != nil {
				result = append(result, r.variables[name.(string)])
			} else {
				result = append(result, word)
			}
		default:
			result = append(result, word)
		}
	}
	return result
}

// reply is a value, an error, or nil for nothing.
func reply(value any, err error) any {
	if errors.Is(err, redis.Nil) {
		return nil
	}
	if err != nil {
		return err
	}
	return value
}

func (r *run) send(ctx context.Context, connection *connection, words any) any {
	command := redis.NewCmd(ctx, r.words(words)...)
	_ = connection.Process(ctx, command)
	return reply(command.Result())
}

func (r *run) expect(got any, step object) {
	r.Helper()
	if !fits(got, step["reply"]) {
		r.Fatalf("%#v is not %v", got, step["reply"])
	}
}

func (r *run) call(step object) {
	r.expect(r.send(r.Context(), r.connection(step["on"]), step["call"]), step)
}

func (r *run) method(step object) {
	method := methods[step["method"].(string)]
	if method == nil {
		r.Fatal("an unknown method", step)
	}
	r.expect(plain(method(r.Context(), r.db, r.words(step["args"]))), step)
}

func (r *run) pipeline(step object) {
	times, _ := step["times"].(json.Number).Int64()
	commands := step["pipeline"].([]any)
	replies, err := r.db.Pipelined(r.Context(), func(pipeline redis.Pipeliner) error {
		for range times {
			for _, words := range commands {
				pipeline.Do(r.Context(), r.words(words)...)
			}
		}
		return nil
	})
	check(r.T, err)
	if len(replies) != int(times)*len(commands) {
		r.Fatal(len(replies), "replies")
	}
	if last := replies[len(replies)-1].(*redis.Cmd).Val(); !fits(last, step["last"]) {
		r.Fatal("the last is", last)
	}
}

func (r *run) transaction(step object) {
	replies, err := r.db.TxPipelined(r.Context(), func(pipeline redis.Pipeliner) error {
		for _, words := range step["transaction"].([]any) {
			pipeline.Do(r.Context(), r.words(words)...)
		}
		return nil
	})
	check(r.T, err)
	var values []any
	for _, reply := range replies {
		values = append(values, reply.(*redis.Cmd).Val())
	}
	r.expect(values, step)
}

func (r *run) subscribe(step object) {
	var channels []string
	for _, channel := range step["subscribe"].([]any) {
		channels = append(channels, channel.(string))
	}
	subscriber := r.db.Subscribe(r.Context(), channels...)
	defer subscriber.Close()
	for range channels {
		_, err := subscriber.Receive(r.Context())
		check(r.T, err)
	}
	for _, words := range step["then"].([]any) {
		r.send(r.Context(), r.connection(""), words)
	}
	for _, expected := range step["messages"].([]any) {
		message, err := subscriber.ReceiveMessage(r.Context())
		check(r.T, err)
		if !fits([]any{message.Channel, message.Payload}, expected) {
			r.Fatal(message, "is not", expected)
		}
	}
}

func (r *run) wait(step object) {
	waiter := r.connection("waiter")
	id := waiter.ClientID(r.Context()).Val()
	replies := make(chan any, 1)
	go func() { replies <- r.send(r.Context(), waiter, step["wait"]) }()
	until(r.T, func() bool { return r.blocked() == "1" })
	if step["cancel"] != nil {
		check(r.T, r.db.ClientUnblockWithError(r.Context(), id).Err())
		if err, _ := (<-replies).(error); err == nil || !strings.HasPrefix(err.Error(), "UNBLOCKED") {
			r.Fatal(err)
		}
		until(r.T, func() bool { return r.blocked() == "0" })
		return
	}
	for _, words := range step["then"].([]any) {
		r.send(r.Context(), r.connection(""), words)
	}
	r.expect(<-replies, step)
}

func (r *run) blocked() string {
	info := r.db.Info(r.Context(), "clients").Val()
	return regexp.MustCompile(`blocked_clients:(\d+)`).FindStringSubmatch(info)[1]
}

func (r *run) moment(step object) {
	moment := r.db.Time(r.Context()).Val().Truncate(time.Millisecond)
	r.variables[step["moment"].(string)] = moment
	until(r.T, func() bool {
		return r.db.Time(r.Context()).Val().Truncate(time.Millisecond).After(moment)
	})
}

func (r *run) start(step object) {
	name, _ := step["file"].(string)
	if name == "" {
		name = "app.db"
	}
	environment, _ := step["environment"].(object)
	program := startProcess(r.T, filepath.Join(r.directory, name), environment)
	if fails, _ := step["fails"].(string); fails != "" {
		if told := program.failure(); !strings.Contains(told, fails) {
			r.Fatal(told)
		}
		return
	}
	program.ready()
	r.programs[step["start"].(string)] = program
}

func (r *run) ask(step object) {
	answer := r.programs[step["in"].(string)].ask(step["line"].(string))
	if answer != step["prints"] {
		r.Fatal(answer, "is not", step["prints"])
	}
}
