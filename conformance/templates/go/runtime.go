package main

import (
	"context"
	"errors"
	"log"
	"net"
	goruntime "runtime"
	"sync/atomic"

	pb "deephealth.example/runtime/generated/runtimev1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

const (
	runtimeName     = "template-go"
	runtimeVersion  = "0.1.0"
	maxMessageBytes = 8 * 1024 * 1024
)

var engine = "go/" + goruntime.Version()

// runtimeServer is a minimal runtime of deephealth.runtime.v1.
type runtimeServer struct {
	pb.UnimplementedModelRuntimeServer
	// Replaced as a whole by a harness that resets.
	store atomic.Pointer[store]
	// Called with the model's name before each run: a place for a harness to put faults.
	beforeRun func(name string) error
}

// serve serves on loopback; port 0 takes a free one.
func serve(runtime *runtimeServer, address string) (*grpc.Server, string, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, "", err
	}
	server := grpc.NewServer(
		grpc.MaxRecvMsgSize(maxMessageBytes),
		grpc.UnaryInterceptor(onlyOwnErrors),
	)
	pb.RegisterModelRuntimeServer(server, runtime)
	go func() {
		if err := server.Serve(listener); err != nil {
			log.Print(err)
		}
	}()
	return server, listener.Addr().String(), nil
}

// onlyOwnErrors is the one place where an error becomes a status: gRPC itself would send the text of any.
func onlyOwnErrors(ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (response any, err error) {
	internal := &refusal{code: codes.Internal, reason: "INTERNAL", message: "Internal error. The log has the details."}
	defer func() {
		if thrown := recover(); thrown != nil {
			log.Printf("%s: %v", info.FullMethod, thrown)
			err = internal
		}
	}()
	response, err = handler(ctx, request)
	var own *refusal
	if err == nil || errors.As(err, &own) {
		return response, err
	}
	// What the generated code itself says of a method that is not there.
	if status.Code(err) == codes.Unimplemented {
		return nil, unsupported("This runtime does not offer the method.")
	}
	log.Printf("%s: %v", info.FullMethod, err)
	return nil, internal
}

func (r *runtimeServer) GetServerInfo(context.Context, *pb.GetServerInfoRequest) (*pb.GetServerInfoResponse, error) {
	return &pb.GetServerInfoResponse{
		Name:               runtimeName,
		Version:            runtimeVersion,
		ContractVersions:   []*pb.ContractVersion{{Major: 1, Minor: 0}},
		ExecutionProviders: []string{"cpu"},
		Limits:             &pb.Limits{MaxMessageBytes: maxMessageBytes, MaxTensorElements: maxTensorElements, MaxQueueLength: 1},
		IsReady:            true,
		Engine:             engine,
	}, nil
}

func (r *runtimeServer) ListModels(_ context.Context, request *pb.ListModelsRequest) (*pb.ListModelsResponse, error) {
	listed, _ := r.store.Load().summaries(request.Name)
	return &pb.ListModelsResponse{Models: listed}, nil
}

func (r *runtimeServer) GetModel(_ context.Context, request *pb.GetModelRequest) (*pb.GetModelResponse, error) {
	s := r.store.Load()
	found, err := s.find(request.Name, request.Version)
	if err != nil {
		return nil, err
	}
	return &pb.GetModelResponse{Model: describe(found, s.summary(found))}, nil
}

func (r *runtimeServer) WatchModels(request *pb.WatchModelsRequest, stream grpc.ServerStreamingServer[pb.WatchModelsResponse]) error {
	told, changed := r.store.Load().summaries(request.Name)
	for i, summary := range told {
		if err := stream.Send(&pb.WatchModelsResponse{Model: summary, IsSnapshotComplete: i == len(told)-1}); err != nil {
			return err
		}
	}
	for {
		select {
		case <-stream.Context().Done():
			return nil
		case <-changed:
		}
		var listed []*pb.ModelSummary
		listed, changed = r.store.Load().summaries(request.Name)
		for i, summary := range listed {
			if proto.Equal(summary, told[i]) {
				continue
			}
			if err := stream.Send(&pb.WatchModelsResponse{Model: summary}); err != nil {
				return err
			}
		}
		told = listed
	}
}

func (r *runtimeServer) LoadModel(_ context.Context, request *pb.LoadModelRequest) (*pb.LoadModelResponse, error) {
	s := r.store.Load()
	found, err := s.find(request.Name, request.Version)
	if err != nil {
		return nil, err
	}
	if refused := s.verify(found); refused != nil {
		return nil, refused
	}
	return &pb.LoadModelResponse{Model: s.summary(found)}, nil
}

func (r *runtimeServer) UnloadModel(_ context.Context, request *pb.UnloadModelRequest) (*pb.UnloadModelResponse, error) {
	s := r.store.Load()
	found, err := s.find(request.Name, request.Version)
	if err != nil {
		return nil, err
	}
	s.unload(found)
	return &pb.UnloadModelResponse{Model: s.summary(found)}, nil
}

func (r *runtimeServer) VerifyModel(_ context.Context, request *pb.VerifyModelRequest) (*pb.VerifyModelResponse, error) {
	s := r.store.Load()
	found, err := s.find(request.Name, request.Version)
	if err != nil {
		return nil, err
	}
	check := &pb.VerificationCheck{Name: "package", Status: pb.CheckStatus_CHECK_STATUS_PASSED}
	if refused := s.verify(found); refused != nil {
		check.Status, check.Message = pb.CheckStatus_CHECK_STATUS_FAILED, refused.message
	}
	// This runtime computes no golden case: it says so by not counting any.
	report := &pb.VerificationReport{Checks: []*pb.VerificationCheck{check}}
	return &pb.VerifyModelResponse{Model: s.summary(found), Report: report}, nil
}

func (r *runtimeServer) Predict(_ context.Context, request *pb.PredictRequest) (*pb.PredictResponse, error) {
	if err := checkRequest(request); err != nil {
		return nil, err
	}
	s := r.store.Load()
	found, err := s.find(request.ModelName, request.ModelVersion)
	if err != nil {
		return nil, err
	}
	read, done, err := s.begin(found)
	if err != nil {
		return nil, err
	}
	defer done()
	if err := checkPackage(request, read); err != nil {
		return nil, err
	}
	inputs, err := checkInputs(found.model, request.Inputs)
	if err != nil {
		return nil, err
	}
	wanted, err := wantedOutputs(found.model, request.Outputs)
	if err != nil {
		return nil, err
	}
	if err := r.beforeRun(found.name); err != nil {
		return nil, err
	}
	return answer(request, found, read, wanted, found.model.run(inputs)), nil
}

func answer(request *pb.PredictRequest, of *version, read *modelPackage, wanted []string, outputs map[string]tensor) *pb.PredictResponse {
	response := &pb.PredictResponse{
		RequestId: request.RequestId,
		Provenance: &pb.Provenance{
			ModelName:         of.name,
			ModelVersion:      of.version,
			PackageSha256:     read.sha256,
			OnnxSha256:        read.manifest.Onnx.Sha256,
			Runtime:           runtimeName + "/" + runtimeVersion,
			Engine:            engine,
			ExecutionProvider: "cpu",
			BatchSize:         1,
			ContractVersion:   "1.0",
		},
	}
	for _, name := range wanted {
		output := outputs[name]
		wire := &pb.Tensor{DataType: output.dataType, Shape: output.shape, Data: output.data}
		response.Findings = append(response.Findings, &pb.Finding{Name: name, Value: &pb.Finding_Tensor{Tensor: wire}})
	}
	if read.manifest.ResearchUseOnly {
		response.Warnings = append(response.Warnings, &pb.Warning{
			Kind:    pb.WarningKind_WARNING_KIND_RESEARCH_USE_ONLY,
			Message: "The model is for research only.",
		})
	}
	return response
}

func describe(of *version, summary *pb.ModelSummary) *pb.ModelDescriptor {
	described := &pb.ModelDescriptor{
		Summary:            summary,
		ExecutionProviders: []string{"cpu"},
		ProvenBatchSize:    1,
	}
	for _, one := range of.model.inputs {
		input := &pb.InputDescriptor{Name: one.name, Kind: pb.InputKind_INPUT_KIND_TENSOR, Required: true}
		described.Inputs = append(described.Inputs, input)
		described.TensorInputs = append(described.TensorInputs, describeTensor(one))
	}
	for _, one := range of.model.outputs {
		described.Outputs = append(described.Outputs, &pb.OutputDescriptor{Name: one.name, Kind: "tensor"})
		described.TensorOutputs = append(described.TensorOutputs, describeTensor(one))
	}
	if of.read != nil {
		described.IntendedUse = of.read.manifest.IntendedUse
		described.Limitations = of.read.manifest.Limitations
		described.License = of.read.manifest.License
		described.ResearchUseOnly = of.read.manifest.ResearchUseOnly
		described.OnnxSha256 = of.read.manifest.Onnx.Sha256
		described.ManifestJson = of.read.manifestJSON
	}
	return described
}

func describeTensor(one declared) *pb.TensorDescriptor {
	return &pb.TensorDescriptor{Name: one.name, DataType: one.dataType, Shape: one.shape}
}
