package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const resticPassword = "RESTIC_PASSWORD=a password"

// repository copies Go's std for restic to back up, and makes an empty repository
// with stock's restic: a repository has a random number that says where files are
// cut into pieces, so that every run needs a copy of the same one.
func repository(input, restic string) error {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("go env GOROOT: %w", err)
	}
	source := filepath.Join(strings.TrimSpace(string(root)), "src")
	entries, err := os.ReadDir(source)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !entry.IsDir() || entry.Name() == "cmd" {
			continue
		}
		from, to := filepath.Join(source, entry.Name()), filepath.Join(input, "tree", entry.Name())
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			return err
		}
	}
	// To look at what the others have made.
	if err := os.Link(restic, filepath.Join(input, "restic")); err != nil {
		return err
	}
	_, err = runRestic(restic, filepath.Join(input, "repository"), "init")
	return err
}

// freshRepository gives a run its copy of the repository, which is hidden: no two
// backups are the same bytes.
func freshRepository(input, work string) error {
	return os.CopyFS(filepath.Join(work, ".repository"), os.DirFS(filepath.Join(input, "repository")))
}

// backedUp has stock's restic read all data of a repository back and check it. It
// gives the hash of the tree in the repository, which covers every name, attribute
// and byte, and the numbers that the backup ended with.
func backedUp(input, work, output string) (string, error) {
	restic, repository := filepath.Join(input, "restic"), filepath.Join(work, ".repository")
	if _, err := runRestic(restic, repository, "check", "--read-data"); err != nil {
		return "", err
	}
	text, err := runRestic(restic, repository, "snapshots", "--json")
	if err != nil {
		return "", err
	}
	var snapshots []struct{ Tree string }
	if err := json.Unmarshal(text, &snapshots); err != nil {
		return "", err
	}
	if len(snapshots) != 1 || len(snapshots[0].Tree) != 64 {
		return "", fmt.Errorf("restic lists %s, not one snapshot with the hash of its tree", text)
	}
	lines := strings.Split(strings.TrimSpace(output), "\n")
	var summary struct {
		Type      string `json:"message_type"`
		FilesNew  int64  `json:"files_new"`
		DirsNew   int64  `json:"dirs_new"`
		DataBlobs int64  `json:"data_blobs"`
		TreeBlobs int64  `json:"tree_blobs"`
		Added     int64  `json:"data_added"`
		Processed int64  `json:"total_bytes_processed"`
	}
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &summary); err != nil {
		return "", err
	}
	if summary.Type != "summary" || summary.FilesNew == 0 {
		return "", fmt.Errorf("restic ends with %s, not with a summary", lines[len(lines)-1])
	}
	return fmt.Sprintf("%s %+v", snapshots[0].Tree, summary), nil
}

func runRestic(restic, repository string, args ...string) ([]byte, error) {
	cmd := exec.Command(restic, append(args, "--quiet", "--no-cache", "--repo", repository)...)
	cmd.Env = append(os.Environ(), resticPassword)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", cmd, err, stderr.String())
	}
	return out, nil
}
