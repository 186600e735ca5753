package redlite_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	redlite "github.com/redlite/redlite/ext/languages/go"
)

// makeProgram makes a program, and returns its path.
func makeProgram(t *testing.T, folder, name, text string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	check(t, os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o755))
	return path
}

func TestAProgramWinsOverDenoAndWhatIsNamedOverWhatIsFound(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("PATH", folder)
	t.Setenv("REDLITE_BIN", "")
	t.Setenv("REDLITE_SERVER", "")
	refusal := func() string {
		_, err := redlite.Open(":memory:", nil)
		if err == nil {
			t.Fatal("it opened")
		}
		return err.Error()
	}
	if _, err := redlite.Open(":memory:", nil); !errors.Is(err, redlite.ErrNoServer) {
		t.Fatal(err)
	}
	say := func(who, words string) string {
		return `echo "{\"error\": \"` + who + ` ` + words + `\"}"`
	}
	makeProgram(t, folder, "deno", say("deno", "$4 $5"))
	const fromPackage = "deno --no-config jsr:@redlite/redlite/server"
	if got := refusal(); !strings.HasSuffix(got, fromPackage) {
		t.Fatal(got)
	}
	t.Setenv("REDLITE_SERVER", "server.ts")
	if got := refusal(); !strings.HasSuffix(got, "deno server.ts --db") {
		t.Fatal(got)
	}
	makeProgram(t, folder, "redlite", say("redlite", "$1"))
	if got := refusal(); !strings.HasSuffix(got, "redlite --db") {
		t.Fatal(got)
	}
	t.Setenv("REDLITE_BIN", makeProgram(t, folder, "other", say("other", "$1")))
	if got := refusal(); !strings.HasSuffix(got, "other --db") {
		t.Fatal(got)
	}
	t.Setenv("REDLITE_BIN", makeProgram(t, folder, "silent", "exit 3"))
	if got := refusal(); !strings.Contains(got, "exit status 3") {
		t.Fatal(got)
	}
}

func TestTheLastCloseEndsTheServer(t *testing.T) {
	ctx := t.Context()
	folder := t.TempDir()
	path := filepath.Join(folder, "app.db")
	one, err := redlite.Open(path, nil)
	check(t, err)
	two, err := redlite.Open(path, nil)
	check(t, err)
	pid := one.ServerPid()
	if two.ServerPid() != pid {
		t.Fatal("they have two servers")
	}
	check(t, one.Set(ctx, "k", "v", 0).Err())
	check(t, one.Close())
	check(t, one.Close())
	if two.Get(ctx, "k").Val() != "v" {
		t.Fatal("the other cannot read")
	}
	check(t, two.Close())
	if exists(pid) {
		t.Fatal("the server is there still")
	}
	files, err := os.ReadDir(folder)
	check(t, err)
	if len(files) != 1 {
		t.Fatal(files)
	}
}

func TestOtherFlagsForAnOpenFileAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.db")
	db, err := redlite.Open(path, &redlite.Options{Flags: map[string]string{"cache": "8"}})
	check(t, err)
	defer db.Close()
	if got := db.ConfigGet(t.Context(), "cache-mb").Val()["cache-mb"]; got != "8" {
		t.Fatal(got)
	}
	if _, err := redlite.Open(path, nil); err == nil {
		t.Fatal("it opened")
	}
}

func TestAPortBehindAPasswordWhereThereAreNoUnixSockets(t *testing.T) {
	flags := map[string]string{"private": "tcp"}
	db, err := redlite.Open(":memory:", &redlite.Options{Flags: flags})
	check(t, err)
	defer db.Close()
	if db.Options().Network != "tcp" {
		t.Fatal(db.Options().Addr)
	}
	check(t, db.Set(t.Context(), "k", "v", 0).Err())
	check(t, db.Get(t.Context(), "k").Err())
}

func TestMemoryIsNotShared(t *testing.T) {
	one, err := redlite.Open(":memory:", nil)
	check(t, err)
	defer one.Close()
	two, err := redlite.Open(":memory:", nil)
	check(t, err)
	defer two.Close()
	check(t, one.Set(t.Context(), "k", "v", 0).Err())
	if two.Exists(t.Context(), "k").Val() != 0 {
		t.Fatal("it is")
	}
}
