#include "Zstd.h"

#include <vector>

#include "ArrowBridge.h"
#include "Guard.h"

namespace {

/// `ZSTD_c_literalCompressionMode` and `ZSTD_ps_enable` of zstd.h: below level 0 bytes outside of repetitions are
/// otherwise stored as they are.
constexpr int kLiteralCompressionMode = 1002;
constexpr int kEnabled = 1;
/// The search strides over so many bytes that it finds next to nothing, at next to no cost.
constexpr int kMatchlessLevel = -1000;

arrow::Result<int64_t> CompressedSize(const uint8_t* bytes, int64_t count, int level, bool matchless) {
  ARROW_ASSIGN_OR_RAISE(auto codec,
                        arrow::util::Codec::Create(arrow::Compression::ZSTD, *bridge::ZstdOptions(level, matchless)));
  std::vector<uint8_t> out(codec->MaxCompressedLen(count, bytes));
  return codec->Compress(count, bytes, static_cast<int64_t>(out.size()), out.data());
}

}  // namespace

std::shared_ptr<arrow::util::CodecOptions> bridge::ZstdOptions(int level, bool matchless) {
  auto options = std::make_shared<arrow::util::ZstdCodecOptions>();
  options->compression_level = matchless ? kMatchlessLevel : level;
  if (matchless) options->compression_context_params = {{kLiteralCompressionMode, kEnabled}};
  return options;
}

bool ab_zstd_sizes(const void* bytes, int64_t count, int32_t level, int64_t* matched, int64_t* matchless,
                   ab_error* error) {
  return bridge::Guarded(error, [&]() -> arrow::Status {
    const auto* start = static_cast<const uint8_t*>(bytes);
    ARROW_ASSIGN_OR_RAISE(*matched, CompressedSize(start, count, level, false));
    ARROW_ASSIGN_OR_RAISE(*matchless, CompressedSize(start, count, level, true));
    return arrow::Status::OK();
  });
}
