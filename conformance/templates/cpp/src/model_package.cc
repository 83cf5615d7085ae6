#include "model_package.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <openssl/evp.h>

#include <fstream>
#include <iterator>
#include <sstream>

#include "refusal.h"

namespace {

std::string ReadFile(const std::filesystem::path& folder, const std::string& name) {
  const std::filesystem::path path = folder / name;
  std::ifstream file(path, std::ios::binary);
  // A folder can be opened, too.
  if (file && std::filesystem::is_regular_file(path)) {
    std::string content{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (!file.bad()) return content;
  }
  throw Refusal::Precondition("PACKAGE_FILE_MISSING", "A file of the package cannot be read.").With("file", name);
}

std::string Digest(const std::string& content) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  EVP_Digest(content.data(), content.size(), digest, &length, EVP_sha256(), nullptr);
  static const char* kHex = "0123456789abcdef";
  std::string text;
  for (unsigned int i = 0; i < length; i++) {
    text += kHex[digest[i] >> 4];
    text += kHex[digest[i] & 15];
  }
  return text;
}

}  // namespace

ModelPackage ReadPackage(const std::filesystem::path& folder) {
  ModelPackage read;
  const std::string sums = ReadFile(folder, "SHA256SUMS");
  read.sha256 = Digest(sums);
  std::istringstream lines(sums);
  for (std::string line; std::getline(lines, line);) {
    const std::string expected = line.substr(0, 64), name = line.substr(66);
    const std::string content = ReadFile(folder, name);
    if (Digest(content) != expected) {
      throw Refusal::Precondition("FILE_DIGEST_MISMATCH", "A file is not the one that SHA256SUMS states.")
          .With("file", name);
    }
    if (name == "model.json") read.manifest_json = content;
  }
  google::protobuf::Struct manifest;
  if (!google::protobuf::util::JsonStringToMessage(read.manifest_json, &manifest).ok()) {
    throw Refusal::Precondition("MANIFEST_MALFORMED", "model.json is no JSON.");
  }
  const auto& fields = manifest.fields();
  read.title = fields.at("title").string_value();
  read.intended_use = fields.at("intendedUse").string_value();
  for (const auto& one : fields.at("limitations").list_value().values()) {
    read.limitations.push_back(one.string_value());
  }
  read.license = fields.at("license").string_value();
  read.research_use_only = fields.at("researchUseOnly").bool_value();
  read.onnx_sha256 = fields.at("onnx").struct_value().fields().at("sha256").string_value();
  return read;
}
