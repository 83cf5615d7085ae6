import protobuf from 'protobufjs';

/**
 * The part of the public ONNX protobuf schema that this product reads and its tests write.
 * Field numbers are those of the ONNX standard (package `onnx`, syntax proto2); fields that
 * nothing here looks at (documentation strings, training, quantisation notes) are left out and
 * skipped as unknown fields.
 */
const SCHEMA = `
syntax = "proto2";
package onnx;

message ModelProto {
  optional int64 ir_version = 1;
  optional string producer_name = 2;
  optional string producer_version = 3;
  optional GraphProto graph = 7;
  repeated OperatorSetIdProto opset_import = 8;
  repeated StringStringEntryProto metadata_props = 14;
  repeated FunctionProto functions = 25;
}

message GraphProto {
  repeated NodeProto node = 1;
  optional string name = 2;
  repeated TensorProto initializer = 5;
  repeated ValueInfoProto input = 11;
  repeated ValueInfoProto output = 12;
  repeated ValueInfoProto value_info = 13;
  repeated SparseTensorProto sparse_initializer = 15;
}

message NodeProto {
  repeated string input = 1;
  repeated string output = 2;
  optional string name = 3;
  optional string op_type = 4;
  repeated AttributeProto attribute = 5;
  optional string domain = 7;
}

message AttributeProto {
  optional string name = 1;
  optional float f = 2;
  optional int64 i = 3;
  optional bytes s = 4;
  optional TensorProto t = 5;
  optional GraphProto g = 6;
  repeated float floats = 7;
  repeated int64 ints = 8;
  repeated bytes strings = 9;
  repeated TensorProto tensors = 10;
  repeated GraphProto graphs = 11;
  optional int32 type = 20;
  optional SparseTensorProto sparse_tensor = 22;
  repeated SparseTensorProto sparse_tensors = 23;
}

message TensorProto {
  repeated int64 dims = 1;
  optional int32 data_type = 2;
  repeated float float_data = 4 [packed = true];
  repeated int32 int32_data = 5 [packed = true];
  repeated bytes string_data = 6;
  repeated int64 int64_data = 7 [packed = true];
  optional string name = 8;
  optional bytes raw_data = 9;
  repeated double double_data = 10 [packed = true];
  repeated uint64 uint64_data = 11 [packed = true];
  repeated StringStringEntryProto external_data = 13;
  optional int32 data_location = 14;
}

message SparseTensorProto {
  optional TensorProto values = 1;
  optional TensorProto indices = 2;
  repeated int64 dims = 3;
}

message ValueInfoProto {
  optional string name = 1;
  optional TypeProto type = 2;
}

message TypeProto {
  optional TensorTypeProto tensor_type = 1;
  optional SequenceTypeProto sequence_type = 4;
  optional MapTypeProto map_type = 5;
  optional TensorTypeProto sparse_tensor_type = 8;
  optional SequenceTypeProto optional_type = 9;
}

message TensorTypeProto {
  optional int32 elem_type = 1;
  optional TensorShapeProto shape = 2;
}

message SequenceTypeProto {
  optional TypeProto elem_type = 1;
}

message MapTypeProto {
  optional int32 key_type = 1;
  optional TypeProto value_type = 2;
}

message TensorShapeProto {
  repeated DimensionProto dim = 1;
}

message DimensionProto {
  optional int64 dim_value = 1;
  optional string dim_param = 2;
}

message OperatorSetIdProto {
  optional string domain = 1;
  optional int64 version = 2;
}

message StringStringEntryProto {
  optional string key = 1;
  optional string value = 2;
}

message FunctionProto {
  optional string name = 1;
  repeated NodeProto node = 7;
  repeated OperatorSetIdProto opset_import = 9;
  optional string domain = 10;
}
`;

/** Messages that are read or written by themselves. */
export type MessageName = 'ModelProto' | 'NodeProto' | 'TensorProto' | 'ValueInfoProto' | 'StringStringEntryProto';

let root: protobuf.Root | undefined;

/** Reflection type of a message of the package `onnx`, with camelCase field names; parsed once. */
export function onnxType(name: MessageName): protobuf.Type {
  if (root === undefined) {
    root = protobuf.parse(SCHEMA, new protobuf.Root(), { keepCase: false }).root;
    root.resolveAll();
  }
  return root.lookupType(`onnx.${name}`);
}

/** {@link onnxType} of a whole file. */
export function onnxModelType(): protobuf.Type {
  return onnxType('ModelProto');
}
