// One transaction as a line of text, as TxnLogToolkit of Apache 3.8.0 prints it.
//
// One difference: 3.8.0 prints the operations of a multi as raw bytes; we print their fields, in the form that 3.9 gave
// them. Names and data are shown as they are (newlines and all), as Apache does; only broken UTF-8 is replaced.
#pragma once

#include <string>

#include "kernel/wire/txn.h"

namespace vivarium::inspect {

/// "create", "createTtl", "unknown 77".
std::string type_text(OpCode type);
/// "[31,s{'world,'anyone}\n]"
std::string acl_text(AclBytes acl);
/// What follows the type.
std::string fields_text(const TxnBody& body);
/// "<date> session 0x.. cxid 0x.. zxid 0x.. <type> <fields>"
std::string txn_text(const Txn& txn);

}  // namespace vivarium::inspect
