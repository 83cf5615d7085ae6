// Generate writes messages and stubs of the contract: generate <folder with the .proto files> <output> [module].
// They belong to <module>/generated/runtimev1; the module is this one if none is named.
//
// It is a protoc of its own, so that Go is all that is needed: the files are compiled by protocompile, and
// handed to the two public plugins, as protoc would.
package main

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/linker"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"
)

const (
	contract  = "deephealth/runtime/v1"
	ownModule = "deephealth.example/runtime"
)

func main() {
	protos, output, module := os.Args[1], os.Args[2], ownModule
	if len(os.Args) > 3 {
		module = os.Args[3]
	}
	// The contract itself names no Go package.
	root := module + "/generated"
	goPackage := root + "/runtimev1"
	found, err := filepath.Glob(filepath.Join(protos, contract, "*.proto"))
	if err != nil || len(found) == 0 {
		log.Fatalf("no .proto files in %s/%s: %v", protos, contract, err)
	}
	names := make([]string, len(found))
	options := []string{"module=" + root}
	for i, path := range found {
		names[i] = contract + "/" + filepath.Base(path)
		options = append(options, fmt.Sprintf("M%s=%s", names[i], goPackage))
	}
	sort.Strings(names)
	compiler := protocompile.Compiler{
		Resolver: protocompile.WithStandardImports(&protocompile.SourceResolver{ImportPaths: []string{protos}}),
		// The comments hold the requirements; the generated code keeps them.
		SourceInfoMode: protocompile.SourceInfoStandard,
	}
	files, err := compiler.Compile(context.Background(), names...)
	if err != nil {
		log.Fatal(err)
	}
	request := &pluginpb.CodeGeneratorRequest{
		FileToGenerate: names,
		Parameter:      proto.String(strings.Join(options, ",")),
		ProtoFile:      withImports(files),
	}
	for _, plugin := range []string{"protoc-gen-go", "protoc-gen-go-grpc"} {
		if err := run(plugin, request, output); err != nil {
			log.Fatalf("%s: %v", plugin, err)
		}
	}
}

// withImports gives every file after all that it imports, as plugins want them.
func withImports(files linker.Files) []*descriptorpb.FileDescriptorProto {
	var ordered []*descriptorpb.FileDescriptorProto
	seen := map[string]bool{}
	var visit func(file protoreflect.FileDescriptor)
	visit = func(file protoreflect.FileDescriptor) {
		if seen[file.Path()] {
			return
		}
		seen[file.Path()] = true
		for i := range file.Imports().Len() {
			visit(file.Imports().Get(i))
		}
		ordered = append(ordered, protodesc.ToFileDescriptorProto(file))
	}
	for _, file := range files {
		visit(file)
	}
	return ordered
}

// run hands the request to a plugin, a tool of this module, and writes what it gives.
func run(plugin string, request *pluginpb.CodeGeneratorRequest, output string) error {
	asked, err := proto.Marshal(request)
	if err != nil {
		return err
	}
	command := exec.Command("go", "tool", plugin)
	command.Stdin, command.Stderr = bytes.NewReader(asked), os.Stderr
	written, err := command.Output()
	if err != nil {
		return err
	}
	response := &pluginpb.CodeGeneratorResponse{}
	if err := proto.Unmarshal(written, response); err != nil {
		return err
	}
	if response.Error != nil {
		return fmt.Errorf("%s", response.GetError())
	}
	for _, file := range response.File {
		path := filepath.Join(output, file.GetName())
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(file.GetContent()), 0o644); err != nil {
			return err
		}
	}
	return nil
}
