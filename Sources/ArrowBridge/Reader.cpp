#include <arrow/api.h>
#include <arrow/c/bridge.h>
#include <arrow/io/file.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>

#include <unistd.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <vector>

#include "Guard.h"
#include "Memory.h"

namespace {

/// Bytes that are read ahead of all columns together, so that memory follows neither their number nor their size.
constexpr int64_t kReadAhead = 8 << 20;

}  // namespace

struct ab_reader {
  std::unique_ptr<parquet::arrow::FileReader> file;
  std::shared_ptr<parquet::FileMetaData> metadata;
  std::unique_ptr<arrow::RecordBatchReader> batches;
};

ab_reader* ab_reader_open(int descriptor, ab_error* error) {
  std::unique_ptr<ab_reader> reader;
  const bool opened = bridge::Guarded(error, [&]() -> arrow::Status {
    auto source = arrow::io::ReadableFile::Open(descriptor, bridge::Pool());
    if (!source.ok()) {
      ::close(descriptor);
      return source.status();
    }
    reader = std::make_unique<ab_reader>();
    parquet::ReaderProperties properties(bridge::Pool());
    reader->metadata = parquet::ReadMetaData(*source);
    properties.enable_buffered_stream();
    const int64_t share = kReadAhead / std::max(1, reader->metadata->num_columns());
    properties.set_buffer_size(std::clamp<int64_t>(share, 16 << 10, 1 << 20));
    auto file = parquet::ParquetFileReader::Open(*source, properties, reader->metadata);
    parquet::ArrowReaderProperties arrow_properties(/*use_threads=*/false);
    arrow_properties.set_pre_buffer(false);
    ARROW_ASSIGN_OR_RAISE(reader->file, parquet::arrow::FileReader::Make(bridge::Pool(), std::move(file),
                                                                         arrow_properties));
    return arrow::Status::OK();
  });
  return opened ? reader.release() : nullptr;
}

int64_t ab_reader_rows(const ab_reader* reader) { return reader->metadata->num_rows(); }

int64_t ab_reader_row_groups(const ab_reader* reader) { return reader->metadata->num_row_groups(); }

int64_t ab_reader_metadata_count(const ab_reader* reader) {
  const auto& pairs = reader->metadata->key_value_metadata();
  return pairs == nullptr ? 0 : pairs->size();
}

const char* ab_reader_metadata_key(const ab_reader* reader, int64_t index) {
  return reader->metadata->key_value_metadata()->key(index).c_str();
}

const char* ab_reader_metadata_value(const ab_reader* reader, int64_t index) {
  return reader->metadata->key_value_metadata()->value(index).c_str();
}

bool ab_reader_schema(ab_reader* reader, ArrowSchema* out, ab_error* error) {
  return bridge::Guarded(error, [&]() -> arrow::Status {
    std::shared_ptr<arrow::Schema> schema;
    ARROW_RETURN_NOT_OK(reader->file->GetSchema(&schema));
    return arrow::ExportSchema(*schema, out);
  });
}

int64_t ab_reader_row_bytes(const ab_reader* reader, const int32_t* columns, int64_t column_count) {
  int64_t bytes = 0;
  ab_error ignored;
  bridge::Guarded(&ignored, [&]() -> arrow::Status {
    for (int i = 0; i < reader->metadata->num_row_groups(); ++i) {
      const auto row_group = reader->metadata->RowGroup(i);
      for (int64_t j = 0; j < column_count; ++j) bytes += row_group->ColumnChunk(columns[j])->total_uncompressed_size();
    }
    return arrow::Status::OK();
  });
  return bytes / std::max<int64_t>(1, reader->metadata->num_rows());
}

bool ab_reader_start(ab_reader* reader, const int32_t* columns, int64_t column_count, int64_t batch_rows,
                     ab_error* error) {
  return bridge::Guarded(error, [&]() -> arrow::Status {
    reader->batches.reset();
    reader->file->set_batch_size(batch_rows);
    std::vector<int> row_groups(reader->metadata->num_row_groups());
    std::iota(row_groups.begin(), row_groups.end(), 0);
    ARROW_ASSIGN_OR_RAISE(reader->batches, reader->file->GetRecordBatchReader(
                                               row_groups, std::vector<int>(columns, columns + column_count)));
    return arrow::Status::OK();
  });
}

int ab_reader_next(ab_reader* reader, ArrowArray* out, ab_error* error) {
  int result = -1;
  bridge::Guarded(error, [&]() -> arrow::Status {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(reader->batches->ReadNext(&batch));
    if (batch == nullptr) {
      result = 0;
      return arrow::Status::OK();
    }
    // Lengths against buffers; the full validation would put values of rows into its messages.
    ARROW_RETURN_NOT_OK(batch->Validate());
    ARROW_RETURN_NOT_OK(arrow::ExportRecordBatch(*batch, out));
    result = 1;
    return arrow::Status::OK();
  });
  return result;
}

void ab_reader_free(ab_reader* reader) {
  if (reader == nullptr) return;
  reader->batches.reset();
  delete reader;
}
