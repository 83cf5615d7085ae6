// A minimal runtime of the DeepHealth contract in Go, and its harness for the conformance suite.
//
//	runtime serve <folder with the models> [port]
//	runtime harness
package main

import (
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"
)

//go:generate go run ./internal/generate ../../../proto/proto generated

func main() {
	log.SetFlags(0)
	if len(os.Args) > 1 && os.Args[1] == "harness" {
		if err := runHarness(os.Stdin, os.Stdout); err != nil {
			log.Fatal(err)
		}
		return
	}
	if len(os.Args) < 3 || os.Args[1] != "serve" {
		log.Fatal("usage: runtime serve <folder with the models> [port], or: runtime harness")
	}
	port := "0"
	if len(os.Args) > 3 {
		port = os.Args[3]
	}
	runtime := &runtimeServer{beforeRun: func(string) error { return nil }}
	runtime.store.Store(openStore(os.Args[2]))
	server, address, err := serve(runtime, "127.0.0.1:"+port)
	if err != nil {
		log.Fatal(err)
	}
	// For the program that has started it.
	fmt.Printf("DH|1|1|tcp|%s\n", address)
	stopped := make(chan os.Signal, 1)
	signal.Notify(stopped, syscall.SIGTERM, syscall.SIGINT)
	<-stopped
	server.GracefulStop()
}
