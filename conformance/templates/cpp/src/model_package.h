#pragma once

#include <filesystem>
#include <string>
#include <vector>

// A folder <name>/<version>/ whose every file was read and is what SHA256SUMS states.
struct ModelPackage {
  std::string manifest_json;
  // SHA-256 of SHA256SUMS: names the package in every result.
  std::string sha256;
  // What this runtime reads of the manifest.
  std::string title;
  std::string intended_use;
  std::vector<std::string> limitations;
  std::string license;
  bool research_use_only = false;
  std::string onnx_sha256;
};

// Throws Refusal for what cannot be read or is not as stated.
ModelPackage ReadPackage(const std::filesystem::path& folder);
