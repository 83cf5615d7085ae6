// Infer sends prepared numbers to a model, by the Open Inference Protocol: infer <http url> <features.json>.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"time"
)

type tensor struct {
	Name     string    `json:"name"`
	DataType string    `json:"datatype"`
	Shape    []int     `json:"shape"`
	Data     []float32 `json:"data"`
}

func main() {
	log.SetFlags(0)
	text, err := os.ReadFile(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	var features []float32
	if err := json.Unmarshal(text, &features); err != nil {
		log.Fatal(err)
	}
	input := tensor{"features", "FP32", []int{1, len(features)}, features}
	body, err := json.Marshal(map[string]any{"inputs": []tensor{input}})
	if err != nil {
		log.Fatal(err)
	}
	client := http.Client{Timeout: 30 * time.Second}
	response, err := client.Post(os.Args[1]+"/v2/models/heart-disease-risk/infer", "application/json", bytes.NewReader(body))
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		refusal, _ := io.ReadAll(response.Body)
		log.Fatalf("%s: %s", response.Status, refusal)
	}
	var answer struct{ Outputs []tensor }
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s %.6f\n", answer.Outputs[0].Name, answer.Outputs[0].Data[0])
}
