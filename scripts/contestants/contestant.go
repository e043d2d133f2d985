// Ways of listing in Go's library, as workers of `fsbench compare --languages`, which compiles this: go build contestant.go
//
// It speaks fsbench's worker protocol (src/measure/protocol.rs): one JSON object a line. Strings hold any bytes here.
package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const letters = "?fdlpsbc"

type tally struct {
	Entries   uint64    `json:"entries"`
	NameBytes uint64    `json:"name_bytes"`
	Kinds     [8]uint64 `json:"kinds"`
	SizeBytes uint64    `json:"size_bytes"`
	Errors    uint64    `json:"errors"`
}

// Counts; and, where a digest is asked for, hashes.
type sink struct {
	tally  tally
	hashes bool
	sum    uint64
	first  []string
}

func (s *sink) entry(below, name string, kind int, info fs.FileInfo) {
	s.tally.Entries++
	s.tally.NameBytes += uint64(len(name))
	s.tally.Kinds[kind]++
	if info != nil {
		s.tally.SizeBytes += uint64(info.Size())
	}
	if !s.hashes {
		return
	}
	var fields bytes.Buffer
	if below != "" {
		fields.WriteString(below + "/")
	}
	fields.WriteString(name)
	fields.WriteByte(0)
	fields.WriteByte(letters[kind])
	if info != nil {
		st := info.Sys().(*syscall.Stat_t)
		fmt.Fprintf(&fields, "\x00%d\x00%d.%09d\x00%o\x00%d\x00%d\x00%d\x00%d",
			st.Size, st.Mtim.Sec, st.Mtim.Nsec, st.Mode, st.Nlink, st.Uid, st.Gid, st.Ino)
	}
	hash := sha256.Sum256(fields.Bytes())
	s.sum += binary.BigEndian.Uint64(hash[:8])
}

func (s *sink) failed(err error) {
	s.tally.Errors++
	if len(s.first) < 8 {
		s.first = append(s.first, strconv.QuoteToASCII(err.Error()))
	}
}

func kind(mode fs.FileMode) int {
	switch mode & fs.ModeType {
	case 0:
		return 1
	case fs.ModeDir:
		return 2
	case fs.ModeSymlink:
		return 3
	case fs.ModeNamedPipe:
		return 4
	case fs.ModeSocket:
		return 5
	case fs.ModeDevice:
		return 6
	case fs.ModeDevice | fs.ModeCharDevice:
		return 7
	}
	return 0
}

// os.ReadDir sorts by name: that is what it costs.
func readDir(root string, metadata bool, s *sink) error {
	entries, err := os.ReadDir(root)
	for _, entry := range entries {
		s.entry("", entry.Name(), kind(entry.Type()), nil)
	}
	return err
}

func readDirInfo(root string, metadata bool, s *sink) error {
	entries, err := os.ReadDir(root)
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			s.failed(err)
			continue
		}
		kind := kind(info.Mode())
		if !metadata {
			info = nil
		}
		s.entry("", entry.Name(), kind, info)
	}
	return err
}

func below(root, path, name string) string {
	return strings.TrimPrefix(strings.TrimSuffix(strings.TrimSuffix(path[len(root):], name), "/"), "/")
}

func walkDir(root string, metadata bool, s *sink) error {
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			if path == root {
				return err
			}
			// A directory that cannot be opened is told twice: the second time with the error.
			s.failed(err)
			return nil
		}
		if path != root {
			s.entry(below(root, path, entry.Name()), entry.Name(), kind(entry.Type()), nil)
		}
		return nil
	})
}

// A directory that cannot be opened is told once, with the error and with what lstat said of it.
func walk(root string, metadata bool, s *sink) error {
	return filepath.Walk(root, func(path string, info fs.FileInfo, err error) error {
		if err != nil {
			if path == root {
				return err
			}
			s.failed(err)
			if info == nil {
				return nil
			}
		}
		if path != root {
			name, kind := info.Name(), kind(info.Mode())
			if !metadata {
				info = nil
			}
			s.entry(below(root, path, name), name, kind, info)
		}
		return nil
	})
}

var strategies = map[string]func(string, bool, *sink) error{
	"go/os.ReadDir":       readDir,
	"go/os.ReadDir+Info":  readDirInfo,
	"go/filepath.WalkDir": walkDir,
	"go/filepath.Walk":    walk,
}

type open struct {
	Strategy string
	Want     string
	Root     json.RawMessage
}

var (
	list     func(string, bool, *sink) error
	root     string
	metadata bool
)

func start(request open) any {
	list = strategies[request.Strategy]
	if list == nil {
		return map[string]string{"unsupported": "this worker has no such strategy"}
	}
	var coded struct{ Hex string }
	if json.Unmarshal(request.Root, &root) != nil {
		if err := json.Unmarshal(request.Root, &coded); err != nil {
			return map[string]string{"failed": err.Error()}
		}
		decoded, err := hex.DecodeString(coded.Hex)
		if err != nil {
			return map[string]string{"failed": err.Error()}
		}
		root = string(decoded)
	}
	metadata = request.Want == "metadata"
	return map[string]any{"opened": map[string]string{"worker": runtime.Version()}}
}

func verify() any {
	s := sink{hashes: true, first: []string{}}
	if err := list(root, metadata, &s); err != nil {
		return map[string]string{"failed": strconv.QuoteToASCII(err.Error())}
	}
	return map[string]any{"verified": map[string]any{
		"tally": s.tally, "digest": fmt.Sprintf("%016x", s.sum), "errors": s.first}}
}

func peak() any {
	status, _ := os.ReadFile("/proc/self/status")
	for _, line := range strings.Split(string(status), "\n") {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "VmHWM:" {
			if kib, err := strconv.ParseUint(fields[1], 10, 64); err == nil {
				return kib * 1024
			}
		}
	}
	return nil
}

func nanos(after, before syscall.Timeval) int64 {
	return (after.Sec-before.Sec)*1e9 + (after.Usec-before.Usec)*1e3
}

func sample(iterations int) any {
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
	var before, after syscall.Rusage
	var s sink
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &before)
	began := time.Now()
	for i := 0; i < iterations; i++ {
		s = sink{}
		if err := list(root, metadata, &s); err != nil {
			return map[string]string{"failed": strconv.QuoteToASCII(err.Error())}
		}
	}
	wall := time.Since(began)
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &after)
	return map[string]any{"sampled": map[string]any{
		"wall_ns": wall.Nanoseconds(), "user_ns": nanos(after.Utime, before.Utime),
		"sys_ns": nanos(after.Stime, before.Stime), "peak_bytes": peak(), "tally": s.tally,
		"counters": map[string]int64{
			"minor_faults": after.Minflt - before.Minflt, "major_faults": after.Majflt - before.Majflt,
			"read_bytes": (after.Inblock - before.Inblock) * 512}}}
}

// Lists once between two marks, for whoever watches this process's system calls.
func count() any {
	var s sink
	syscall.Getppid()
	err := list(root, metadata, &s)
	syscall.Getppid()
	if err != nil {
		return map[string]string{"failed": strconv.QuoteToASCII(err.Error())}
	}
	return map[string]any{"counted": s.tally}
}

func answer(line []byte) any {
	var request struct {
		Open   *open
		Sample *struct{ Iterations int }
	}
	if string(bytes.TrimSpace(line)) == `"verify"` {
		if list == nil {
			return map[string]string{"failed": "nothing is open"}
		}
		return verify()
	}
	if string(bytes.TrimSpace(line)) == `"count"` && list != nil {
		return count()
	}
	err := json.Unmarshal(line, &request)
	switch {
	case err != nil:
		return map[string]string{"failed": err.Error()}
	case request.Open != nil:
		return start(*request.Open)
	case list == nil || request.Sample == nil:
		return map[string]string{"failed": "nothing is open"}
	}
	return sample(request.Sample.Iterations)
}

func main() {
	if err := os.Chdir("/"); err != nil {
		os.Exit(2)
	}
	in := bufio.NewReader(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			if errors.Is(err, os.ErrClosed) || len(line) == 0 {
				return
			}
		}
		if out.Encode(answer(line)) != nil {
			return
		}
	}
}
