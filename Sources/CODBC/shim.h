// unixODBC's interface for Swift. Attributes that are numbers travel as pointers in ODBC: one inline function for each
// kind of handle says so here, once.
#pragma once
#include <sql.h>
#include <sqlext.h>
#include <sqlucode.h>

static inline SQLRETURN codbc_set_environment(SQLHENV handle, SQLINTEGER attribute, SQLULEN value) {
  return SQLSetEnvAttr(handle, attribute, (SQLPOINTER)value, SQL_IS_UINTEGER);
}
static inline SQLRETURN codbc_set_connection(SQLHDBC handle, SQLINTEGER attribute, SQLULEN value) {
  return SQLSetConnectAttrW(handle, attribute, (SQLPOINTER)value, SQL_IS_UINTEGER);
}
static inline SQLRETURN codbc_set_statement(SQLHSTMT handle, SQLINTEGER attribute, SQLULEN value) {
  return SQLSetStmtAttrW(handle, attribute, (SQLPOINTER)value, SQL_IS_UINTEGER);
}
static inline SQLRETURN codbc_set_statement_pointer(SQLHSTMT handle, SQLINTEGER attribute, SQLPOINTER value) {
  return SQLSetStmtAttrW(handle, attribute, value, SQL_IS_POINTER);
}

// Sums of macros, which Swift does not see.
enum { codbc_signed_short = SQL_C_SSHORT, codbc_signed_long = SQL_C_SLONG };
