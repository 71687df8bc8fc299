// What ONNX Runtime calls when it loads this library.

#include "gathered_products.h"
#include "hstu_attention.h"
#include "rows.h"
#include "shared_products.h"
#include "silu_attention.h"
#include "softmax.h"
#include "softmax_attention.h"

namespace genrec {
namespace {

template <class Kernel>
void add(const OrtApi* api, OrtCustomOpDomain* domain) {
  static const Operator<Kernel> kOperator;
  const OrtCustomOp* op = &kOperator;
  require(call<OrtStatus*>(api, kCustomOpDomainAdd, domain, op));
}

OrtCustomOpDomain* domain(const OrtApi* api) {
  OrtCustomOpDomain* created = nullptr;
  require(call<OrtStatus*>(api, kCreateCustomOpDomain, "io.genrec", &created));
  add<HstuAttention>(api, created);
  add<HstuAttentionGradient>(api, created);
  add<SiluAttention>(api, created);
  add<GatheredProducts>(api, created);
  add<GatheredProductsGradient>(api, created);
  add<SharedProducts>(api, created);
  add<SharedProductsGradient>(api, created);
  add<Silu>(api, created);
  add<SiluGradient>(api, created);
  add<LayerNorm>(api, created);
  add<LayerNormGradient>(api, created);
  add<AffineLayerNorm>(api, created);
  add<AffineLayerNormGradient>(api, created);
  add<SwishLayerNorm>(api, created);
  add<SwishLayerNormGradient>(api, created);
  add<RmsNorm>(api, created);
  add<RmsNormGradient>(api, created);
  add<SoftmaxAttention>(api, created);
  add<SoftmaxAttentionGradient>(api, created);
  add<SampledLogSoftmax>(api, created);
  add<SampledLogSoftmaxGradient>(api, created);
  return created;
}

}  // namespace
}  // namespace genrec

extern "C" __attribute__((visibility("default"))) OrtStatus* RegisterCustomOps(
    OrtSessionOptions* options, const OrtApiBase* base) {
  using namespace genrec;
  const OrtApi* api = base->GetApi(kApiVersion);
  if (api == nullptr) {
    return failed(base->GetApi(1), std::string("the kernels of genrec need ONNX Runtime 1.16 or "
                                               "later, but this is ") +
                                       base->GetVersionString());
  }
  try {
    // Sessions of one process share the domain, which must outlive them all.
    static OrtCustomOpDomain* const shared = domain(api);
    return call<OrtStatus*>(api, kAddCustomOpDomain, options, shared);
  } catch (const Failure& failure) {
    return failure.status;
  }
}
