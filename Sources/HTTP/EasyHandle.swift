import CCurl

/// libcurl's handle for one request after the other, with the connections it keeps; freed when dropped.
struct EasyHandle: ~Copyable {
  private let pointer: UnsafeMutableRawPointer
  /// Where libcurl writes what went wrong.
  private let message = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

  /// Nil when memory ran out.
  init?() {
    guard Self.isReady, let pointer = curl_easy_init() else {
      message.deallocate()
      return nil
    }
    self.pointer = pointer
  }

  deinit {
    curl_easy_cleanup(pointer)
    message.deallocate()
  }

  /// libcurl asks for one call before all others.
  private static let isReady = ccurl_global_init() == CURLE_OK

  /// Forgets all options, keeps the connections.
  func reset() {
    curl_easy_reset(pointer)
    message.pointee = 0
    ccurl_set_pointer(pointer, CURLOPT_ERRORBUFFER, message)
  }

  /// Sets a number. libcurl refuses one only for an option it was built without.
  func set(_ option: CURLoption, _ value: Int) { ccurl_set_long(pointer, option, value) }

  func setOffset(_ option: CURLoption, _ value: Int) { ccurl_set_offset(pointer, option, curl_off_t(value)) }

  /// Sets a text, which libcurl copies; false when libcurl cannot take it.
  @discardableResult
  func set(_ option: CURLoption, _ value: String) -> Bool { ccurl_set_string(pointer, option, value) == CURLE_OK }

  /// Sends the request that the options describe and waits for the reply.
  ///
  /// - Parameter isSigned: whether libcurl signs it, with every header of the list.
  func perform(headers: HTTPHeaders, transfer: Transfer, isSigned: Bool) -> CURLcode {
    var list: UnsafeMutablePointer<curl_slist>?
    for field in headers.fields {
      // A name with a semicolon is libcurl's way to write a header without a value.
      let line = field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)"
      guard let longer = curl_slist_append(list, line) else {
        curl_slist_free_all(list)
        return CURLE_OUT_OF_MEMORY
      }
      list = longer
    }
    // Waiting for "100 Continue" costs a second with servers that never say it. The line that keeps libcurl from asking
    // for it would be signed as a header that is then not sent, which AWS refuses: there it asks and does not wait.
    if isSigned {
      set(CURLOPT_EXPECT_100_TIMEOUT_MS, 1)
    } else {
      list = curl_slist_append(list, "Expect:") ?? list
    }
    defer { curl_slist_free_all(list) }
    ccurl_set_list(pointer, CURLOPT_HTTPHEADER, list)
    return withExtendedLifetime(transfer) {
      install(transfer)
      return curl_easy_perform(pointer)
    }
  }

  /// What went wrong, in libcurl's words.
  func words(for code: CURLcode) -> String {
    // A URL that makes no sense is quoted in the long form, with its query.
    if code == CURLE_URL_MALFORMAT || message.pointee == 0 { return String(cString: curl_easy_strerror(code)) }
    return String(cString: message)
  }

  /// Whether any of the request was handed to the connection.
  var wasSent: Bool {
    var size = 0
    var started: curl_off_t = 0
    ccurl_get_long(pointer, CURLINFO_REQUEST_SIZE, &size)
    ccurl_get_offset(pointer, CURLINFO_PRETRANSFER_TIME_T, &started)
    return size > 0 || started > 0
  }

  private func install(_ transfer: Transfer) {
    let context = Unmanaged.passUnretained(transfer).toOpaque()
    ccurl_set_read(pointer) { buffer, size, count, context in
      let target = UnsafeMutableRawBufferPointer(start: buffer, count: size * count)
      return transferOf(context).read(into: target) ?? Int(CURL_READFUNC_ABORT)
    }
    ccurl_set_pointer(pointer, CURLOPT_READDATA, context)
    ccurl_set_seek(pointer) { context, offset, origin in
      guard offset == 0, origin == SEEK_SET else { return CURL_SEEKFUNC_CANTSEEK }
      return transferOf(context).rewindToSendAgain() ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL
    }
    ccurl_set_pointer(pointer, CURLOPT_SEEKDATA, context)
    ccurl_set_write(pointer, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
      let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
      // Any other number than the one given ends the request; 1 stands for a refused empty piece.
      return transferOf(context).take(piece) ? piece.count : (piece.isEmpty ? 1 : 0)
    }
    ccurl_set_pointer(pointer, CURLOPT_WRITEDATA, context)
    ccurl_set_write(pointer, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
      transferOf(context).takeHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
      return size * count
    }
    ccurl_set_pointer(pointer, CURLOPT_HEADERDATA, context)
    ccurl_set_progress(pointer) { context, _, _, _, _ in transferOf(context).isCancelled ? 1 : 0 }
    ccurl_set_pointer(pointer, CURLOPT_XFERINFODATA, context)
    set(CURLOPT_NOPROGRESS, 0)
  }
}

/// The transfer behind a callback's context; alive because `perform` holds it.
private func transferOf(_ context: UnsafeMutableRawPointer?) -> Transfer {
  Unmanaged<Transfer>.fromOpaque(context!).takeUnretainedValue()
}
