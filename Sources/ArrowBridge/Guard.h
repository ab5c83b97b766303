// Turns Arrow's statuses and C++ exceptions into `ab_error`, so that none crosses into C.
#pragma once
#include <arrow/status.h>
#include <arrow/util/io_util.h>
#include <parquet/exception.h>

#include <cstdio>
#include <exception>
#include <new>

#include "ArrowBridge.h"

namespace bridge {

inline void Report(ab_error* error, ab_failure failure, int system_error, const char* message) noexcept {
  error->failure = failure;
  error->system_error = system_error;
  std::snprintf(error->message, sizeof(error->message), "%s", message);
}

inline void Report(ab_error* error, const arrow::Status& status) noexcept {
  const int system_error = arrow::internal::ErrnoFromStatus(status);
  ab_failure failure = AB_FAILURE_DATA;
  if (system_error != 0) {
    failure = AB_FAILURE_SYSTEM;
  } else if (status.IsOutOfMemory()) {
    failure = AB_FAILURE_MEMORY;
  } else if (status.IsNotImplemented()) {
    failure = AB_FAILURE_UNSUPPORTED;
  }
  Report(error, failure, system_error, status.message().c_str());
}

/// Runs `body`, which returns a status, and reports whatever goes wrong; true when nothing did.
template <typename Body>
bool Guarded(ab_error* error, Body&& body) noexcept {
  try {
    const arrow::Status status = body();
    if (status.ok()) return true;
    Report(error, status);
  } catch (const parquet::ParquetStatusException& failure) {
    Report(error, failure.status());
  } catch (const std::bad_alloc&) {
    Report(error, AB_FAILURE_MEMORY, 0, "memory ran out");
  } catch (const std::exception& failure) {
    Report(error, AB_FAILURE_DATA, 0, failure.what());
  } catch (...) {
    Report(error, AB_FAILURE_DATA, 0, "an error of an unknown kind");
  }
  return false;
}

}  // namespace bridge
