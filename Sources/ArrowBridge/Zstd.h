#pragma once
#include <arrow/util/compression.h>

#include <memory>

namespace bridge {

/// Zstandard at `level`; where `matchless`, without a search for repetitions: only the frequencies of bytes are used.
std::shared_ptr<arrow::util::CodecOptions> ZstdOptions(int level, bool matchless);

}  // namespace bridge
