#include <arrow/api.h>
#include <arrow/c/bridge.h>
#include <arrow/io/interfaces.h>
#include <arrow/util/compression.h>
#include <parquet/api/writer.h>
#include <parquet/arrow/schema.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "Guard.h"
#include "Memory.h"
#include "Zstd.h"

namespace {

/// Hands every byte to a C function, and none after `Stop`.
class FunctionStream final : public arrow::io::OutputStream {
 public:
  FunctionStream(ab_write_function write, void* context) : write_(write), context_(context) {
    set_mode(arrow::io::FileMode::WRITE);
  }

  arrow::Status Write(const void* data, int64_t count) override {
    if (stopped_) return arrow::Status::Invalid("the file was given up");
    const int failure = write_(context_, data, count);
    if (failure != 0) {
      stopped_ = true;
      return arrow::internal::IOErrorFromErrno(failure, "the bytes could not be written");
    }
    position_ += count;
    return arrow::Status::OK();
  }

  arrow::Result<int64_t> Tell() const override { return position_; }
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }

  void Stop() { stopped_ = true; }

 private:
  ab_write_function write_;
  void* context_;
  int64_t position_ = 0;
  bool stopped_ = false;
  bool closed_ = false;
};

/// Arrow's name for a column; the C data interface's format string is what Arrow itself parses.
arrow::Result<std::shared_ptr<arrow::Field>> FieldOf(const ab_column& column) {
  ArrowSchema schema{};
  schema.format = column.format;
  schema.name = column.name;
  schema.flags = column.nullable ? ARROW_FLAG_NULLABLE : 0;
  schema.release = [](ArrowSchema* released) { released->release = nullptr; };
  return arrow::ImportField(&schema);
}

std::shared_ptr<parquet::WriterProperties> PropertiesOf(const ab_column* columns, int64_t column_count,
                                                        const ab_writer_options& options) {
  parquet::WriterProperties::Builder builder;
  builder.memory_pool(bridge::Pool())
      ->version(parquet::ParquetVersion::PARQUET_2_6)
      ->data_page_version(parquet::ParquetDataPageVersion::V1)
      ->data_pagesize(options.data_page_bytes)
      // Who loads a staged file reads all of it: the least and the largest value of every page would be looked for in vain.
      ->disable_statistics()
      ->set_size_statistics_level(parquet::SizeStatisticsLevel::None)
      ->enable_store_decimal_as_integer();
  switch (options.compression) {
    case AB_COMPRESSION_NONE:
      builder.compression(arrow::Compression::UNCOMPRESSED);
      break;
    case AB_COMPRESSION_SNAPPY:
      builder.compression(arrow::Compression::SNAPPY);
      break;
    case AB_COMPRESSION_ZSTD:
      builder.compression(arrow::Compression::ZSTD);
      break;
  }
  for (int64_t i = 0; i < column_count; ++i) {
    const auto path = std::make_shared<parquet::schema::ColumnPath>(std::vector<std::string>{columns[i].name});
    if (columns[i].dictionary) {
      builder.enable_dictionary(path);
    } else {
      builder.disable_dictionary(path);
    }
    if (options.compression == AB_COMPRESSION_ZSTD) {
      builder.codec_options(path, bridge::ZstdOptions(options.compression_level, columns[i].matchless));
    }
  }
  return builder.build();
}

/// Definition levels of a flat nullable column: 1 where there is a value, 0 where there is none.
void LevelsFrom(const uint8_t* validity, int64_t rows, std::vector<int16_t>* levels) {
  for (int64_t i = 0; i < rows; ++i) (*levels)[i] = (validity[i >> 3] >> (i & 7)) & 1;
}

}  // namespace

struct ab_writer {
  std::shared_ptr<FunctionStream> stream;
  std::vector<std::shared_ptr<arrow::Field>> fields;
  std::shared_ptr<parquet::ArrowWriterProperties> arrow_properties;
  std::unique_ptr<parquet::ArrowWriteContext> context;
  std::unique_ptr<parquet::ParquetFileWriter> file;
  /// All ones, for columns without a null; as long as the longest batch.
  std::vector<int16_t> all_present;
  std::vector<int16_t> levels;

  arrow::Status WriteColumn(parquet::RowGroupWriter& row_group, int index, const ab_column_data& data, int64_t rows) {
    const auto& field = fields[index];
    std::array<const void*, 3> buffers = {data.buffers[0], data.buffers[1], data.buffers[2]};
    bool released = false;
    ArrowArray lent{};
    lent.length = rows;
    lent.null_count = data.null_count;
    lent.n_buffers = data.buffer_count;
    lent.buffers = buffers.data();
    lent.private_data = &released;
    lent.release = [](ArrowArray* array) {
      *static_cast<bool*>(array->private_data) = true;
      array->release = nullptr;
    };
    {
      ARROW_ASSIGN_OR_RAISE(auto array, arrow::ImportArray(&lent, field->type()));
      const int16_t* definition = nullptr;
      if (field->nullable()) {
        definition = all_present.data();
        if (data.null_count > 0) {
          LevelsFrom(static_cast<const uint8_t*>(data.buffers[0]), rows, &levels);
          definition = levels.data();
        }
      }
      auto* column = row_group.NextColumn();
      ARROW_RETURN_NOT_OK(column->WriteArrow(definition, nullptr, rows, *array, context.get(), field->nullable()));
      column->Close();
    }
    // The buffers are the caller's again from here on; anything that still points at them would read freed memory.
    return released ? arrow::Status::OK() : arrow::Status::Invalid("Arrow kept a buffer it was only lent");
  }
};

ab_writer* ab_writer_open(const ab_column* columns, int64_t column_count, const ab_writer_options* options,
                          ab_write_function write, void* context, ab_error* error) {
  std::unique_ptr<ab_writer> writer;
  const bool opened = bridge::Guarded(error, [&]() -> arrow::Status {
    writer = std::make_unique<ab_writer>();
    for (int64_t i = 0; i < column_count; ++i) {
      ARROW_ASSIGN_OR_RAISE(auto field, FieldOf(columns[i]));
      writer->fields.push_back(std::move(field));
    }
    const auto schema = arrow::schema(writer->fields);
    const auto properties = PropertiesOf(columns, column_count, *options);
    writer->arrow_properties = parquet::ArrowWriterProperties::Builder().set_use_threads(false)->build();
    writer->context = std::make_unique<parquet::ArrowWriteContext>(bridge::Pool(),
                                                                   writer->arrow_properties.get());
    std::shared_ptr<parquet::SchemaDescriptor> descriptor;
    ARROW_RETURN_NOT_OK(
        parquet::arrow::ToParquetSchema(schema.get(), *properties, *writer->arrow_properties, &descriptor));
    auto metadata = std::make_shared<arrow::KeyValueMetadata>();
    for (int64_t i = 0; i < options->metadata_count; ++i) {
      metadata->Append(options->metadata_keys[i], options->metadata_values[i]);
    }
    writer->stream = std::make_shared<FunctionStream>(write, context);
    writer->file = parquet::ParquetFileWriter::Open(
        writer->stream, std::static_pointer_cast<parquet::schema::GroupNode>(descriptor->schema_root()), properties,
        metadata->size() > 0 ? metadata : nullptr);
    return arrow::Status::OK();
  });
  if (opened) return writer.release();
  ab_writer_free(writer.release());
  return nullptr;
}

bool ab_writer_write(ab_writer* writer, const ab_column_data* columns, int64_t rows, ab_error* error) {
  return bridge::Guarded(error, [&]() -> arrow::Status {
    if (rows == 0) return arrow::Status::OK();
    // Not a buffered row group: that keeps the pages of all columns in memory and copies them once more.
    auto* row_group = writer->file->AppendRowGroup();
    if (static_cast<int64_t>(writer->all_present.size()) < rows) {
      writer->all_present.assign(rows, 1);
      writer->levels.resize(rows);
    }
    for (size_t i = 0; i < writer->fields.size(); ++i) {
      ARROW_RETURN_NOT_OK(writer->WriteColumn(*row_group, static_cast<int>(i), columns[i], rows));
    }
    row_group->Close();
    return arrow::Status::OK();
  });
}

bool ab_writer_close(ab_writer* writer, ab_error* error) {
  return bridge::Guarded(error, [&]() -> arrow::Status {
    writer->file->Close();
    return arrow::Status::OK();
  });
}

void ab_writer_free(ab_writer* writer) {
  if (writer == nullptr) return;
  // Parquet's own destructor would write a footer and so make an abandoned file look whole.
  if (writer->stream) writer->stream->Stop();
  ab_error ignored;
  bridge::Guarded(&ignored, [&]() -> arrow::Status {
    writer->file.reset();
    return arrow::Status::OK();
  });
  delete writer;
}
