// A C face on Arrow C++ and Parquet C++: what Swift needs to write and read flat Parquet files, and nothing else.
//
// No C++ exception crosses this boundary: every function that can fail fills an `ab_error` and says so by its result.
// No handle may be used by two threads at once; different handles are independent.
#pragma once
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The Arrow C data interface, as its specification asks every user to copy it:
// https://arrow.apache.org/docs/format/CDataInterface.html
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
  const char *format;
  const char *name;
  const char *metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema **children;
  struct ArrowSchema *dictionary;
  void (*release)(struct ArrowSchema *);
  void *private_data;
};

struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void **buffers;
  struct ArrowArray **children;
  struct ArrowArray *dictionary;
  void (*release)(struct ArrowArray *);
  void *private_data;
};

#endif  // ARROW_C_DATA_INTERFACE

/// What kind of thing went wrong.
typedef enum ab_failure {
  AB_FAILURE_SYSTEM = 1,       // the operating system refused; `system_error` says why
  AB_FAILURE_DATA = 2,         // the file, or what was to be written, is not what it must be
  AB_FAILURE_UNSUPPORTED = 3,  // well formed, but not something this library handles
  AB_FAILURE_MEMORY = 4,       // memory ran out
} ab_failure;

/// Why a call failed. The message is UTF-8, ends with a zero and never holds a value of a row.
typedef struct ab_error {
  ab_failure failure;
  int32_t system_error;  // an errno, or 0
  char message[480];
} ab_error;

/// The message of an error, as a pointer that lives as long as the error.
static inline const char *ab_error_message(const ab_error *error) { return error->message; }

/// The version of the Arrow library that is loaded: "26.0.1". Lives forever.
const char *ab_version(void);

// --- Memory ---------------------------------------------------------------------------------------------------------

/// Makes Arrow start no thread of its own for computing, so that all work runs on the caller's. Safe to call twice.
void ab_use_one_thread(void);
/// Bytes Arrow holds now in its memory pool.
int64_t ab_memory_allocated(void);
/// The most bytes Arrow ever held in its memory pool.
int64_t ab_memory_peak(void);
/// The allocator behind the pool: "mimalloc", "jemalloc" or "system". Lives forever.
const char *ab_memory_backend(void);
/// Gives memory that the allocator keeps for later back to the system.
void ab_memory_release_unused(void);

// --- Writing --------------------------------------------------------------------------------------------------------

/// A column to be written; `format` is the type in the notation of the C data interface ("l", "d:12,2", "tsu:UTC").
typedef struct ab_column {
  const char *name;
  const char *format;
  bool nullable;
  bool dictionary;
  bool matchless;  // zstd looks for no repetitions
} ab_column;

typedef enum ab_compression {
  AB_COMPRESSION_NONE = 0,
  AB_COMPRESSION_SNAPPY = 1,
  AB_COMPRESSION_ZSTD = 2,
} ab_compression;

typedef struct ab_writer_options {
  ab_compression compression;
  int32_t compression_level;  // zstd only
  int64_t data_page_bytes;    // size before compression at which a data page is closed
  int64_t metadata_count;
  const char *const *metadata_keys;
  const char *const *metadata_values;
} ab_writer_options;

/// The buffers of one column of a batch in Arrow's layout: validity (NULL when no value is null), then values, or
/// 32-bit offsets and bytes. Borrowed for the length of the call.
typedef struct ab_column_data {
  const void *buffers[3];
  int64_t buffer_count;  // 2, or 3 with offsets
  int64_t null_count;
} ab_column_data;

/// Takes all `count` bytes, in order; returns 0, or an errno.
typedef int (*ab_write_function)(void *context, const void *bytes, int64_t count);

typedef struct ab_writer ab_writer;

/// Starts a Parquet file on `write`; NULL on failure. `context` must outlive the writer.
ab_writer *ab_writer_open(const ab_column *columns, int64_t column_count, const ab_writer_options *options,
                          ab_write_function write, void *context, ab_error *error);
/// Writes `rows` rows of all columns as a row group; no buffer is kept.
bool ab_writer_write(ab_writer *writer, const ab_column_data *columns, int64_t rows, ab_error *error);
/// Writes the footer. Nothing but `ab_writer_free` may follow.
bool ab_writer_close(ab_writer *writer, ab_error *error);
/// Frees the writer; one that was not closed writes nothing more, so its file stays without a footer.
void ab_writer_free(ab_writer *writer);
/// The sizes that zstd makes of `bytes` at `level` and without a search for repetitions.
bool ab_zstd_sizes(const void *bytes, int64_t count, int32_t level, int64_t *matched, int64_t *matchless, ab_error *error);

// --- Reading --------------------------------------------------------------------------------------------------------

typedef struct ab_reader ab_reader;

/// Opens the Parquet file behind `descriptor` and takes the descriptor over, also on failure; NULL on failure.
ab_reader *ab_reader_open(int descriptor, ab_error *error);
/// Rows in the whole file, by its footer.
int64_t ab_reader_rows(const ab_reader *reader);
/// Row groups in the file.
int64_t ab_reader_row_groups(const ab_reader *reader);
/// Key and value pairs in the footer, and each of them; the strings live as long as the reader.
int64_t ab_reader_metadata_count(const ab_reader *reader);
const char *ab_reader_metadata_key(const ab_reader *reader, int64_t index);
const char *ab_reader_metadata_value(const ab_reader *reader, int64_t index);
/// Hands out the schema; the caller releases it.
bool ab_reader_schema(ab_reader *reader, struct ArrowSchema *schema, ab_error *error);
/// Bytes that the values of one row of the given columns take on average, by the footer: before compression, but as
/// positions in a dictionary where there is one.
int64_t ab_reader_row_bytes(const ab_reader *reader, const int32_t *columns, int64_t column_count);
/// Starts reading the given columns (positions in the schema) from the first row, at most `batch_rows` at a time.
bool ab_reader_start(ab_reader *reader, const int32_t *columns, int64_t column_count, int64_t batch_rows,
                     ab_error *error);
/// Hands out the next rows, which the caller releases and which may outlive the reader; 1, 0 at the end, -1 on failure.
int ab_reader_next(ab_reader *reader, struct ArrowArray *batch, ab_error *error);
void ab_reader_free(ab_reader *reader);

// --- Arrow streams --------------------------------------------------------------------------------------------------

typedef struct ab_stream ab_stream;

/// Opens a stream of Arrow's IPC format in memory, which it copies; NULL on failure.
ab_stream *ab_stream_open(const void *bytes, int64_t count, ab_error *error);
/// Hands out the schema; the caller releases it.
bool ab_stream_schema(ab_stream *stream, struct ArrowSchema *schema, ab_error *error);
/// Hands out the next rows, checked in full, which the caller releases and which may outlive the stream; 1, 0 at the
/// end, -1 on failure.
int ab_stream_next(ab_stream *stream, struct ArrowArray *batch, ab_error *error);
void ab_stream_free(ab_stream *stream);

/// Unpacks gzip and hands it to `write` piece by piece; what `write` refuses ends it with a failure.
bool ab_gunzip(const void *bytes, int64_t count, ab_write_function write, void *context, ab_error *error);

#ifdef __cplusplus
}
#endif
