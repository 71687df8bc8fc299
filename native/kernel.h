// A custom operator as a C++ class: operands in, results out, errors as messages.
#pragma once

#include <initializer_list>
#include <stdexcept>
#include <string>
#include <vector>

#include "onnxruntime_abi.h"

namespace genrec {

// What goes wrong within ONNX Runtime; it has made the status already.
struct Failure {
  OrtStatus* status;
};

inline void require(OrtStatus* status) {
  if (status != nullptr) throw Failure{status};
}

// What goes wrong within a kernel.
inline void check(bool holds, const char* what) {
  if (!holds) throw std::invalid_argument(what);
}

template <class T>
struct Tensor {
  T* data;
  std::vector<int64_t> size;

  int64_t dim(size_t axis) const { return size.at(axis); }

  int64_t count() const {
    int64_t entries = 1;
    for (int64_t axis : size) entries *= axis;
    return entries;
  }
};

// Every id must be that of a row of a table with so many.
inline void requireRows(const Tensor<const int64_t>& ids, int64_t rows) {
  int64_t count = ids.count();
  for (int64_t i = 0; i < count; i++) {
    int64_t id = ids.data[i];
    if (id < 0 || id >= rows) {
      throw std::invalid_argument("there is no row " + std::to_string(id) + " in a table of " +
                                  std::to_string(rows));
    }
  }
}

// The operands and results of one run.
class Run {
 public:
  Run(const OrtApi* api, OrtKernelContext* context) : api_(api), context_(context) {}

  template <class T>
  Tensor<const T> input(size_t index) const {
    const OrtValue* value = nullptr;
    require(call<OrtStatus*>(api_, kKernelContextGetInput,
                             const_cast<const OrtKernelContext*>(context_), index, &value));
    OrtTensorTypeAndShapeInfo* info = nullptr;
    require(call<OrtStatus*>(api_, kGetTensorTypeAndShape, value, &info));
    size_t rank = 0;
    const OrtTensorTypeAndShapeInfo* shape = info;
    require(call<OrtStatus*>(api_, kGetDimensionsCount, shape, &rank));
    std::vector<int64_t> size(rank);
    require(call<OrtStatus*>(api_, kGetDimensions, shape, size.data(), rank));
    call<void>(api_, kReleaseTensorTypeAndShapeInfo, info);
    return {static_cast<const T*>(memory(const_cast<OrtValue*>(value))), size};
  }

  // The loss's gradient by a result, which has the result's size.
  Tensor<const float> gradient(size_t index, const std::vector<int64_t>& size) const {
    Tensor<const float> given = input<float>(index);
    check(given.size == size, "the gradient does not fit");
    return given;
  }

  float* output(size_t index, const std::vector<int64_t>& size) const {
    OrtValue* value = nullptr;
    require(call<OrtStatus*>(api_, kKernelContextGetOutput, context_, index, size.data(),
                             size.size(), &value));
    return static_cast<float*>(memory(value));
  }

 private:
  void* memory(OrtValue* value) const {
    void* data = nullptr;
    require(call<OrtStatus*>(api_, kGetTensorMutableData, value, &data));
    return data;
  }

  const OrtApi* api_;
  OrtKernelContext* context_;
};

// The attributes of a node.
class Attributes {
 public:
  Attributes(const OrtApi* api, const OrtKernelInfo* info) : api_(api), info_(info) {}

  float real(const char* name) const {
    float value = 0;
    require(call<OrtStatus*>(api_, kKernelInfoGetAttributeFloat, info_, name, &value));
    return value;
  }

  int64_t whole(const char* name) const {
    int64_t value = 0;
    require(call<OrtStatus*>(api_, kKernelInfoGetAttributeInt64, info_, name, &value));
    return value;
  }

 private:
  const OrtApi* api_;
  const OrtKernelInfo* info_;
};

inline OrtStatus* failed(const OrtApi* api, const std::string& message) {
  constexpr int kFail = 1;
  return call<OrtStatus*>(api, kCreateStatus, kFail, message.c_str());
}

// The structure that describes an operator to ONNX Runtime. A Kernel has a constructor from
// Attributes, run(const Run&), kName, and the element types of its operands and results.
template <class Kernel>
class Operator : public OrtCustomOp {
 public:
  Operator() : OrtCustomOp() {
    version = kApiVersion;
    GetName = [](const OrtCustomOp*) { return Kernel::kName; };
    GetExecutionProviderType = [](const OrtCustomOp*) -> const char* { return nullptr; };
    GetInputTypeCount = [](const OrtCustomOp*) { return std::size(Kernel::kOperands); };
    GetInputType = [](const OrtCustomOp*, size_t i) { return Kernel::kOperands[i]; };
    GetOutputTypeCount = [](const OrtCustomOp*) { return Kernel::kResults; };
    GetOutputType = [](const OrtCustomOp*, size_t) { return kFloat; };
    GetInputCharacteristic = [](const OrtCustomOp*, size_t) { return 0; };
    GetOutputCharacteristic = [](const OrtCustomOp*, size_t) { return 0; };
    GetInputMemoryType = [](const OrtCustomOp*, size_t) { return 0; };
    CreateKernelV2 = [](const OrtCustomOp*, const OrtApi* api, const OrtKernelInfo* info,
                        void** kernel) -> OrtStatus* {
      return guarded(api, [&] { *kernel = new Instance{api, Kernel(Attributes(api, info))}; });
    };
    KernelComputeV2 = [](void* kernel, OrtKernelContext* context) -> OrtStatus* {
      Instance* instance = static_cast<Instance*>(kernel);
      return guarded(instance->api,
                     [&] { instance->kernel.run(Run(instance->api, context)); });
    };
    KernelDestroy = [](void* kernel) { delete static_cast<Instance*>(kernel); };
  }

 private:
  struct Instance {
    const OrtApi* api;
    Kernel kernel;
  };

  template <class Work>
  static OrtStatus* guarded(const OrtApi* api, Work work) {
    try {
      work();
      return nullptr;
    } catch (const Failure& failure) {
      return failure.status;
    } catch (const std::exception& error) {
      return failed(api, std::string(Kernel::kName) + ": " + error.what());
    }
  }
};

}  // namespace genrec
