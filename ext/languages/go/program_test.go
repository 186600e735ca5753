package redlite_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	redlite "github.com/redlite/redlite/ext/languages/go"
)

// file is the variable that makes this binary a program which opens a file.
const file = "REDLITE_TEST_FILE"

func TestMain(m *testing.M) {
	if path := os.Getenv(file); path != "" {
		if err := program(path); err != nil {
			fmt.Fprintln(os.Stderr, "failed:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// program opens a file, and answers each line of words with a line.
func program(path string) error {
	// The variable is not for the server's flags.
	os.Unsetenv(file)
	db, err := redlite.Open(path, &redlite.Options{
		Client: func(options *redis.Options) { options.Protocol = 2 },
	})
	if err != nil {
		return err
	}
	fmt.Println("ready", db.ServerPid())
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var words []any
		for _, word := range strings.Fields(lines.Text()) {
			words = append(words, word)
		}
		reply, err := db.Do(context.Background(), words...).Result()
		if err != nil {
			return err
		}
		fmt.Println(reply)
	}
	return db.Close()
}

// process is such a program.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	input  io.WriteCloser
	output *bufio.Reader
	told   strings.Builder
	server int
}

func startProcess(t *testing.T, path string, environment map[string]any) *process {
	t.Helper()
	self, err := os.Executable()
	check(t, err)
	p := &process{t: t, cmd: exec.Command(self)}
	p.cmd.Env = append(os.Environ(), file+"="+path)
	for name, value := range environment {
		p.cmd.Env = append(p.cmd.Env, name+"="+value.(string))
	}
	p.cmd.Stderr = &p.told
	p.input, err = p.cmd.StdinPipe()
	check(t, err)
	output, err := p.cmd.StdoutPipe()
	check(t, err)
	p.output = bufio.NewReader(output)
	check(t, p.cmd.Start())
	return p
}

// ready waits until it has opened the file.
func (p *process) ready() {
	p.t.Helper()
	if _, err := fmt.Sscanf(p.line(), "ready %d", &p.server); err != nil {
		p.t.Fatal(err, p.told.String())
	}
}

// ask has it run a command.
func (p *process) ask(line string) string {
	p.t.Helper()
	_, err := fmt.Fprintln(p.input, line)
	check(p.t, err)
	return p.line()
}

// end lets it end, and waits until its server has.
func (p *process) end() {
	p.t.Helper()
	check(p.t, p.input.Close())
	check(p.t, p.cmd.Wait())
	until(p.t, func() bool { return !exists(p.server) })
}

// kill kills it, and waits until its server has ended.
func (p *process) kill() {
	p.t.Helper()
	check(p.t, p.cmd.Process.Kill())
	_ = p.cmd.Wait()
	until(p.t, func() bool { return !exists(p.server) })
}

// failure returns what it says when it cannot open the file.
func (p *process) failure() string {
	p.t.Helper()
	if p.cmd.Wait() == nil {
		p.t.Fatal("it did not fail")
	}
	return p.told.String()
}

func (p *process) line() string {
	line, _ := p.output.ReadString('\n')
	return strings.TrimSuffix(line, "\n")
}

// exists tells whether there is a process.
func exists(pid int) bool { return syscall.Kill(pid, 0) == nil }

// until waits until something has happened, and not forever.
func until(t *testing.T, happened func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !happened(); {
		if time.Now().After(deadline) {
			t.Fatal("it did not happen in time")
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
