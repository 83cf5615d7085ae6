package main

import (
	"fmt"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// refusal is a gRPC status with the ErrorInfo that the contract wants (DH-R-021).
//
// The reason is a code of the error catalogue without "DH_". Message and details name what is concerned;
// they never hold a path, a stack trace or a value of the request (DH-R-022).
type refusal struct {
	code    codes.Code
	reason  string
	message string
	details map[string]string
}

func (r *refusal) Error() string { return r.reason + ": " + r.message }

// GRPCStatus makes gRPC send the refusal as it is.
func (r *refusal) GRPCStatus() *status.Status {
	plain := status.New(r.code, r.message)
	info := &errdetails.ErrorInfo{Reason: r.reason, Domain: "deephealth", Metadata: r.details}
	detailed, err := plain.WithDetails(info)
	if err != nil {
		return plain
	}
	return detailed
}

// with names what is concerned, as pairs of a name and its value.
func (r *refusal) with(pairs ...any) *refusal {
	r.details = make(map[string]string, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		r.details[fmt.Sprint(pairs[i])] = fmt.Sprint(pairs[i+1])
	}
	return r
}

func invalid(reason, message string) *refusal {
	return &refusal{code: codes.InvalidArgument, reason: reason, message: message}
}

func notFound(reason, message string) *refusal {
	return &refusal{code: codes.NotFound, reason: reason, message: message}
}

func precondition(reason, message string) *refusal {
	return &refusal{code: codes.FailedPrecondition, reason: reason, message: message}
}

func unsupported(message string) *refusal {
	return &refusal{code: codes.Unimplemented, reason: "FEATURE_UNSUPPORTED", message: message}
}
