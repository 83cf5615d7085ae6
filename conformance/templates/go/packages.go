package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
)

// manifest is what this runtime reads of a package's model.json.
type manifest struct {
	Title           string
	IntendedUse     string
	Limitations     []string
	License         string
	ResearchUseOnly bool
	Onnx            struct{ Sha256 string }
}

// modelPackage is a folder <name>/<version>/ whose every file was read and is what SHA256SUMS states.
type modelPackage struct {
	manifest     manifest
	manifestJSON string
	// SHA-256 of SHA256SUMS: names the package in every result.
	sha256 string
}

func readPackage(folder string) (*modelPackage, *refusal) {
	sums, refused := readFile(folder, "SHA256SUMS")
	if refused != nil {
		return nil, refused
	}
	var manifestBytes []byte
	for line := range strings.Lines(string(sums)) {
		expected, name, _ := strings.Cut(strings.TrimRight(line, "\n"), "  ")
		content, refused := readFile(folder, name)
		if refused != nil {
			return nil, refused
		}
		if digest(content) != expected {
			return nil, precondition("FILE_DIGEST_MISMATCH", "A file is not the one that SHA256SUMS states.").with("file", name)
		}
		if name == "model.json" {
			manifestBytes = content
		}
	}
	read := &modelPackage{manifestJSON: string(manifestBytes), sha256: digest(sums)}
	if json.Unmarshal(manifestBytes, &read.manifest) != nil {
		return nil, precondition("MANIFEST_MALFORMED", "model.json is no JSON.")
	}
	return read, nil
}

func readFile(folder, name string) ([]byte, *refusal) {
	content, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		// The error itself holds the path, which is nobody's business.
		return nil, precondition("PACKAGE_FILE_MISSING", "A file of the package cannot be read.").with("file", name)
	}
	return content, nil
}

func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
