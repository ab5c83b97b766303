#include "Memory.h"

#include <arrow/config.h>
#include <arrow/util/thread_pool.h>

#include <string>

#include "ArrowBridge.h"

arrow::MemoryPool* bridge::Pool() {
  // jemalloc gives freed pages back soonest: encoding two million rows in row groups of 64 MB peaked at 90 MB resident
  // with it, at 140 MB with mimalloc and at 129 MB with malloc, in the same time.
  static arrow::MemoryPool* const pool = [] {
    arrow::MemoryPool* jemalloc = nullptr;
    return arrow::jemalloc_memory_pool(&jemalloc).ok() ? jemalloc : arrow::default_memory_pool();
  }();
  return pool;
}

const char* ab_version(void) { return arrow::GetBuildInfo().version_string.c_str(); }

void ab_use_one_thread(void) { (void)arrow::SetCpuThreadPoolCapacity(1); }

int64_t ab_memory_allocated(void) { return bridge::Pool()->bytes_allocated(); }

int64_t ab_memory_peak(void) { return bridge::Pool()->max_memory(); }

const char* ab_memory_backend(void) {
  static const std::string name = bridge::Pool()->backend_name();
  return name.c_str();
}

void ab_memory_release_unused(void) { bridge::Pool()->ReleaseUnused(); }
