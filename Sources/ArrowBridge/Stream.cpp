#include <arrow/api.h>
#include <arrow/c/bridge.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <arrow/util/compression.h>

#include <cstring>
#include <memory>
#include <vector>

#include "Guard.h"
#include "Memory.h"

namespace {

/// Bytes unpacked between two calls of the receiver.
constexpr int64_t kPiece = 256 << 10;

}  // namespace

struct ab_stream {
  std::shared_ptr<arrow::ipc::RecordBatchStreamReader> batches;
};

ab_stream* ab_stream_open(const void* bytes, int64_t count, ab_error* error) {
  std::unique_ptr<ab_stream> stream;
  const bool opened = bridge::Guarded(error, [&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> copy, arrow::AllocateBuffer(count, bridge::Pool()));
    if (count > 0) std::memcpy(copy->mutable_data(), bytes, count);
    auto options = arrow::ipc::IpcReadOptions::Defaults();
    options.memory_pool = bridge::Pool();
    options.use_threads = false;
    stream = std::make_unique<ab_stream>();
    ARROW_ASSIGN_OR_RAISE(stream->batches, arrow::ipc::RecordBatchStreamReader::Open(
                                               std::make_shared<arrow::io::BufferReader>(copy), options));
    return arrow::Status::OK();
  });
  return opened ? stream.release() : nullptr;
}

bool ab_stream_schema(ab_stream* stream, ArrowSchema* out, ab_error* error) {
  return bridge::Guarded(error, [&] { return arrow::ExportSchema(*stream->batches->schema(), out); });
}

int ab_stream_next(ab_stream* stream, ArrowArray* out, ab_error* error) {
  int result = -1;
  bridge::Guarded(error, [&]() -> arrow::Status {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(stream->batches->ReadNext(&batch));
    if (batch == nullptr) {
      result = 0;
      return arrow::Status::OK();
    }
    // The bytes come from another machine, so offsets are checked, too; the reason could quote a value.
    if (!batch->ValidateFull().ok()) return arrow::Status::Invalid("the columns are damaged");
    ARROW_RETURN_NOT_OK(arrow::ExportRecordBatch(*batch, out));
    result = 1;
    return arrow::Status::OK();
  });
  return result;
}

void ab_stream_free(ab_stream* stream) { delete stream; }

bool ab_gunzip(const void* bytes, int64_t count, ab_write_function write, void* context, ab_error* error) {
  return bridge::Guarded(error, [&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(auto codec, arrow::util::Codec::Create(arrow::Compression::GZIP));
    ARROW_ASSIGN_OR_RAISE(auto decompressor, codec->MakeDecompressor());
    std::vector<uint8_t> piece(kPiece);
    const auto* input = static_cast<const uint8_t*>(bytes);
    while (true) {
      ARROW_ASSIGN_OR_RAISE(auto step, decompressor->Decompress(count, input, kPiece, piece.data()));
      input += step.bytes_read;
      count -= step.bytes_read;
      if (step.bytes_written > 0 && write(context, piece.data(), step.bytes_written) != 0) {
        return arrow::Status::CapacityError("the text is longer than allowed");
      }
      if (decompressor->IsFinished()) {
        if (count == 0) return arrow::Status::OK();
        // Several packed texts may follow each other.
        ARROW_RETURN_NOT_OK(decompressor->Reset());
      } else if (step.bytes_read == 0 && step.bytes_written == 0) {
        return arrow::Status::Invalid("the packed text is cut off");
      }
    }
  });
}
