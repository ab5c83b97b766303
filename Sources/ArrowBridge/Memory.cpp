#include <arrow/config.h>
#include <arrow/memory_pool.h>
#include <arrow/util/thread_pool.h>

#include <string>

#include "ArrowBridge.h"

const char* ab_version(void) { return arrow::GetBuildInfo().version_string.c_str(); }

void ab_use_one_thread(void) { (void)arrow::SetCpuThreadPoolCapacity(1); }

int64_t ab_memory_allocated(void) { return arrow::default_memory_pool()->bytes_allocated(); }

int64_t ab_memory_peak(void) { return arrow::default_memory_pool()->max_memory(); }

const char* ab_memory_backend(void) {
  static const std::string name = arrow::default_memory_pool()->backend_name();
  return name.c_str();
}

void ab_memory_release_unused(void) { arrow::default_memory_pool()->ReleaseUnused(); }
