// Predict sends one patient to a model, in terms of medicine: predict <host:port> <patient.json>.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	runtime "deephealth.example/client/generated/runtimev1"
)

type column struct {
	Value any
	Unit  string
}

func main() {
	log.SetFlags(0)
	text, err := os.ReadFile(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	var patient map[string]column
	if err := json.Unmarshal(text, &patient); err != nil {
		log.Fatal(err)
	}
	table := &runtime.Table{}
	for name, column := range patient {
		value := &runtime.TableValue{Name: name, Unit: column.Unit}
		switch given := column.Value.(type) {
		case float64:
			value.Value = &runtime.TableValue_Number{Number: given}
		case string:
			value.Value = &runtime.TableValue_Category{Category: given}
		case bool:
			value.Value = &runtime.TableValue_Boolean{Boolean: given}
		}
		table.Values = append(table.Values, value)
	}
	connection, err := grpc.NewClient(os.Args[1], grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		log.Fatal(err)
	}
	defer connection.Close()
	deadline, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	response, err := runtime.NewModelRuntimeClient(connection).Predict(deadline, &runtime.PredictRequest{
		ModelName: "heart-disease-risk",
		Inputs:    []*runtime.NamedInput{{Name: "patient", Value: &runtime.NamedInput_Table{Table: table}}},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, finding := range response.GetFindings() {
		decision := strings.Join(finding.GetClassification().GetDecision(), ", ")
		if decision == "" {
			decision = "no decision"
		}
		for _, class := range finding.GetClassification().GetClasses() {
			fmt.Printf("%s: %s %.6f\n", decision, class.GetLabel(), class.GetProbability())
		}
	}
	for _, warning := range response.GetWarnings() {
		fmt.Println("warning:", warning.GetMessage())
	}
	fmt.Println("by", response.GetProvenance().GetModelName(), response.GetProvenance().GetModelVersion())
}
