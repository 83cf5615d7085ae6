package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
)

// Version of what the suite and a harness say to each other.
const harnessProtocol = 1

// command is a line of the suite; docs/conformance/harness.md.
type command struct {
	ID       int
	Command  string
	Protocol int
	Models   string
	Fault    struct {
		Kind         string
		Model        string
		Milliseconds int
	}
}

// reply is a line of the harness: the id that it was asked under, and what it has to tell.
type reply struct {
	ID          int           `json:"id"`
	Address     string        `json:"address,omitempty"`
	Unsupported bool          `json:"unsupported,omitempty"`
	Error       *replyProblem `json:"error,omitempty"`
}

type replyProblem struct {
	Message string `json:"message"`
}

// faults are what was injected, as the runtime meets it before each run.
type faults struct {
	lock         sync.Mutex
	stalledUntil map[string]time.Time
	failing      map[string]bool
}

func (f *faults) clear() {
	f.lock.Lock()
	defer f.lock.Unlock()
	f.stalledUntil, f.failing = map[string]time.Time{}, map[string]bool{}
}

func (f *faults) beforeRun(name string) error {
	f.lock.Lock()
	until, isFailing := f.stalledUntil[name], f.failing[name]
	delete(f.failing, name)
	f.lock.Unlock()
	if isFailing {
		return &refusal{code: codes.Internal, reason: "MODEL_RUN_FAILED", message: "The engine failed to run the graph."}
	}
	time.Sleep(time.Until(until))
	return nil
}

// harness starts the runtime in this process and steers it.
type harness struct {
	models  string
	copy    string
	faults  faults
	runtime *runtimeServer
	server  *grpc.Server
}

// runHarness answers the commands of the suite until "stop" or the end of its input. The output belongs
// to the answers; logs go to standard error.
func runHarness(input io.Reader, output io.Writer) error {
	var h harness
	defer h.stop()
	lines := bufio.NewScanner(input)
	for lines.Scan() {
		var asked command
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			return err
		}
		said, err := h.carryOut(asked)
		if err != nil {
			said = reply{Error: &replyProblem{err.Error()}}
		}
		said.ID = asked.ID
		line, err := json.Marshal(said)
		if err != nil {
			return err
		}
		fmt.Fprintf(output, "%s\n", line)
		if asked.Command == "stop" {
			break
		}
	}
	return lines.Err()
}

func (h *harness) carryOut(asked command) (reply, error) {
	switch asked.Command {
	case "start":
		return h.start(asked)
	case "reset":
		return reply{}, h.reset()
	case "inject":
		return h.inject(asked)
	case "stop":
		h.stop()
		return reply{}, nil
	}
	return reply{}, fmt.Errorf("there is no command %q", asked.Command)
}

func (h *harness) start(asked command) (reply, error) {
	if asked.Protocol != harnessProtocol {
		return reply{}, fmt.Errorf("this harness speaks protocol %d, not %d", harnessProtocol, asked.Protocol)
	}
	h.models = asked.Models
	h.runtime = &runtimeServer{beforeRun: h.faults.beforeRun}
	if err := h.reset(); err != nil {
		return reply{}, err
	}
	server, address, err := serve(h.runtime, "127.0.0.1:0")
	h.server = server
	return reply{Address: address}, err
}

// reset serves a fresh copy of the models: it has the states after a start, and the address stays.
func (h *harness) reset() error {
	h.faults.clear()
	os.RemoveAll(h.copy)
	// A copy that may be broken: the suite's own folder must stay as it is.
	copy, err := os.MkdirTemp("", "harness-")
	if err != nil {
		return err
	}
	h.copy = copy
	if err := os.CopyFS(copy, os.DirFS(h.models)); err != nil {
		return err
	}
	h.runtime.store.Store(openStore(copy))
	return nil
}

func (h *harness) inject(asked command) (reply, error) {
	fault := asked.Fault
	switch fault.Kind {
	case "storeReadError":
		graphs, _ := filepath.Glob(filepath.Join(h.copy, fault.Model, "*", "model.onnx"))
		for _, graph := range graphs {
			// A folder in its place cannot be read, whoever asks.
			if err := os.Remove(graph); err != nil {
				return reply{}, err
			}
			if err := os.Mkdir(graph, 0o755); err != nil {
				return reply{}, err
			}
		}
	case "hostStalled":
		h.faults.lock.Lock()
		defer h.faults.lock.Unlock()
		h.faults.stalledUntil[fault.Model] = time.Now().Add(time.Duration(fault.Milliseconds) * time.Millisecond)
	case "runError":
		h.faults.lock.Lock()
		defer h.faults.lock.Unlock()
		h.faults.failing[fault.Model] = true
	default:
		// Models run in this very process, so there is no host to lose; later kinds are not known yet.
		return reply{Unsupported: true}, nil
	}
	return reply{}, nil
}

func (h *harness) stop() {
	if h.server != nil {
		h.server.Stop()
	}
	if err := os.RemoveAll(h.copy); err != nil {
		log.Print(err)
	}
}
