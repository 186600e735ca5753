package redlite

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

const (
	// fromPackage is what the server is run from where nothing else is named.
	fromPackage = "jsr:@redlite/redlite/server"
	// endsWithin is how long a server may take to finish before it is killed.
	endsWithin = 10 * time.Second
	memory     = ":memory:"
)

// ErrNoServer is the error of Open where there is no server to start.
var ErrNoServer = errors.New("no Redlite server found: install Deno from https://deno.com, " +
	"or set REDLITE_BIN to a redlite program")

// command returns the words that start a server, by where it is found.
func command() ([]string, error) {
	if named := os.Getenv("REDLITE_BIN"); named != "" {
		if _, err := exec.LookPath(named); err != nil {
			return nil, fmt.Errorf("REDLITE_BIN names %s, which is no program that can be run", named)
		}
		return []string{named}, nil
	}
	if redlite, err := exec.LookPath("redlite"); err == nil {
		return []string{redlite}, nil
	}
	deno, err := exec.LookPath("deno")
	if err != nil {
		return nil, ErrNoServer
	}
	words := []string{deno, "run", "-A", "--quiet"}
	if source := os.Getenv("REDLITE_SERVER"); source != "" {
		return append(words, source), nil
	}
	return append(words, "--no-config", fromPackage), nil
}

// handshake is what a server says when it is ready, or why it is not.
type handshake struct {
	Error    string `json:"error"`
	Pid      int    `json:"pid"`
	Unix     string `json:"unix"`
	Host     string `json:"host"`
	Port     int    `json:"port"`
	Password string `json:"password"`
}

// server is a process that somebody in this program uses.
type server struct {
	handshake
	path  string
	flags map[string]string
	users int
	cmd   *exec.Cmd
	pipe  io.Closer
}

// start starts a server and waits until it is ready.
func start(path string, flags map[string]string) (*server, error) {
	words, err := command()
	if err != nil {
		return nil, err
	}
	words = append(words, "--db", path, "--private", "auto", "--handshake")
	words = append(words, "--parent", "stdin", strconv.Itoa(os.Getpid()), "--loglevel", "warning")
	for flag, value := range flags {
		words = append(words, "--"+flag, value)
	}
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Env = append(os.Environ(), "DENO_NO_UPDATE_CHECK=1", "DENO_NO_PACKAGE_JSON=1")
	cmd.Stderr = os.Stderr
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("cannot run %s: %w", words[0], err)
	}
	s := &server{path: path, flags: flags, cmd: cmd, pipe: pipe}
	// What ends without a line has said nothing, which Pid tells.
	line, _ := bufio.NewReader(output).ReadBytes('\n')
	_ = json.Unmarshal(line, &s.handshake)
	if s.Pid != 0 {
		return s, nil
	}
	_ = pipe.Close()
	_ = cmd.Wait()
	if s.Error != "" {
		return nil, errors.New(s.Error)
	}
	return nil, fmt.Errorf("the server ended with %s", cmd.ProcessState)
}

// end ends the server, and returns when it is gone.
func (s *server) end() {
	_ = s.pipe.Close()
	timer := time.AfterFunc(endsWithin, func() { _ = s.cmd.Process.Kill() })
	_ = s.cmd.Wait()
	timer.Stop()
}

var (
	mutex   sync.Mutex
	servers = map[string]*server{}
)

// acquire returns the server of a file, started if this program has none.
func acquire(path string, flags map[string]string) (*server, error) {
	mutex.Lock()
	defer mutex.Unlock()
	if path != memory {
		path = realPath(path)
	}
	s := servers[path]
	if s == nil {
		var err error
		if s, err = start(path, flags); err != nil {
			return nil, err
		}
		if path != memory {
			servers[path] = s
		}
	} else if !maps.Equal(s.flags, flags) {
		return nil, fmt.Errorf("%s is open in this program with other flags: %v", path, s.flags)
	}
	s.users++
	return s, nil
}

// release gives a server back; the last one to do so ends it.
func release(s *server) {
	mutex.Lock()
	defer mutex.Unlock()
	s.users--
	if s.users > 0 {
		return
	}
	if servers[s.path] == s {
		delete(servers, s.path)
	}
	s.end()
}

// realPath returns the path without symbolic links, of a file that need not be there.
func realPath(path string) string {
	if full, err := filepath.Abs(path); err == nil {
		path = full
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	if folder, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		return filepath.Join(folder, filepath.Base(path))
	}
	return path
}
