package main

import (
	"encoding/binary"
	"math"
	"time"

	pb "deephealth.example/runtime/generated/runtimev1"
)

// How long "conformance-slow" runs: long enough that something can happen meanwhile.
const slowRun = 300 * time.Millisecond

// tensor holds elements in row-major order, little-endian, as on the wire.
type tensor struct {
	dataType pb.DataType
	shape    []int64
	data     []byte
}

// declared is a tensor of a model; -1 for an extent that may vary.
type declared struct {
	name            string
	dataType        pb.DataType
	shape           []int64
	allowsNonFinite bool
}

type model struct {
	inputs, outputs []declared
	run             func(inputs map[string]tensor) map[string]tensor
}

var elementBytes = map[pb.DataType]int64{
	pb.DataType_DATA_TYPE_FP32:  4,
	pb.DataType_DATA_TYPE_INT64: 8,
	pb.DataType_DATA_TYPE_UINT8: 1,
}

// models that this runtime knows. A real runtime would read the graph; these few are written by hand.
var models = map[string]model{
	"conformance-identity-fp32":  oneToOne(declared{dataType: pb.DataType_DATA_TYPE_FP32, shape: []int64{-1}, allowsNonFinite: true}, identity),
	"conformance-identity-int64": oneToOne(declared{dataType: pb.DataType_DATA_TYPE_INT64, shape: []int64{-1}}, identity),
	"conformance-identity-uint8": oneToOne(declared{dataType: pb.DataType_DATA_TYPE_UINT8, shape: []int64{-1}}, identity),
	"conformance-relu":           oneToOne(declared{dataType: pb.DataType_DATA_TYPE_FP32, shape: []int64{-1, 6}}, relu),
	"conformance-slow":           oneToOne(declared{dataType: pb.DataType_DATA_TYPE_FP32, shape: []int64{-1, 4}}, slow),
	"conformance-matmul": {
		inputs: []declared{
			{name: "a", dataType: pb.DataType_DATA_TYPE_FP32, shape: []int64{-1, 4}},
			{name: "b", dataType: pb.DataType_DATA_TYPE_FP32, shape: []int64{4, 4}},
		},
		outputs: []declared{{name: "y", dataType: pb.DataType_DATA_TYPE_FP32, shape: []int64{-1, 4}}},
		run:     matmul,
	},
}

// oneToOne has one input x and one output y, both of this type and shape.
func oneToOne(like declared, run func(tensor) tensor) model {
	x, y := like, like
	x.name, y.name = "x", "y"
	return model{
		inputs:  []declared{x},
		outputs: []declared{y},
		run:     func(inputs map[string]tensor) map[string]tensor { return map[string]tensor{"y": run(inputs["x"])} },
	}
}

// identity gives back the bytes themselves: a detour over numbers could lose the bits of a NaN.
func identity(x tensor) tensor { return x }

func slow(x tensor) tensor {
	time.Sleep(slowRun)
	return x
}

func relu(x tensor) tensor {
	values := floats(x)
	for i, value := range values {
		if value <= 0 {
			values[i] = 0
		}
	}
	return fp32(x.shape, values)
}

// matmul multiplies a [n, k] with b [k, m]; sums are FP64, rounded once.
func matmul(inputs map[string]tensor) map[string]tensor {
	a, b := inputs["a"], inputs["b"]
	n, k, m := a.shape[0], a.shape[1], b.shape[1]
	left, right := floats(a), floats(b)
	y := make([]float32, 0, n*m)
	for row := range n {
		for column := range m {
			sum := 0.0
			for i := range k {
				sum += float64(left[row*k+i]) * float64(right[i*m+column])
			}
			y = append(y, float32(sum))
		}
	}
	return map[string]tensor{"y": fp32([]int64{n, m}, y)}
}

func floats(t tensor) []float32 {
	values := make([]float32, len(t.data)/4)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(t.data[4*i:]))
	}
	return values
}

func fp32(shape []int64, values []float32) tensor {
	data := make([]byte, 0, 4*len(values))
	for _, value := range values {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(value))
	}
	return tensor{dataType: pb.DataType_DATA_TYPE_FP32, shape: shape, data: data}
}

func allFinite(t tensor) bool {
	if t.dataType != pb.DataType_DATA_TYPE_FP32 {
		return true
	}
	for _, value := range floats(t) {
		// Infinity less itself is NaN, and NaN is not equal to anything.
		if difference := value - value; difference != 0 {
			return false
		}
	}
	return true
}
