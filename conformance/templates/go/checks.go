package main

import (
	"regexp"
	"slices"

	pb "deephealth.example/runtime/generated/runtimev1"
	"google.golang.org/protobuf/reflect/protoreflect"
)

const maxTensorElements = 1 << 24

var requestID = regexp.MustCompile(`^[\x20-\x7e]{0,128}$`)

func checkRequest(request *pb.PredictRequest) error {
	if !requestID.MatchString(request.RequestId) {
		return invalid("REQUEST_ID_INVALID", "The request id is too long or holds other characters.")
	}
	// Refused, never left aside: the caller would take the answer for more than it is.
	if request.SequenceContext != nil {
		return unsupported("The model keeps no state between requests.")
	}
	if len(request.Highlights) > 0 {
		return unsupported("The model declares no explanation for this output.")
	}
	return nil
}

func checkPackage(request *pb.PredictRequest, read *modelPackage) error {
	if request.ExpectedPackageSha256 != "" && request.ExpectedPackageSha256 != read.sha256 {
		return precondition("PACKAGE_DIGEST_MISMATCH", "The package is another one than the request expects.")
	}
	return nil
}

// checkInputs gives the tensors by name, each as the model declares it.
func checkInputs(m model, inputs []*pb.NamedInput) (map[string]tensor, error) {
	checked := map[string]tensor{}
	for _, given := range inputs {
		at := slices.IndexFunc(m.inputs, func(one declared) bool { return one.name == given.Name })
		if at < 0 {
			return nil, invalid("INPUT_UNKNOWN", "The model declares no input of this name.").with("input", given.Name)
		}
		if _, isTwice := checked[given.Name]; isTwice {
			return nil, invalid("INPUT_DUPLICATE", "The same input was sent twice.").with("input", given.Name)
		}
		value, isTensor := given.Value.(*pb.NamedInput_Tensor)
		if !isTensor {
			return nil, invalid("INPUT_KIND_MISMATCH", "The input is no tensor.").
				with("input", given.Name, "expected", "tensor", "received", kindOf(given))
		}
		one, err := checkTensor(m.inputs[at], value.Tensor)
		if err != nil {
			return nil, err
		}
		checked[given.Name] = one
	}
	for _, one := range m.inputs {
		if _, isThere := checked[one.name]; !isThere {
			return nil, invalid("INPUT_MISSING", "An input was not sent.").with("input", one.name)
		}
	}
	return checked, nil
}

// kindOf gives the name of the value's field.
func kindOf(given *pb.NamedInput) protoreflect.Name {
	message := given.ProtoReflect()
	if field := message.WhichOneof(message.Descriptor().Oneofs().ByName("value")); field != nil {
		return field.Name()
	}
	return "none"
}

func checkTensor(want declared, given *pb.Tensor) (tensor, error) {
	if given.DataType != want.dataType {
		return tensor{}, invalid("TENSOR_DATATYPE_MISMATCH", "The tensor is of another type.").with("input", want.name)
	}
	mismatch := invalid("TENSOR_SHAPE_MISMATCH", "The tensor has another shape.").
		with("input", want.name, "expected", want.shape, "received", given.Shape)
	elements := int64(1)
	// Before anything is allocated; each factor is looked at, so that the product itself cannot overflow.
	for _, extent := range given.Shape {
		if extent < 0 {
			return tensor{}, mismatch
		}
		if extent > maxTensorElements || elements*extent > maxTensorElements {
			return tensor{}, invalid("TENSOR_SHAPE_OVERFLOW", "The tensor has more elements than the server allows.").
				with("input", want.name)
		}
		elements *= extent
	}
	if len(given.Shape) != len(want.shape) {
		return tensor{}, mismatch
	}
	for axis, extent := range want.shape {
		if extent >= 0 && extent != given.Shape[axis] {
			return tensor{}, mismatch
		}
	}
	if expected := elements * elementBytes[want.dataType]; int64(len(given.Data)) != expected {
		return tensor{}, invalid("TENSOR_SIZE_MISMATCH", "The bytes do not fit the shape.").
			with("input", want.name, "expected", expected, "received", len(given.Data))
	}
	checked := tensor{dataType: given.DataType, shape: given.Shape, data: given.Data}
	if !want.allowsNonFinite && !allFinite(checked) {
		return tensor{}, invalid("VALUE_NOT_FINITE", "NaN or infinity where the model does not allow it.").
			with("input", want.name)
	}
	return checked, nil
}

// wantedOutputs gives the outputs that were asked for, in the model's order; all if none was named.
func wantedOutputs(m model, wanted []string) ([]string, error) {
	var names []string
	for _, output := range m.outputs {
		if len(wanted) == 0 || slices.Contains(wanted, output.name) {
			names = append(names, output.name)
		}
	}
	for _, name := range wanted {
		if !slices.Contains(names, name) {
			return nil, invalid("OUTPUT_UNKNOWN", "The model declares no output of this name.").with("output", name)
		}
	}
	return names, nil
}
