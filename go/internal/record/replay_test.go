package record

import (
	"path/filepath"
	"strings"
	"testing"

	"gosbrk/internal/op"
	"gosbrk/internal/oracle"
)

// The port repeats what real programs did, address by address.
func TestReplayTraces(t *testing.T) {
	programs := map[string]bool{}
	for _, file := range traces(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			trace, err := ReadTrace(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := Replay(trace.Script); err != nil {
				t.Error(err)
			}
			t.Logf("%s, %s: %d ops", trace.Program, trace.Release, len(trace.Script.Steps))
			if _, err := FindWorkload(trace.Program); err != nil || !strings.HasPrefix(trace.Release, "go1.") {
				t.Errorf("program %q, release %q: %v", trace.Program, trace.Release, err)
			}
			programs[trace.Program] = true
		})
	}
	if len(programs) < len(Workloads()) {
		t.Errorf("there are traces of %d programs, and should be of %d", len(programs), len(Workloads()))
	}
}

// A trace in which one address is wrong must not pass.
func TestReplayNoticesAWrongAddress(t *testing.T) {
	trace, err := op.ReadFile(traces(t)[0])
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for i := range trace.Steps {
		want := trace.Steps[i].Want
		if want == nil || tried == 20 {
			continue
		}
		tried++
		right := *want
		want.P ^= 0x10000
		if err := Replay(trace); err == nil || !strings.Contains(err.Error(), trace.Steps[i].Op.String()) {
			t.Errorf("step %d was changed, and Replay says: %v", i, err)
		}
		*want = right
	}
	if err := Replay(trace); err != nil || tried == 0 {
		t.Errorf("after %d trials: %v", tried, err)
	}
}

// traces are the files in testdata/traces.
func traces(t *testing.T) []string {
	module, err := oracle.ModuleDir()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(module, "..", "testdata", "traces", "*.ops.gz"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no traces in testdata/traces: %v", err)
	}
	return files
}
